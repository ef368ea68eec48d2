"""Settling: the products of a question, unrounded, with all vectors of the few best pages.

What they score, each word's strength and the places on them come from these same products.
"""

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.scoring.maxsim import (
    FEW,
    Floats,
    counts_in,
    half_values,
    maxima_of,
    scales_of,
    settle,
    similarity,
    vectors_of,
)
from indexer.searching.together import together
from indexer.store.values import Values

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """A page of `vectors` vectors, the first `words_end` of kind 0.

    products: float32 (m, vectors), the question's vectors with the page's; best: float32 (m,), the largest of each.
    """

    uid: int
    vectors: int
    words_end: int
    products: Floats
    best: Floats


def settled(query: Floats, kinds: npt.NDArray[np.uint8], values: Values) -> list[Settled]:
    """Pages as they are stored; those that are damaged are left out. query: float32 (m, size), kinds: uint8 (m,)."""
    counts = counts_in(values.buffer, values.starts, values.ends, values.numbers, query.shape[1])
    if (counts < 0).any():
        _log.warning("the patches of %d pages are damaged", int((counts < 0).sum()))
    good = np.flatnonzero(counts >= 0)
    query = np.ascontiguousarray(query)
    way = _by_library if len(query) > FEW else _by_machine_code
    parts = together(lambda some: way(query, kinds, values, good[some], counts[good[some]]), len(good))
    return [page for part in parts for page in part]


def _by_machine_code(
    query: Floats,
    kinds: npt.NDArray[np.uint8],
    values: Values,
    some: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
) -> list[Settled]:
    ends = np.cumsum(counts) * len(query)
    products = np.empty(int(ends[-1]), np.float32)
    best = np.empty((len(some), len(query)), np.float32)
    starts = ends - counts * len(query)
    words_ends = values.numbers[some]
    settle(
        values.buffer,
        values.starts[some],
        values.ends[some],
        words_ends,
        half_values(),
        query,
        kinds,
        starts,
        products,
        best,
    )
    columns = (values.uids[some], counts, words_ends, starts, ends)
    return [
        Settled(uid, count, words_end, products[start:end].reshape(len(query), count), best[at])
        for at, (uid, count, words_end, start, end) in enumerate(zip(*(one.tolist() for one in columns), strict=True))
    ]


def _by_library(
    query: Floats,
    kinds: npt.NDArray[np.uint8],
    values: Values,
    some: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
) -> list[Settled]:
    """Of many vectors, for which it is faster."""
    made = []
    for at, count in zip(some.tolist(), counts.tolist(), strict=True):
        value, words_end = values.buffer[values.starts[at] : values.ends[at]], int(values.numbers[at])
        vectors = vectors_of(value, count, query.shape[1])
        products = similarity(query, vectors, scales_of(value, count, query.shape[1], half_values()))
        made.append(Settled(int(values.uids[at]), count, words_end, products, maxima_of(products, kinds, words_end)))
    return made
