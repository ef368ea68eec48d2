"""The first start after an installation: what search runs on is made by another process, before anything is read."""

import os
from pathlib import Path

import psutil
import pytest

from indexer.machine_code import COMMAND
from indexer.protocol import messages
from indexer.protocol.values import WaitReason


@pytest.fixture
def nothing_made(tmp_path, monkeypatch) -> Path:
    """Where machine code is kept from now on."""
    folder, temporary = tmp_path / "machine code", tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder))
    monkeypatch.setenv("TMPDIR", str(temporary))
    return folder


def waits(engine) -> bool:
    return any(isinstance(e, messages.Progress) and e.reason == WaitReason.MAKING_READY for e in engine.events)


def makers(engine) -> list[psutil.Process]:
    return [child for child in psutil.Process(engine.process.pid).children() if COMMAND in child.cmdline()]


def begun(start, make_pdf, tmp_path):
    """An engine with a document to read, that waits."""
    document = make_pdf(tmp_path / "turnips.pdf", "A page about turnips.", "And one about lighthouses.")
    engine = start()
    engine.hello()
    engine.ask(messages.AddPaths, paths=(str(document),))
    engine.until(lambda: waits(engine))
    return engine


def test_nothing_is_left_to_be_made_by_the_engine_itself(nothing_made, start, make_pdf, tmp_path):
    engine = begun(start, make_pdf, tmp_path)
    assert engine.ask(messages.GetStatus).pages == 0
    assert len(makers(engine)) == 1
    engine.all_read(1)
    engine.until_searched(2)
    assert engine.ask(messages.Search, query="lighthouses").results[0].key.page == 2
    note = next(nothing_made.glob("machine-code"))
    made = list(nothing_made.rglob("*.nbc"))
    assert len(made) > 20
    assert all(path.stat().st_mtime <= note.stat().st_mtime for path in made)
    engine.close()
    again = start()
    again.hello()
    again.all_read(1)
    assert makers(again) == []
    assert not waits(again)


@pytest.mark.parametrize("end", ["close", "kill"])
def test_an_engine_that_ends_takes_the_other_process_and_its_folder_with_it(
    nothing_made, start, make_pdf, tmp_path, end
):
    engine = begun(start, make_pdf, tmp_path)
    found = makers(engine)
    getattr(engine, end)()
    assert psutil.wait_procs(found, timeout=15)[1] == []
    assert os.listdir(os.environ["TMPDIR"]) == []


def test_whoever_does_not_want_to_wait_need_not(nothing_made, start, make_pdf, tmp_path):
    engine = begun(start, make_pdf, tmp_path)
    engine.ask(messages.Resume)
    engine.all_read(1)
    assert not list(nothing_made.glob("machine-code"))
