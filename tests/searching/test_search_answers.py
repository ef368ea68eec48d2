"""What is found is what scoring every page would find, filters or not, and follows what is stored."""

import shutil
import time

import numpy as np
import pytest

from indexer.errors import PagebeamError
from indexer.protocol.messages import MatchPage, MoreLikeThis
from indexer.protocol.values import DocumentKind, PageKey, TextSource
from indexer.searching import search
from indexer.searching.memory_index import MemoryIndex
from indexer.searching.ranking import Reach
from indexer.searching.search import Searcher
from indexer.store.schema import PAGES, table_name
from indexer.store.store import Store


def questions(library, count: int) -> list[str]:
    """Words of one page, some of them bent so that they stand on none."""
    rng = np.random.default_rng(3)
    asked = []
    for page in rng.choice(len(library.texts), count, replace=False):
        words = library.texts[page].split()
        some = [words[at] for at in rng.choice(len(words), 5, replace=False)]
        asked.append(" ".join([*some[:3], *(word + "9" for word in some[3:])]))
    return asked


def overlap(found: list[PageKey], wanted: list[PageKey]) -> float:
    return len(set(found[:10]) & set(wanted[:10])) / min(10, len(wanted))


def test_the_best_ten_are_those_of_scoring_every_page(large):
    shares = [overlap(large.found(asked), large.exact_order(asked)) for asked in questions(large, 8)]
    assert np.mean(shares) >= 0.9  # of pages of random words all but a few are near ties
    firsts = [large.found(asked)[0] == large.exact_order(asked)[0] for asked in questions(large, 8)]
    assert all(firsts)


def test_by_coarse_codes_the_best_ten_are_the_same_inside_a_filter_and_without(large):
    index = MemoryIndex(large.store, large.space, fine_pages=0)
    reach = Reach(everything=0, by_coarse_codes=240, pages_for_one_more_coarse=20)
    fine, large.searcher = large.searcher, Searcher(index, large.encoder, large.space, large.catalogue, reach)
    try:
        for chosen in (None, {1, 2, 3, 4, 5, 6}):
            among = {} if chosen is None else {"document_ids": tuple(chosen)}
            both = [(large.found(asked, **among), large.exact_order(asked, chosen)) for asked in questions(large, 4)]
            assert np.mean([overlap(found, exact) for found, exact in both]) >= 0.8  # three codes a page of 24 words
        assert index.now.coarse
    finally:
        large.searcher = fine


def test_inside_a_filter_the_best_ten_are_the_same_as_of_scoring_every_page_inside(large):
    for chosen in ({3}, {2, 9}, {1, 2, 3, 4, 5, 6, 7, 8}):
        shares = [
            overlap(large.found(asked, document_ids=tuple(chosen)), large.exact_order(asked, chosen))
            for asked in questions(large, 4)
        ]
        assert np.mean(shares) >= 0.9


@pytest.mark.parametrize(
    ("filters", "documents"),
    [
        ({"path_prefix": "/papers/1"}, {2, 4, 6, 8, 10}),
        ({"kinds": (DocumentKind.BOOK,)}, {10}),
        ({"text_sources": (TextSource.RECOGNITION,)}, {1}),
        ({"text_sources": (TextSource.RECOGNITION, TextSource.TEXT_LAYER)}, set(range(1, 11))),
        ({"modified_from_s": 1003.0, "modified_to_s": 1005.0}, {4, 5, 6}),
        ({"modified_from_s": 1003.0, "path_prefix": "/papers/1"}, {4, 6, 8, 10}),
    ],
)
def test_only_pages_that_a_filter_lets_through_are_searched(large, filters, documents):
    reply = large.ask(questions(large, 1)[0], k=500, **filters)
    assert {result.key.document_id for result in reply.results} == documents
    assert reply.searched == 50 * len(documents) == len(reply.results)
    assert reply.pages == 500


def test_a_filter_that_matches_nothing_finds_nothing(large):
    reply = large.ask("a0x1", path_prefix="/nowhere")
    assert (reply.results, reply.searched, reply.convincing) == ((), 0, False)


def test_the_place_told_is_where_the_words_stand(library):
    library.add("/papers/a.pdf", ["sun moon stars " * 10 + "turnips harvest bergen", "other words entirely here"])
    best = library.ask("harvest bergen").results[0]
    assert best.key == PageKey(1, 1)
    assert [match.exact[0].y0 for match in best.words] == pytest.approx([0.06, 0.06], abs=1e-3)
    assert best.regions[0].y0 == pytest.approx(0.06, abs=1e-3)
    assert best.snippet.endswith("turnips harvest bergen")


def test_a_quoted_phrase_stands_on_every_page_found(library):
    library.add("/papers/a.pdf", ["the heat pump is new", "the pump needs heat", "heat -- pump", "Heat, pump!"])
    assert {key.page for key in library.found('"heat pump"')} == {1, 4}
    assert library.found('"pump heat"') == []
    assert {key.page for key in library.found('"heat pump" "new"')} == {1}
    assert library.found("\"it's o'clock\"") == []


def test_phrases_are_found_without_the_text_index_too(library):
    library.add("/papers/a.pdf", ["the heat pump is new", "the pump needs heat"])
    shutil.rmtree(library.place / "store" / f"{table_name(PAGES, library.space.name)}.lance" / "_indices")
    reader = library.new_searcher(Store(library.place / "store", read_only=True))
    library.searcher = reader
    assert library.found('"heat pump"') == [PageKey(1, 1)]
    assert library.found("pump heat")


