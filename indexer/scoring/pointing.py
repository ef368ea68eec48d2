"""Where on a page a question matches: pure functions over one page's similarities."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from indexer.compiled import compiled, compiled_short
from indexer.encoder.encoder import WORD_KIND, EncodedQuery
from indexer.protocol.values import Region

Floats = npt.NDArray[np.float32]

BACKGROUND_STRENGTH, BEST_STRENGTH = 0.2, 0.95
_FLOOR = 0.3
"""A word matched less than this adds nothing to a place."""
_SPAN = 12
"""Word vectors in a row that are looked at together: about a sentence's worth of words that carry meaning."""


class Asked(NamedTuple):
    """A question's vectors of words as worth_of takes them: their rows int64 (w,), what each weighs, and the scale."""

    rows: npt.NDArray[np.int64]
    weights: Floats
    background: Floats
    slope: Floats

    @classmethod
    def of(cls, query: EncodedQuery, background: Floats, best: Floats) -> "Asked":
        """background, best: float32 (m,), as in strengths()."""
        rows = np.flatnonzero(query.kinds == WORD_KIND)
        weights = (query.weights[rows] / max(float(query.weights[rows].sum()), 1e-9)).astype(np.float32)
        return cls(rows, weights, background[rows], slopes(background, best)[rows])


def strengths(similarity: Floats, background: Floats, best: Floats) -> Floats:
    """Similarities (m, n) on the question's scale: 0.2 at a query vector's background, 0.95 at its best, cut to 0..1.

    background, best: (m,), the same for all pages of one question, so that an absent word looks absent.
    """
    return scaled(similarity, background, slopes(background, best))


def slopes(background: Floats, best: Floats) -> Floats:
    """How much strength a similarity above the background is worth."""
    slope = (BEST_STRENGTH - BACKGROUND_STRENGTH) / np.maximum(best - background, 0.05)
    result: Floats = slope.astype(np.float32)
    return result


@compiled
def scaled(similarity: Floats, background: Floats, slope: Floats) -> Floats:
    """0.2 at each row's background, rising by its slope, cut to 0..1: (m, n)."""
    result = np.empty(similarity.shape, np.float32)
    for i in range(similarity.shape[0]):
        middle, factor = background[i], slope[i]
        for j in range(similarity.shape[1]):
            value = np.float32(BACKGROUND_STRENGTH) + factor * (similarity[i, j] - middle)
            result[i, j] = min(max(value, np.float32(0)), np.float32(1))
    return result


@compiled
def best_within(field: Floats, span: int) -> Floats:
    """For each place the sum over rows of the largest of the `span` values from there on: (m, n) -> (n,)."""
    count, words = field.shape
    sums = np.zeros(words, np.float32)
    best, before = np.empty(words, np.float32), np.empty(words, np.float32)
    for i in range(count):
        for start in range(words):
            best[start] = field[i, start]
        width = 1
        while width < min(span, words):  # the largest of so many from there on, twice as many each time
            step = min(width, span - width)
            best, before = before, best
            far = before[step:]
            for start in range(np.uint64(words - step)):
                best[start] = max(before[start], far[start])
            for start in range(words - step, words):
                best[start] = before[start]
            width += step
        for start in range(np.uint64(words)):
            sums[start] += best[start]
    return sums


