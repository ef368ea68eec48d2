"""Ward pooling: nested clusters of the wanted number, the same as the plain way, whatever ties there are."""

import itertools

import numpy as np
import pytest

from indexer.store.codes import Means, bits, no_means, page_codes
from indexer.store.pooling import chain, cuts, labels_after


def plain_ward(vectors: np.ndarray, count: int) -> set[frozenset[int]]:
    """Merge the two clusters that raise the squared error least, until `count` are left."""
    clusters = [[i] for i in range(len(vectors))]
    while len(clusters) > count:
        best = None
        for a in range(len(clusters)):
            for b in range(a):
                means = vectors[clusters[a]].mean(axis=0) - vectors[clusters[b]].mean(axis=0)
                sizes = len(clusters[a]) * len(clusters[b]) / (len(clusters[a]) + len(clusters[b]))
                cost = sizes * float(means @ means)
                if best is None or cost < best[0]:
                    best = (cost, a, b)
        _, a, b = best
        clusters[b] += clusters.pop(a)
    return {frozenset(cluster) for cluster in clusters}


def clusters(labels: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


@pytest.mark.parametrize("n", [2, 3, 7, 24, 40])
def test_clusters_are_those_of_the_plain_way(n):
    vectors = np.random.default_rng(n).normal(size=(n, 16)).astype(np.float32)
    for count, labels in zip((-(-n // 3), -(-n // 9)), cuts(vectors, (-(-n // 3), -(-n // 9))), strict=True):
        assert clusters(labels) == plain_ward(vectors, count)


@pytest.mark.parametrize("seed", range(40))
def test_equal_and_nearly_equal_vectors_end_with_nested_clusters(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 120))
    few = rng.normal(size=(int(rng.integers(1, 12)), 8)).astype(np.float32)
    vectors = few[rng.integers(0, len(few), n)] + rng.choice([0, 1e-7]) * rng.normal(size=(n, 8)).astype(np.float32)
    wanted = tuple(-(-n // factor) for factor in (3, 9, 36))
    labels = cuts(vectors.astype(np.float32), wanted)
    assert [len(np.unique(label)) for label in labels] == list(wanted)
    for finer, coarser in itertools.pairwise(labels):
        assert all(len(np.unique(coarser[finer == label])) == 1 for label in np.unique(finer))


def test_the_merges_written_for_the_machine_are_those_of_its_python_text():
    vectors = np.random.default_rng(1).normal(size=(60, 8)).astype(np.float32)
    distances = ((vectors[:, None] - vectors[None]) ** 2).sum(axis=2).astype(np.float32)
    fast, plain = chain(distances.copy()), chain.py_func(distances.copy())
    assert (fast[0] == plain[0]).all()
    assert np.allclose(fast[1], plain[1], rtol=1e-5)
    for merges in (0, 1, 40, 59):
        labels = labels_after(plain[0], 60, merges)
        assert (labels == labels_after.py_func(plain[0], 60, merges)).all()
        assert labels[np.unique(labels, return_index=True)[1]].tolist() == list(range(60 - merges))


def test_codes_are_bits_about_the_means_kinds_apart_leaders_first():
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(40, 128)).astype(np.float32)
    kinds = np.array([0] * 31 + [1] * 9, np.uint8)
    codes = page_codes(vectors, kinds, vectors[0], no_means(128, 128))
    assert codes.fine.counts == (4, 11, 1, 3)
    assert codes.coarse.counts == (1, 4, 1, 1)
    assert codes.coarse.codes.shape == (5, 2)
    assert (codes.coarse.codes[4] == bits(vectors[31:].mean(axis=0, keepdims=True))[0]).all()
    shifted = Means(1, 1, np.full((2, 128), 9, np.float32), np.full(128, -9, np.float32))
    codes = page_codes(vectors, kinds, vectors[0], shifted)
    assert not codes.fine.codes.any()
    assert (codes.single == np.uint64(2**64 - 1)).all()


def test_a_page_without_vectors_has_no_codes():
    codes = page_codes(np.zeros((0, 8), np.float32), np.zeros(0, np.uint8), np.zeros(8, np.float32), no_means(8, 8))
    assert codes.fine.counts == codes.coarse.counts == (0, 0, 0, 0)
