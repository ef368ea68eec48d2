"""A library of every past version, opened by today's engine: every page stays, and no document is read again."""

import contextlib
import shutil
import sqlite3
import tarfile
from pathlib import Path

import pytest

from indexer.indexing.catchup import CatchUp
from indexer.protocol.errors import ErrorCode
from indexer.protocol.messages import Search

PAST = [1]


def put_in_place(library, data, tmp_path, version) -> Path:
    """Unpack a past library as if it had been made in tmp_path; its documents lie on a disk that is not connected."""
    with tarfile.open(data / f"library_v{version}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    old = tmp_path / "pagebeam-fixture"
    shutil.move(old / "library", library.root)
    with contextlib.closing(sqlite3.connect(library.root / "catalogue.sqlite3")) as db, db:
        for table in ("folders", "documents"):
            db.execute(f"UPDATE {table} SET path = replace(path, '/pagebeam-fixture', ?)", (str(old),))
    shutil.move(old / "documents", old / "away")
    return old


@pytest.mark.parametrize("version", PAST)
def test_an_old_library_goes_on_with_everything_in_it(library, lite, tmp_path, data, version):
    asked = Search(id=0, query="turnips", k=5)
    put_in_place(library, data, tmp_path, version)
    engine = library.open()
    engine.searcher().search(asked)  # asked while nothing is converted yet
    engine.start()
    engine.searcher().search(asked)
    library.until(lambda: engine.caught_up() and not engine.catalogue.folders()[0].available)
    folder = engine.catalogue.folders()[0]
    assert (folder.documents, folder.indexed, folder.pages, folder.waiting) == (2, 2, 3, 0)
    library.until(lambda: engine.searcher().search(asked).pages == 3)  # who asked early is answered from all, too
    reply = engine.searcher().search(asked)
    assert reply.searched == 3
    assert reply.results
    assert engine.check() == []
    text = " ".join(page.words.text() for page in engine.store.pages(lite.spaces()[0]))
    assert "turnips" in text.lower()
    assert "heat pump" in text
    library.until(lambda: engine.encoders.known_spaces() == lite.spaces())
    assert not [name for name in engine.store.tables.names() if "lite-1-" in name], "the old vectors go"
    library.close()
    engine = library.open()
    assert engine.catalogue.folders()[0].pages == 3
    assert not list(library.root.glob("catalogue.sqlite3.v*")), "the copy goes when the next start succeeded"


@pytest.mark.parametrize("version", PAST)
def test_an_upgrade_that_was_interrupted_goes_on_without_reading_a_document(
    library, lite, tmp_path, data, version, monkeypatch
):
    put_in_place(library, data, tmp_path, version)
    with monkeypatch.context() as patch:
        # The engine ends when the newer space is known and none of its pages is there.
        patch.setattr(CatchUp, "_document", lambda *_: True)
        engine = library.open()
        engine.start()
        library.until(lambda: lite.spaces()[0] in engine.encoders.known_spaces())
        library.close()
    engine = library.open()
    engine.start()
    library.until(lambda: engine.encoders.known_spaces() == lite.spaces())
    folder = engine.catalogue.folders()[0]
    assert (folder.documents, folder.indexed, folder.pages, folder.waiting) == (2, 2, 3, 0)
    assert len(engine.store.versions(lite.spaces()[0])) == 3


def test_what_nobody_foresaw_while_catching_up_is_told_and_not_only_logged(library, tmp_path, data, monkeypatch):
    def fails(*_: object) -> bool:
        raise ArithmeticError("a new kind of trouble")

    put_in_place(library, data, tmp_path, PAST[-1])
    monkeypatch.setattr(CatchUp, "_document", fails)
    library.open().start()
    told = library.notices
    library.until(lambda: any(why.code is ErrorCode.INTERNAL for why in told))
    assert "a new kind of trouble" in next(why for why in told if why.code is ErrorCode.INTERNAL).message
