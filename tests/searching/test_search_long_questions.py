"""A question of very many vectors: its short form stands for it, and its pages come in the order of all its vectors."""

import numpy as np
import pytest

from indexer.encoder.encoder import WINDOW_KIND, WORD_KIND, EncodedQuery
from indexer.protocol.messages import MatchPage
from indexer.protocol.values import QueryWord
from indexer.searching.compact import SHORT, compact, shortened
from indexer.searching.ranking import Reach


def question(words: int, windows: int) -> EncodedQuery:
    """Two vectors for each word, kinds mixed."""
    rng = np.random.default_rng(words)
    count = 2 * words + windows
    order = rng.permutation(count)
    kinds = np.array([WORD_KIND] * 2 * words + [WINDOW_KIND] * windows, np.uint8)[order]
    word_of = np.array([*range(words), *range(words), *[-1] * windows], np.int32)[order]
    vectors = rng.normal(size=(count, 16)).astype(np.float32)
    weights = rng.random(count).astype(np.float32)
    weights[::7] = 0  # words that every page has weigh nothing
    each = tuple(QueryWord(f"w{at}", 0, 1, True) for at in range(words))
    return EncodedQuery("", vectors[0], vectors, kinds, weights, each, word_of)


@pytest.mark.parametrize(("words", "windows"), [(0, 300), (40, 0), (200, 30), (33, 0), (100, 1)])
def test_what_stands_for_vectors_is_their_mean_and_weighs_what_they_weigh(words, windows):
    query = question(words, windows)
    asked = shortened(query)
    assert asked.is_long
    assert len(asked.short.vectors) <= SHORT + 2
    assert asked.short.weights.sum() == pytest.approx(query.weights.sum(), rel=1e-5)
    for at in range(len(asked.short.vectors)):
        mine = asked.of == at
        assert mine.any()
        assert (query.kinds[mine] == asked.short.kinds[at]).all()
        assert asked.short.weights[at] == pytest.approx(query.weights[mine].sum(), abs=1e-6)
        if query.weights[mine].any():
            wanted = np.average(query.vectors[mine], axis=0, weights=query.weights[mine])
        else:
            wanted = query.vectors[mine].mean(axis=0)
        assert asked.short.vectors[at] == pytest.approx(wanted, abs=1e-5)


def test_the_first_words_keep_their_own_vectors():
    query = question(200, 0)
    asked, alone = shortened(query), shortened(query).stand_alone()
    for word in range(8):
        rows = asked.rows(word)
        assert alone[rows].all()
        own = sorted(query.vectors[query.word_of == word].tolist())
        assert np.allclose(sorted(asked.short.vectors[rows].tolist()), own, atol=1e-6)
    assert set(np.concatenate([asked.rows(word) for word in range(200)]).tolist()) == set(range(len(alone)))


def test_a_question_that_is_not_long_is_its_own_short_form():
    query = question(20, 20)
    asked = shortened(query)
    assert asked.short is query
    assert not asked.is_long
    assert asked.rows(3).tolist() == sorted(np.flatnonzero(query.word_of == 3).tolist())
    same = compact(query.vectors, query.kinds, query.weights, 60)
    assert same[0] is query.vectors
    assert same[3].tolist() == list(range(60))


def test_pages_come_in_the_order_of_all_vectors_and_every_word_is_told(large, monkeypatch):
    monkeypatch.setattr(large, "searcher", large.new_searcher(reach=Reach(everything=1000)))
    rng = np.random.default_rng(4)
    shares = []
    for some in (rng.choice(500, 6, replace=False) for _ in range(6)):
        words = " ".join(word for page in some for word in large.texts[page].split())
        reply = large.ask(words, k=10)
        assert len(large.encoder.encode_query(words, large.space).vectors) > SHORT
        wanted = large.exact_order(words)[:10]
        found = [result.key for result in reply.results]
        shares.append(len(set(found) & set(wanted)) / 10)
        told = reply.results[0].words
        assert [match.word for match in told] == [at for at, word in enumerate(reply.words) if word.searched]
        key = reply.results[0].key
        on_page = set(large.texts[50 * (key.document_id - 1) + key.page - 1].split())
        standing = {reply.words[match.word].text for match in told if match.exact}
        assert standing == {word for word in words.split() if word in on_page}
    assert np.mean(shares) >= 0.9


def test_a_long_question_points_into_one_page_as_it_does_in_the_results(large):
    words = " ".join(large.texts[7].split()[:24] * 3)
    result = large.ask(words, k=3).results[0]
    found = large.searcher.match_page(MatchPage(id=1, key=result.key, query=words))
    assert found.regions
    assert [match.exact for match in found.words] == [match.exact for match in result.words]
