"""MemoryIndex: the library's codes in memory, kept up with the store; candidates for a question; how common words are.

Up to FINE_PAGES pages the fine codes are held (about 2.8 kB a page of 512 vectors), above it the coarse ones (1 kB).
"""

import itertools
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.encoder.encoder import EncodedQuery, VectorSpace
from indexer.protocol.values import PageKey, TextSource
from indexer.searching.compact import compact
from indexer.searching.languages import languages_of, places_of
from indexer.searching.rarity import MOST_PAGES as COUNTED_PAGES
from indexer.searching.rarity import WordCounts
from indexer.searching.scan import COARSE_LOOKS, FINE_LOOKS, QuestionCodes, best_places, best_singles
from indexer.searching.segments import SOURCES, Segment, segments_of, with_new
from indexer.searching.words import MOST_PAGES, TermIndex
from indexer.store.codes import Means, bits
from indexer.store.store import Store
from indexer.store.terms import term

_log = logging.getLogger(__name__)
FINE_PAGES = 120_000
SCAN_VECTORS = 32
"""A question of more vectors is made as many for the scan (compact.py)."""
_FEW_GONE = 0.1
_MOST_DOCUMENTS = 500
"""LanceDB's full text is told the documents that a search is limited to when they are no more."""

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The library at one moment: segments, all means that codes may be about, and whether the codes are coarse."""

    segments: tuple[Segment, ...] = ()
    means: tuple[Means, ...] = ()
    coarse: bool = False

    def __len__(self) -> int:
        return sum(int(segment.alive.sum()) for segment in self.segments)

    def places_of(self, uids: Sequence[int]) -> list[Places]:
        """Where living pages with these uids are, for each segment."""
        wanted = np.asarray(sorted(uids), np.int64)
        return [np.flatnonzero(np.isin(segment.uids, wanted) & segment.alive) for segment in self.segments]

    def allowed_places(self, uids: Sequence[int], allowed: Sequence[Places]) -> list[Places]:
        """The same, only among places allowed, which are sorted."""
        found = []
        for some, among in zip(self.places_of(uids), allowed, strict=True):
            at = np.minimum(np.searchsorted(among, some), max(len(among) - 1, 0))
            found.append(some[among[at] == some] if len(among) else among)
        return found

    def keys(self, places: Sequence[Places]) -> dict[int, PageKey]:
        """Uid to key of the pages at these places; of two rows of one page the newer."""
        newest: dict[PageKey, int] = {}
        for segment, some in zip(self.segments, places, strict=True):
            columns = (segment.uids[some].tolist(), segment.documents[some].tolist(), segment.pages[some].tolist())
            for uid, document, page in zip(*columns, strict=True):
                key = PageKey(document, page)
                newest[key] = max(uid, newest.get(key, -1))
        return {uid: key for key, uid in newest.items()}


class MemoryIndex:
    """Thread-safe: searches work on a snapshot while pages come and go."""

    def __init__(self, store: Store, space: VectorSpace, fine_pages: int = FINE_PAGES) -> None:
        self.store = self._store = store
        self._space, self._fine_pages = space, fine_pages
        self._lock = threading.RLock()
        self._revision = -1
        self._last_row = -1
        self._level = "fine"
        self._counts = WordCounts()
        self._words: TermIndex | None = TermIndex()
        self._told = np.zeros(0, np.int64), np.zeros(0, np.uint8)
        self._uncounted_gone = 0
        self._drops = 0
        self.now = Snapshot()
        store.follow(self)

    def refresh(self) -> Snapshot:
        """Take over what changed in the store, whichever process wrote it; cheap when nothing did.

        What is just being added is left to those who add it: they hand it over (`written`) before they are done. What
        was taken away is out of the snapshot in any case.
        """
        if self._is_asked and self._store.is_adding(self._space) and self._drops == self._store.drops(self._space):
            return self.now
        return self._renewed()

    def written(self, space: VectorSpace) -> None:
        """Take over what was added, where anybody has asked already."""
        if space == self._space and self._is_asked:
            self._renewed()
            self._store.prepare(space)

    @property
    def _is_asked(self) -> bool:
        return self._revision >= 0

    def _renewed(self) -> Snapshot:
        revision = self._store.revision(self._space)
        if revision == self._revision:
            return self.now
        with self._lock:
            if revision != self._revision:
                drops = self._store.drops(self._space)
                self._take_over()
                self._revision, self._drops = revision, drops
            return self.now

    def uid_of(self, key: PageKey) -> int | None:
        """The uid of a page, None when it is gone."""
        found = [
            segment.uids[(segment.documents == key.document_id) & (segment.pages == key.page) & segment.alive]
            for segment in self.now.segments
        ]
        return max((int(uid) for part in found for uid in part), default=None)

    def __len__(self) -> int:
        return len(self.now)

    @property
    def size_bytes(self) -> int:
        """What the codes take in memory."""
        return sum(segment.size_bytes for segment in self.now.segments)

    def rarity(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """Inverse document frequency of each word in this library (as BM25 has it)."""
        return self._counts.rarity(words)

    @property
    def holds_words(self) -> bool:
        """Whether words are looked up in memory."""
        return self._words is not None

    def in_languages(self, languages: Sequence[str], snapshot: Snapshot) -> npt.NDArray[np.int64]:
        """Uids of the living pages in any of these languages, sorted. Each page is looked at when first asked for."""
        with self._lock:
            there = np.sort(
                np.concatenate([np.zeros(0, np.int64), *(one.uids[one.alive] for one in snapshot.segments)])
            )
            known = np.isin(self._told[0], there)
            new = self._store.page_terms(self._space, np.setdiff1d(there, self._told[0], assume_unique=True))
            uids = np.concatenate([self._told[0][known], new.uids])
            self._told = uids, np.concatenate([self._told[1][known], languages_of(new)])
            return np.sort(uids[np.isin(self._told[1], places_of(languages))])

    def with_words(self, words: Sequence[str], snapshot: Snapshot, allowed: "Allowed", limit: int) -> list[int]:
        """Uids of the allowed pages on which most of these words stand, folded, by their rarity."""
        if self._words is None:
            documents = allowed.documents
            few = documents is not None and len(documents) <= _MOST_DOCUMENTS
            among = documents.tolist() if documents is not None and few else None
            return self._store.text_search(self._space, words, limit, among)
        only = None if len(allowed) == len(snapshot) else allowed.uids(snapshot)
        return self._words.best([term(word) for word in words], self.rarity(words), only, limit)

    def _take_over(self) -> None:
        count = self._store.count(self._space)
        level = "fine" if count <= self._fine_pages else "coarse"
        if level != self._level:
            self._level, self._last_row, self.now = level, -1, Snapshot()
        new = [
            segment
            for rows in self._store.code_rows(self._space, self._last_row, self._level)
            for segment in segments_of(rows, self._level)
        ]
        kept = list(self.now.segments)
        added = sum(len(segment) for segment in new)
        if len(self.now) + added != count:
            there = self._store.code_row_ids(self._space)
            kept = [self._living(segment, there) for segment in kept]
            new = [self._living(segment, there) for segment in new]
        if new:
            self._last_row = max(self._last_row, *(int(segment.row_ids.max()) for segment in new if len(segment)))
        means = self.now.means
        if any(segment.means >= len(means) for segment in new):
            means = tuple(self._store.all_means(self._space))
        self.now = Snapshot(tuple(with_new(kept, new)), means, level == "coarse")
        self._take_words(new)

    def _living(self, segment: Segment, there: npt.NDArray[np.int64]) -> Segment:
        gone = ~np.isin(segment.row_ids, there)
        if not (gone & segment.alive).any():
            return segment
        self._uncounted_gone += int((gone & segment.alive).sum())
        return segment.without(gone)

    def _take_words(self, new: Sequence[Segment]) -> None:
        """Words of new pages are counted and indexed; when many pages have gone, all are anew."""
        counts, words, segments = self._counts, self._words, new
        if self._uncounted_gone > _FEW_GONE * counts.pages:
            counts, words, segments = WordCounts(), TermIndex(), self.now.segments
            self._uncounted_gone = 0
        if len(self.now) > MOST_PAGES:
            words = None
        uids = np.concatenate([np.zeros(0, np.int64), *(segment.uids[segment.alive] for segment in segments)])
        uids = np.unique(uids)
        if words is None:
            uids = uids[: max(0, COUNTED_PAGES - counts.pages)]
        if len(uids):
            pages = self._store.page_terms(self._space, uids)
            if not counts.full:
                counts.add(pages)
            if words is not None:
                words.add(pages)
        self._counts, self._words = counts, words


@dataclass(frozen=True, slots=True)
class Allowed:
    """The pages a search is limited to: places of living pages in each segment; documents: None for all."""

    places: tuple[Places, ...]
    documents: npt.NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return sum(len(places) for places in self.places)

    def uids(self, snapshot: Snapshot) -> npt.NDArray[np.int64]:
        """Of these pages, in no order."""
        parts = [segment.uids[some] for segment, some in zip(snapshot.segments, self.places, strict=True)]
        return np.concatenate([np.zeros(0, np.int64), *parts])


def allowed_pages(
    snapshot: Snapshot,
    documents: npt.NDArray[np.int64] | None,
    sources: Sequence[TextSource],
    uids: Sequence[int] | None,
) -> Allowed:
    """Living pages of these documents, whose words come from these sources, with these uids; None or none for all."""
    wanted = [SOURCES.index(source) for source in sources]
    places = []
    for segment in snapshot.segments:
        keep = segment.alive.copy()
        if documents is not None:
            keep &= np.isin(segment.documents, documents)
        if wanted:
            keep &= np.isin(segment.sources, wanted)
        if uids is not None:
            keep &= np.isin(segment.uids, np.asarray(uids, np.int64))
        places.append(np.flatnonzero(keep))
    return Allowed(tuple(places), documents)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pages that may be among the best, uid to key; estimates: of those put first by codes, where not all pages are."""

    keys: dict[int, PageKey]
    estimates: dict[int, float]


