"""MaxSim: a plain reference, and the fast version tested against it.

score(page) = sum over query vectors i of weights[i] * max over page vectors j of the same kind of dot(q_i, p_j)
A page without vectors of a kind adds nothing for it. Nothing is padded, so nothing but a page's own vectors can win.

The many candidates are scored with the query rounded to 16 bits (steps of a 32,767th of a vector's largest part),
against the stored int8 vectors in whole numbers: within 1e-5 of the unrounded score. The few best are then settled with
the unrounded float32 query (`similarity`), and strengths and similarity maps are made of these same products.
"""

import functools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from indexer.compiled import compiled, compiled_fast, compiled_short
from indexer.scoring.tile import LANES, ROWS, raise_maxima

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
NO_VECTOR = np.float32(-2.0)
"""Stands for "no vector of this kind": below any dot product of unit vectors."""
_UNTOUCHED = np.float32(-1e30)
_LARGEST = 2**31 - 1


def similarity(query: Floats, vectors: npt.NDArray[np.int8], scales: Floats) -> Floats:
    """All dot products, exact for the stored vectors: (m, size) x (n, size) -> float32 (m, n)."""
    if query.shape[1] != vectors.shape[1]:
        raise ValueError(f"query vectors of {query.shape[1]}, page vectors of {vectors.shape[1]}")
    result = np.empty((len(query), len(vectors)), np.float32)
    all_products(np.ascontiguousarray(query), vectors, scales, result)
    return result


@compiled_fast
def all_products(query: Floats, vectors: npt.NDArray[np.int8], scales: Floats, result: Floats) -> None:
    """similarity: no slower than a library's product, for which vectors are widened first, and without memory for it.

    A page of 512 vectors took 36 us for 16 query vectors and 142 for 64, numpy 63 and 128.
    """
    asked, count = query.shape[0], vectors.shape[0]
    size = np.uint64(query.shape[1])
    for first in range(0, asked, 4):
        second, third, last = min(first + 1, asked - 1), min(first + 2, asked - 1), min(first + 3, asked - 1)
        q0, q1, q2, q3 = query[first], query[second], query[third], query[last]
        for j in range(count):
            row = vectors[j]
            s0 = s1 = s2 = s3 = np.float32(0)
            for k in range(size):
                x = np.float32(row[k])
                s0 += x * q0[k]
                s1 += x * q1[k]
                s2 += x * q2[k]
                s3 += x * q3[k]
            scale = scales[j]
            result[first, j], result[second, j] = s0 * scale, s1 * scale
            result[third, j], result[last, j] = s2 * scale, s3 * scale


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


@compiled
def maxima_of(similarity: Floats, kinds: npt.NDArray[np.uint8], words_end: int) -> Floats:
    """The same from all products (m, n) of a page whose first `words_end` vectors are of kind 0."""
    best = np.full(len(kinds), NO_VECTOR, np.float32)
    for i in range(len(kinds)):
        products = similarity[i, :words_end] if kinds[i] == 0 else similarity[i, words_end:]
        for j in range(np.uint64(len(products))):
            best[i] = max(best[i], products[j])
    return best


@compiled
def settle(
    buffer: npt.NDArray[np.uint8],
    starts: Ints,
    ends: Ints,
    words_ends: npt.NDArray[np.int32],
    halves: Floats,
    query: Floats,
    kinds: npt.NDArray[np.uint8],
    offsets: Ints,
    products: Floats,
    best: Floats,
) -> None:
    """Similarity and maxima_of for many pages as they are stored, none of them damaged (vectors_in).

    products: flat, page p's (m, n) from offsets[p] on; best: (p, m).
    """
    asked, size = query.shape
    for page in range(starts.shape[0]):
        value = buffer[starts[page] : ends[page]]
        count = vectors_in(value, words_ends[page], size)
        here = products[offsets[page] : offsets[page] + asked * count].reshape(asked, count)
        all_products(query, vectors_of(value, count, size), scales_of(value, count, size, halves), here)
        best[page] = maxima_of(here, kinds, words_ends[page])


class Layout(NamedTuple):
    """A question as the compiled functions take it: vectors of each kind as `packed`, and where the lanes of kind 1
    begin.
    """

    size: int
    words: npt.NDArray[np.int16]
    windows: npt.NDArray[np.int16]
    words_lanes: int


