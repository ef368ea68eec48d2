"""Which pages may be among the best: a question's bits against the codes of every allowed page.

1. Leaders only (a third or a quarter of a page's codes) of every allowed page.
2. All codes of the best of these.
Both in pieces, by several threads (together.py).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from indexer.scoring.hamming import add_estimates, padded, worth_table
from indexer.searching.segments import Segment
from indexer.searching.together import HELPERS, together
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
            mean = means.vectors[kind]
            centred = vectors[kinds == kind] - mean
            # (q - mean) . (p - mean) = |q - mean| |p - mean| cos; the page's part is taken as alike for all of a kind
            length = np.linalg.norm(centred, axis=1) * np.sqrt(max(0.0, 1 - float(mean @ mean)))
            self.parts.append(padded(bits(centred), worth_table(weights[kinds == kind] * length.astype(np.float32))))

    def estimates(self, segment: Segment, chosen: Places, *, leaders: bool) -> Floats:
        """Estimates for pages at these places of a segment, float32 (k,)."""
        sums = np.zeros(len(chosen), np.float32)
        for kind, (query, table) in enumerate(self.parts):
            if len(query):
                starts, ends = segment.bounds[2 * kind], segment.bounds[2 * kind + (1 if leaders else 2)]
                add_estimates(segment.codes, starts, ends, chosen, query, table, sums)
        return sums


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
    away = [
        np.bitwise_count((segment.single if len(places) == len(segment) else segment.single[places]) ^ single)
        for segment, single, places in zip(segments, singles, allowed, strict=True)
    ]
    return _largest([-(part[:, 0] + part[:, 1]).astype(np.float32) for part in away], allowed, wanted)[0]


def _best(
    segments: Sequence[Segment],
    questions: Sequence[QuestionCodes],
    allowed: Sequence[Places],
    wanted: int,
    *,
    leaders: bool,
) -> tuple[list[Places], list[Floats]]:
    pieces = [
        (at, places[start : start + _PIECE])
        for at, places in enumerate(allowed)
        for start in range(0, len(places), _PIECE)
    ]
    if len(pieces) == 1 and len(pieces[0][1]) > _PIECE // 8:  # one piece would leave the other processors idle
        at, places = pieces[0]
        pieces = [(at, part) for part in np.array_split(places, HELPERS + 1)]
    done = together(lambda piece: questions[piece[0]].estimates(segments[piece[0]], piece[1], leaders=leaders), pieces)
    values = [
        np.concatenate([part for (of, _), part in zip(pieces, done, strict=True) if of == at] or [_NONE])
        for at in range(len(segments))
    ]
    return _largest(values, allowed, wanted)


_NONE = np.zeros(0, np.float32)


def _largest(values: Sequence[Floats], places: Sequence[Places], wanted: int) -> tuple[list[Places], list[Floats]]:
    """Of the places in each segment those with the `wanted` largest values of all, and these values."""
    everything = np.concatenate([_NONE, *values])
    if len(everything) <= wanted:
        return list(places), list(values)
    chosen = np.zeros(len(everything), np.bool_)
    chosen[np.argpartition(-everything, wanted - 1)[:wanted]] = True
    ends = np.cumsum([len(part) for part in values])[:-1]
    kept = np.split(chosen, ends)
    return (
        [part[keep] for part, keep in zip(places, kept, strict=True)],
        [part[keep] for part, keep in zip(values, kept, strict=True)],
    )
