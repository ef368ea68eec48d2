"""Where on the pages shown a question matches: strengths on one scale, word by word, and the best places."""

import contextlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.documents.document import PageWords
from indexer.encoder.encoder import WORD_KIND, VectorSpace
from indexer.protocol.values import Region, SimilarityMap, WordMatch
from indexer.scoring import on_pages, pointing
from indexer.scoring.text_places import text_places
from indexer.searching.compact import Shortened
from indexer.searching.exact import Standing, folded_phrase
from indexer.searching.ranking import RankedPage, Ranking
from indexer.searching.settling import in_one
from indexer.store.rows import PagePlaces, places_of
from indexer.store.schema import PAGES
from indexer.store.store import Store

Floats = npt.NDArray[np.float32]
_CLEARLY = 3.0
_MOST_PLACES, _MOST_ON_GRID, _LEAST_STRENGTH = 24, 8, 0.35
"""Places told of a word, fewer where a map tells them all."""
_MOST_REGIONS = 5
_PAGES_AT_ONCE = 256
_PLACED_WORDS = 24
"""Words of a question, the first, whose places are told; fewer of a long one. Nine are painted, and of 200 words 4,000
maps are 2 MB.
"""


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A ranked page with its words and regions."""

    page: RankedPage
    places: PagePlaces


@dataclass(frozen=True, slots=True)
class Scale:
    """What strength 0.2 and 0.95 are for each of the question's vectors: float32 (m,) each.

    `clear` is what 0.95 is for single words: at least as far above the sample as chance does not bring it, so that a
    word that is on no page of the library looks absent on each. The best places of a page go by `best`: they are an
    order among places, which `clear` made worse (0.48 instead of 0.54 on the answer).
    """

    background: Floats
    best: Floats
    clear: Floats

    @classmethod
    def of(cls, ranking: Ranking, *more: RankedPage) -> "Scale":
        """From the sample of unrelated pages and the best of those found."""
        count = len(ranking.asked.short.vectors)
        if count == 0:
            return cls(np.zeros(0, np.float32), np.zeros(0, np.float32), np.zeros(0, np.float32))
        sample = np.maximum(ranking.background.reshape(-1, count), -1)
        found = [page.best for page in (*ranking.pages, *more)]
        best = np.stack([np.full(count, -1, np.float32), *found, *sample]).max(axis=0)
        if not len(sample):
            return cls(np.zeros(count, np.float32), best, best)
        usual = sample.mean(axis=0)
        return cls(usual, best, np.maximum(best, usual + _CLEARLY * sample.std(axis=0)))


def shown_pages(store: Store, space: VectorSpace, pages: Sequence[RankedPage]) -> list[ShownPage]:
    """The pages with their words, in the same order; those that have gone or are damaged are left out."""
    values, keys = store.values(PAGES, space, [page.uid for page in pages]), {page.uid: page.key for page in pages}
    found: dict[int, PagePlaces] = {}
    for at, uid in enumerate(values.uids.tolist()):
        with contextlib.suppress(ValueError):
            found[uid] = places_of(values.value(at), keys[uid])
    shown = []
    for page in pages:
        places = found.get(page.uid)
        if places is not None and len(places.kinds) == page.settled.vectors:
            shown.append(ShownPage(page, places))
    return shown


@dataclass(frozen=True, slots=True)
class _Pointed:
    """steps: uint8 (words, n), strengths of placed words in 255 steps; boxes: their places; best: the question's."""

    steps: npt.NDArray[np.uint8]
    boxes: list[tuple[Region, ...]]
    best: tuple[Region, ...]


