"""A page that is in the store and not yet in the catalogue is no page that is gone: nobody sweeps it."""

import time

from indexer.protocol import messages

_SWEEP_S = 3.0


def test_pages_just_written_survive_a_look_for_what_is_missing(library, documents, make_pdf, monkeypatch):
    make_pdf(documents / "a.pdf", "turnips", "more turnips")
    engine = library.open()
    space = engine.encoders.recorded_space()
    tell, lost = engine.catalogue.pages_indexed, []

    def slowly(document, *rest):
        """A disk that takes its time, while the other encoder's pages are looked for."""
        engine._catch_up.wake()
        end = time.monotonic() + _SWEEP_S
        while len(engine.store.versions(space)) == 2 and time.monotonic() < end:
            time.sleep(0.05)
        lost.append(2 - len(engine.store.versions(space)))
        return tell(document, *rest)

    monkeypatch.setattr(engine.catalogue, "pages_indexed", slowly)
    engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),)))
    engine.start()
    library.all_read()
    assert lost == [0]
    assert len(engine.store.versions(space)) == 2
