"""A full disk is foreseen, told once, stops reading cleanly, and reading goes on when there is room again."""

import contextlib
import shutil
import subprocess
import sys

import pytest

from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 48 MB for the library."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(place)], capture_output=True)
    if made.returncode:
        pytest.skip("a small file system cannot be mounted here without rights")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def told(library) -> list[ErrorCode]:
    return [notice.code for notice in library.notices]


def test_the_reserve_stops_reading_and_room_starts_it_again(library, small_disk, documents, make_pdf):
    library.root = small_disk / "library"
    make_pdf(documents / "a.pdf", "Turnips.")
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * 40_000_000)
    engine = library.open(reserve_bytes=20_000_000, retry_s=0.2)
    engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),)))
    engine.start()
    library.until(lambda: engine.pipeline.reason == ErrorCode.DISK_FULL and engine.catalogue.folders()[0].waiting == 1)
    filler.unlink()
    library.all_read()
    assert (engine.catalogue.folders()[0].pages, engine.pipeline.reason) == (1, "")
    assert told(library) == [ErrorCode.DISK_FULL]


def test_a_library_whose_disk_goes_away_is_not_begun_anew_in_its_place(library, tmp_path, documents, make_pdf):
    make_pdf(documents / "a.pdf", "Turnips.")
    engine = library.open(retry_s=0.1)
    engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),)))
    engine.start()
    library.all_read()
    away = tmp_path / "away"
    library.root.rename(away)
    make_pdf(documents / "b.pdf", "Lighthouses.")
    engine.sync.compare_all()
    library.until(lambda: engine.pipeline.reason == ErrorCode.DATA_UNREADABLE)
    assert told(library) == [ErrorCode.DATA_UNREADABLE]
    assert not library.root.exists()
    away.rename(library.root)
    library.all_read()
    assert (engine.catalogue.folders()[0].pages, engine.pipeline.reason, engine.check()) == (2, "", [])


def test_a_library_that_comes_back_as_another_one_is_opened_anew(library, documents, make_pdf):
    engine = library.open(retry_s=0.1)
    left = []
    engine.catalogue.on_damage = lambda: left.append("the engine ends, and the window starts another")
    engine.start()
    copy = library.root / "copy"
    copy.write_bytes(engine.config.folders.catalogue.read_bytes())
    copy.replace(engine.config.folders.catalogue)
    library.until(lambda: bool(left))
    assert engine.pipeline.reason == ErrorCode.DATA_UNREADABLE


def test_a_command_whose_disk_is_full_says_so_and_ends(small_disk, documents, make_pdf):
    make_pdf(documents / "a.pdf", "Turnips.")
    (small_disk / "filler").write_bytes(b"x" * 47_000_000)
    command = [sys.executable, "-m", "indexer", "index", "--data-dir", str(small_disk / "library"), str(documents)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Disk is full. Reading is paused")


def test_without_room_nothing_is_merged(library, documents, make_pdf):
    """A merge writes before it removes; one that fails half-way would take what is left of the disk."""
    for number in range(3):
        make_pdf(documents / f"{number}.pdf", f"Page {number} about turnips.")
    engine = library.open(reserve_bytes=0)
    engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),)))
    engine.start()
    library.all_read()
    library.close()

    def files() -> set[str]:
        return {str(path) for path in (library.root / "store").rglob("*.lance")}

    for reserve_bytes, merged in ((10**18, False), (0, True)):
        engine, before = library.open(reserve_bytes=reserve_bytes, idle_s=0.0), files()
        engine.housekeeping._tidy_when_quiet()
        assert (files() != before) == merged
        library.close()


def test_a_disk_that_fills_up_while_writing_loses_nothing(library, small_disk, documents, make_pdf):
    library.root = small_disk / "library"
    make_pdf(documents / "a.pdf", *[f"Page {number} about turnips." for number in range(6)])
    engine = library.open(reserve_bytes=0, retry_s=0.2, commit_pages=2)
    filler = small_disk / "filler"
    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
        while shutil.disk_usage(small_disk).free > 130_000:
            file.write(b"x" * 65536)
    engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),)))
    engine.start()
    library.until(lambda: ErrorCode.DISK_FULL in told(library))
    assert engine.catalogue.folders()[0].failed == 0
    filler.unlink()
    library.all_read()
    library.close()
    again = library.open(reserve_bytes=0)
    again.start()
    library.all_read()
    assert (again.catalogue.folders()[0].pages, again.check()) == (6, [])
