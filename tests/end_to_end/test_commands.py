"""The installed program `pagebeam` knows every command, wherever its data folder is named."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import psutil
import pymupdf
import pytest

from indexer.protocol.commands import COMMANDS

PATIENCE_S = 120


def pagebeam(*arguments):
    """Run it as the shell would: without a screen, so a window that opens by mistake would not come up unseen."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "app", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=PATIENCE_S)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_help_and_opens_no_window(command):
    done = pagebeam(command, "--help")
    assert done.returncode == 0
    assert f"usage: pagebeam {command}" in done.stdout


def test_the_data_folder_is_named_before_a_command_or_behind_it(tmp_path):
    document = tmp_path / "boiler.pdf"
    with pymupdf.open() as made:
        made.new_page().insert_text((72, 72), "The boiler was replaced in November by a heat pump.")
        made.save(document)
    data = tmp_path / "data"
    assert pagebeam("--data-dir", data, "index", document).returncode == 0
    for status in (("status", "--data-dir", data), (f"--data-dir={data}", "status")):
        assert "1 page of 1 document;" in pagebeam(*status).stdout
    assert "boiler.pdf" in pagebeam("--data-dir", data, "search", "heat pump").stdout
    assert "vectors of 1 of 1 pages" in pagebeam("encoder", "list", "--data-dir", data).stdout


def test_a_library_in_which_nothing_was_read_is_called_empty(tmp_path):
    assert pagebeam("--data-dir", tmp_path, "status").stdout.strip() == "The library is empty."
    assert pagebeam("--data-dir", tmp_path, "search", "anything").returncode == 1


def test_what_is_neither_a_file_nor_a_command_is_said_and_opens_no_window(tmp_path):
    done = pagebeam("--data-dir", tmp_path, "serach", "heat pump")
    assert done.returncode == 2
    assert "no such file or folder: serach, heat pump; did you mean search?" in done.stderr
    assert "nor a command: index, search, status" in pagebeam("--data-dir", tmp_path, "/nowhere").stderr


def pages_in(catalogue):
    try:
        with contextlib.closing(sqlite3.connect(f"file:{catalogue}?mode=ro", uri=True)) as opened:
            return int(opened.execute("SELECT count(*) FROM pages").fetchone()[0])
    except sqlite3.OperationalError:  # not there yet
        return 0


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is a signal to a group of processes here")
def test_ctrl_c_ends_reading_in_order_and_the_same_command_goes_on(tmp_path):
    documents, data = tmp_path / "documents", tmp_path / "data"
    documents.mkdir()
    for number in range(60):
        with pymupdf.open() as made:
            for page in range(4):
                made.new_page().insert_text((72, 72), f"Report {number}, page {page}: the boiler was replaced.")
            made.save(documents / f"{number}.pdf")
    command = [sys.executable, "-m", "app", "--data-dir", str(data), "index", str(documents)]
    reading = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0)
    end = time.monotonic() + PATIENCE_S
    while not pages_in(data / "catalogue.sqlite3"):
        assert time.monotonic() < end
        time.sleep(0.02)
    family = psutil.Process(reading.pid).children(recursive=True)
    os.killpg(reading.pid, signal.SIGINT)
    told, complained = reading.communicate(timeout=PATIENCE_S)
    assert (reading.returncode, told) == (130, "")
    assert complained == "Stopped. What was read is kept; the same command goes on from here.\n"
    assert psutil.wait_procs(family, 30)[1] == []
    again = pagebeam("--data-dir", data, "index", documents)
    assert (again.returncode, again.stdout) == (0, "240 pages of 60 documents; 0 could not be read.\n")
    assert pagebeam("--data-dir", data, "check").returncode == 0


def test_questions_that_are_not_text_are_refused_with_a_sentence(tmp_path):
    data, questions = tmp_path / "data", tmp_path / "questions.txt"
    document = tmp_path / "boiler.pdf"
    with pymupdf.open() as made:
        made.new_page().insert_text((72, 72), "The boiler was replaced in November by a heat pump.")
        made.save(document)
    assert pagebeam("--data-dir", data, "index", document, tmp_path / "nowhere.pdf").returncode == 1
    questions.write_bytes("W\u00e4rmepumpe\n".encode("latin-1"))
    done = pagebeam("--data-dir", data, "search", "--batch", questions)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{questions}: not text in UTF-8\n"


@pytest.mark.timeout(300)
def test_index_ends_though_a_file_never_settles_and_says_which(tmp_path):
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "quiet.txt").write_text("A page about turnips.\n")
    log, ended = documents / "log.txt", threading.Event()

    def write() -> None:
        while not ended.is_set():
            with log.open("a") as file:
                file.write("Another line about lighthouses.\n")
            time.sleep(0.02)

    writing = threading.Thread(target=write)
    writing.start()
    try:
        done = pagebeam("--data-dir", tmp_path / "library", "index", documents)
    finally:
        ended.set()
        writing.join()
    assert done.returncode == 0
    assert "log.txt: Still changing" in done.stderr
    assert " of 1 document; 0 could not be read" in done.stdout
