"""The index of words in memory finds the pages that looking at every page would, and large libraries ask LanceDB."""

import numpy as np
import pytest

from indexer.protocol.values import PageKey
from indexer.searching import memory_index
from indexer.searching.words import TermIndex
from indexer.store.terms import PageTerms


def pages(first: int, each: list[set[int]]) -> PageTerms:
    return PageTerms(
        np.arange(first, first + len(each)),
        np.array([len(one) for one in each]),
        np.array([term for one in each for term in sorted(one)], np.uint32),
    )


def test_the_best_are_those_of_looking_at_every_page():
    rng = np.random.default_rng(1)
    each = [set(rng.integers(0, 60, rng.integers(0, 12)).tolist()) | {2**32 - 1} for _ in range(300)]
    index, first = TermIndex(), 1
    for size in (100, 1, 1, 2, 90, 6, 100):
        index.add(pages(first, each[first - 1 : first - 1 + size]))
        first += size
    asked, rarity = [3, 59, 17, 1000], np.array([1.5, 2.0, 0.25, 9], np.float32)
    worth = {
        uid: sum(r for t, r in zip(asked, rarity.tolist(), strict=True) if t in one) for uid, one in enumerate(each, 1)
    }
    wanted = [uid for uid in sorted(worth, key=lambda uid: (-worth[uid], uid)) if worth[uid]]
    assert index.best(asked, rarity, None, 20) == wanted[:20]
    some = np.arange(50, 120)
    assert index.best(asked, rarity, some, 5) == [uid for uid in wanted if 50 <= uid < 120][:5]
    assert len(index.best([2**32 - 1], np.ones(1, np.float32), None, 1000)) == 300
    assert index.best([1000], np.ones(1, np.float32), None, 5) == index.best([], np.zeros(0, np.float32), None, 5) == []


@pytest.mark.parametrize("most", [0, 32_768])
def test_a_word_brings_its_page_however_large_the_library_is(library, monkeypatch, most):
    monkeypatch.setattr(memory_index, "MOST_PAGES", most)
    library.add("/papers/a.pdf", [f"page{at} same words" for at in range(20)])
    library.add("/other/b.pdf", ["SF-1008 is rare", "nothing"], folder="/other")
    index, snapshot = library.searcher._index, library.searcher._index.refresh()
    everything = memory_index.allowed_pages(snapshot, None, (), None)
    found = index.with_words(["sf-1008", "same"], snapshot, everything, 3)
    assert snapshot.keys(snapshot.places_of(found[:1])) == {found[0]: PageKey(2, 1)}
    within = memory_index.allowed_pages(snapshot, np.array([1]), (), None)
    assert 21 not in index.with_words(["sf-1008", "same"], snapshot, within, 30)
    library.store.drop_documents(library.space, [2])
    left = library.found("SF-1008", k=50)
    assert len(left) == 20
    assert PageKey(2, 1) not in left
