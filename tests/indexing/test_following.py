"""The index follows the disk: what events do not tell, what moves, what may not be opened, and damage after a crash."""

import os
import shutil

import pytest

from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode


def add(engine, *paths):
    return engine.add_paths(messages.AddPaths(id=1, paths=tuple(str(path) for path in paths))).folder_ids


def words(engine, lite) -> set[str]:
    return {page.words.text() for page in engine.store.pages(lite.spaces()[0])}


def test_other_content_of_the_same_size_with_the_times_set_back_is_read(library, lite, documents):
    path = documents / "note.txt"
    path.write_text("About turnips.")
    engine = library.open()
    add(engine, documents)
    engine.start()
    library.all_read()
    before = path.stat()
    path.write_text("About carrots.")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    engine.sync.compare_all()
    library.all_read()
    assert words(engine, lite) == {"About carrots."}
    path.chmod(0o600)
    engine.sync.compare_all()
    assert engine.catalogue.to_read() == 0, "a new mode is no new content"


def test_what_moves_from_one_folder_to_another_is_not_read_again(library, documents, tmp_path):
    first, second = documents / "first", tmp_path / "second"
    first.mkdir(), second.mkdir()
    (first / "note.txt").write_text("About turnips.")
    engine = library.open()
    add(engine, first, second)
    engine.start()
    library.all_read()
    key = engine.catalogue.recent(1)[0]
    os.rename(first / "note.txt", second / "moved.txt")
    engine.sync.compare_all()
    assert engine.catalogue.recent(1) == [key]
    assert engine.catalogue.document(key.document_id).path == str(second / "moved.txt")
    assert engine.catalogue.to_read() == 0


def test_a_folder_with_many_documents_is_moved_in_one_transaction(library, documents):
    """Each transaction waits for the disk (20 ms on a spinning one) while reading and questions wait for it; and each
    adds a page or more to SQLite's log, by which they are counted here."""
    (documents / "old").mkdir()
    for number in range(300):
        (documents / "old" / f"{number}.txt").write_text(f"Page {number} about turnips.")
    engine = library.open()
    add(engine, documents)
    engine.sync.compare_all()
    engine.catalogue.truncate_log()
    os.rename(documents / "old", documents / "new")
    engine.sync.compare_all()
    log = engine.config.folders.catalogue.with_name(engine.config.folders.catalogue.name + "-wal")
    with_one_page_each = 300 * 4096
    assert 0 < log.stat().st_size < with_one_page_each
    assert {os.path.dirname(path) for path in engine.catalogue.known(1)} == {str(documents / "new")}


def test_a_folder_that_may_not_be_opened_is_listed_and_forgets_nothing(library, documents, monkeypatch):
    locked = documents / "locked"
    locked.mkdir()
    (locked / "note.txt").write_text("About turnips.")
    engine = library.open()
    add(engine, documents)
    engine.start()
    library.all_read()
    real = os.scandir

    def refuses(path):
        if str(path) == str(locked):
            raise PermissionError(13, "no")
        return real(path)

    monkeypatch.setattr(os, "scandir", refuses)
    engine.sync.compare_all()
    library.all_read()
    (failure,) = engine.catalogue.failures()
    assert (failure.path, failure.code) == (str(locked), ErrorCode.FOLDER_UNREADABLE)
    info = engine.catalogue.folders()[0]
    assert (info.documents, info.indexed, info.failed, info.pages) == (2, 1, 1, 1)
    monkeypatch.setattr(os, "scandir", real)
    engine.sync.compare_all()
    assert (engine.catalogue.failures(), engine.catalogue.folders()[0].documents) == ((), 1)


def test_a_watched_folder_that_is_replaced_is_watched_anew(library, documents):
    folder = documents / "folder"
    folder.mkdir()
    (folder / "old.txt").write_text("About turnips.")
    engine = library.open(quiet_s=0.1)
    add(engine, folder)
    engine.start()
    library.all_read()
    shutil.rmtree(folder)
    library.until(lambda: not engine.catalogue.folders()[0].available)
    assert engine.catalogue.folders()[0].documents == 1, "a folder that is away forgets nothing"
    folder.mkdir()
    (folder / "new.txt").write_text("About carrots.")
    library.until(lambda: engine.catalogue.folders()[0].indexed == 1 and engine.catalogue.folders()[0].available)
    (folder / "newer.txt").write_text("About heat pumps.")
    library.until(lambda: engine.catalogue.folders()[0].indexed == 2)


@pytest.mark.parametrize("victims", ["_versions/*.manifest", "data/*.lance"])
def test_files_lost_in_a_power_cut_cost_their_pages_which_are_read_again_and_told(library, documents, victims):
    for number in range(3):
        (documents / f"{number}.txt").write_text(f"Note {number} about turnips.")
    engine = library.open()
    add(engine, documents)
    engine.start()
    library.all_read()
    library.close()
    for table in (library.root / "store").glob("*.lance"):
        newest = max(table.glob(victims), key=lambda path: path.stat().st_mtime_ns)
        newest.write_bytes(b"\0" * newest.stat().st_size)
    engine = library.open()
    engine.start()
    library.all_read()
    assert engine.catalogue.folders()[0].pages == 3
    assert engine.check() == []
    assert ErrorCode.LIBRARY_DAMAGED in [notice.code for notice in library.notices]