def test_a_page_added_is_found_within_a_second_and_the_replaced_one_no_more(library):
    library.add("/papers/a.pdf", ["alpha beta gamma"] * 3)
    library.found("alpha")
    started = time.monotonic()
    library.add("/papers/b.pdf", ["zeppelin over the harbour"])
    assert library.found("zeppelin")[0] == PageKey(2, 1)
    assert time.monotonic() - started < 1.0
    library.add("/papers/b.pdf", ["nothing but turnips grow here"])
    best = library.ask("zeppelin").results[0]
    assert not best.words[0].exact
    assert library.found("turnips")[0] == PageKey(2, 1)
    library.store.drop_documents(library.space, [2])
    assert {key.document_id for key in library.found("turnips")} == {1}


def test_what_another_program_writes_is_seen(library):
    library.add("/papers/a.pdf", ["alpha beta"])
    searcher = library.new_searcher(Store(library.place / "store", read_only=True))
    own, library.searcher = library.searcher, searcher
    assert library.found("alpha") == [PageKey(1, 1)]
    library.add("/papers/b.pdf", ["zeppelin"])
    assert library.found("zeppelin")[0] == PageKey(2, 1)
    assert own is not searcher


@pytest.mark.parametrize("asked", ["", "   ", '""', '"'])
def test_a_question_without_words_finds_nothing_and_says_so(library, asked):
    library.add("/papers/a.pdf", ["alpha beta"])
    reply = library.ask(asked)
    assert (reply.results, reply.words, reply.convincing) == ((), (), False)


def test_nothing_is_found_in_an_empty_library(library):
    assert library.found("alpha") == []
    assert library.found('"alpha beta"') == []


@pytest.mark.parametrize("k", [0, 1, 2, 1000])
def test_no_more_pages_come_than_there_are(library, k):
    library.add("/papers/a.pdf", ["alpha beta", "gamma delta"])
    assert len(library.found("alpha", k=k)) == min(k, 2)


def test_hundreds_of_pages_come_with_everything_that_is_told_of_each(large):
    words = " ".join(large.texts[7].split()[:6])
    reply, few = large.ask(words, k=1000), large.ask(words, k=10)
    assert len({result.key for result in reply.results}) == len(reply.results) == 500
    assert [result.key for result in reply.results[:10]] == [result.key for result in few.results]
    for result in reply.results:
        on_page = large.texts[50 * (result.key.document_id - 1) + result.key.page - 1].split()
        standing = {reply.words[match.word].text for match in result.words if match.exact}
        assert standing == {word for word in words.split() if word in on_page}


def test_no_more_pages_come_than_there_is_memory_for(large, monkeypatch):
    monkeypatch.setattr(search, "MOST_RESULTS", 30)
    assert len(large.found(large.texts[7], k=10**9)) == 30
    alike = large.searcher.more_like_this(MoreLikeThis(id=1, key=PageKey(1, 8), k=10**9))
    assert len(alike.results) == 30


def test_a_library_of_one_page_and_pages_without_words(library):
    library.add("/papers/a.pdf", ["alpha beta"])
    assert library.found("alpha") == [PageKey(1, 1)]
    library.add("/papers/b.pdf", ["", "alpha"])
    assert set(library.found("alpha")) == {PageKey(1, 1), PageKey(2, 2)}


def test_a_page_with_zero_vectors_is_searched_and_never_first(library):
    library.add("/papers/a.pdf", ["alpha beta", "gamma delta"])
    rows = list(library.store.rows(PAGES, library.space, [1]))
    assert rows
    words = library.encoder.page
    library.encoder.page = lambda one: _zeroed(words(one))
    library.add("/papers/zero.pdf", ["alpha beta"])
    library.encoder.page = words
    assert library.found("alpha")[0] == PageKey(1, 1)
    assert len(library.found("alpha")) == 3


def _zeroed(encoded):
    encoded.vectors[:] = 0
    encoded.single[:] = 0
    return encoded


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_a_question_whose_vectors_say_nothing_ends_without_an_error(library, value):
    library.add("/papers/a.pdf", ["alpha beta", "gamma delta"])
    plain = library.encoder.encode_query

    def empty(*given):
        query = plain(*given)
        query.vectors[:] = query.single[:] = value
        return query

    library.encoder.encode_query = empty
    assert len(library.found("alpha")) <= 2
    library.encoder.encode_query = plain
    assert library.found("alpha")[0] == PageKey(1, 1)


def test_two_hundred_words_and_a_page_as_the_question(large):
    text = large.texts[77]
    assert large.found(text)[0] == PageKey(77 // 50 + 1, 77 % 50 + 1)
    long = " ".join(large.texts[at] for at in range(100, 109))
    assert len(long.split()) == 216
    assert overlap(large.found(long), large.exact_order(long)) >= 0.8


def test_where_a_question_matches_on_a_page_that_is_not_among_the_best(large):
    key = PageKey(4, 7)
    word = large.texts[3 * 50 + 6].split()[0]
    found = large.searcher.match_page(MatchPage(id=0, query=f"{word} zzz", key=key))
    assert found.words[0].exact
    assert not found.words[1].exact
    with pytest.raises(PagebeamError, match="not-found"):
        large.searcher.match_page(MatchPage(id=0, query=word, key=PageKey(99, 1)))