class Finder:
    """Finds the places of one question on page after page."""

    def __init__(self, asked: Shortened, scale: Scale) -> None:
        self._query, self._scale = asked.short, scale
        rows = [asked.rows(at) for at in range(len(self._query.words))]
        self._words = [(at, rows[at]) for at, word in enumerate(self._query.words) if word.searched and len(rows[at])]
        self._folded = {index: folded_phrase(self._query.words[index].text) for index, _ in self._words}
        self._rows = np.concatenate([np.zeros(0, np.int64), *(mine for _, mine in self._words)])
        self._firsts = np.cumsum([0, *(len(mine) for _, mine in self._words)])[:-1]
        alone = asked.stand_alone()
        own = (bool(alone[mine].all()) for _, mine in self._words[:_PLACED_WORDS])
        self._placed = sum(1 for _ in itertools.takewhile(bool, own))
        self._owner = np.full(len(self._query.vectors), -1, np.int64)
        for number, (_, mine) in enumerate(self._words[: self._placed]):
            self._owner[mine] = number
        self._slope = pointing.slopes(scale.background, scale.clear)
        self._asked = pointing.Asked.of(self._query, scale.background, scale.best)
        number_of = np.full(len(self._query.words) + 1, -1)  # the last is for vectors that belong to no word
        number_of[[index for index, _ in self._words]] = np.arange(len(self._words))
        numbers = np.where(asked.whole.kinds == WORD_KIND, number_of[asked.whole.word_of], -1)
        self._of = asked.of[numbers >= 0]
        self._of_word = (numbers[numbers >= 0, None] == np.arange(len(self._words))).astype(np.float64)
        self._weights = asked.whole.weights[numbers >= 0]

    def places(self, shown: ShownPage) -> tuple[tuple[WordMatch, ...], tuple[Region, ...]]:
        """Each searched word's strength and places, and the best places for the whole question, strongest first."""
        return self.all_places([shown])[0]

    def all_places(self, shown: Sequence[ShownPage]) -> list[tuple[tuple[WordMatch, ...], tuple[Region, ...]]]:
        """The same of many pages."""
        parts = (shown[start : start + _PAGES_AT_ONCE] for start in range(0, len(shown), _PAGES_AT_ONCE))
        return [one for some in parts for one in self._some_places(some)]

    def _some_places(self, shown: Sequence[ShownPage]) -> list[tuple[tuple[WordMatch, ...], tuple[Region, ...]]]:
        best = np.stack([one.page.best for one in shown])
        columns = zip(shown, self._strengths(best), self._shares(best), self._pointed(shown), strict=True)
        return [self._on_page(*one) for one in columns]

    def _pointed(self, shown: Sequence[ShownPage]) -> list["_Pointed"]:
        """Where each word, and the question as a whole, is on each page."""
        settled = [one.page.settled for one in shown]
        flat, starts = in_one(settled)
        grids = np.array([one.places.grid is not None for one in shown])
        # Kind 0, the words, comes first.
        regions = [one.places.regions[: one.page.settled.words_end] for one in shown]
        pages = on_pages.Shown(
            flat,
            starts,
            np.array([one.vectors for one in settled], np.int64),
            np.concatenate(regions),
            np.cumsum([0, *(len(some) for some in regions)]),
            np.where(grids, _MOST_ON_GRID, _MOST_PLACES),
            np.where(grids, _MOST_REGIONS, 0),
        )
        scale = (self._scale.background, self._slope)
        found = on_pages.places_on_pages(pages, self._owner, self._placed, *scale, _LEAST_STRENGTH, self._asked)
        columns = (found.firsts, pages.limits, found.kept, found.boxes, found.best, found.found)
        return [
            _Pointed(
                found.steps[first : first + self._placed * len(some)].reshape(self._placed, len(some)),
                [
                    tuple([Region(*box) for box in rows[word * limit : word * limit + count]])
                    for word, count in enumerate(counts)
                ],
                tuple([Region(*box) for box in best[:most]]),
            )
            for some, first, limit, counts, rows, best, most in zip(
                regions, *(one.tolist() for one in columns), strict=True
            )
        ]

    def _on_page(
        self, shown: ShownPage, strengths: list[float], shares: list[float], found: "_Pointed"
    ) -> tuple[tuple[WordMatch, ...], tuple[Region, ...]]:
        page, places = shown.page, shown.places
        there = [index for index, _ in self._words if page.there[index]]
        words = places.words if there or places.grid is None else PageWords()
        standing = Standing([self._folded[index] for index in there], words)
        exact = dict(zip(there, standing.boxes, strict=True))
        matches = self._matches(places, strengths, shares, exact, found)
        if places.grid is not None:
            return matches, found.best
        literal = np.zeros((len(self._query.vectors), len(words.texts)), np.bool_)
        at = dict(zip(there, standing.words, strict=True))  # where a vector's very word stands
        for index, rows in self._words:
            if len(at.get(index, ())):
                literal[np.ix_(rows, at[index])] = True
        strength = pointing.strengths(page.settled.products, self._scale.background, self._scale.best)
        return matches, text_places(strength, self._query, places.kinds, places.regions, words, literal)

    def _matches(
        self,
        places: PagePlaces,
        strengths: list[float],
        shares: list[float],
        exact: Mapping[int, tuple[Region, ...]],
        pointed: "_Pointed",
    ) -> tuple[WordMatch, ...]:
        unplaced = len(self._words) - self._placed
        found = [*pointed.boxes, *([()] * unplaced)]
        maps = [*(_map(places, steps) for steps in pointed.steps), *([None] * unplaced)]
        columns = zip(self._words, strengths, shares, found, maps, strict=True)
        return tuple(
            [
                WordMatch(index, strength, share, regions, exact.get(index, ()), similarity)
                for (index, _), strength, share, regions, similarity in columns
            ]
        )

    def _shares(self, best: Floats) -> list[list[float]]:
        """What each word's vectors add to the score of pages (p, m)."""
        adds = np.maximum(best[:, self._of], 0).astype(np.float64) * self._weights
        sums: list[list[float]] = (adds @ self._of_word).round(4).tolist()
        return sums

    def _strengths(self, best: Floats) -> list[list[float]]:
        """How strong each word is at its strongest on pages (p, m)."""
        if not len(self._rows):
            return [[] for _ in best]
        background = self._scale.background[self._rows]
        strengths = pointing.BACKGROUND_STRENGTH + self._slope[self._rows] * (best[:, self._rows] - background)
        most = np.maximum.reduceat(np.clip(strengths, 0, 1), self._firsts, axis=1)
        rounded: list[list[float]] = most.astype(np.float64).round(3).tolist()
        return rounded


def snippet(places: PagePlaces, regions: Sequence[Region]) -> str:
    """The line on which the strongest place lies."""
    if not regions or len(places.boxes) == 0:
        return ""
    middle_x, middle_y = (regions[0].x0 + regions[0].x1) / 2, (regions[0].y0 + regions[0].y1) / 2
    return places.line_at(pointing.nearest_box(places.boxes, middle_x, middle_y))[:200]


def _map(places: PagePlaces, steps: npt.NDArray[np.uint8]) -> SimilarityMap | None:
    """A word's strengths in 255 steps on the page's grid, when it has one."""
    if places.grid is None or len(steps) < places.grid[0] * places.grid[1]:
        return None
    rows, columns = places.grid
    return SimilarityMap(rows, columns, steps[: rows * columns].tobytes())
