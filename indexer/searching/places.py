"""Where on the pages shown a question matches: strengths on one scale, word by word, and the best places."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.documents.document import PageWords
from indexer.documents.folding import folded_each
from indexer.encoder.encoder import WORD_KIND, EncodedQuery, VectorSpace
from indexer.protocol.values import Region, SimilarityMap, WordMatch
from indexer.scoring import pointing
from indexer.scoring.text_places import text_places
from indexer.searching.exact import boxes_of, phrase_places, words_in
from indexer.searching.ranking import RankedPage, Ranking
from indexer.store.rows import PagePlaces, places_of
from indexer.store.schema import PAGES
from indexer.store.store import Store

Floats = npt.NDArray[np.float32]
_CLEARLY = 3.0
_MOST_PLACES, _LEAST_STRENGTH = 24, 0.35


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
    def of(cls, query: EncodedQuery, ranking: Ranking, *more: RankedPage) -> "Scale":
        """From the sample of unrelated pages and the best of those found."""
        count = len(query.vectors)
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
        if places is not None and len(places.kinds) == len(page.patches.vectors):
            shown.append(ShownPage(page, places))
    return shown


class Finder:
    """Finds the places of one question on page after page."""

    def __init__(self, query: EncodedQuery, scale: Scale) -> None:
        self._query, self._scale = query, scale
        words = query.kinds == WORD_KIND
        rows = [np.flatnonzero((query.word_of == at) & words) for at in range(len(query.words))]
        self._words = [(at, rows[at]) for at, word in enumerate(query.words) if word.searched and len(rows[at])]
        self._owner = np.full(len(query.vectors), -1, np.int64)
        for number, (_, mine) in enumerate(self._words):
            self._owner[mine] = number
        self._slope = pointing.slopes(scale.background, scale.clear)

    def places(self, shown: ShownPage) -> tuple[tuple[WordMatch, ...], tuple[Region, ...]]:
        """Each searched word's strength and places, and the best places for the whole question, strongest first."""
        query, scale, page, places = self._query, self._scale, shown.page, shown.places
        texts = folded_each(places.words.texts) if any(page.there) else ()
        end = page.patches.words_end  # kind 0, the words, comes first
        strengths, steps, boxes, kept = pointing.word_places(
            page.products,
            end,
            self._owner,
            len(self._words),
            scale.background,
            self._slope,
            places.regions[:end],
            _MOST_PLACES,
            _LEAST_STRENGTH,
        )
        most = strengths.max(axis=1, initial=0)
        literal = np.zeros((len(query.vectors), len(places.words.texts)), np.bool_)  # where a vector's very word stands
        matches = []
        for number, (index, rows) in enumerate(self._words):
            standing = phrase_places(query.words[index].text, texts) if page.there[index] else []
            if standing:
                literal[np.ix_(rows, words_in(standing).ravel())] = True
            exact = boxes_of(standing, places.words.boxes)
            share = float(np.maximum(page.best[rows], 0) @ query.weights[rows])
            first = number * _MOST_PLACES
            found = tuple(Region(*box) for box in boxes[first : first + kept[number]].tolist())
            told = round(float(most[number]), 3)
            matches.append(WordMatch(index, told, round(share, 4), found, exact, _map(places, steps[number])))
        strength = pointing.strengths(page.products, scale.background, scale.best)
        if places.grid is not None:
            return tuple(matches), pointing.best_regions(strength, query, places.kinds, places.regions)
        return tuple(matches), text_places(strength, query, places.kinds, places.regions, places.words, literal)


def snippet(words: PageWords, regions: Sequence[Region]) -> str:
    """The line on which the strongest place lies."""
    if not regions or len(words.texts) == 0:
        return ""
    middle_x, middle_y = (regions[0].x0 + regions[0].x1) / 2, (regions[0].y0 + regions[0].y1) / 2
    boxes = words.boxes
    away = np.abs((boxes[:, 0] + boxes[:, 2]) / 2 - middle_x) + 3 * np.abs((boxes[:, 1] + boxes[:, 3]) / 2 - middle_y)
    line = words.lines[int(away.argmin())]
    return " ".join(words.texts[at] for at in np.flatnonzero(words.lines == line))[:200]


def _map(places: PagePlaces, steps: npt.NDArray[np.uint8]) -> SimilarityMap | None:
    """A word's strengths in 255 steps on the page's grid, when it has one."""
    if places.grid is None or len(steps) < places.grid[0] * places.grid[1]:
        return None
    rows, columns = places.grid
    return SimilarityMap(rows, columns, steps[: rows * columns].tobytes())
