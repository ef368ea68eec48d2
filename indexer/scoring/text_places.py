"""The places on a page of text that match a question best: runs of words, told by their strongest line.

A run of words is good when many of the question's words are matched well within it, and when it lies in windows that
match the question as a whole; a word that stands there literally counts as matched fully. A question about something
that is seen is answered by the page's picture, unless its words stand on the page.
"""

import numpy as np
import numpy.typing as npt

from indexer.compiled import compiled
from indexer.documents.document import PageWords
from indexer.encoder.encoder import WINDOW_KIND, WORD_KIND, EncodedQuery
from indexer.encoder.lite.seen_words import is_seen
from indexer.encoder.lite.windows import window_ranges
from indexer.protocol.values import Region
from indexer.scoring.picture_areas import picture_area
from indexer.scoring.pointing import BACKGROUND_STRENGTH, BEST_STRENGTH, as_regions, best_within, largest

SPAN = 15
"""Words in a row that are looked at together, those without a vector included."""
FLOOR = 0.3
"""A word matched less than this adds nothing to a place."""
WINDOW_SHARE = 0.8
"""What the windows around a place count beside the words in it."""
POWER = 1.5
"""Above 1: one word matched well counts more than two matched half as well.

Span, floor, share and power lie on a plateau measured over ../shared/bench: neighbouring values (12 to 18, 0.15 to 0.3,
0.5 to 1.2, 1 to 2) move the share of places found by two questions in 67 at most.
"""
SAID = 0.75
"""From this strength on the words of a place say what was asked for, be it a picture or not."""
_ON_LINE = 0.25
"""Words with less than this share of the strongest word's value do not widen the place told."""

Floats = npt.NDArray[np.float32]
Indexes = npt.NDArray[np.int64]


def text_places(
    strength: Floats,
    query: EncodedQuery,
    kinds: npt.NDArray[np.uint8],
    regions: Floats,
    words: PageWords,
    exact: npt.NDArray[np.bool_],
    limit: int = 5,
) -> tuple[Region, ...]:
    """Up to `limit` places that do not overlap, strongest first.

    strength: (m, n) of the question's vectors against the page's as from pointing.strengths(); regions: (n, 4).
    exact: (m, N), where the very word of a query vector stands among the page's N words.
    """
    asked = np.flatnonzero(query.kinds == WORD_KIND)
    vectors = np.flatnonzero(kinds == WORD_KIND)
    if len(asked) == 0 or len(words.texts) == 0:
        return ()
    weights = query.weights[asked] / max(float(query.weights[asked].sum()), 1e-9)
    matched = exact[asked].astype(np.float32)
    at = places_of_vectors(regions[vectors], words.boxes)
    matched[:, at] = np.maximum(matched[:, at], strength[np.ix_(asked, vectors)])
    field = np.clip(matched - FLOOR, 0, None) ** POWER * weights[:, None]
    around = whole_question(strength, query, kinds, len(words.texts))
    boxes, values = best_text_runs(
        np.ascontiguousarray(field, np.float32), around, words.lines, words.boxes, SPAN, WINDOW_SHARE, limit
    )
    most = (1 - FLOOR) ** POWER + WINDOW_SHARE * float(around.any())
    told = np.minimum(np.sqrt(values / most), 1).astype(np.float32)
    if asks_for_picture(query) and told.max(initial=0) < SAID:
        boxes, told = with_picture(words, boxes, told, limit)
    return as_regions(boxes, told)


def asks_for_picture(query: EncodedQuery) -> bool:
    """Whether one of a question's words names a kind of picture or a colour."""
    return any(word.searched and is_seen(word.text) for word in query.words)


def with_picture(words: PageWords, boxes: Floats, told: Floats, limit: int) -> tuple[Floats, Floats]:
    """The page's picture, where it has one, before the places told by words, and as strong as the best of these."""
    picture = picture_area(words)
    if picture is None:
        return boxes, told
    return np.concatenate([picture[None], boxes])[:limit], np.append(told.max(initial=0), told)[:limit]


def places_of_vectors(regions: Floats, boxes: Floats) -> Indexes:
    """Which of the page's words each word vector stands on, by its box: both were stored in the same steps.

    regions: (n, 4), boxes: (N, 4), both in reading order. Words in the same box are taken in order. Gives int64 (n,).
    """
    ours, theirs = _numbers(regions), _numbers(boxes)
    order = np.argsort(theirs, kind="stable")
    first = np.searchsorted(theirs[order], ours)
    by_box = np.argsort(ours, kind="stable")
    repeated = np.arange(len(ours)) - np.searchsorted(ours[by_box], ours[by_box])
    at = first
    at[by_box] += repeated
    result: Indexes = order[np.minimum(at, len(boxes) - 1)]
    return result