@compiled
def word_places(
    similarity: Floats,
    count: int,
    owner: npt.NDArray[np.int64],
    words: int,
    background: Floats,
    slope: Floats,
    regions: Floats,
    limit: int,
    least: float,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Where on a page each of some of a question's words is.

    similarity: (m, n or more), of which the first `count` columns, n from here on, are looked at; owner: (m,), the
    number of the word that a query vector belongs to, -1 for none; regions: (n, 4).
    Gives strengths in 255 steps (words, n); places: boxes with strengths (words * limit, 5); and how many of `limit`
    each word has, (words,). A word's strength is that of its strongest vector.
    """
    strength = np.zeros((words, count), np.float32)
    columns = np.uint64(count)
    for row in range(similarity.shape[0]):
        if owner[row] >= 0:
            middle, factor = background[row], slope[row]
            here, products = strength[owner[row]], similarity[row]
            for at in range(columns):
                value = np.float32(BACKGROUND_STRENGTH) + factor * (products[at] - middle)
                here[at] = max(here[at], min(value, np.float32(1)))
    steps = np.empty((words, count), np.uint8)
    boxes = np.empty((words * limit, 5), np.float64)
    kept = np.zeros(words, np.int64)
    for word in range(words):
        for at in range(columns):
            steps[word, at] = np.uint8(np.rint(strength[word, at] * np.float32(255)))
        found = strongest_boxes(strength[word], regions, limit, least)
        kept[word] = len(found)
        for place in range(len(found)):
            for side in range(5):
                boxes[word * limit + place, side] = found[place, side]
    return steps, boxes, kept


@compiled
def strongest_boxes(strength: Floats, regions: Floats, limit: int, least: float) -> npt.NDArray[np.float64]:
    """Boxes and strengths (k, 5) of the strongest of at least `least`, of equal ones the first; rounded."""
    chosen = np.empty(limit + 1, np.int64)
    count = 0
    for at in range(strength.shape[0]):
        if strength[at] < least or (count == limit and strength[at] <= strength[chosen[limit - 1]]):
            continue
        place = count
        while place > 0 and strength[chosen[place - 1]] < strength[at]:
            chosen[place] = chosen[place - 1]
            place -= 1
        chosen[place] = at
        count = min(count + 1, limit)
    rows = np.empty((count, 5), np.float64)
    for row in range(count):
        for side in range(4):
            rows[row, side] = np.rint(np.float64(regions[chosen[row], side]) * 1e4) / 1e4
        rows[row, 4] = np.rint(np.float64(strength[chosen[row]]) * 1e3) / 1e3
    return rows


@compiled
def best_places(similarity: Floats, asked: Asked, regions: Floats, limit: int) -> npt.NDArray[np.float64]:
    """The page's best places for the whole question, strongest first: boxes with strengths, rounded, (k, 5).

    A run of word vectors is good when many of the question's words are matched well within it; the place told is the
    part of it that lies on its strongest line. similarity: (m, n or more); regions: float32 (n, 4), of the page's
    vectors of words.
    """
    count = len(regions)
    if len(asked.rows) == 0 or count == 0:
        return np.empty((0, 5), np.float64)
    field = worth_of(similarity, count, asked.rows, asked.weights, asked.background, asked.slope)
    boxes, values = best_runs(field, regions, _SPAN, limit)
    rows = np.empty((len(values), 5), np.float64)
    for row in range(len(values)):
        for side in range(4):
            rows[row, side] = np.rint(np.float64(boxes[row, side]) * 1e4) / 1e4
        rows[row, 4] = np.rint(np.float64(values[row]) * 1e3) / 1e3
    return rows


@compiled_short
def nearest_box(boxes: Floats, x: float, y: float) -> int:
    """Which of the boxes (n, 4) has its middle nearest to a point; above and below count three times as far."""
    nearest, least = 0, np.inf
    for at in range(boxes.shape[0]):
        across = abs((boxes[at, 0] + boxes[at, 2]) / 2 - x)
        away = across + 3 * abs((boxes[at, 1] + boxes[at, 3]) / 2 - y)
        if away < least:
            nearest, least = at, away
    return nearest


@compiled
def worth_of(
    similarity: Floats, count: int, rows: npt.NDArray[np.int64], weights: Floats, background: Floats, slope: Floats
) -> Floats:
    """What each of a page's first `count` words is worth to each of the question's words: (asked, count)."""
    field = np.empty((len(rows), count), np.float32)
    for i in range(len(rows)):
        middle, factor, weight = background[i], slope[i], weights[i]
        here, products = field[i], similarity[rows[i]]
        for j in range(np.uint64(count)):
            value = np.float32(BACKGROUND_STRENGTH) + factor * (products[j] - middle)
            above = max(min(value, np.float32(1)) - np.float32(_FLOOR), np.float32(0))
            here[j] = above * above * weight
    return field


@compiled
def best_runs(field: Floats, boxes: Floats, span: int, limit: int) -> tuple[Floats, Floats]:
    """Boxes (k, 4) and values (k,) of the best runs of `span` words that do not overlap, k <= limit.

    field: (m, n), what each word is worth to each of the question's words. A run is worth the sum over the question's
    words of the best in it.
    """
    count, words = field.shape
    spans = best_within(field, span)
    found = np.zeros((limit, 4), np.float32)
    values = np.zeros(limit, np.float32)
    for at in range(limit):
        start = largest(spans, 0, words)
        if not spans[start] > 0:
            return found[:at], values[:at]
        end = min(start + span, words)
        value = np.zeros(end - start, np.float32)
        for j in range(start, end):
            for i in range(count):
                value[j - start] = max(value[j - start], field[i, j])
        line = strongest_line(value, boxes[start:end])
        for side in range(4):
            found[at, side] = line[side]
        values[at] = min(np.sqrt(spans[start]) + np.float32(0.3), np.float32(1))
        for j in range(max(0, start - span + 1), end):
            spans[j] = 0
    return found, values


@compiled
def largest(values: Floats, start: int, end: int) -> int:
    """Where the largest of values[start:end] stands, the first of equal ones."""
    best = start
    for at in range(start + 1, end):
        if values[at] > values[best]:
            best = at
    return best


@compiled
def strongest_line(value: Floats, boxes: Floats) -> Floats:
    """The box around the words that matter on the line that matters most. value: (k,), boxes: (k, 4)."""
    count = len(value)
    line, most = 0, np.float32(-1)
    for i in range(count):
        total = np.float32(0)
        for j in range(count):
            middle = (boxes[j, 1] + boxes[j, 3]) / 2
            if boxes[i, 1] <= middle <= boxes[i, 3]:
                total += value[j]
        if total > most:
            line, most = i, total
    strongest = largest(value, 0, count)
    least = np.float32(0.25) * value[strongest]
    box = np.empty(4, np.float32)
    for side in range(4):
        box[side] = boxes[strongest, side]
    first = True
    for j in range(count):
        middle = (boxes[j, 1] + boxes[j, 3]) / 2
        if boxes[line, 1] <= middle <= boxes[line, 3] and value[j] >= least:
            for side in range(4):
                here = boxes[j, side]
                if first or (here < box[side] if side < 2 else here > box[side]):
                    box[side] = here
            first = False
    return box


def as_regions(boxes: Floats, strength: Floats) -> tuple[Region, ...]:
    """Boxes (n, 4) with their strengths (n,), rounded to what can be seen."""
    corners = np.round(boxes.astype(np.float64), 4).tolist()
    values = np.round(strength.astype(np.float64), 3).tolist()
    return tuple(Region(x0, y0, x1, y1, value) for (x0, y0, x1, y1), value in zip(corners, values, strict=True))
