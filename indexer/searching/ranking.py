"""Ranker: from a question's vectors to pages in order.

1. Pages that may be among the best: by codes, by the single vector, by full text; only among those allowed.
2. Each is scored exactly: MaxSim of the unrounded question against its int8 patches, with a bonus for words that stand
   literally on it, so that names and numbers are found.
3. What the question scores on a sample of unrelated pages says what the scores are worth (background.py).
"""

import concurrent.futures
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.documents.folding import folded
from indexer.encoder.encoder import WORD_KIND, EncodedQuery, VectorSpace
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import PageKey
from indexer.scoring.maxsim import NO_VECTOR, Question, score
from indexer.searching.background import Background
from indexer.searching.compact import compact
from indexer.searching.memory_index import FINE_PAGES, Allowed, MemoryIndex, Snapshot, candidates
from indexer.searching.patches import PatchCache, Patches
from indexer.searching.scan import THREADS, pool
from indexer.store.store import Store
from indexer.store.terms import term

EXACT_WEIGHT = 0.05
"""Of a question's words standing literally on the page, by their weight; it settles near ties for names and numbers.

Measured over ../shared/bench, nDCG@5: 0 gives 0.769, 0.05 and 0.1 give 0.774, 0.2 gives 0.762, 0.3 gives 0.756.
"""
_TEXT_WORDS = 8
_MOST_DOCUMENTS = 500
_ROUGH_VECTORS, _MOST_VECTORS = 64, 256
_SETTLED, _KEPT = 40, 64

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reach:
    """How many candidates each way gives; `everything`: so few allowed pages are all scored."""

    by_codes: int = 112
    pages_for_one_more: int = 250
    most_by_codes: int = 224
    by_coarse_codes: int = 480
    by_single: int = 24
    by_text: int = 24
    everything: int = 512

    def wanted(self, pages: int) -> int:
        """Candidates by codes among so many pages: 112 up to 12,000 pages, 224 from 40,000 on.

        Of 20,000 generated pages 160 by fine codes held 0.995 of the exact best ten, by coarse 0.91, and 480 0.95.
        """
        if pages <= self.everything:
            return pages
        if pages > FINE_PAGES:
            return self.by_coarse_codes
        return max(self.by_codes, min(self.most_by_codes, self.by_codes - 48 + pages // self.pages_for_one_more))


def full_score(query: EncodedQuery) -> float:
    """What a page would score that meets every vector of the question exactly, with every word; 0 for none."""
    if not len(query.vectors):
        return 0.0
    return float(score(np.ones((1, len(query.vectors)), np.float32), query.weights)[0]) + EXACT_WEIGHT


@dataclass(frozen=True, slots=True)
class RankedPage:
    """A page with its score. best: float32 (m,), its largest product for each of the question's vectors."""

    uid: int
    key: PageKey
    score: float
    best: Floats
    patches: Patches


@dataclass(frozen=True, slots=True)
class Ranking:
    """Pages in order. background: float32 (s, m), the same products on the sample; searched: how many pages were."""

    pages: tuple[RankedPage, ...]
    background: Floats
    searched: int


class Ranker:
    """Thread-safe."""

    def __init__(self, index: MemoryIndex, store: Store, space: VectorSpace, reach: Reach | None = None) -> None:
        self.index, self._store, self._space = index, store, space
        self.reach = reach or Reach()
        self.patches = PatchCache(store, space)
        self._background = Background(self.patches)
        self._texts = concurrent.futures.ThreadPoolExecutor(2, "full-text")

    def rank(
        self,
        query: EncodedQuery,
        snapshot: Snapshot,
        allowed: Allowed,
        k: int,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Ranking:
        """The best k of the allowed pages, fewer when there are not as many. Raises CANCELLED."""
        text = self._texts.submit(self._by_text, query, allowed)
        wanted = max(self.reach.wanted(len(allowed)), 2 * k)
        found = candidates(snapshot, query, allowed, wanted, self.reach.by_single)
        found |= self._allowed_keys(snapshot, allowed, [uid for uid in text.result() if uid not in found])
        if cancelled():
            raise PagebeamError(ErrorCode.CANCELLED)
        patches = self.patches.get(list(found))
        order = self._in_order(query, {uid: patches[uid] for uid in found if uid in patches}, k)
        # A page without vectors (no source code, in that space; not drawn again) is found by its words or not at all.
        order = [entry for entry in order if entry[0] > 0 or len(patches[entry[1]].vectors)]
        self.patches.keep({uid: patches[uid] for _, uid, _ in order[: max(k, _KEPT)]})
        sample = self._background.pages(snapshot)
        background = self._maxima(query, list(sample.values()))
        pages = [RankedPage(uid, found[uid], points, best, patches[uid]) for points, uid, best in order[:k]]
        return Ranking(tuple(pages), background, len(allowed))

    def one(self, query: EncodedQuery, uid: int, key: PageKey) -> RankedPage | None:
        """One page scored, None when it is gone."""
        found = self.patches.get([uid])
        if uid not in found:
            return None
        best = self._maxima(query, [found[uid]])[0]
        points = float(score(best[None], query.weights)[0]) + EXACT_WEIGHT * Exactness(query).share(found[uid])
        return RankedPage(uid, key, points, best, found[uid])

    def _in_order(self, query: EncodedQuery, patches: Mapping[int, Patches], k: int) -> list[tuple[float, int, Floats]]:
        """Score, uid and maxima of these pages, the best first; a long question is shortened for the first look."""
        uids = list(patches)
        if len(query.vectors) > _ROUGH_VECTORS:
            short = compact(query.vectors, query.kinds, query.weights, _ROUGH_VECTORS)
            rough = score(_maxima(Question(short[0], short[1]), [patches[uid] for uid in uids]), short[2])
            uids = [uids[at] for at in np.argsort(-rough, kind="stable")[: max(k, _SETTLED)]]
        best = self._maxima(query, [patches[uid] for uid in uids])
        points, exactness = score(best, query.weights), Exactness(query)
        scored = [
            (float(points[at]) + EXACT_WEIGHT * exactness.share(patches[uid]), uid, best[at])
            for at, uid in enumerate(uids)
        ]
        return sorted(scored, key=lambda entry: (-entry[0], entry[1]))

    def _maxima(self, query: EncodedQuery, pages: Sequence[Patches]) -> Floats:
        """Float32 (pages, m): each page's largest product for each of the question's vectors."""
        return _maxima(Question(query.vectors, query.kinds), pages)

    def _by_text(self, query: EncodedQuery, allowed: Allowed) -> list[int]:
        words = [fold for word in query.words if word.searched for one in word.text.split() if (fold := folded(one))]
        if len(words) > _TEXT_WORDS:
            rarest = np.argsort(-self.index.rarity(words), kind="stable")[:_TEXT_WORDS]
            words = [words[at] for at in sorted(rarest.tolist())]
        documents = allowed.documents
        if documents is not None and len(documents) <= _MOST_DOCUMENTS:
            return self._store.text_search(self._space, words, self.reach.by_text, documents.tolist())
        return self._store.text_search(self._space, words, self.reach.by_text)

    def _allowed_keys(self, snapshot: Snapshot, allowed: Allowed, uids: Sequence[int]) -> dict[int, PageKey]:
        if not uids:
            return {}
        there = snapshot.places_of(uids)
        return snapshot.keys([np.intersect1d(one, other) for one, other in zip(there, allowed.places, strict=True)])


class Exactness:
    """How much of a question stands literally on a page."""

    def __init__(self, query: EncodedQuery) -> None:
        words = query.kinds == WORD_KIND
        self._weights = np.zeros(len(query.words) + 1, np.float32)  # the last is for vectors that belong to no word
        np.add.at(self._weights, query.word_of[words], query.weights[words])
        self._total = float(self._weights.sum())
        self._terms = [[term(one) for one in word.text.split() if folded(one)] for word in query.words]
        self._distinct = np.unique(np.array([one for word in self._terms for one in word], np.uint32))

    def share(self, patches: Patches) -> float:
        """The share of the question's weight whose words stand on the page."""
        if not self._total:
            return 0.0
        return float(self._weights[: len(self._terms)] @ np.array(self.there(patches), np.float32)) / self._total

    def there(self, patches: Patches) -> list[bool]:
        """For each word or phrase, whether all its words stand on the page."""
        at = np.searchsorted(patches.terms, self._distinct)
        found = at < len(patches.terms)
        found[found] = patches.terms[at[found]] == self._distinct[found]
        present = set(self._distinct[found].tolist())
        return [present.issuperset(word) for word in self._terms]


def _maxima(question: Question, pages: Sequence[Patches]) -> Floats:
    best = np.full((len(pages), question.count), NO_VECTOR, np.float32)

    def some(first: int) -> None:
        for at in range(first, len(pages), THREADS):
            page = pages[at]
            best[at] = question.maxima(page.vectors, page.scales, page.words_end)

    if len(pages) < 2 * THREADS:
        for first in range(THREADS):
            some(first)
    else:
        list(pool.map(some, range(THREADS)))
    return best