def _numbers(boxes: Floats) -> npt.NDArray[np.uint64]:
    """Each box as one number: its corners in steps of 1 / 65535."""
    steps = np.rint(boxes.astype(np.float64) * 65535).astype(np.uint64)
    result: npt.NDArray[np.uint64] = (steps << np.array([48, 32, 16, 0], np.uint64)).sum(axis=1, dtype=np.uint64)
    return result


def whole_question(strength: Floats, query: EncodedQuery, kinds: npt.NDArray[np.uint8], words: int) -> Floats:
    """For each of the page's words, how well the best window over it matches the whole question, squared: (words,)."""
    result = np.zeros(words, np.float32)
    asked, windows = np.flatnonzero(query.kinds == WINDOW_KIND), np.flatnonzero(kinds == WINDOW_KIND)
    ranges = window_ranges(words)
    if len(asked) == 0 or len(windows) != len(ranges):
        return result
    fit = (strength[np.ix_(asked, windows)].max(axis=0) - BACKGROUND_STRENGTH) / (BEST_STRENGTH - BACKGROUND_STRENGTH)
    bounds = np.array([(over.start, over.stop) for over in ranges], np.int64)
    raise_over(result, bounds, (np.clip(fit, 0, 1) ** 2).astype(np.float32))
    return result


@compiled
def raise_over(result: Floats, bounds: Indexes, values: Floats) -> None:
    """Raise result from bounds[i, 0] to bounds[i, 1] to at least values[i]."""
    for i in range(len(values)):
        for at in range(bounds[i, 0], bounds[i, 1]):
            result[at] = max(result[at], values[i])


@compiled
def best_text_runs(
    field: Floats, around: Floats, lines: npt.NDArray[np.int32], boxes: Floats, span: int, share: float, limit: int
) -> tuple[Floats, Floats]:
    """Boxes (k, 4) and values (k,) of the best runs of `span` words that do not overlap, k <= limit.

    field: (m, N), what each word is worth to each of the question's words; around: (N,), what its windows are worth.
    A run is worth the sum over the question's words of the best in it, and `share` of the mean of its windows. The box
    is around those of its words that matter on the line that matters most; where none does the windows choose.
    """
    count, words = field.shape
    worth = best_within(field, span)
    value = np.zeros(words, np.float32)
    for at in range(words):
        end = min(at + span, words)
        total = np.float32(0)
        for near in range(at, end):
            total += around[near]
        worth[at] += np.float32(share) * total / np.float32(end - at)
        for i in range(count):
            value[at] = max(value[at], field[i, at])
    found = np.zeros((limit, 4), np.float32)
    values = np.zeros(limit, np.float32)
    for kept in range(limit):
        start = largest(worth, 0, words)
        if not worth[start] > 0:
            return found[:kept], values[:kept]
        end = min(start + span, words)
        line = strongest_text_line(value, around, lines, start, end)
        least = np.float32(_ON_LINE) * value[largest(value, start, end)]
        x0, y0, x1, y1 = np.float32(1), np.float32(1), np.float32(0), np.float32(0)
        for at in range(start, end):
            if lines[at] == line and value[at] >= least:
                x0, y0 = min(x0, boxes[at, 0]), min(y0, boxes[at, 1])
                x1, y1 = max(x1, boxes[at, 2]), max(y1, boxes[at, 3])
        if x1 < x0:
            at = largest(around, start, end)
            x0, y0, x1, y1 = boxes[at, 0], boxes[at, 1], boxes[at, 2], boxes[at, 3]
        found[kept, 0], found[kept, 1], found[kept, 2], found[kept, 3] = x0, y0, x1, y1
        values[kept] = worth[start]
        for at in range(max(0, start - span + 1), end):
            worth[at] = 0
    return found, values


@compiled
def strongest_text_line(value: Floats, around: Floats, lines: npt.NDArray[np.int32], start: int, end: int) -> int:
    """The number of the line whose words from `start` to `end` are worth most, of equal ones the lowest."""
    best, most = -1, np.float32(-1)
    for first in range(start, end):
        line, total = lines[first], np.float32(0)
        for at in range(start, end):
            if lines[at] == line:
                total += value[at] + np.float32(1e-6) * around[at]
        if total > most or (total == most and line < best):
            best, most = line, total
    return best
