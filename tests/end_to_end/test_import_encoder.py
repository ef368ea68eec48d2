"""An import that is stopped, by a message, by Ctrl-C or by a kill, leaves nothing behind and nothing half there."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode


@pytest.fixture
def large(tmp_path) -> Path:
    """A model folder with a file that takes many seconds to read: a hole of 60 GB, of which the disk stores nothing."""
    folder = tmp_path / "downloaded elsewhere"
    shutil.copytree(Path(__file__).parents[1] / "data" / "jina_v4" / "checkpoint", folder)
    with (folder / "a long file.txt").open("wb") as file:
        file.truncate(60 * 10**9)
    return folder


def jina(engine):
    return next(info for info in engine.ask(messages.ListEncoders).encoders if info.encoder_id == "jina-v4")


def under_way(engine, folder: Path, large: Path) -> int:
    """Begin an import; gives the request's number when it reads files."""
    seen = len(engine.events)
    request = engine.send(messages.ImportEncoder, encoder_id="jina-v4", folder=str(large))
    engine.until(lambda: any(isinstance(event, messages.DownloadProgress) for event in engine.events[seen:]))
    assert (folder / "jina-v4.import").is_dir()
    assert request not in engine.replies
    return request


def test_an_import_can_be_stopped_at_any_time(start, large, tmp_path):
    first = start()
    first.hello()
    models = Path(first.replies[1].pictures).parents[1] / "models"
    request = under_way(first, models, large)
    first.ask(messages.Cancel, target=request)
    assert first.reply(request).error.code == ErrorCode.CANCELLED
    end = time.monotonic() + 30
    while list(models.iterdir()):  # the answer comes at once, the files go behind it
        assert time.monotonic() < end
        time.sleep(0.02)
    assert not jina(first).ready
    under_way(first, models, large)
    first.kill()
    assert (models / "jina-v4.import").is_dir()

    second = start()
    second.hello()
    end = time.monotonic() + 60
    while list(models.iterdir()):
        assert time.monotonic() < end
        time.sleep(0.02)
    assert not jina(second).ready
    (large / "a long file.txt").unlink()
    assert isinstance(second.ask(messages.ImportEncoder, encoder_id="jina-v4", folder=str(large)), messages.Done)
    assert jina(second).ready


def test_control_c_ends_an_import_of_the_command_line(large, tmp_path):
    library = tmp_path / "library"
    command = [sys.executable, "-m", "indexer", "encoder", "import", str(large), "--data-dir", str(library)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    under_way = library / "models" / "jina-v4.import" / "a long file.txt"
    end = time.monotonic() + 60
    while not under_way.exists():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    out, words = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in words
    assert list((library / "models").iterdir()) == []
    assert (large / "config.json").exists()


def test_the_command_line_says_that_a_folder_is_of_another_revision(large, tmp_path):
    (large / "a long file.txt").unlink()
    kept = large / ".cache" / "huggingface" / "download" / "config.json.metadata"
    kept.parent.mkdir(parents=True)
    kept.write_text(f"{'b' * 40}\n\n1795000000.0\n")
    command = [sys.executable, "-m", "indexer", "encoder"]
    options = ["--data-dir", str(tmp_path / "library")]
    taken = subprocess.run([*command, "import", str(large), *options], capture_output=True, text=True, check=True)
    assert "Jina v4 is here" in taken.stdout
    assert "They are of revision bbbbbbbb, and Pagebeam was made for 4a58ca57." in taken.stderr
    listed = subprocess.run([*command, "list", *options], capture_output=True, text=True, check=True)
    assert "revision bbbbbbbb" in listed.stdout
    document = tmp_path / "documents" / "one.txt"
    document.parent.mkdir()
    document.write_text("Turnips are sown in July.")
    subprocess.run([*command[:-1], "index", str(document.parent), *options], capture_output=True, check=True)
    chosen = subprocess.run([*command, "choose", "jina-v4", *options], capture_output=True, text=True, check=True)
    assert re.search(r"^A page takes about \d+\.\d s here, 1 to be read \d+\.\d hours\.", chosen.stdout, re.MULTILINE)
    assert "Jina v4 answers; vectors of 1 pages" in chosen.stdout
    assert "revision bbbbbbbb" in chosen.stderr
    unknown = subprocess.run([*command, "remove", "jina-v5", *options], capture_output=True, text=True, check=False)
    assert unknown.returncode == 2
    assert "invalid choice: 'jina-v5' (choose from" in unknown.stderr
