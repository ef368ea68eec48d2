"""A document that is byte for byte one that was read is searchable without being drawn or embedded again."""

import shutil
from dataclasses import replace

from PIL import Image

from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode
from indexer.render.thumbnails import THUMBNAIL_PX, picture_name


class Counting:
    """An encoder that counts the pages it is given; the work is done by the real one."""

    def __init__(self, real) -> None:
        self.real, self.pages = real, 0

    def __getattr__(self, name):
        return getattr(self.real, name)

    def encode_pages(self, pages, space):
        self.pages += len(pages)
        return self.real.encode_pages(pages, space)

    def encode_pages_in(self, pages, spaces):
        self.pages += len(pages) * len(spaces)
        return self.real.encode_pages_in(pages, spaces)


def opened(library, lite, **config):
    engine = library.open(**config)
    drawn = []
    read = engine.pool.read
    engine.pool.read = lambda path, *rest, **more: drawn.append(path.name) or read(path, *rest, **more)
    return engine, library.use(Counting(lite)), drawn


def add(engine, *paths) -> None:
    engine.add_paths(messages.AddPaths(id=1, paths=tuple(map(str, paths))))


def stored(engine, space) -> dict[str, list[tuple]]:
    """What is stored of each document, but for its number."""
    found: dict[str, list[tuple]] = {}
    for page in engine.store.pages(space):
        path = engine.catalogue.document(page.key.document_id).path
        told = (page.key.page, page.words.texts, page.vectors.tobytes(), page.scales.tobytes(), page.single.tobytes())
        found.setdefault(path, []).append((*told, page.regions.tobytes(), page.words.boxes.tobytes()))
    return found


def test_a_copy_is_as_searchable_as_the_original_and_costs_nothing(library, lite, documents, make_pdf):
    original = make_pdf(documents / "one.pdf", *[f"Page {number} about turnips." for number in range(5)])
    engine, encoder, drawn = opened(library, lite, commit_pages=2)
    add(engine, documents)
    engine.start()
    library.all_read()
    assert (encoder.pages, drawn) == (5, ["one.pdf"])
    copy = documents / "two.pdf"
    shutil.copy(original, copy)
    engine.sync.compare_all()
    library.all_read()
    assert (encoder.pages, drawn) == (5, ["one.pdf"])
    folder = engine.catalogue.folders()[0]
    assert (folder.indexed, folder.pages) == (2, 10)
    rows = stored(engine, lite.spaces()[0])
    assert rows[str(original)] == rows[str(copy)]
    assert engine.check() == []
    for key in engine.catalogue.page_versions():
        name = picture_name(key, engine.catalogue.document(key.document_id).version, THUMBNAIL_PX)
        assert (engine.config.folders.pictures / name).exists()
    original.unlink()
    engine.sync.compare_all()
    assert engine.catalogue.folders()[0].pages == 5
    reply = engine.searcher().search(messages.Search(id=2, query="turnips", k=50))
    assert {result.path for result in reply.results} == {str(copy)}


def test_a_copy_that_is_interrupted_goes_on_where_it_stopped(library, lite, documents, make_pdf):
    original = make_pdf(documents / "one.pdf", *[f"Page {number} about turnips." for number in range(5)])
    engine, encoder, _ = opened(library, lite, commit_pages=2)
    add(engine, documents)
    engine.start()
    library.all_read()
    tell = engine.catalogue.pages_indexed

    def then_pause(*values):
        engine.catalogue.pages_indexed = tell
        engine.pause(messages.Pause(id=2))
        return tell(*values)

    engine.catalogue.pages_indexed = then_pause
    shutil.copy(original, documents / "two.pdf")
    engine.sync.compare_all()
    library.until(lambda: engine.catalogue.folders()[0].pages == 7 and not engine.pipeline.busy)
    engine.resume(messages.Resume(id=3))
    library.all_read()
    assert (encoder.pages, engine.catalogue.folders()[0].pages) == (5, 10)
    assert engine.check() == []


