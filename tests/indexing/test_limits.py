"""What the user lets reading take of the computer: in force at once, kept over a restart, and checked."""

import os

import numpy as np
import pytest
import torch

from indexer.encoder.lite.encoder import LiteEncoder
from indexer.errors import PagebeamError
from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import Limits


def set_limits(engine, **values: object) -> None:
    engine.limits.set(messages.SetLimits(id=1, limits=Limits(**values)))


def told(engine) -> messages.LimitsTold:
    return engine.limits_told(messages.GetLimits(id=1))


class Counting:
    """Lite, and with how many threads it was asked to compute."""

    def __init__(self, lite: LiteEncoder) -> None:
        self._lite, self.threads = lite, []

    def __getattr__(self, name: str) -> object:
        return getattr(self._lite, name)

    def encode_pages(self, pages, space) -> list:
        self.threads.append(torch.get_num_threads())
        return self._lite.encode_pages(pages, space)


def test_as_many_threads_as_allowed_read_pages(library, documents, make_pdf, lite):
    engine = library.open()
    encoder = library.use(Counting(lite))
    engine.start()
    for threads in (1, os.cpu_count()):
        set_limits(engine, threads=threads)
        engine.add_paths(messages.AddPaths(id=1, paths=(str(make_pdf(documents / f"{threads}.pdf", "Turnips.")),)))
        library.all_read()
        assert encoder.threads[-1] == threads


def test_over_the_ceiling_renderers_are_given_up(library, documents, make_pdf):
    engine = library.open()
    engine.start()
    taken = np.ones(80_000_000)  # 640 MB
    for ceiling_mb, kept in ((told(engine).memory_most_mb, 1), (told(engine).memory_least_mb, 0)):
        set_limits(engine, memory_mb=ceiling_mb)
        name = documents / f"{ceiling_mb}.pdf"
        engine.add_paths(messages.AddPaths(id=1, paths=(str(make_pdf(name, "Lighthouses.")),)))
        library.all_read()
        library.until(lambda kept=kept: len(engine.pool.pids) == kept)
    assert told(engine).memory_now_mb > taken.nbytes / 1e6


def test_before_pages_of_many_words_are_encoded_room_is_made_for_them(library, documents, lite):
    engine = library.open()
    kept: list[int] = []
    keep = engine.pipeline.ceiling.keep
    engine.pipeline.ceiling.keep = lambda coming=0: kept.append(coming) or keep(coming)
    coming = []

    class Looking:
        def __getattr__(self, name):
            return getattr(lite, name)

        def encode_pages(self, pages, space):
            coming.append((sum(len(page.words.texts) for page in pages), kept[-1]))
            return lite.encode_pages(pages, space)

    library.use(Looking())
    engine.start()
    for name, words in (("few.txt", 100), ("many.txt", 9000)):
        (documents / name).write_text("turnips and lighthouses " * (words // 3))
        engine.add_paths(messages.AddPaths(id=1, paths=(str(documents / name),)))
        library.all_read()
    assert coming[0][1] == 0
    assert all(bytes_ >= 10_000 * words for words, bytes_ in coming[1:-1])
    assert 3000 < max(words for words, _ in coming) < 7000, "full pages come in smaller batches"


def test_limits_are_kept_and_others_than_possible_refused(library):
    engine = library.open()
    set_limits(engine, threads=1, memory_mb=700, wait_on_battery=False)
    for values in ({"threads": -1}, {"threads": 10_000}, {"memory_mb": 10}, {"memory_mb": 10**9}):
        with pytest.raises(PagebeamError) as refused:
            set_limits(engine, **values)
        assert refused.value.code is ErrorCode.BAD_REQUEST
    library.close()
    assert told(library.open()).limits == Limits(threads=1, memory_mb=700, wait_on_battery=False)


def test_limits_that_cannot_be_read_are_the_usual_ones(library):
    library.open()
    library.close()
    for text in ("", "[]", '{"threads": "many"}'):
        (library.root / "limits.json").write_text(text)
        assert told(library.open()).limits == Limits()
        library.close()
