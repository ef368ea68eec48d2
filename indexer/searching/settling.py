"""Settling: the products of a question, unrounded, with all vectors of the few best pages.

What they score, each word's strength and the places on them come from these same products.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.scoring.maxsim import Floats, Ints, counts_in, half_values, settle
from indexer.searching.together import together
from indexer.store.values import Values

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """A page of `vectors` vectors, the first `words_end` of kind 0.

    best: float32 (m,), the largest product of each of the question's vectors; flat: float32, the products of many
    pages, of this one (m, vectors) from `start` on.
    """

    uid: int
    vectors: int
    words_end: int
    best: Floats
    flat: Floats
    start: int

    @property
    def products(self) -> Floats:
        """The question's vectors with the page's, float32 (m, vectors)."""
        shape = len(self.best), self.vectors
        return self.flat[self.start : self.start + shape[0] * shape[1]].reshape(shape)


def settled(query: Floats, kinds: npt.NDArray[np.uint8], values: Values) -> list[Settled]:
    """Pages as they are stored; those that are damaged are left out. query: float32 (m, size), kinds: uint8 (m,)."""
    query = np.ascontiguousarray(query)
    counts = counts_in(values.buffer, values.starts, values.ends, values.numbers, query.shape[1])
    if (counts < 0).any():
        _log.warning("the patches of %d pages are damaged", int((counts < 0).sum()))
    good = np.flatnonzero(counts >= 0)
    counts, words_ends = counts[good], values.numbers[good]
    offsets = np.cumsum(counts * len(query)) - counts * len(query)
    flat = np.empty(int(counts.sum()) * len(query), np.float32)
    best = np.empty((len(good), len(query)), np.float32)

    def settle_some(some: slice) -> None:
        pages = values.starts[good[some]], values.ends[good[some]], words_ends[some]
        settle(values.buffer, *pages, half_values(), query, kinds, offsets[some], flat, best[some])

    together(settle_some, len(good))
    columns = (values.uids[good], counts, words_ends, offsets)
    return [
        Settled(uid, count, words_end, best[at], flat, start)
        for at, (uid, count, words_end, start) in enumerate(zip(*(one.tolist() for one in columns), strict=True))
    ]


def in_one(pages: Sequence[Settled]) -> tuple[Floats, Ints]:
    """The products of pages, flat, and where each begins; as they lie when they were settled together."""
    if all(page.flat is pages[0].flat for page in pages):
        return pages[0].flat, np.array([page.start for page in pages], np.int64)
    each = [page.products.ravel() for page in pages]
    return np.concatenate(each), np.cumsum([0, *(len(one) for one in each[:-1])]).astype(np.int64)
