"""Searcher: from a question to ranked pages with their places, in numbered steps.

1. The encoder turns the question into vectors; words rare in this library weigh more.
2. Filters and quoted phrases say which pages may be found, before anything is ranked.
3. The ranker finds and scores them (ranking.py).
4. For the pages shown, the products with the question give each word's strength and the places.
5. A page that stands no further above unrelated pages than chance would have it is weak (relevance.py); when all are,
   nothing is convincing.
"""

import dataclasses
import time
from collections.abc import Callable, Sequence

from indexer.catalogue.catalogue import Catalogue
from indexer.catalogue.records import PageInfo
from indexer.documents.folding import folded
from indexer.encoder.encoder import EncodedQuery, Encoder, VectorSpace
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.messages import MatchPage, MoreLikeThis, PageMatches, Search, SearchReply
from indexer.protocol.values import Filters, PageResult, QueryWord, Region, WordMatch
from indexer.scoring.maxsim import score
from indexer.searching.alike import page_as_question
from indexer.searching.memory_index import Allowed, MemoryIndex, Snapshot, allowed_pages
from indexer.searching.places import Finder, Scale, ShownPage, shown_pages, snippet
from indexer.searching.ranking import Ranker, Ranking, Reach, full_score
from indexer.searching.relevance import weak_pages
from indexer.searching.together import at_work
from indexer.store.rows import StoredPage

MOST_RESULTS = 5000
"""No more are given, whatever is asked for: the products of so many pages of 512 vectors with 16 take 164 MB."""
_FEW_PAGES = 8
"""Of fewer pages than this nothing is said about which are unrelated."""


