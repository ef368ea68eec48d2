"""What is being read is told from the moment a document is opened, which may take long."""

from indexer.protocol import messages
from indexer.protocol.values import DocumentKind


def test_a_document_is_named_while_it_is_opened(library, documents, make_pdf, tmp_path):
    other = make_pdf(tmp_path / "other.pdf", "one", "two")
    waiting = make_pdf(documents / "waiting.pdf", "turnips")
    engine = library.open(renderers=1)
    held = engine.pool.read(other, DocumentKind.PDF)
    next(held)  # the only renderer is taken, so that the next document cannot be opened
    engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),)))
    engine.start()
    library.until(lambda: engine.pipeline.pace.path == str(waiting))
    assert engine.pipeline.pace.page == 0
    assert engine.pipeline.busy
    held.close()
    library.all_read()
    assert not engine.pipeline.busy
    assert engine.catalogue.failures() == ()
