"""A page's codes: bits of pooled vectors, kinds kept apart, ordered so that a scan may read the first part only.

Two levels are stored of every page: fine (means of about 3 vectors) and coarse (of about 9). Within a level and kind
the leaders come first: of every cluster of the next coarser cut (9, and 36) the code nearest to the cluster's own bits.
A first look at leaders alone reads a third, or a quarter, of what a look at everything reads, and needs no memory more.

A code is 128 bits (two uint64): the sign of each dimension about the space's mean of that kind. Wider vectors give the
first 128 dimensions, narrower ones leave bits zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FINE, COARSE, LEADERS = 3, 9, 36
BITS = 128
KINDS = 2

Floats = npt.NDArray[np.float32]
Bits = npt.NDArray[np.uint64]
Labels = npt.NDArray[np.int64]
Cuts = Sequence[Sequence[Labels]]


@dataclass(frozen=True, slots=True)
class Level:
    """codes: uint64 (n, 2), kind 0 first. counts: for kind 0, then kind 1, how many leaders and how many codes."""

    codes: Bits
    counts: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class PageCodes:
    """Both levels, and the code of the single vector, uint64 (2,)."""

    fine: Level
    coarse: Level
    single: Bits


@dataclass(frozen=True, slots=True)
class Means:
    """What the bits are about. vectors: float32 (KINDS, size) per kind; single: float32 (single_size,)."""

    number: int
    pages: int
    vectors: Floats
    single: Floats


def no_means(size: int, single_size: int) -> Means:
    """Before anything was stored: bits about zero."""
    return Means(0, 0, np.zeros((KINDS, size), np.float32), np.zeros(single_size, np.float32))


def page_codes(
    vectors: Floats,
    kinds: npt.NDArray[np.uint8],
    single: Floats,
    means: Means,
    known: Cuts | None = None,
) -> PageCodes:
    """Pool a page's vectors and take their bits. vectors: float32 (n, size); kinds: uint8 (n,), never decreasing.

    known: for each kind its cuts (page_cuts), when they were made already.
    """
    fine, coarse = [], []
    for kind in range(KINDS):
        mine = vectors[kinds == kind]
        one = _kind_codes(mine, known[kind] if known else page_cuts(mine), means.vectors[kind])
        fine.append(one[0])
        coarse.append(one[1])
    return PageCodes(_joined(fine), _joined(coarse), bits((single - means.single)[None])[0])


def page_cuts(vectors: Floats) -> list[Labels]:
    """Cluster numbers for the factors FINE, COARSE and LEADERS, nested; none for no vectors."""
    from indexer.store.pooling import cuts  # machine code is loaded with it: not before it is needed

    n = len(vectors)
    return cuts(vectors, (-(-n // FINE), -(-n // COARSE), -(-n // LEADERS))) if n else []


def bits(centred: Floats) -> Bits:
    """Signs of the first 128 dimensions: float32 (n, size) -> uint64 (n, 2)."""
    signs = np.zeros((len(centred), BITS), np.bool_)
    signs[:, : centred.shape[1]] = centred[:, :BITS] > 0
    packed: Bits = np.packbits(signs, axis=1, bitorder="little").view(np.uint64)
    return packed


def _kind_codes(vectors: Floats, labels: Sequence[Labels], mean: Floats) -> tuple[tuple[Bits, int], tuple[Bits, int]]:
    """(fine codes, leaders), (coarse codes, leaders) of the vectors of one kind."""
    if len(vectors) == 0:
        nothing = np.zeros((0, 2), np.uint64)
        return (nothing, 0), (nothing, 0)
    pooled = [bits(_means(vectors, label) - mean) for label in labels]
    ordered = []
    for level in (0, 1):
        of_parent = np.zeros(len(pooled[level]), np.int64)
        of_parent[labels[level]] = labels[level + 1]
        leads = _leaders(pooled[level], pooled[level + 1], of_parent)
        rest = np.setdiff1d(np.arange(len(of_parent)), leads)
        ordered.append((pooled[level][np.concatenate([leads, rest])], len(leads)))
    return ordered[0], ordered[1]


def _leaders(children: Bits, parents: Bits, of_parent: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """For every parent the child whose bits are nearest to its own."""
    away = np.bitwise_count(children ^ parents[of_parent]).sum(axis=1)
    order = np.lexsort((away, of_parent))
    _, first = np.unique(of_parent[order], return_index=True)
    result: npt.NDArray[np.int64] = order[first]
    return result


def _means(vectors: Floats, labels: npt.NDArray[np.int64]) -> Floats:
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels)
    sums = np.add.reduceat(vectors[order], np.concatenate([[0], np.cumsum(counts)[:-1]]), axis=0)
    return (sums / counts[:, None]).astype(np.float32)


def _joined(parts: list[tuple[Bits, int]]) -> Level:
    (words, word_leads), (windows, window_leads) = parts
    return Level(np.concatenate([words, windows]), (word_leads, len(words), window_leads, len(windows)))
