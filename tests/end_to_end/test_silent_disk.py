"""A disk that hangs holds up nothing but what lies on it, and is taken up again when it answers."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode

if TYPE_CHECKING:
    from tests.end_to_end.conftest import EngineClient

HARNESS = str(Path(__file__).with_name("silent_disk.py"))
NOWHERE = 77
"""The exit code where no disk can be made to hang."""


@pytest.fixture
def places(tmp_path, start):
    """A folder on a disk that can hang, and one on a disk that cannot."""
    share, own = tmp_path / "share", tmp_path / "own"
    for folder, words in ((share, "lighthouses"), (own, "turnips")):
        folder.mkdir()
        (folder / "first.txt").write_text(f"A page about {words}.\n")
    tried = subprocess.run([sys.executable, HARNESS, str(share), "answers", "true"], capture_output=True, text=True)
    if tried.returncode == NOWHERE:
        pytest.skip(tried.stderr.strip())
    return Share(share, start), own


class Share:
    """A folder whose disk can hang for an engine."""

    def __init__(self, folder: Path, start: Callable[..., "EngineClient"]) -> None:
        self.folder, self._start = folder, start

    def engine(self, state: str = "answers") -> "EngineClient":
        """An engine for which it can hang."""
        self._engine = self._start(sys.executable, HARNESS, str(self.folder), state)
        return self._engine

    def hang(self) -> None:
        self._tell(signal.SIGUSR1, "hangs")

    def answer(self) -> None:
        self._tell(signal.SIGUSR2, "answers")

    def _tell(self, number: signal.Signals, name: str) -> None:
        told = self.folder.parent / name
        told.unlink(missing_ok=True)
        self._engine.process.send_signal(number)
        end = time.monotonic() + 30
        while not told.exists():
            assert time.monotonic() < end, "the disk was not told"
            time.sleep(0.1)


def found(engine: "EngineClient", words: str) -> list[str]:
    reply = engine.ask(messages.Search, query=f'"{words}"')
    return sorted(Path(hit.path).name for hit in reply.results if not hit.weak)


def folder_of(status: messages.Status, path: Path):
    return next(folder for folder in status.folders if folder.path == str(path))


def silent(share: Share):
    def condition(status: messages.Status) -> bool:
        folder = folder_of(status, share.folder)
        return not folder.available and not folder.answers

    return condition


@pytest.mark.timeout(300)
def test_a_disk_that_hangs_holds_up_nothing_else(places):
    share, own = places
    engine = share.engine()
    assert isinstance(engine.hello(), messages.Welcome)
    engine.ask(messages.AddPaths, paths=(str(share.folder), str(own)))
    engine.all_read(2)
    engine.until_searched(2)
    hit = engine.ask(messages.Search, query="lighthouses").results[0]

    share.hang()
    (own / "second.txt").write_text("Another page about turnips.\n")
    engine.status_until(lambda s: folder_of(s, own).indexed == 2)
    engine.status_until(silent(share))
    engine.until_searched(3)
    assert found(engine, "lighthouses") == ["first.txt"]
    assert found(engine, "turnips") == ["first.txt", "second.txt"]
    refused = engine.ask(messages.AddPaths, paths=(str(share.folder / "other"),)).refused
    assert [why.code for why in refused] == [ErrorCode.DISK_SILENT]
    picture = engine.ask(messages.GetPicture, key=hit.key, width_px=300)
    assert isinstance(picture, messages.Failed)
    assert isinstance(engine.ask(messages.Rescan), messages.Done)
    assert engine.close() == 0

    (share.folder / "second.txt").write_text("Another page about lighthouses.\n")
    (own / "third.txt").write_text("A third page about turnips.\n")
    again = share.engine("hangs")
    assert isinstance(again.hello(), messages.Welcome)
    again.status_until(lambda s: folder_of(s, own).indexed == 3)
    again.status_until(silent(share))

    share.answer()
    status = again.status_until(lambda s: folder_of(s, share.folder).indexed == 2)
    assert folder_of(status, share.folder).available
    assert folder_of(status, share.folder).answers
    assert again.close() == 0


@pytest.mark.timeout(300)
def test_a_document_whose_disk_hangs_while_it_is_read_waits_and_holds_up_no_other(places):
    share, own = places
    engine = share.engine()
    engine.hello()
    engine.ask(messages.AddPaths, paths=(str(share.folder), str(own)))
    engine.all_read(2)
    engine.ask(messages.Pause)
    (share.folder / "long.txt").write_text("".join(f"Line {n} about lighthouses.\n" for n in range(8_000)))
    engine.status_until(lambda s: folder_of(s, share.folder).waiting == 1)
    engine.ask(messages.Resume)
    engine.status_until(lambda s: folder_of(s, share.folder).pages > 1)
    share.hang()
    (own / "second.txt").write_text("Another page about turnips.\n")
    engine.status_until(lambda s: folder_of(s, own).indexed == 2)
    share.answer()
    status = engine.status_until(lambda s: s.waiting == 0 and s.documents == 4)
    assert (status.indexed, status.failed) == (4, 0)
    assert engine.close() == 0
