"""MaxSim over many pages: a plain reference, and the fast version tested against it.

score(page) = sum over query vectors i of weights[i] * max over page vectors j of the same kind of dot(q_i, p_j).
A page without vectors of a kind adds nothing for it. Nothing is padded, so nothing but a page's own vectors can win.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

Floats = npt.NDArray[np.float32]
NO_VECTOR = np.float32(-2.0)
"""Stands for "no vector of this kind": below any dot product of unit vectors."""


def similarity(query: Floats, vectors: npt.NDArray[np.int8], scales: Floats) -> Floats:
    """All dot products, exact for the stored vectors: (m, size) x (n, size) -> float32 (m, n)."""
    if query.shape[1] != vectors.shape[1]:
        raise ValueError(f"query vectors of {query.shape[1]}, page vectors of {vectors.shape[1]}")
    result: Floats = (query @ vectors.T.astype(np.float32)) * scales
    return result


def page_maxima(query: Floats, kinds: npt.NDArray[np.uint8], page: Floats, page_kinds: npt.NDArray[np.uint8]) -> Floats:
    """The plain reference for one page: best dot product per query vector, NO_VECTOR where there is none. (m,)."""
    best = np.full(len(query), NO_VECTOR, np.float32)
    for i in range(len(query)):
        same = page_kinds == kinds[i]
        if same.any():
            best[i] = (page[same] @ query[i]).max()
    return best


def block_maxima(
    query: Floats,
    kinds: npt.NDArray[np.uint8],
    vectors: npt.NDArray[np.int8],
    scales: Floats,
    starts: Sequence[npt.NDArray[np.int64]],
    counts: Sequence[npt.NDArray[np.int64]],
) -> Floats:
    """Best dot product of every query vector on every page of a block, with the query rounded to int8 as well.

    vectors: int8 (n, size) of all pages one after another, scales (n,). starts[k], counts[k]: int64 (pages,), where
    each page's vectors of kind k begin and how many there are. Gives float32 (pages, m).
    """
    pages = len(starts[0])
    best = np.full((pages, len(query)), NO_VECTOR, np.float32)
    if len(vectors) == 0 or len(query) == 0:
        return best
    rounded, query_scales = _rounded(query)
    products = torch._int_mm(torch.from_numpy(vectors), torch.from_numpy(rounded.T.copy())).numpy()
    products = products[:, : len(query)].astype(np.float32) * scales[:, None]
    for kind in range(len(starts)):
        asked = np.flatnonzero(kinds == kind)
        there = np.flatnonzero(counts[kind])
        if len(asked) == 0 or len(there) == 0:
            continue
        edges = np.stack([starts[kind][there], starts[kind][there] + counts[kind][there]], axis=1).ravel()
        # reduceat wants a last index below the end; a zero row is added so that the last page may end there.
        chosen = np.concatenate([products[:, asked], np.zeros((1, len(asked)), np.float32)])
        best[np.ix_(there, asked)] = np.maximum.reduceat(chosen, edges, axis=0)[::2] * query_scales[asked]
    return best


def score(best: Floats, weights: Floats) -> Floats:
    """Weighted sums of maxima (pages, m) -> (pages,); a kind the page lacks counts as 0."""
    result: Floats = np.where(best > -1.5, best, 0).astype(np.float32) @ weights
    return result


def _rounded(query: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    scales = np.maximum(np.abs(query).max(axis=1), 1e-12) / 127
    whole = np.rint(query / scales[:, None]).astype(np.int8)
    padding = -len(query) % 8  # the int8 product takes multiples of 8 columns; the padding is cut off again
    return np.concatenate([whole, np.zeros((padding, query.shape[1]), np.int8)]), scales.astype(np.float32)
