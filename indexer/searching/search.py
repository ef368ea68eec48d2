"""Searcher: from a question to ranked pages with their places, in numbered steps.

1. The encoder turns the question into vectors; words rare in this library weigh more.
2. Filters and quoted phrases say which pages may be found, before anything is ranked.
3. Every such page is scored (MaxSim), with the int8 vectors in memory; a small bonus goes to words that stand
   literally on the page, so that names and numbers are found.
4. For the pages shown, the products with the unrounded question give each word's strength and the places.
5. A page below CONVINCING is weak; when all are, nothing is convincing.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from indexer.catalogue.catalogue import Catalogue
from indexer.encoder.encoder import WORD_KIND, EncodedQuery, Encoder, VectorSpace
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.messages import MatchPage, PageMatches, Search, SearchReply
from indexer.protocol.values import Filters, PageKey, PageResult, QueryWord, Region, WordMatch
from indexer.scoring import pointing
from indexer.scoring.maxsim import score, similarity
from indexer.searching.exact import exact_words, phrase_places, words_present
from indexer.searching.memory_index import IndexedPage, MemoryIndex
from indexer.store.rows import StoredPage

EXACT_WEIGHT = 0.15
"""Of a question's words standing literally on the page, by their weight. Measured over ../shared/bench."""
CONVINCING = 0.90
"""A page's least score (MaxSim in 0..1 plus the best window in 0..1 plus the bonus) to count as a match.

One in ten answerable questions of ../shared/bench has a best score below it; chosen without the unanswerable ones.
"""
_SETTLED = 40

Floats = npt.NDArray[np.float32]