class Searcher:
    """Thread-safe. Holds the library's codes in memory and keeps them up with the store."""

    def __init__(
        self,
        index: MemoryIndex,
        encoder: Encoder,
        space: VectorSpace,
        catalogue: Catalogue,
        reach: Reach | None = None,
    ) -> None:
        self._index, self._encoder, self._space, self._catalogue = index, encoder, space, catalogue
        self._store = index.store
        self._ranker = Ranker(index, self._store, space, reach)

    def search(self, request: Search, cancelled: Callable[[], bool] = lambda: False) -> SearchReply:
        """Rank pages for a question. Raises CANCELLED."""
        started = time.perf_counter()
        snapshot = self._index.refresh()
        query = self._encoder.encode_query(request.query, self._space, self._index.rarity, request.left_out)
        allowed = self._allowed(snapshot, request.filters, query)
        if cancelled():
            raise PagebeamError(ErrorCode.CANCELLED)
        ranking = Ranking.of_nothing(query, len(allowed))
        with at_work():
            if len(query.vectors):  # a question may have no words
                ranking = self._ranker.rank(query, snapshot, allowed, max(0, min(request.k, MOST_RESULTS)), cancelled)
            weak = weak_pages(ranking.asked.short, ranking.pages, ranking.background, len(snapshot))
            results = self._results(ranking, weak)
        counts = [sum(page.there[at] for page in ranking.pages) for at in range(len(query.words))]
        return SearchReply(
            id=request.id,
            query=request.query,
            words=tuple(_counted(word, counts, at) for at, word in enumerate(query.words)),
            results=results,
            convincing=any(not result.weak for result in results),
            searched=ranking.searched,
            pages=len(snapshot),
            took_ms=round((time.perf_counter() - started) * 1000, 1),
            full_score=round(full_score(query), 4),
        )

    def match_page(self, request: MatchPage) -> PageMatches:
        """Where a question matches on one page. Raises NOT_FOUND."""
        snapshot = self._index.refresh()
        uid = self._index.uid_of(request.key)
        if uid is None:
            raise PagebeamError(ErrorCode.NOT_FOUND)
        query = self._encoder.encode_query(request.query, self._space, self._index.rarity, request.left_out)
        if len(query.vectors) == 0:
            return PageMatches(id=request.id, key=request.key, words=(), regions=())
        with at_work():
            page = self._ranker.one(query, uid, request.key)
            shown = shown_pages(self._store, self._space, [page] if page else [])
            if not shown:
                raise PagebeamError(ErrorCode.NOT_FOUND)
            everywhere = self._ranker.rank(query, snapshot, allowed_pages(snapshot, None, (), None), 1)
            words, regions = Finder(everywhere.asked, Scale.of(everywhere, shown[0].page)).places(shown[0])
        return PageMatches(id=request.id, key=request.key, words=words, regions=regions)

    def more_like_this(self, request: MoreLikeThis) -> SearchReply:
        """Pages like a page, or like a part of it, that page left out. Raises NOT_FOUND.

        A page is weak when it is no more like it than the sample of unrelated pages is: within two deviations.
        """
        started = time.perf_counter()
        snapshot = self._index.refresh()
        stored = next(iter(self._store.pages(self._space, [request.key])), None)
        if not isinstance(stored, StoredPage):
            raise PagebeamError(ErrorCode.NOT_FOUND)
        query = page_as_question(stored, request.part)
        allowed = self._allowed(snapshot, request.filters, query)
        results: tuple[PageResult, ...] = ()
        if len(query.vectors):  # a part may be blank
            with at_work():
                results = self._alike(query, snapshot, allowed, request)
        return SearchReply(
            id=request.id,
            query="",
            words=(),
            results=results,
            convincing=any(not result.weak for result in results),
            searched=len(allowed),
            pages=len(snapshot),
            took_ms=round((time.perf_counter() - started) * 1000, 1),
        )

    def _alike(
        self, query: EncodedQuery, snapshot: Snapshot, allowed: Allowed, request: MoreLikeThis
    ) -> tuple[PageResult, ...]:
        """The pages most like the one asked about, without it."""
        most = max(0, min(request.k, MOST_RESULTS))
        ranking = self._ranker.rank(query, snapshot, allowed, most + 1)
        others = tuple(page for page in ranking.pages if page.key != request.key)[:most]
        weights = ranking.asked.short.weights
        usual = score(ranking.background, weights)
        least = float(usual.mean() + 2 * usual.std()) if len(usual) >= _FEW_PAGES else 0.0
        weak = [float(score(page.best[None], weights)[0]) < least for page in others]
        return self._results(dataclasses.replace(ranking, pages=others), weak)

    def _allowed(self, snapshot: Snapshot, filters: Filters, query: EncodedQuery) -> Allowed:
        uids: set[int] | None = None
        for word in query.words:
            if word.quoted and word.searched:
                phrase = [fold for one in word.text.split() if (fold := folded(one))]
                found = set(self._store.phrase_search(self._space, phrase))
                uids = found if uids is None else uids & found
        if filters.languages:
            spoken = set(self._index.in_languages(filters.languages, snapshot).tolist())
            uids = spoken if uids is None else uids & spoken
        documents = self._catalogue.documents_matching(filters)
        return allowed_pages(snapshot, documents, filters.text_sources, None if uids is None else sorted(uids))

    def _results(self, ranking: Ranking, weak: Sequence[bool]) -> tuple[PageResult, ...]:
        if not ranking.pages:
            return ()
        shown = shown_pages(self._store, self._space, ranking.pages)
        infos = self._catalogue.page_info([one.page.key for one in shown])
        told = [(one, info) for one, info in zip(shown, infos, strict=True) if info is not None]
        places = Finder(ranking.asked, Scale.of(ranking)).all_places([one for one, _ in told])
        flags = {page.uid: flag for page, flag in zip(ranking.pages, weak, strict=True)}
        return tuple(
            [
                _result(one, info, words, regions, weak=flags[one.page.uid])
                for (one, info), (words, regions) in zip(told, places, strict=True)
            ]
        )


def _result(
    shown: ShownPage, info: PageInfo, words: tuple[WordMatch, ...], regions: tuple[Region, ...], *, weak: bool
) -> PageResult:
    return PageResult(
        key=shown.page.key,
        path=info.path,
        page_count=info.page_count,
        score=round(shown.page.score, 4),
        weak=weak,
        width=info.width,
        height=info.height,
        thumbnail=info.thumbnail,
        kind=info.kind,
        folder_id=info.folder_id,
        modified_s=info.modified_s,
        words=words,
        regions=regions,
        snippet=snippet(shown.places, regions),
        text_source=info.text_source,
    )


def _counted(word: QueryWord, counts: Sequence[int], at: int) -> QueryWord:
    return QueryWord(word.text, word.start, word.end, word.searched, word.quoted, counts[at] if word.searched else -1)