class Question:
    """A question's vectors, rounded, split by kind and laid out so that many pages can be scored for it."""

    def __init__(self, vectors: Floats, kinds: npt.NDArray[np.uint8]) -> None:
        self.count, self.size = vectors.shape
        # so many steps that the sum of a vector's products stays within 32 bits, 32,767 up to 516 dimensions
        steps = min(32767, _LARGEST // (127 * max(self.size, 1)))
        self._step = np.abs(vectors).max(axis=1, initial=0).astype(np.float32) / np.float32(steps)
        whole = np.rint(vectors / np.maximum(self._step, 1e-30)[:, None]).astype(np.int16)
        self._chosen = [np.flatnonzero(kinds == kind) for kind in (0, 1)]
        words, windows = (packed(whole[chosen]) for chosen in self._chosen)
        self._lanes = [-(-len(chosen) // LANES) * LANES for chosen in self._chosen]
        self.layout = Layout(self.size, words, windows, self._lanes[0])

    def value_maxima(
        self, buffer: npt.NDArray[np.uint8], starts: Ints, ends: Ints, words_ends: npt.NDArray[np.int32], terms: Ints
    ) -> tuple[Floats, npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        """Best dot product per query vector on many pages as they are stored, each a packed value of buffer (vectors,
        scales, terms); of each page's vectors the first `words_ends` are of kind 0.

        terms: distinct hashes of words, sorted. Gives maxima (p, m), how many vectors each page has, -1 for a value
        that is damaged, and which of the terms stand on it (p, t).
        """
        raised, counts, present = self.nothing_yet(len(starts), len(terms))
        score_values(buffer, starts, ends, words_ends, self.layout, half_values(), terms, raised, counts, present)
        return self.finished(raised), counts, present

    def nothing_yet(self, pages: int, terms: int) -> tuple[Floats, npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        """What score_values fills, or by slices: lanes (p, lanes), counts (p,), and which terms are there (p, t)."""
        raised = np.full((pages, sum(self._lanes)), _UNTOUCHED, np.float32)
        return raised, np.full(pages, -1, np.int32), np.zeros((pages, terms), np.bool_)

    def finished(self, raised: Floats) -> Floats:
        """From lanes (p, lanes) to products in the question's order (p, m)."""
        best = np.full((len(raised), self.count), NO_VECTOR, np.float32)
        for chosen, first in zip(self._chosen, (0, self._lanes[0]), strict=True):
            here = raised[:, first : first + len(chosen)]
            best[:, chosen] = np.where(here > _UNTOUCHED, here * self._step[chosen], NO_VECTOR)
        return best


def packed(whole: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """Query vectors (m, size) as raise_maxima reads them: by LANES, two dimensions of each after another; flat."""
    count, size = whole.shape
    filled = np.zeros((-(-count // LANES) * LANES, size + size % 2), np.int16)
    filled[:count, :size] = whole
    by_pairs = filled.reshape(-1, LANES, filled.shape[1] // 2, 2).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(by_pairs).ravel()


@functools.cache
def half_values() -> Floats:
    """What each 16-bit float is worth, by its bits: float32 (65536,)."""
    return np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)


@compiled
def raise_by(
    vectors: npt.NDArray[np.int8], scales: Floats, query: npt.NDArray[np.int16], raised: Floats, at: int
) -> None:
    """Raise the lanes from `at` on to the largest products with any of these vectors (n, size); none change nothing."""
    count, size = vectors.shape
    pairs = (size + 1) // 2
    width = np.uint64(size)  # an index that cannot be negative is not looked at for each number
    groups = query.shape[0] // (LANES * 2 * pairs)
    tile = np.zeros(ROWS * 2 * pairs, np.int16)
    factors = np.zeros(ROWS, np.float32)
    for first in range(0, count, ROWS):
        for row in range(ROWS):
            vector = vectors[min(first + row, count - 1)]  # the last vectors' tile is filled up with the last
            factors[row] = scales[min(first + row, count - 1)]
            start = np.uint64(row * 2 * pairs)
            for k in range(width):
                tile[start + k] = vector[k]
        for group in range(groups):
            raise_maxima(tile, pairs, query, group * LANES * 2 * pairs, factors, raised, at + group * LANES)


@compiled
def page_maxima(
    vectors: npt.NDArray[np.int8],
    scales: Floats,
    words_end: int,
    asked: Layout,
    raised: Floats,
) -> None:
    """One page's vectors (n, size), the first `words_end` of kind 0, against both kinds of query vectors."""
    for windows in range(2):  # one call, for a second one would have all of it compiled twice
        first = words_end if windows else 0
        end = vectors.shape[0] if windows else words_end
        query = asked.windows if windows else asked.words
        raise_by(vectors[first:end], scales[first:end], query, raised, asked.words_lanes if windows else 0)


@compiled
def score_values(
    buffer: npt.NDArray[np.uint8],
    starts: Ints,
    ends: Ints,
    words_ends: npt.NDArray[np.int32],
    asked: Layout,
    halves: Floats,
    terms: Ints,
    raised: Floats,
    counts: npt.NDArray[np.int32],
    present: npt.NDArray[np.bool_],
) -> None:
    """Question.value_maxima."""
    for page in range(starts.shape[0]):
        value = buffer[starts[page] : ends[page]]
        counts[page] = score_value(value, words_ends[page], asked, halves, terms, raised[page], present[page])


@compiled
def score_value(
    value: npt.NDArray[np.uint8],
    words_end: int,
    asked: Layout,
    halves: Floats,
    terms: Ints,
    raised: Floats,
    present: npt.NDArray[np.bool_],
) -> int:
    """One page of score_values; how many vectors it has, -1 when the value is damaged."""
    count = vectors_in(value, words_end, asked.size)
    if count < 0:
        return -1
    vectors, scales = vectors_of(value, count, asked.size), scales_of(value, count, asked.size, halves)
    page_maxima(vectors, scales, words_end, asked, raised)
    first, last = 16 + count * (asked.size + 2), number(value, 12) // 4
    for at in range(terms.shape[0]):
        low, high = np.int64(0), last
        while low < high:
            middle = (low + high) // 2
            if number(value, first + 4 * middle) < terms[at]:
                low = middle + 1
            else:
                high = middle
        present[at] = low < last and number(value, first + 4 * low) == terms[at]
    return count


@compiled_short
def counts_in(
    buffer: npt.NDArray[np.uint8], starts: Ints, ends: Ints, words_ends: npt.NDArray[np.int32], size: int
) -> Ints:
    """vectors_in for many pages, (p,)."""
    counts = np.empty(starts.shape[0], np.int64)
    for page in range(starts.shape[0]):
        counts[page] = vectors_in(buffer[starts[page] : ends[page]], words_ends[page], size)
    return counts


@compiled
def vectors_in(value: npt.NDArray[np.uint8], words_end: int, size: int) -> int:
    """How many vectors a page has as it is stored, -1 when it is damaged.

    A value: 3, the lengths of three pieces, int8 vectors, float16 scales, uint32 terms.
    """
    if len(value) < 16 or number(value, 0) != 3:
        return -1
    first, second, third = number(value, 4), number(value, 8), number(value, 12)
    count = first // size
    if 16 + first + second + third != len(value) or first != count * size or second != 2 * count:
        return -1
    return int(count) if 0 <= words_end <= count else -1


@compiled
def vectors_of(value: npt.NDArray[np.uint8], count: int, size: int) -> npt.NDArray[np.int8]:
    """A page's vectors (count, size), where they lie."""
    return value[16 : 16 + count * size].view(np.int8).reshape(count, size)


@compiled
def scales_of(value: npt.NDArray[np.uint8], count: int, size: int, halves: Floats) -> Floats:
    """A page's scales (count,)."""
    scales = np.empty(count, np.float32)
    for at in range(count):
        here = 16 + count * size + 2 * at
        scales[at] = halves[np.int64(value[here]) | np.int64(value[here + 1]) << 8]
    return scales


@compiled
def number(value: npt.NDArray[np.uint8], at: int | np.int64) -> np.int64:
    """Four bytes, wherever they lie, as a whole number."""
    low = np.int64(value[at]) | np.int64(value[at + 1]) << 8
    high = np.int64(value[at + 2]) | np.int64(value[at + 3]) << 8
    return np.int64(low | high << 16)


def score(best: Floats, weights: Floats) -> Floats:
    """Weighted sums of maxima (pages, m) -> (pages,); a kind the page lacks counts as 0."""
    result: Floats = np.where(best > -1.5, best, 0).astype(np.float32) @ weights
    return result
