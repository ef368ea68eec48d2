"""The installed program `pagebeam` knows every command, wherever its data folder is named."""

import os
import subprocess
import sys

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
        assert "1 pages of 1 documents" in pagebeam(*status).stdout
    assert "boiler.pdf" in pagebeam("--data-dir", data, "search", "heat pump").stdout
    assert "vectors of 1 of 1 pages" in pagebeam("encoder", "list", "--data-dir", data).stdout


def test_a_library_in_which_nothing_was_read_is_called_empty(tmp_path):
    assert pagebeam("--data-dir", tmp_path, "status").stdout.strip() == "The library is empty."
    assert pagebeam("--data-dir", tmp_path, "search", "anything").returncode == 1


def test_what_is_neither_a_file_nor_a_command_is_said_and_opens_no_window(tmp_path):
    done = pagebeam("--data-dir", tmp_path, "serach", "heat pump")
    assert done.returncode == 2
    assert "no such file or folder: serach" in done.stderr
    assert "search" in done.stderr