class Searcher:
    """Thread-safe. Holds the library's vectors in memory and keeps them up with the store."""

    def __init__(self, index: MemoryIndex, encoder: Encoder, space: VectorSpace, catalogue: Catalogue) -> None:
        self._index, self._encoder, self._space, self._catalogue = index, encoder, space, catalogue

    def search(self, request: Search, cancelled: Callable[[], bool] = lambda: False) -> SearchReply:
        """Rank pages for a question. Raises CANCELLED."""
        started = time.perf_counter()
        self._index.refresh()
        query = self._encoder.encode_query(request.query, self._space, self._index.rarity, request.left_out)
        keys, best = self._index.maxima(query)
        if cancelled():
            raise PagebeamError(ErrorCode.CANCELLED)
        allowed = self._allowed(keys, request.filters, query)
        shown, background, top, searched = self._rank(query, keys, best, allowed, request.k)
        results = self._results(query, shown, background, top)
        counts = self._pages_with(query, shown)
        return SearchReply(
            id=request.id,
            query=request.query,
            words=tuple(_counted(word, counts[i]) for i, word in enumerate(query.words)),
            results=results,
            convincing=any(not result.weak for result in results),
            searched=searched,
            pages=len(self._index),
            took_ms=round((time.perf_counter() - started) * 1000, 1),
        )

    def match_page(self, request: MatchPage) -> PageMatches:
        """Where a question matches on one page. Raises NOT_FOUND."""
        self._index.refresh()
        page = self._index.page(request.key)
        if page is None:
            raise PagebeamError(ErrorCode.NOT_FOUND)
        query = self._encoder.encode_query(request.query, self._space, self._index.rarity, request.left_out)
        _, best = self._index.maxima(query)
        if len(query.vectors) == 0:
            return PageMatches(id=request.id, key=request.key, words=(), regions=())
        words, regions = self._places(query, page, best.mean(axis=0), best.max(axis=0))
        return PageMatches(id=request.id, key=request.key, words=words, regions=regions)

    def _allowed(self, keys: Sequence[PageKey], filters: Filters, query: EncodedQuery) -> npt.NDArray[np.bool_]:
        allowed = np.ones(len(keys), np.bool_)
        documents = self._catalogue.documents_matching(filters)
        if documents is not None:
            allowed &= np.isin(np.array([key.document_id for key in keys], np.int64), documents)
        phrases = [word.text for word in query.words if word.quoted and word.searched]
        for at in np.flatnonzero(allowed).tolist() if phrases else ():
            page = self._index.page(keys[at])
            allowed[at] = page is not None and all(phrase_places(phrase, page.words) for phrase in phrases)
        return allowed

    def _rank(
        self,
        query: EncodedQuery,
        keys: Sequence[PageKey],
        best: Floats,
        allowed: npt.NDArray[np.bool_],
        k: int,
    ) -> tuple[list[tuple[float, IndexedPage]], Floats, Floats, int]:
        """The best k allowed pages with scores; and per query vector the background and the best of all pages."""
        count = len(query.vectors)
        if count == 0 or not allowed.any():
            return [], np.zeros(count, np.float32), np.ones(count, np.float32), int(allowed.sum())
        told = np.maximum(best, -1)
        background, top = told.mean(axis=0), told.max(axis=0)
        rough = np.where(allowed, score(best, query.weights), -np.inf)
        order = np.argsort(-rough, kind="stable")[: max(_SETTLED, 2 * k)]
        settled = []
        for at in order.tolist():
            page = self._index.page(keys[at]) if np.isfinite(rough[at]) else None
            if page is not None:
                settled.append((float(rough[at]) + EXACT_WEIGHT * self._present(query, page), page))
        settled.sort(key=lambda pair: -pair[0])
        return settled[:k], background, top, int(allowed.sum())

    def _present(self, query: EncodedQuery, page: IndexedPage) -> float:
        """The share of the question's weight whose words stand on the page."""
        there = words_present([word.text for word in query.words], page.words)
        words = query.kinds == WORD_KIND
        total = float(query.weights[words].sum())
        found = sum(float(w) for w, o in zip(query.weights[words], query.word_of[words], strict=True) if there[o])
        return found / total if total else 0.0

    def _results(
        self, query: EncodedQuery, shown: Sequence[tuple[float, IndexedPage]], background: Floats, top: Floats
    ) -> tuple[PageResult, ...]:
        infos = self._catalogue.page_info([page.stored.key for _, page in shown])
        results = []
        for (points, page), info in zip(shown, infos, strict=True):
            if info is None:  # dropped while we searched
                continue
            words, regions = self._places(query, page, background, top)
            results.append(
                PageResult(
                    key=page.stored.key,
                    path=info.path,
                    page_count=info.page_count,
                    score=round(points, 4),
                    weak=points < CONVINCING,
                    width=info.width,
                    height=info.height,
                    thumbnail=info.thumbnail,
                    kind=info.kind,
                    folder_id=info.folder_id,
                    modified_s=info.modified_s,
                    words=words,
                    regions=regions,
                    snippet=_snippet(page.stored, regions),
                    text_source=info.text_source,
                )
            )
        return tuple(results)

    def _places(
        self, query: EncodedQuery, page: IndexedPage, background: Floats, top: Floats
    ) -> tuple[tuple[WordMatch, ...], tuple[Region, ...]]:
        stored = page.stored
        products = similarity(query.vectors, stored.vectors, stored.scales)
        strength = pointing.strengths(products, background, top)
        on_words = stored.kinds == WORD_KIND
        matches = []
        for index, word in enumerate(query.words):
            rows = np.flatnonzero((query.word_of == index) & (query.kinds == WORD_KIND))
            if not word.searched or len(rows) == 0:
                continue
            exact = exact_words(word, page.words, stored.words.boxes)
            here = strength[rows][:, on_words].max(axis=0) if on_words.any() else np.zeros(0, np.float32)
            share = float((products[rows][:, on_words].max(axis=1, initial=0) * query.weights[rows]).sum())
            matches.append(
                WordMatch(
                    index,
                    round(float(here.max(initial=0)), 3),
                    round(share, 4),
                    pointing.word_regions(here, stored.regions[on_words]),
                    exact,
                )
            )
        return tuple(matches), pointing.best_regions(strength, query, stored.kinds, stored.regions)

    def _pages_with(self, query: EncodedQuery, shown: Sequence[tuple[float, IndexedPage]]) -> list[int]:
        texts = [word.text for word in query.words]
        there = [words_present(texts, page.words) for _, page in shown]
        return [sum(row[i] for row in there) for i in range(len(texts))]


def _counted(word: QueryWord, pages: int) -> QueryWord:
    return QueryWord(word.text, word.start, word.end, word.searched, word.quoted, pages if word.searched else -1)


def _snippet(page: StoredPage, regions: Sequence[Region]) -> str:
    """The line on which the strongest place lies."""
    if not regions or len(page.words.texts) == 0:
        return ""
    middle_x, middle_y = (regions[0].x0 + regions[0].x1) / 2, (regions[0].y0 + regions[0].y1) / 2
    boxes = page.words.boxes
    away = np.abs((boxes[:, 0] + boxes[:, 2]) / 2 - middle_x) + 3 * np.abs((boxes[:, 1] + boxes[:, 3]) / 2 - middle_y)
    line = page.words.lines[int(away.argmin())]
    chosen = np.flatnonzero(page.words.lines == line)
    return " ".join(page.words.texts[i] for i in chosen)[:200]
