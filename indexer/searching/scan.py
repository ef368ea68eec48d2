"""Which pages may be among the best: a question's bits against the codes of every allowed page.

1. Leaders only (a third or a quarter of a page's codes) of every allowed page.
2. All codes of the best of these.
Both in pieces, by several threads (together.py).
"""

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from indexer.compiled import compiled
from indexer.scoring.hamming import add_estimates, nearness, padded, worth_table
from indexer.searching.segments import Segment
from indexer.searching.together import together
from indexer.store.codes import KINDS, Means, bits

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]
_PIECE = 2048
FINE_LOOKS, COARSE_LOOKS = 4, 16
"""How many times as many pages as wanted are looked at a second time, with all their codes. More found nothing more by
fine codes. By coarse ones, of 100,000 pages, 1,000 candidates held 0.95 of the exact best ten after a look at 4,000
pages, and 0.99 after one at 16,000.
"""


class QuestionCodes:
    """A question's bits about one of the library's means, split by kind, with what each distance is worth."""

    def __init__(self, vectors: Floats, kinds: npt.NDArray[np.uint8], weights: Floats, means: Means) -> None:
        self.parts = []
        for kind in range(KINDS):
            mine, mean = kinds == kind, means.vectors[kind]
            if not mine.any():
                continue
            centred = vectors[mine] - mean
            # (q - mean) . (p - mean) = |q - mean| |p - mean| cos; the page's part is taken as alike for all of a kind
            length = np.linalg.norm(centred, axis=1) * np.sqrt(max(0.0, 1 - float(mean @ mean)))
            table = worth_table(weights[mine] * length.astype(np.float32))
            self.parts.append((kind, *padded(bits(centred), table)))

    def add(self, segment: Segment, chosen: Places, sums: Floats, *, leaders: bool) -> None:
        """Add estimates for pages at these places of a segment to sums, float32 (k,)."""
        for kind, query, table in self.parts:
            starts, ends = segment.bounds[2 * kind], segment.bounds[2 * kind + (1 if leaders else 2)]
            add_estimates(segment.codes, starts, ends, chosen, query, table, sums)


def best_places(
    segments: Sequence[Segment], questions: Sequence[QuestionCodes], allowed: Sequence[Places], wanted: int, looks: int
) -> tuple[list[Places], list[Floats]]:
    """The `wanted` best of the allowed pages, as places in each segment; `looks` are looked at with all their codes.

    questions: one for each segment, about its means. allowed: places of living pages, for each segment.
    Gives their estimates, too, infinite ones when all allowed pages are wanted.
    """
    total = sum(len(places) for places in allowed)
    if total <= wanted:
        return list(allowed), [np.full(len(places), np.inf, np.float32) for places in allowed]
    if total > looks:
        allowed, _ = _best(segments, questions, allowed, looks, leaders=True)
    return _best(segments, questions, allowed, wanted, leaders=False)


def best_singles(
    segments: Sequence[Segment], singles: Sequence[npt.NDArray[np.uint64]], allowed: Sequence[Places], wanted: int
) -> list[Places]:
    """The allowed pages whose single vector's code is nearest to the question's. singles: (2,) for each segment."""
    values = np.empty(sum(len(places) for places in allowed), np.float32)
    first = 0
    for segment, single, places in zip(segments, singles, allowed, strict=True):
        nearness(segment.single, places, single, values[first : first + len(places)])
        first += len(places)
    return _largest(values, allowed, wanted)[0]


def _best(
    segments: Sequence[Segment],
    questions: Sequence[QuestionCodes],
    allowed: Sequence[Places],
    wanted: int,
    *,
    leaders: bool,
) -> tuple[list[Places], list[Floats]]:
    firsts = list(itertools.accumulate((len(places) for places in allowed), initial=0))
    values = np.zeros(firsts[-1], np.float32)

    def estimate(which: slice) -> None:
        for question, segment, places, first in zip(questions, segments, allowed, firsts, strict=False):
            start, end = max(which.start, first), min(which.stop, first + len(places))
            if start < end:
                question.add(segment, places[start - first : end - first], values[start:end], leaders=leaders)

    together(estimate, len(values), _PIECE)
    return _largest(values, allowed, wanted)


def _largest(values: Floats, places: Sequence[Places], wanted: int) -> tuple[list[Places], list[Floats]]:
    """Of the places in each segment those with the `wanted` largest values of all, and these values."""
    kept = largest_of(values, wanted)
    chosen, found, first = [], [], 0
    for some in places:
        start, end = np.searchsorted(kept, (first, first + len(some)))
        chosen.append(some[kept[start:end] - first])
        found.append(values[kept[start:end]])
        first += len(some)
    return chosen, found


def largest_of(values: Floats, wanted: int) -> Places:
    """Where the `wanted` largest values stand, in order of their places; of equal ones the first."""
    count = len(values)
    if wanted >= count:
        return np.arange(count)
    # numpy's own partition is fast, and as machine code would take a fifth of the time that making all of it takes
    least = np.partition(values, count - wanted)[count - wanted] if wanted > 0 else np.float32(np.inf)
    found: Places = _largest_from(values, wanted, least)
    return found


@compiled
def _largest_from(values: Floats, wanted: int, least: np.float32) -> Places:
    """largest_of, the smallest of them known."""
    count = values.shape[0]
    same = wanted
    for at in range(count):
        same -= values[at] > least
    kept = np.empty(max(wanted, 0), np.int64)
    found = 0
    for at in range(count):
        if values[at] > least or (values[at] == least and same > 0):
            same -= values[at] == least
            kept[found] = at
            found += 1
    return kept[:found]
