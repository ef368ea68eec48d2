"""Ranker: from a question's vectors to pages in order.

1. Pages that may be among the best: by codes, by the single vector, by full text; only among those allowed.
2. Each is scored: MaxSim of the question in 16 bits against its int8 patches, read from the disk as they lie there,
   with a bonus for words that stand literally on it, so that names and numbers are found.
3. The best are settled with the unrounded question; strengths and places come from the same products. A long question
   finds, settles and points with its short form (compact.py); all of its vectors put the best in order.
4. What the question scores on a sample of unrelated pages says what the scores are worth (background.py).
"""

import concurrent.futures
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.documents.folding import folded
from indexer.encoder.encoder import EncodedQuery, VectorSpace
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import PageKey
from indexer.scoring.maxsim import Question, score
from indexer.searching.background import Background
from indexer.searching.compact import Shortened, shortened
from indexer.searching.exactness import Exactness
from indexer.searching.known import SURE, Known, first
from indexer.searching.memory_index import Allowed, MemoryIndex, Snapshot, candidates
from indexer.searching.patches import PatchReader, best_on
from indexer.searching.settling import Settled, settled
from indexer.store.store import Store

EXACT_WEIGHT = 0.05
"""Of a question's words standing literally on the page, by their weight; it settles near ties for names and numbers.

Measured over ../shared/bench, nDCG@5: 0 gives 0.769, 0.05 and 0.1 give 0.774, 0.2 gives 0.762, 0.3 gives 0.756. Where
vectors say more than words do, as Jina's of a picture, words that stand on other pages must not win: of 100 questions
to generated pages whose vectors alone put their page first 99 times, so many find it first with such words, and with a
word of the page itself: 0 gives 99 and 99, 0.05 gives 98 and 100, 0.1 97, 0.2 84, 0.4 44 (tests/benchmarks/search.py).
"""
_TEXT_WORDS = 8
_SETTLED_AT_ONCE = 256
"""Pages whose patches are in memory at once: 17 MB of 512 vectors each."""
_SETTLED, _NEAR = 28, 4e-5
"""How many pages of a long question are settled; of another those asked for and those no further below than rounding
may have put them: scores are within 1e-5, so that only such may change places.
"""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reach:
    """How many candidates each way gives; `everything`: so few allowed pages are all scored."""

    by_codes: int = 112
    pages_for_one_more: int = 150
    most_by_codes: int = 256
    by_coarse_codes: int = 480
    pages_for_one_more_coarse: int = 200
    most_by_coarse_codes: int = 1500
    by_single: int = 24
    by_text: int = 24
    everything: int = 512

    def wanted(self, pages: int, *, coarse: bool) -> int:
        """Candidates by codes among so many pages: 112 up to 7,000 pages, 256 from 29,000 on; more by coarse codes.

        Share of the exact best ten of 40 questions that were among so many by fine codes: of 5,000 generated pages 1.0
        of 80; of 20,000 pages 0.978 of 112, 0.998 of 160, 1.0 of 224; of 100,000 pages 0.985 of 160, 1.0 of 224. By
        coarse codes of 100,000 pages 0.975 of 480, 0.99 of 1,000, 1.0 of 2,000.
        """
        if pages <= self.everything:
            return pages
        if coarse:
            return min(self.most_by_coarse_codes, self.by_coarse_codes + pages // self.pages_for_one_more_coarse)
        return max(self.by_codes, min(self.most_by_codes, self.by_codes - 48 + pages // self.pages_for_one_more))


def full_score(query: EncodedQuery) -> float:
    """What a page would score that meets every vector of the question exactly, with every word; 0 for none."""
    if not len(query.vectors):
        return 0.0
    return float(score(np.ones((1, len(query.vectors)), np.float32), query.weights)[0]) + EXACT_WEIGHT


def sound(query: EncodedQuery) -> EncodedQuery:
    """A vector that is not finite, which a broken encoder may give, says nothing."""
    if np.isfinite(query.vectors).all() and np.isfinite(query.single).all():
        return query
    vectors = np.where(np.isfinite(query.vectors).all(axis=1, keepdims=True), query.vectors, 0).astype(np.float32)
    return dataclasses.replace(query, vectors=vectors, single=np.nan_to_num(query.single, posinf=0, neginf=0))


@dataclass(frozen=True, slots=True)
class RankedPage:
    """A page with its score; settled: its products with the question's short form.

    there: for each of the question's words whether it stands on the page; share: of their weight.
    """

    uid: int
    key: PageKey
    score: float
    settled: Settled
    there: tuple[bool, ...]
    share: float

    @property
    def best(self) -> Floats:
        """The largest product for each of the question's vectors, float32 (m,)."""
        return self.settled.best


@dataclass(frozen=True, slots=True)
class Ranking:
    """Pages in order. background: float32 (s, m), the same products on the sample; searched: how many pages were."""

    asked: Shortened
    pages: tuple[RankedPage, ...]
    background: Floats
    searched: int

    @staticmethod
    def of_nothing(query: EncodedQuery, searched: int) -> "Ranking":
        """No pages, as for a question of no words."""
        return Ranking(shortened(query), (), np.zeros((0, len(query.vectors)), np.float32), searched)


@dataclass(frozen=True, slots=True)
class _Asking:
    """A question as pages are scored for it, in both forms, which are one when it is not long."""

    asked: Shortened
    short: Question
    whole: Question
    exactness: Exactness

    @classmethod
    def of_question(cls, asked: Shortened) -> "_Asking":
        short = Question(asked.short.vectors, asked.short.kinds)
        whole = Question(asked.whole.vectors, asked.whole.kinds) if asked.is_long else short
        return cls(asked, short, whole, Exactness(asked.whole))


class Ranker:
    """Thread-safe."""

    def __init__(self, index: MemoryIndex, store: Store, space: VectorSpace, reach: Reach | None = None) -> None:
        self.index, self._store, self._space = index, store, space
        self.reach = reach or Reach()
        self.patches = PatchReader(store, space)
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
        asked = shortened(sound(query))
        query = asked.short
        text = None if self.index.holds_words else self._texts.submit(self._by_text, query, snapshot, allowed)
        wanted = max(self.reach.wanted(len(allowed), coarse=snapshot.coarse), 2 * k)
        likely = candidates(snapshot, query, allowed, wanted, self.reach.by_single)
        found = likely.keys
        with_words = self._by_text(query, snapshot, allowed) if text is None else text.result()
        found |= self._allowed_keys(snapshot, allowed, [uid for uid in with_words if uid not in found])
        if cancelled():
            raise PagebeamError(ErrorCode.CANCELLED)
        asking = _Asking.of_question(asked)
        estimates = {uid: worth for uid, worth in likely.estimates.items() if uid not in with_words}
        best = self._best(asking, list(found), estimates, k)
        pages = self._settled(asking, {uid: found[uid] for uid in best.uids.tolist()}, best)
        # A page without vectors (no source code, in that space; not drawn again) is found by its words or not at all.
        pages = [page for page in pages if page.score > 0 or page.settled.vectors]
        background = best_on(asking.short, self._background.pages(snapshot))
        return Ranking(asked, tuple(pages[:k]), background, len(allowed))

    def one(self, query: EncodedQuery, uid: int, key: PageKey) -> RankedPage | None:
        """One page scored, None when it is gone."""
        asking = _Asking.of_question(shortened(sound(query)))
        known = self._scored(asking, asking.whole, [uid])
        return next(iter(self._settled(asking, {uid: key}, known)), None)

    def _best(self, asking: _Asking, uids: list[int], estimates: dict[int, float], most: int) -> Known:
        """The best of these pages in order, scored to within 1e-5; of a long question first with its short form.

        estimates: of those that only codes found. The best of them say from which estimate on a page may be among the
        best after all, and only such are scored.
        """
        is_long = asking.asked.is_long
        wanted = max(most, _SETTLED) if is_long else most
        order = sorted(estimates, key=lambda uid: -estimates[uid])
        unsure = order[max(SURE, 2 * wanted, len(order) // 4) :]
        known = self._scored(asking, asking.short, list(set(uids).difference(unsure)))
        if unsure:
            least = known.least(estimates, wanted)
            more = [uid for uid in unsure if estimates[uid] >= least]
            known = known.and_more(self._scored(asking, asking.short, more))
        if not is_long:
            return first(known, most, _NEAR)
        return first(self._scored(asking, asking.whole, first(known, wanted).uids.tolist()), most)

    def _scored(self, asking: _Asking, question: Question, uids: Sequence[int]) -> Known:
        exactness, asked = asking.exactness, asking.asked
        weights = (asked.short if question is asking.short else asked.whole).weights
        found = self.patches.scored(question, uids, exactness.terms)
        points = score(found.best, weights) + EXACT_WEIGHT * exactness.shares(exactness.there(found.present))
        return Known(found.uids, found.present, points)

    def _settled(self, asking: _Asking, keys: Mapping[int, PageKey], known: Known) -> list[RankedPage]:
        """These pages with their products, the best first."""
        asked, exactness = asking.asked, asking.exactness
        query, where = asked.short, {uid: at for at, uid in enumerate(known.uids.tolist())}
        uids, read = list(keys), list[Settled]()
        for start in range(0, len(uids), _SETTLED_AT_ONCE):
            values = self.patches.values(uids[start : start + _SETTLED_AT_ONCE])
            read += [page for page in settled(query.vectors, query.kinds, values) if page.uid in where]
        best = np.stack([page.best for page in read]) if read else np.zeros((0, len(query.vectors)), np.float32)
        places = [where[page.uid] for page in read]
        there = exactness.there(known.present[places])
        shares = exactness.shares(there)
        points = known.points[places] if asked.is_long else score(best, query.weights) + EXACT_WEIGHT * shares
        columns = zip(read, points.tolist(), there.tolist(), shares.tolist(), strict=True)
        ranked = [
            RankedPage(page.uid, keys[page.uid], value, page, tuple(words), share)
            for page, value, words, share in columns
        ]
        return sorted(ranked, key=lambda page: (-page.score, page.uid))

    def _by_text(self, query: EncodedQuery, snapshot: Snapshot, allowed: Allowed) -> list[int]:
        words = [fold for word in query.words if word.searched for one in word.text.split() if (fold := folded(one))]
        if len(words) > _TEXT_WORDS:
            rarest = np.argsort(-self.index.rarity(words), kind="stable")[:_TEXT_WORDS]
            words = [words[at] for at in sorted(rarest.tolist())]
        return self.index.with_words(words, snapshot, allowed, self.reach.by_text)

    def _allowed_keys(self, snapshot: Snapshot, allowed: Allowed, uids: Sequence[int]) -> dict[int, PageKey]:
        if not uids:
            return {}
        return snapshot.keys(snapshot.allowed_places(uids, allowed.places))
