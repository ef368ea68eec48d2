"""MaxSim: a plain reference, and the fast version tested against it.

score(page) = sum over query vectors i of weights[i] * max over page vectors j of the same kind of dot(q_i, p_j).
A page without vectors of a kind adds nothing for it. Nothing is padded, so nothing but a page's own vectors can win.

The query stays unrounded float32 against the stored int8 vectors, so these products are final: scores, strengths and
similarity maps come from the same numbers. An int8 query was hardly faster on AVX2 (51 against 63 ms a thousand
pages of 512 vectors, 16 query vectors, one thread) and would need the best to be scored again.
"""

import numpy as np
import numpy.typing as npt

from indexer.compiled import compiled_fast

Floats = npt.NDArray[np.float32]
NO_VECTOR = np.float32(-2.0)
"""Stands for "no vector of this kind": below any dot product of unit vectors."""
AT_ONCE = 4


def similarity(query: Floats, vectors: npt.NDArray[np.int8], scales: Floats) -> Floats:
    """All dot products, exact for the stored vectors: (m, size) x (n, size) -> float32 (m, n)."""
    if query.shape[1] != vectors.shape[1]:
        raise ValueError(f"query vectors of {query.shape[1]}, page vectors of {vectors.shape[1]}")
    result: Floats = (query @ vectors.T.astype(np.float32)) * scales
    return result


def maxima_reference(
    query: Floats, kinds: npt.NDArray[np.uint8], page: Floats, page_kinds: npt.NDArray[np.uint8]
) -> Floats:
    """The plain reference for one page: best dot product per query vector, NO_VECTOR where there is none. (m,)."""
    best = np.full(len(query), NO_VECTOR, np.float32)
    for i in range(len(query)):
        same = page_kinds == kinds[i]
        if same.any():
            best[i] = (page[same] @ query[i]).max()
    return best


class Question:
    """A question's vectors, split by kind and padded, so that many pages can be scored for it."""

    def __init__(self, vectors: Floats, kinds: npt.NDArray[np.uint8]) -> None:
        self.count = len(vectors)
        self._parts = []
        for kind in (0, 1):
            chosen = np.flatnonzero(kinds == kind)
            padding = np.zeros((-len(chosen) % AT_ONCE, vectors.shape[1]), np.float32)
            self._parts.append((chosen, np.ascontiguousarray(np.concatenate([vectors[chosen], padding]), np.float32)))

    def maxima(self, vectors: npt.NDArray[np.int8], scales: Floats, words_end: int) -> Floats:
        """Best dot product per query vector on one page: (n, size), (n,) -> (m,); the first `words_end` are kind 0."""
        best = np.full(self.count, NO_VECTOR, np.float32)
        bounds = ((0, words_end), (words_end, len(vectors)))
        for (chosen, query), (start, end) in zip(self._parts, bounds, strict=True):
            if len(chosen) and start < end:
                best[chosen] = best_products(vectors[start:end], scales[start:end], query)[: len(chosen)]
        return best


@compiled_fast
def best_products(vectors: npt.NDArray[np.int8], scales: Floats, query: Floats) -> Floats:
    """For each query vector its largest product: (n, size) int8, (n,), (m, size), m a multiple of AT_ONCE -> (m,)."""
    best = np.full(query.shape[0], np.float32(-2), np.float32)
    size = np.uint64(query.shape[1])
    for i in range(0, query.shape[0], 4):
        q0, q1, q2, q3 = query[i], query[i + 1], query[i + 2], query[i + 3]
        m0 = m1 = m2 = m3 = np.float32(-2)
        for j in range(vectors.shape[0]):
            row = vectors[j]
            s0 = s1 = s2 = s3 = np.float32(0)
            for k in range(size):
                x = np.float32(row[k])
                s0 += x * q0[k]
                s1 += x * q1[k]
                s2 += x * q2[k]
                s3 += x * q3[k]
            scale = scales[j]
            m0, m1, m2, m3 = max(m0, s0 * scale), max(m1, s1 * scale), max(m2, s2 * scale), max(m3, s3 * scale)
        best[i], best[i + 1], best[i + 2], best[i + 3] = m0, m1, m2, m3
    return best


def score(best: Floats, weights: Floats) -> Floats:
    """Weighted sums of maxima (pages, m) -> (pages,); a kind the page lacks counts as 0."""
    result: Floats = np.where(best > -1.5, best, 0).astype(np.float32) @ weights
    return result
