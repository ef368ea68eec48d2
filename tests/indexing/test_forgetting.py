"""What is forgotten leaves the disk: no byte of its words, vectors, pictures or names is left in the data folder."""

import logging
import os
import tarfile

import pytest

from indexer.protocol import logs, messages

SECRET, NAME = "zyzzyvagram", "quixotreport"


def bytes_on_disk(folder, *wanted: bytes) -> set[str]:
    """Files below `folder` that hold any of these bytes, in their content or their name."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if any(mark in os.fsencode(path.name) for mark in wanted)
        or (path.is_file() and any(mark in path.read_bytes() for mark in wanted))
    }


def test_a_forgotten_folder_leaves_no_byte(library, lite, documents, tmp_path, make_pdf):
    keep = tmp_path / "keep"
    keep.mkdir()
    make_pdf(keep / "stays.pdf", "A page about turnips that stays.")
    make_pdf(documents / f"{NAME}.pdf", f"A page about {SECRET}.", f"Another one about {SECRET}.")
    make_pdf(documents / "locked.pdf", "Gone before it could be read.").write_bytes(b"%PDF-1.4 broken")
    engine = library.open()
    logs.start("engine", engine.config.folders.logs, stderr=False)
    try:
        first, second = engine.add_paths(messages.AddPaths(id=1, paths=(str(documents), str(keep)))).folder_ids
        engine.start()
        library.all_read()
        space = lite.spaces()[0]
        gone = next(p for p in engine.store.pages(space) if SECRET in p.words.text())
        vectors, picture = gone.vectors.tobytes(), f"{gone.key.document_id}-1-"
        logging.getLogger("indexer").warning("document %d: something about %s.pdf", gone.key.document_id, NAME)
        marks = (SECRET.encode(), NAME.encode(), vectors[:256], picture.encode(), str(documents).encode())
        assert len(bytes_on_disk(library.root, *marks)) >= 4
        engine.remove_folder(messages.RemoveFolder(id=2, folder_id=first))
        library.until(engine.housekeeping.idle)
        assert bytes_on_disk(library.root, *marks) == set()
        assert [f.folder_id for f in engine.catalogue.folders()] == [second]
        assert [p.words.texts[3] for p in engine.store.pages(space)] == ["turnips"]
        assert engine.check() == []
    finally:
        logging.basicConfig(force=True, handlers=[])


def test_everything_forgotten_is_everything_gone(library, documents, make_pdf):
    make_pdf(documents / "only.pdf", f"A page about {SECRET}.")
    engine = library.open()
    folder = engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),))).folder_ids[0]
    engine.start()
    library.all_read()
    engine.remove_folder(messages.RemoveFolder(id=2, folder_id=folder))
    library.until(engine.housekeeping.idle)
    assert bytes_on_disk(library.root, SECRET.encode(), b"only.pdf") == set()


def test_forgetting_that_was_interrupted_goes_on_at_the_next_start(library, documents, make_pdf):
    make_pdf(documents / "only.pdf", f"A page about {SECRET}.")
    engine = library.open()
    folder = engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),))).folder_ids[0]
    engine.start()
    library.all_read()
    engine.housekeeping.stop()
    engine.remove_folder(messages.RemoveFolder(id=2, folder_id=folder))
    library.close()
    assert bytes_on_disk(library.root, SECRET.encode())
    library.open().start()
    library.until(library.engine.housekeeping.idle)
    assert bytes_on_disk(library.root, SECRET.encode()) == set()


def test_an_engine_killed_between_catalogue_and_store_leaves_nothing_either(library, documents, make_pdf, monkeypatch):
    make_pdf(documents / "only.pdf", f"A page about {SECRET}.")
    engine = library.open()
    folder = engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),))).folder_ids[0]
    engine.start()
    library.all_read()
    converted = engine.config.folders.converted
    converted.mkdir()
    (converted / "1.pdf").write_text(SECRET)  # as an office document leaves it that is converted at that moment
    engine.housekeeping.stop()

    def death(_):
        raise SystemExit

    monkeypatch.setattr(engine.encoders, "drop_documents", death)
    with pytest.raises(SystemExit):
        engine.remove_folder(messages.RemoveFolder(id=2, folder_id=folder))
    library.close()
    assert bytes_on_disk(library.root, SECRET.encode())
    library.open().start()
    library.until(library.engine.housekeeping.idle)
    assert bytes_on_disk(library.root, SECRET.encode(), b"only.pdf") == set()
    assert not list(library.engine.config.folders.pictures.iterdir())


def test_a_folder_forgotten_after_an_upgrade_is_in_no_copy_of_the_old_catalogue(library, tmp_path, data):
    with tarfile.open(data / "library_v1.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    (tmp_path / "pagebeam-fixture" / "library").rename(library.root)
    engine = library.open()
    assert list(library.root.glob("catalogue.sqlite3.v1"))
    engine.start()
    (folder,) = engine.catalogue.folders()
    name = os.path.basename(next(iter(engine.catalogue.known(folder.folder_id)))).encode()
    engine.remove_folder(messages.RemoveFolder(id=1, folder_id=folder.folder_id))
    library.until(engine.housekeeping.idle)
    assert bytes_on_disk(library.root, name) == set()


def test_the_library_is_readable_by_its_owner_only(library):
    library.root.mkdir(mode=0o755)
    library.open()
    assert library.root.stat().st_mode & 0o077 == 0
