"""The fast MaxSim equals the plain one; nothing but a page's own vectors of the same kind can win."""

import numpy as np
import pytest

from indexer.scoring.maxsim import NO_VECTOR, block_maxima, page_maxima, score, similarity

SIZE = 128


def unit(rng, count):
    rows = rng.normal(size=(count, SIZE)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def stored(vectors):
    scales = np.abs(vectors).max(axis=1) / 127
    return np.rint(vectors / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def test_the_block_agrees_with_the_plain_reference_page_by_page():
    rng = np.random.default_rng(1)
    query, kinds = unit(rng, 5), np.array([0, 0, 0, 0, 1], np.uint8)
    pages = [(unit(rng, words + windows), words) for words, windows in ((3, 2), (40, 0), (0, 4), (0, 0), (1, 1))]
    packed = [stored(v) if len(v) else (np.zeros((0, SIZE), np.int8), np.zeros(0, np.float32)) for v, _ in pages]
    sizes = np.array([len(v) for v, _ in pages])
    words = np.array([w for _, w in pages])
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    best = block_maxima(
        query,
        kinds,
        np.concatenate([p[0] for p in packed]),
        np.concatenate([p[1] for p in packed]),
        (first, first + words),
        (words, sizes - words),
    )
    for row, (vectors, count) in zip(best, pages, strict=True):
        page_kinds = (np.arange(len(vectors)) >= count).astype(np.uint8)
        assert np.allclose(row, page_maxima(query, kinds, vectors, page_kinds), atol=0.012)  # two int8 roundings


def test_only_negative_similarities_stay_negative():
    query = np.eye(SIZE, dtype=np.float32)[:1]
    vectors, scales = stored(-np.eye(SIZE, dtype=np.float32)[:1])
    one, none = np.array([1]), np.array([0])
    best = block_maxima(query, np.zeros(1, np.uint8), vectors, scales, (none, one), (one, none))
    assert best[0, 0] == pytest.approx(-1, abs=0.01)


def test_a_kind_that_a_page_lacks_counts_nothing():
    best = np.array([[0.5, NO_VECTOR]], np.float32)
    assert score(best, np.array([1, 1], np.float32)).tolist() == [0.5]


def test_vectors_of_another_width_are_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"64.*128"):
        similarity(np.zeros((1, 64), np.float32), np.zeros((1, 128), np.int8), np.zeros(1, np.float32))


def test_a_library_without_vectors_has_no_maxima():
    empty = np.zeros(0, np.int64)
    best = block_maxima(
        np.zeros((2, SIZE), np.float32),
        np.zeros(2, np.uint8),
        np.zeros((0, SIZE), np.int8),
        np.zeros(0, np.float32),
        (empty, empty),
        (empty, empty),
    )
    assert best.shape == (0, 2)
