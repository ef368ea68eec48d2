"""The list of documents is damaged: it is replaced by itself, the user is told, and pages are not read twice for it."""

from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode


def add(engine, *paths) -> None:
    engine.add_paths(messages.AddPaths(id=1, paths=tuple(map(str, paths))))


def damage(library) -> None:
    library.close()
    for end in ("-wal", "-shm"):
        library.root.joinpath(f"catalogue.sqlite3{end}").unlink(missing_ok=True)
    library.root.joinpath("catalogue.sqlite3").write_bytes(b"\xa5" * 20_000)


def codes(library) -> list[ErrorCode]:
    return [notice.code for notice in library.notices]


def when_read(engine) -> dict[str, float]:
    rows = engine.catalogue._rows("SELECT path, indexed_at FROM documents")
    return {str(path): at for path, at in rows}


def test_from_its_copy_nothing_that_it_knows_is_read_again(library, documents, tmp_path, make_pdf):
    other = tmp_path / "other"
    other.mkdir()
    old = make_pdf(documents / "old.pdf", "A page about turnips.", "Another one.")
    engine = library.open()
    add(engine, documents)
    engine.start()
    library.all_read()
    engine.housekeeping.keep_copy()
    before = when_read(engine)
    make_pdf(documents / "new.pdf", "A page about lighthouses, read after the copy.")
    make_pdf(other / "later.pdf", "A folder that was added after the copy.")
    single = make_pdf(tmp_path / "single.pdf", "A single file that was added after the copy.")
    add(engine, other, single)
    engine.sync.compare_all()
    library.all_read()
    pages = sum(folder.pages for folder in engine.catalogue.folders())
    damage(library)
    engine = library.open()
    engine.start()
    library.all_read()
    assert codes(library) == [ErrorCode.CATALOGUE_RESTORED]
    assert sum(folder.pages for folder in engine.catalogue.folders()) == pages == 5
    assert {folder.path for folder in engine.catalogue.folders()} == {str(documents), str(other), ""}
    assert when_read(engine)[str(old)] == before[str(old)]
    assert engine.check() == []
    assert (library.root / "catalogue.sqlite3.damaged").read_bytes() == b"\xa5" * 20_000


def test_without_a_copy_the_folders_are_still_known_and_read_anew(library, documents, make_pdf):
    make_pdf(documents / "old.pdf", "A page about turnips.", "Another one.")
    engine = library.open()
    add(engine, documents)
    engine.start()
    library.all_read()
    damage(library)
    engine = library.open()
    engine.start()
    library.all_read()
    assert codes(library) == [ErrorCode.CATALOGUE_REBUILT]
    assert [(f.path, f.pages, f.watched) for f in engine.catalogue.folders()] == [(str(documents), 2, True)]
    assert engine.check() == []


def test_a_catalogue_that_vanished_is_replaced_too(library, documents, make_pdf):
    make_pdf(documents / "old.pdf", "A page about turnips.")
    engine = library.open()
    add(engine, documents)
    engine.start()
    library.all_read()
    engine.housekeeping.keep_copy()
    damage(library)
    (library.root / "catalogue.sqlite3").unlink()
    engine = library.open()
    engine.start()
    library.all_read()
    assert codes(library) == [ErrorCode.CATALOGUE_RESTORED]
    assert engine.catalogue.folders()[0].pages == 1
