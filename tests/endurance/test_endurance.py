"""Short rounds of each endurance script; the long ones are run by hand (`python tests/endurance/kill.py --help`)."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pymupdf
import pytest

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def few(tmp_path_factory) -> Path:
    """Two small documents, one of them of many pages."""
    folder = tmp_path_factory.mktemp("few")
    document = pymupdf.open()
    for number in range(30):
        document.new_page(width=300, height=300).insert_text((20, 60), f"Page {number} about turnips and lighthouses.")
    document.save(folder / "long.pdf")
    (folder / "short.txt").write_text("A short text about heat pumps.\n")
    return folder


def run(script: str, documents: Path, *options: str) -> dict:
    command = [sys.executable, str(HERE / script), "--documents", str(documents), "--seed", "7", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("script", ["kill.py", "storm.py", "hostile.py", "soak.py"])
def test_a_folder_with_nothing_to_read_is_told_and_proves_nothing(script, tmp_path):
    (tmp_path / "program.exe").write_bytes(b"MZ")
    for folder, words in ((tmp_path, "no document"), (tmp_path / "nowhere", "not a folder")):
        command = [sys.executable, str(HERE / script), "--documents", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        assert words in done.stderr
        assert not done.stdout or words in json.loads(done.stdout)["useless"]
        assert "Traceback" not in done.stderr


def test_broken_documents_alone_prove_nothing_about_memory(tmp_path):
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\n" + b"\x00garbage" * 200)
    command = [sys.executable, str(HERE / "soak.py"), "--documents", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "none of these documents" in done.stderr
    assert json.loads(done.stdout)["broken"] == []


def test_killed_at_any_moment_nothing_is_lost(few):
    told = run("kill.py", few, "--rounds", "3", "--longest-s", "6", "--restart-limit-s", "60")
    assert (told["pages"], told["documents"]) == (31, 2)


def test_after_a_storm_the_index_equals_the_disk(few):
    told = run("storm.py", few, "--rounds", "2", "--creates", "12", "--read", "--patience-s", "60")
    assert told["files"] > 10


def test_hostile_documents_cost_themselves_only(few, tmp_path):
    shutil.copytree(few, tmp_path / "some")
    (tmp_path / "some" / "broken.pdf").write_bytes(b"%PDF-1.7\n" + b"\x00garbage" * 200)
    told = run("hostile.py", tmp_path / "some", "--rounds", "1")
    assert sum(told["failures"].values()) == 1


def test_memory_has_a_ceiling(few):
    told = run("soak.py", few, "--rounds", "30")
    assert told["pages"] >= 30
    assert told["growth_mb"] is None
    assert len(told["curve"]) > 1
