"""From reading to searching, in engine and window, no name is looked up and no connection made, by whatever code."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

DEAD = -signal.SIGSYS
LAUNCHER = Path(__file__).with_name("no_internet.py")


def offline(*command: str) -> subprocess.CompletedProcess[str]:
    full = [sys.executable, str(LAUNCHER), sys.executable, *command]
    env = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(full, capture_output=True, text=True, timeout=170, env=env)
    if done.returncode == 77:
        pytest.skip("there is no such filter on this system")
    return done


LOOK_UP = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"


def test_the_filter_sees_what_it_should():
    assert offline("-c", LOOK_UP).returncode == DEAD
    assert offline("-c", LOOK_UP.replace("AF_INET", "AF_INET6")).returncode == DEAD
    assert offline("-c", "import socket; socket.socket(socket.AF_INET)").returncode == 1
    child = "import subprocess, sys; sys.exit(-subprocess.call([sys.executable, '-c', sys.argv[1]]))"
    assert offline("-c", child, LOOK_UP).returncode == -DEAD
    assert offline("-c", "import socket; socket.socket(socket.AF_UNIX)").returncode == 0


def test_reading_and_searching_make_no_connection(tmp_path, documents, make_pdf):
    from PIL import Image, ImageDraw

    make_pdf(documents / "farm.pdf", "Turnips are sown in July.")
    picture = Image.new("RGB", (600, 200), "white")
    ImageDraw.Draw(picture).text((30, 60), "LIGHTHOUSE", fill="black", font_size=60)
    picture.save(documents / "scan.png")
    library = str(tmp_path / "library")
    read = offline("-m", "indexer", "index", "--data-dir", library, str(documents))
    assert (read.returncode, read.stdout) == (0, "2 pages of 2 documents; 0 could not be read.\n"), read.stderr
    found = offline("-m", "indexer", "search", "--data-dir", library, "turnips")
    assert "farm.pdf, page 1" in found.stdout, found.stderr


def test_the_window_and_its_engine_make_no_connection(tmp_path, documents, make_pdf):
    make_pdf(documents / "farm.pdf", "Turnips are sown in July.")
    library = str(tmp_path / "library")
    done = offline("-m", "app", "--data-dir", library, "--question", "turnips", str(documents))
    assert done.returncode == 0, done.stderr
