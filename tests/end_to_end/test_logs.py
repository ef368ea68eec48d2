"""Logs name no documents, even where an error that is told with its traceback does."""

import logging
import os
import shutil

import pytest

from indexer.protocol import logs

NAME = "quixotreport"


@pytest.fixture
def log(tmp_path):
    logs.start("engine", tmp_path, stderr=False)
    yield tmp_path / "engine.log"
    logging.basicConfig(force=True, handlers=[])


def gone(folder):
    (folder / f"{NAME}.pdf").read_bytes()


def renamed(folder):
    os.rename(folder / f"{NAME} 'a'.pdf", folder / "other.pdf")


def undecodable(folder):
    os.stat(os.path.join(os.fsencode(folder), b"\xff" + NAME.encode()))


def behind_another(folder):
    try:
        shutil.copy(folder / f"{NAME}.pdf", folder / "copy.pdf")
    except OSError as problem:
        raise ValueError("a document could not be read") from problem


@pytest.mark.parametrize("failing", [gone, renamed, undecodable, behind_another])
def test_a_traceback_in_the_log_names_no_file(log, tmp_path, failing):
    try:
        failing(tmp_path)
    except (OSError, ValueError):
        logging.getLogger("indexer").exception("document %d", 12)
    written = log.read_text()
    assert "document 12" in written
    assert "No such file or directory" in written
    assert f"in {failing.__name__}" in written
    assert NAME not in written
