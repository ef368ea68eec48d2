"""The fast MaxSim equals the plain one; nothing but a page's own vectors of the same kind can win."""

import numpy as np
import pytest

from indexer.scoring.maxsim import NO_VECTOR, Question, maxima_of, maxima_reference, score, similarity
from indexer.store.arrays import packed

SIZE = 128


def unit(rng, count, size=SIZE):
    rows = rng.normal(size=(count, size)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def stored(vectors):
    scales = (np.abs(vectors).max(axis=1) / 127).astype(np.float16).astype(np.float32)
    return np.rint(vectors / scales[:, None]).astype(np.int8), scales


def value(vectors, scales, terms=()):
    pieces = [vectors.tobytes(), scales.astype(np.float16).tobytes(), np.array(terms, np.uint32).tobytes()]
    return np.frombuffer(packed(pieces), np.uint8)


def maxima(question, vectors, scales, words):
    """Of one page alone."""
    one = value(vectors, scales)
    ends = np.array([len(one)])
    best, counts, _ = question.value_maxima(one, ends - ends, ends, np.array([words], np.int32), np.zeros(0, np.int64))
    assert counts.tolist() == [len(vectors)]
    return best[0]


@pytest.mark.parametrize("size", [8, 96, 128])
@pytest.mark.parametrize("asked", [1, 3, 4, 17, 200])
@pytest.mark.parametrize(("words", "windows"), [(3, 2), (400, 55), (0, 4), (7, 0), (1, 1), (0, 0)])
def test_the_fast_maxima_equal_the_plain_ones(size, asked, words, windows):
    rng = np.random.default_rng(asked * 1000 + words)
    query, kinds = unit(rng, asked, size), np.sort(rng.integers(0, 2, asked)).astype(np.uint8)
    whole, scales = stored(unit(rng, words + windows, size))
    found = maxima(Question(query, kinds), whole, scales, words)
    page_kinds = (np.arange(words + windows) >= words).astype(np.uint8)
    wanted = maxima_reference(query, kinds, whole * scales[:, None], page_kinds)
    assert np.abs(found - wanted).max(initial=0) < 2e-5
    weights = np.full(asked, 1 / asked, np.float32)
    assert score(found[None], weights) == pytest.approx(score(wanted[None], weights), abs=1e-5)
    settled = maxima_of(similarity(query, whole, scales), kinds, words)
    assert np.abs(settled - wanted).max(initial=0) < 1e-6


@pytest.mark.parametrize("size", [7, 512, 1024, 2048])
def test_vectors_of_any_width_and_size_stay_within_whole_numbers(size):
    rng = np.random.default_rng(size)
    query, kinds = unit(rng, 5, size), np.array([0, 0, 1, 1, 1], np.uint8)
    query[1] = np.sign(query[0]) / np.sqrt(size)  # the largest sums there can be
    whole, scales = stored(np.concatenate([query[1:2], -query[1:2], unit(rng, 20, size)]))
    found = maxima(Question(query, kinds), whole, scales, 4)
    wanted = maxima_reference(query, kinds, whole * scales[:, None], (np.arange(22) >= 4).astype(np.uint8))
    assert found[1] == pytest.approx(1, abs=1e-3)  # scales are stored in 16 bits
    assert np.abs(found - wanted).max() < 2e-5


def test_pages_are_scored_as_they_are_stored_and_damaged_ones_told():
    rng = np.random.default_rng(2)
    query, kinds = unit(rng, 6), np.array([0, 1, 0, 1, 0, 0], np.uint8)
    pages = [stored(unit(rng, count)) for count in (40, 1, 17, 0, 9)]
    values = [
        value(whole, scales, terms)
        for (whole, scales), terms in zip(pages, [(3, 9), (), (9,), (1, 2**32 - 1), ()], strict=True)
    ]
    values[4] = values[4][:-2]  # a piece shorter than told
    words = np.array([30, 1, 0, 0, 2], np.int32)
    gaps = [np.zeros(at, np.uint8) for at in range(5)]  # values lie anywhere in memory
    buffer = np.concatenate([part for pair in zip(gaps, values, strict=True) for part in pair])
    ends = np.cumsum([len(gap) + len(one) for gap, one in zip(gaps, values, strict=True)])
    starts = ends - [len(one) for one in values]
    asked = Question(query, kinds)
    best, counts, present = asked.value_maxima(buffer, starts, ends, words, np.array([3, 9, 2**32 - 1]))
    assert counts.tolist() == [40, 1, 17, 0, -1]
    assert present.tolist() == [[1, 1, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]
    for page, ((whole, scales), end) in enumerate(zip(pages[:4], words, strict=False)):
        page_kinds = (np.arange(len(whole)) >= end).astype(np.uint8)
        wanted = maxima_reference(query, kinds, whole * scales[:, None], page_kinds)
        assert np.abs(best[page] - wanted).max() < 2e-5
    assert (asked.value_maxima(buffer, starts, ends, words + 100, np.zeros(0, np.int64))[1] == -1).all()


def test_only_negative_similarities_stay_negative():
    query = np.eye(SIZE, dtype=np.float32)[:1]
    vectors, scales = stored(-np.eye(SIZE, dtype=np.float32)[:1])
    assert maxima(Question(query, np.zeros(1, np.uint8)), vectors, scales, 1)[0] == pytest.approx(-1, abs=1e-3)


def test_kinds_in_any_order_get_their_own_maxima():
    rng = np.random.default_rng(5)
    query, kinds = unit(rng, 5), np.array([1, 0, 1, 0, 0], np.uint8)
    whole, scales = stored(unit(rng, 9))
    wanted = maxima_reference(query, kinds, whole * scales[:, None], (np.arange(9) >= 6).astype(np.uint8))
    assert np.allclose(maxima(Question(query, kinds), whole, scales, 6), wanted, atol=1e-5)


def test_a_kind_that_a_page_lacks_counts_nothing():
    best = np.array([[0.5, NO_VECTOR]], np.float32)
    assert score(best, np.array([1, 1], np.float32)).tolist() == [0.5]


def test_vectors_of_another_width_are_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"64.*128"):
        similarity(np.zeros((1, 64), np.float32), np.zeros((1, 128), np.int8), np.zeros(1, np.float32))


def test_a_question_without_vectors_has_no_maxima():
    none = Question(np.zeros((0, SIZE), np.float32), np.zeros(0, np.uint8))
    assert maxima(none, np.ones((2, SIZE), np.int8), np.ones(2, np.float32), 2).shape == (0,)