def test_another_document_of_the_same_size_is_read(library, lite, documents):
    for name, what in (("one.txt", "turnips"), ("two.txt", "carrots")):
        (documents / name).write_text(f"About {what}.")
    (documents / "three.md").write_text("About turnips.")
    engine, encoder, _ = opened(library, lite)
    add(engine, documents)
    engine.start()
    library.all_read()
    assert encoder.pages == 3, "another suffix may be another reader"


def test_what_failed_of_the_original_is_told_of_the_copy_and_tried_again_when_asked(library, lite, documents):
    frames = [Image.new("RGB", (90, 60), colour) for colour in ("white", "red")]
    frames[0].save(documents / "one.gif", save_all=True, append_images=frames[1:])
    engine, _, drawn = opened(library, lite)
    add(engine, documents)
    engine.start()
    library.all_read()
    shutil.copy(documents / "one.gif", documents / "two.gif")
    engine.sync.compare_all()
    library.all_read()
    failures = engine.catalogue.failures()
    assert [failure.code for failure in failures] == [ErrorCode.FIRST_PICTURE_ONLY] * 2
    assert drawn == ["one.gif"]
    newest = max(failure.document_id for failure in failures)
    engine.retry(messages.Retry(id=3, document_ids=(newest,)))
    library.all_read()
    assert len(engine.catalogue.failures()) == 2


def test_what_is_damaged_or_gone_of_the_original_is_read_from_the_copy(library, lite, documents, make_pdf):
    original = make_pdf(documents / "one.pdf", *[f"Page {number} about turnips." for number in range(4)])
    engine, encoder, drawn = opened(library, lite)
    add(engine, documents)
    engine.start()
    library.all_read()
    key = sorted(engine.catalogue.page_versions())[1]
    engine.store.drop_pages(lite.spaces()[0], [key])
    shutil.copy(original, documents / "two.pdf")
    engine.sync.compare_all()
    library.all_read()
    assert (encoder.pages, drawn) == (5, ["one.pdf", "two.pdf"])
    assert engine.catalogue.folders()[0].pages == 8


def test_vectors_that_an_encoder_makes_later_are_made_once_for_all_copies(library, lite, documents, make_pdf):
    original = make_pdf(documents / "one.pdf", "Turnips.", "Lighthouses.")
    shutil.copy(original, documents / "two.pdf")
    engine, _, _ = opened(library, lite)
    add(engine, documents)
    engine.start()
    library.all_read()
    library.close()
    engine = library.open()
    newer = Counting(lite)
    newer.spaces = lambda: tuple(replace(space, version="newer") for space in lite.spaces())
    newer.encode_pages_in = lambda pages, spaces: Counting.encode_pages_in(newer, pages, lite.spaces())
    newer.encode_pages = lambda pages, space: Counting.encode_pages(newer, pages, lite.spaces()[0])
    library.use(newer)
    engine.start()
    library.until(engine.caught_up)
    assert newer.pages == 2
    assert len(engine.store.versions(newer.spaces()[0])) == 4
    assert engine.check() == []


def test_a_copy_forgotten_while_it_is_taken_over_leaves_nothing(library, lite, documents, make_pdf):
    original = make_pdf(documents / "one.pdf", *[f"Page {number} about turnips." for number in range(3)])
    engine, _, _ = opened(library, lite)
    add(engine, documents)
    engine.start()
    library.all_read()
    space, pictures = engine.encoders.recorded_space(), engine.config.folders.pictures
    before = len(list(pictures.iterdir()))
    tell, forgotten = engine.catalogue.pages_indexed, []

    def then_forget(document, *values):
        forgotten.append(document.document_id)
        copy.unlink()
        engine.catalogue.gone([document.path])
        return tell(document, *values)

    engine.catalogue.pages_indexed = then_forget
    engine._catch_up.stop()  # which sweeps up what is left behind
    copy = documents / "two.pdf"
    shutil.copy(original, copy)
    engine.sync.compare_all()
    library.until(lambda: bool(forgotten))
    library.until(lambda: {key.document_id for key in engine.store.versions(space)}.isdisjoint(forgotten))
    library.until(lambda: len(list(pictures.iterdir())) == before)
