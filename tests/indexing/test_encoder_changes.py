"""Another encoder takes over, or the old one is removed, while a document is read: nothing fails, nothing mixes."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from indexer.encoder.encoder import EncodedPage, PageInput, VectorSpace
from indexer.encoder.lite.encoder import LiteEncoder
from indexer.protocol import messages

CHECKPOINT = Path(__file__).resolve().parents[1] / "data" / "jina_v4" / "checkpoint"
PATIENCE_S = 60.0


class Halting(LiteEncoder):
    """Lite that stops at the pages holding a word, until it is told to go on."""

    @classmethod
    def at(cls, word: str, lite: LiteEncoder) -> "Halting":
        made = cls.__new__(cls)
        made.__dict__.update(lite.__dict__)
        made.word, made.reached, made.go_on = word, threading.Event(), threading.Event()
        return made

    def encode_pages(self, pages: Sequence[PageInput], space: VectorSpace) -> list[EncodedPage]:
        assert space in self.spaces()
        if any(self.word in text for page in pages for text in page.words.texts):
            self.reached.set()
            assert self.go_on.wait(PATIENCE_S)
        return super().encode_pages(pages, space)


@pytest.fixture
def halted(library, documents, make_pdf, lite):
    """An engine for which Jina answers since a moment ago, and Lite is in the middle of a document."""
    engine = library.open(commit_pages=1)
    engine.getting.import_(messages.ImportEncoder(id=1, encoder_id="jina-v4", folder=str(CHECKPOINT)), lambda: False)
    halting = library.use(Halting.at("stop", lite))
    engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),)))
    make_pdf(documents / "a.pdf", "stop here", "second", "third", "fourth")
    engine.start()
    assert halting.reached.wait(PATIENCE_S)
    engine.encoders.choose(messages.ChooseEncoder(id=1, encoder_id="jina-v4"))
    library.until(lambda: engine.encoders.serving_id == "jina-v4")
    return halting


def test_a_document_begun_with_one_encoder_is_read_to_its_end_with_the_next(library, halted):
    engine = library.engine
    halted.go_on.set()
    library.all_read()
    assert engine.catalogue.failures() == ()
    lite, jina = halted.spaces()[0], engine.encoder().spaces()[0]
    assert jina.encoder_id == "jina-v4"
    recorded = engine.catalogue.page_versions()
    assert len(recorded) == 4
    library.until(lambda: engine.store.versions(jina) == recorded)
    assert {key.page for key in engine.store.versions(lite)} == {1}


def test_nothing_is_written_for_an_encoder_removed_meanwhile(library, halted):
    engine = library.engine
    lite = halted.spaces()[0]
    engine.getting.remove(messages.RemoveEncoder(id=1, encoder_id="lite"))
    halted.go_on.set()
    library.all_read()
    assert engine.catalogue.failures() == ()
    recorded = engine.catalogue.page_versions()
    assert len(recorded) == 4
    jina = engine.encoder().spaces()[0]
    library.until(lambda: engine.store.versions(jina) == recorded)
    assert not [name for name in engine.store.tables.names() if name.endswith(lite.name)]
