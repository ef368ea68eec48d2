"""Interrupted reading goes on where it stopped: nothing committed is embedded again."""

from indexer.documents.document import PageWords
from indexer.protocol import messages
from indexer.protocol.values import PageKey


class Counting:
    """An encoder that notes which pages it was given; the work is done by the real one."""

    def __init__(self, real, on_pages=lambda: None):
        self.real, self.on_pages, self.seen = real, on_pages, []

    def __getattr__(self, name):
        return getattr(self.real, name)

    def encode_pages(self, pages, space):
        self.seen += [first_number(page.words) for page in pages]
        self.on_pages()
        return self.real.encode_pages(pages, space)


def first_number(words: PageWords) -> int:
    return int(next(text for text in words.texts if text.isdecimal()))


def numbered(count: int) -> list[str]:
    return [f"{number} pages about turnips" for number in range(1, count + 1)]


def add(engine, path) -> None:
    engine.add_paths(messages.AddPaths(id=1, paths=(str(path),)))


def test_a_pause_is_followed_by_the_next_page(library, lite, documents, make_pdf):
    make_pdf(documents / "long.pdf", *numbered(20))
    engine = library.open(commit_pages=5)
    encoder = library.use(Counting(lite, lambda: engine.pause(messages.Pause(id=1))))
    add(engine, documents)
    engine.start()
    pauses = 0
    while not engine.catalogue.folders()[0].indexed:
        library.until(
            lambda: (
                engine.catalogue.folders()[0].indexed
                or (engine.pipeline.pace.paused and engine.pipeline.pace.path == "")
            )
        )
        pauses += 1
        engine.resume(messages.Resume(id=1))
    assert pauses > 2
    assert sorted(encoder.seen) == list(range(1, 21))
    assert engine.catalogue.folders()[0].pages == 20


def test_after_an_end_in_the_middle_only_the_rest_is_read(library, lite, documents, make_pdf):
    make_pdf(documents / "long.pdf", *numbered(30))
    first = library.open(commit_pages=5)
    encoder = library.use(Counting(lite, lambda: len(encoder.seen) >= 15 and first.pipeline._stopped.set()))
    add(first, documents)
    first.start()
    library.until(lambda: not first.pipeline.running)
    library.close()
    second = library.open(commit_pages=5)
    again = library.use(Counting(lite))
    second.start()
    library.all_read()
    assert encoder.seen == list(range(1, 16))
    assert again.seen == list(range(16, 31))
    assert second.catalogue.folders()[0].pages == 30


def test_pages_that_the_store_lost_are_read_again_and_no_others(library, lite, documents, make_pdf):
    make_pdf(documents / "long.pdf", *numbered(12))
    engine = library.open()
    add(engine, documents)
    engine.start()
    library.all_read()
    document = engine.catalogue.recent(1)[0].document_id
    engine.store.drop_pages(lite.spaces()[0], [PageKey(document, 3), PageKey(document, 11)])
    library.close()
    engine = library.open()
    encoder = library.use(Counting(lite))
    engine.start()
    library.all_read()
    assert encoder.seen == [3, 11]
    assert engine.catalogue.folders()[0].pages == 12
    assert engine.check() == []
