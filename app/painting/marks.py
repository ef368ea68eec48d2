"""Which boxes of a page are marked for which word: pure, from what the engine found to what is painted.

Two kinds of evidence: the very word (exact), and a place that means it (area). Where two words claim one box, the very
word owns it, then the stronger; neighbouring areas of one word on one line become one.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from app.theme.tokens import COLOURED_WORDS
from indexer.protocol.values import PageResult, QueryWord, Region, WordMatch

PRESENT = 0.585
"""A word whose best place is this strong is on the page; the line around areas is drawn from here on, so that what is
counted is seen."""
LEAST_STRENGTH = 0.5
"""Places under it are not filled at all (the lower end of the threshold in highlights.alpha)."""
MOST_AREAS = 8
"""Places that mean a word and are not the word: more of them and a page of text is a page of boxes."""
_GAP = 0.012
"""Of the page's width: about a space between two words of print."""


class Shown(Enum):
    """What the highlight control offers: everything, exact words only, raw places without smoothing."""

    AREAS = "areas"
    WORDS = "words"
    CELLS = "cells"


@dataclass(frozen=True, slots=True)
class Mark:
    """One box on the upright page, normalised to 0..1, for one word of the question."""

    word: int
    exact: bool
    x0: float
    y0: float
    x1: float
    y1: float
    strength: float


def colour_numbers(words: Sequence[QueryWord]) -> dict[int, int]:
    """Which colour each searched word has: index in the question to number from 0; words beyond the ninth have none."""
    searched = [index for index, word in enumerate(words) if word.searched]
    return {index: number for number, index in enumerate(searched[:COLOURED_WORDS])}


def is_there(match: WordMatch) -> bool:
    """Whether a word is on the page, by letter or by meaning."""
    return bool(match.exact) or match.strength >= PRESENT


def words_there(result: PageResult) -> int:
    """How many of the question's words are on the page."""
    return sum(is_there(match) for match in result.words)


def steps(match: WordMatch | None) -> int:
    """How many of five steps a word's bar shows for a page; the background of unrelated pages is none."""
    if match is None:
        return 0
    return 5 if match.exact else min(5, max(0, round((match.strength - 0.2) / 0.75 * 5)))


@lru_cache(maxsize=512)
def marks(
    matches: tuple[WordMatch, ...], only: frozenset[int] | None, shown: Shown = Shown.AREAS, most: int = MOST_AREAS
) -> tuple[Mark, ...]:
    """The marks of one page, weakest first so that stronger ones are painted over them; `only` isolates words.

    Of the places that mean a word the `most` strongest are marked, the very words all."""
    chosen = [match for match in matches if only is None or match.word in only]
    owned: dict[tuple[float, float], Mark] = {}
    for match in chosen:
        for mark in _claims(match, shown):
            place = (round((mark.x0 + mark.x1) / 2, 2), round((mark.y0 + mark.y1) / 2, 3))
            rival = owned.get(place)
            if rival is None or (mark.exact, mark.strength) > (rival.exact, rival.strength):
                owned[place] = mark
    merged = owned.values() if shown is Shown.CELLS else _strongest(_merged(owned.values()), most)
    return tuple(sorted(merged, key=lambda mark: (mark.exact, mark.strength)))


def _strongest(found: Iterable[Mark], most: int) -> list[Mark]:
    left: Counter[int] = Counter()
    kept = []
    for mark in sorted(found, key=lambda mark: -mark.strength):
        left[mark.word] += not mark.exact
        if mark.exact or left[mark.word] <= most:
            kept.append(mark)
    return kept


def _claims(match: WordMatch, shown: Shown) -> Iterable[Mark]:
    for region in match.exact:
        yield _mark(match.word, True, region)
    if shown is not Shown.WORDS and match.map is None:
        for region in match.regions:
            if region.strength > LEAST_STRENGTH:
                yield _mark(match.word, False, region)


def _mark(word: int, exact: bool, region: Region) -> Mark:
    return Mark(word, exact, region.x0, region.y0, region.x1, region.y1, 1.0 if exact else region.strength)


def _merged(found: Collection[Mark]) -> list[Mark]:
    result = [mark for mark in found if mark.exact]
    areas = sorted((m for m in found if not m.exact), key=lambda m: (m.word, round((m.y0 + m.y1) / 2, 2), m.x0))
    open_area: Mark | None = None
    for mark in areas:
        if open_area is not None and _touch(open_area, mark):
            x0, y0 = min(open_area.x0, mark.x0), min(open_area.y0, mark.y0)
            x1, y1 = max(open_area.x1, mark.x1), max(open_area.y1, mark.y1)
            open_area = Mark(mark.word, False, x0, y0, x1, y1, max(open_area.strength, mark.strength))
            continue
        if open_area is not None:
            result.append(open_area)
        open_area = mark
    if open_area is not None:
        result.append(open_area)
    return result


def _touch(a: Mark, b: Mark) -> bool:
    middle = (b.y0 + b.y1) / 2
    return a.word == b.word and a.y0 <= middle <= a.y1 and -_GAP <= b.x0 - a.x1 <= _GAP
