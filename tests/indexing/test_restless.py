"""A file that changes whenever it is read is left alone longer each time, and read when it has settled."""

import errno
import time

from indexer.catalogue.catalogue import Catalogue
from indexer.documents.fingerprint import fingerprint
from indexer.documents.kinds import kind_of
from indexer.errors import from_os_error
from indexer.indexing import pipeline, restless
from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode


def test_the_pauses_grow_and_it_is_read_in_the_end(library, lite, documents, monkeypatch):
    monkeypatch.setattr(restless, "_FIRST_S", 0.05)
    log = documents / "log.txt"
    log.write_text("A line about turnips.\n")
    engine = library.open()
    pauses: list[float] = []
    settle = engine.catalogue.settle
    engine.catalogue.settle = lambda document_id, delay_s: pauses.append(delay_s) or settle(document_id, delay_s)

    class Writing:
        """Somebody writes to the file while it is read."""

        def __getattr__(self, name):
            return getattr(lite, name)

        def encode_pages(self, pages, space):
            if len(pauses) < 4:
                with log.open("a") as file:
                    file.write("Another line about turnips.\n")
                engine.sync.compare_all()  # it is noted before the page is written
            return lite.encode_pages(pages, space)

    library.use(Writing())
    engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),)))
    engine.start()
    library.until(lambda: engine.catalogue.folders()[0].indexed == 1 and engine.sync.idle())
    assert pauses[:4] == [0.05, 0.1, 0.2, 0.4]
    (page,) = engine.store.pages(lite.spaces()[0])
    assert page.words.texts.count("turnips.") == len(pauses) + 1


def test_a_disk_that_fails_for_a_moment_costs_no_document_and_one_that_fails_for_good_is_told(
    library, documents, monkeypatch
):
    monkeypatch.setattr(restless, "_FIRST_S", 0.01)
    for name in ("moment.txt", "forever.txt"):
        (documents / name).write_text(f"Turnips, {name}")
    engine = library.open()
    tries = {"moment.txt": 0, "forever.txt": 0}

    def failing(path):
        tries[path.name] += 1
        if path.name == "forever.txt" or tries[path.name] < 4:
            raise from_os_error(OSError(errno.EIO, "Input/output error"), str(path))
        return kind_of(path)

    monkeypatch.setattr(pipeline, "kind_of", failing)
    engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),)))
    engine.start()
    library.all_read()
    folder = engine.catalogue.folders()[0]
    assert (folder.indexed, folder.failed) == (1, 1)
    (failure,) = engine.catalogue.failures()
    assert (failure.code, failure.path) == (ErrorCode.FILE_UNREADABLE, str(documents / "forever.txt"))
    assert tries == {"moment.txt": 4, "forever.txt": 6}


def test_a_change_that_is_noted_does_not_end_the_pause(tmp_path):
    catalogue, path = Catalogue(tmp_path / "catalogue.sqlite3"), tmp_path / "log.txt"
    path.write_text("one")
    folder = catalogue.add_folder(str(tmp_path), watched=True)
    catalogue.found(folder, [(str(path), fingerprint(path))])
    document = catalogue.next_waiting()
    path.write_text("one and two")
    catalogue.found(folder, [(str(path), fingerprint(path))])
    catalogue.settle(document.document_id, 60.0)
    path.write_text("one and two and three")
    catalogue.found(folder, [(str(path), fingerprint(path))])
    now = time.time()
    assert catalogue.next_waiting(now) is None
    assert catalogue.next_waiting(now + 61) is not None
    catalogue.close()
