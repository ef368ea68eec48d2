"""The ends of several documents are one commit; what is wrong with one of them costs the others nothing."""

import dataclasses

import numpy as np

from indexer.indexing import writer
from indexer.protocol import messages


class Between:
    """The real encoder; `change` may change what it gives for a page, or do something else meanwhile."""

    def __init__(self, real, change):
        self.real, self.change = real, change

    def __getattr__(self, name):
        return getattr(self.real, name)

    def encode_pages(self, pages, space):
        encoded = self.real.encode_pages(pages, space)
        return [self.change(page.words.texts, one) for page, one in zip(pages, encoded, strict=True)]


def read(engine, library, documents):
    engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),)))
    engine.start()
    library.all_read()


def keys(engine, lite):
    return {page.key for page in engine.store.pages(lite.spaces()[0])}


def test_documents_of_one_page_share_commits(library, lite, documents, make_pdf, monkeypatch):
    monkeypatch.setattr(writer, "_GATHER_S", 10.0)  # how many come in a second is a matter of the machine
    for number in range(40):
        make_pdf(documents / f"{number}.pdf", f"Number {number} is about turnips.")
    engine = library.open()
    read(engine, library, documents)
    assert engine.catalogue.folders()[0].pages == len(keys(engine, lite)) == 40
    (patches,) = library.root.rglob("patches_*.lance")
    assert len(list((patches / "data").iterdir())) < 20


def test_a_document_that_cannot_be_stored_costs_the_others_of_its_commit_nothing(library, lite, documents, make_pdf):
    for name in ("beet", "leek", "pest", "rice"):
        make_pdf(documents / f"{name}.pdf", f"All about {name}, more or less.")

    def change(texts, encoded):
        if "pest," not in texts:
            return encoded
        return dataclasses.replace(encoded, vectors=np.full_like(encoded.vectors, np.nan))

    engine = library.open()
    library.use(Between(lite, change))
    read(engine, library, documents)
    (failure,) = engine.catalogue.failures()
    assert failure.path == str(documents / "pest.pdf")
    assert len(keys(engine, lite)) == 3


def test_a_document_forgotten_before_its_commit_leaves_nothing(library, lite, documents, make_pdf):
    for number in range(6):
        make_pdf(documents / f"{number}.pdf", f"Number {number} is about turnips.")
    engine = library.open()
    gone = []

    def change(texts, encoded):
        if "5" in texts:
            (documents / "0.pdf").unlink()
            gone.extend(engine.catalogue.gone([str(documents / "0.pdf")]))
            engine.store.drop_documents(lite.spaces()[0], gone)  # as is done for those already committed
        return encoded

    library.use(Between(lite, change))
    read(engine, library, documents)
    assert gone
    assert {key.document_id for key in keys(engine, lite)}.isdisjoint(gone)
    assert len(keys(engine, lite)) == 5


def test_documents_during_which_an_engine_died_are_committed_one_by_one(library, lite, documents, make_pdf):
    """Else the one that kills engines would take its neighbours along each time, until all of them are set aside."""
    for number in range(4):
        make_pdf(documents / f"{number}.pdf", f"Number {number} is about turnips.")
    engine = library.open()
    before = []

    def change(texts, encoded):
        before.append(len(keys(engine, lite)))
        return encoded

    library.use(Between(lite, change))
    engine.pause(messages.Pause(id=1))
    engine.add_paths(messages.AddPaths(id=2, paths=(str(documents),)))
    engine.start()
    library.until(lambda: engine.catalogue.to_read() == 4)
    while engine.catalogue.next_waiting() is not None:
        pass
    engine.catalogue.requeue_reading()
    engine.resume(messages.Resume(id=3))
    library.all_read()
    assert before == [0, 1, 2, 3]