def candidates(snapshot: Snapshot, query: EncodedQuery, allowed: Allowed, wanted: int, by_single: int) -> Candidates:
    """The pages that codes or single vectors put first among those allowed."""
    if len(query.vectors) == 0 or not len(allowed):
        return Candidates({}, {})
    vectors, kinds, weights, _ = compact(query.vectors, query.kinds, query.weights, SCAN_VECTORS)
    by_means = {number: QuestionCodes(vectors, kinds, weights, snapshot.means[number]) for number in _numbers(snapshot)}
    singles = {number: bits((query.single - snapshot.means[number].single)[None])[0] for number in by_means}
    segments = snapshot.segments
    questions = [by_means[segment.means] for segment in segments]
    looks = COARSE_LOOKS if snapshot.coarse else FINE_LOOKS
    first, worth = best_places(segments, questions, allowed.places, wanted, looks * wanted)
    second = best_singles(segments, [singles[segment.means] for segment in segments], allowed.places, by_single)
    keys = snapshot.keys([np.union1d(one, other) for one, other in zip(first, second, strict=True)])
    uids = [segment.uids[some].tolist() for segment, some in zip(segments, first, strict=True)]
    pairs = zip(itertools.chain(*uids), itertools.chain(*(part.tolist() for part in worth)), strict=True)
    return Candidates(keys, {uid: estimate for uid, estimate in pairs if uid in keys and estimate < np.inf})


def _numbers(snapshot: Snapshot) -> set[int]:
    return {segment.means for segment in snapshot.segments}
