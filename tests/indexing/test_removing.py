"""A folder is removed at once, whatever is being looked at; and looking goes on whatever fails."""

import os
import threading

import pytest

from indexer.protocol import messages


@pytest.fixture
def slow_disk(monkeypatch):
    """Folders below `slow_disk.path` are told of only when `go_on` is set."""
    real = os.scandir

    class Disk:
        path = ""
        looking, go_on, looks = threading.Event(), threading.Event(), 0

    def scandir(path):
        if Disk.path and str(path).startswith(Disk.path):
            Disk.looks += 1
            Disk.looking.set()
            assert Disk.go_on.wait(60)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    yield Disk
    Disk.go_on.set()


def added(engine, *paths) -> list[int]:
    return list(engine.add_paths(messages.AddPaths(id=1, paths=tuple(map(str, paths)))).folder_ids)


def removal(engine, folder_id: int) -> threading.Thread:
    thread = threading.Thread(target=engine.remove_folder, args=(messages.RemoveFolder(id=2, folder_id=folder_id),))
    thread.start()
    return thread


def test_a_folder_is_removed_while_another_one_is_looked_at(library, documents, tmp_path, slow_disk):
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "a.txt").write_text("Turnips.")
    (documents / "b.txt").write_text("Lighthouses.")
    engine = library.open()
    kept, removed = added(engine, slow, documents)
    engine.start()
    library.all_read()
    slow_disk.path = str(slow)
    looking = threading.Thread(target=engine.sync.compare_all)
    looking.start()
    assert slow_disk.looking.wait(60)
    thread = removal(engine, removed)
    thread.join(30)
    assert not thread.is_alive()
    slow_disk.go_on.set()
    looking.join(30)
    assert [folder.folder_id for folder in engine.catalogue.folders()] == [kept]
    assert engine.catalogue.folders()[0].documents == 1


def test_the_look_at_a_folder_ends_when_it_is_removed(library, documents, slow_disk):
    for number in range(50):
        (documents / f"{number}").mkdir()
    engine = library.open()
    (folder_id,) = added(engine, documents)
    engine.sync.compare_all()
    slow_disk.path = str(documents)
    looking = threading.Thread(target=engine.sync.compare_all)
    looking.start()
    assert slow_disk.looking.wait(60)
    thread = removal(engine, folder_id)
    library.until(lambda: folder_id in engine.sync._removing._removed)
    slow_disk.go_on.set()
    thread.join(30)
    looking.join(30)
    assert not thread.is_alive()
    assert slow_disk.looks == 1
    assert engine.catalogue.folders() == ()
    again = added(engine, documents)
    engine.sync.compare_all()
    assert slow_disk.looks > 50
    assert [folder.folder_id for folder in engine.catalogue.folders()] == again


def test_looking_goes_on_after_something_went_wrong(library, documents):
    engine = library.open(quiet_s=0.1, retry_s=0.1)
    added(engine, documents)
    failed = threading.Event()
    changed = engine.sync._roots.changed

    def fails_once():
        if not failed.is_set():
            failed.set()
            raise OSError("the disk of the library is away")
        return changed()

    engine.sync._roots.changed = fails_once
    engine.start()
    assert failed.wait(60)
    (documents / "later.txt").write_text("Turnips.")
    library.until(lambda: engine.catalogue.folders()[0].indexed == 1)
