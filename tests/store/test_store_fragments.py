"""Files are merged in two steps; nothing of what they hold changes by it, whatever was deleted between."""

import lance
import numpy as np
import pytest

from indexer.documents.document import PageWords
from indexer.encoder.encoder import EncodedPage, VectorSpace
from indexer.protocol.values import PageKey, Task
from indexer.store.rows import PageRow
from indexer.store.schema import PAGES, PARTS, PATCHES, table_name
from indexer.store.store import Store

SPACE = VectorSpace("test", "1", Task.RETRIEVAL, 16, 128)
AT_ONCE = 64


def rows(first):
    rng = np.random.default_rng(first)
    made = []
    for page in range(first, first + AT_ONCE):
        vectors = rng.normal(size=(3, 128)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        places = np.zeros((3, 4), np.float32)
        encoded = EncodedPage(vectors[0, :16].copy(), vectors, places, np.zeros(3, np.uint8))
        words = PageWords((f"word{page}", "all"), np.zeros((2, 4), np.float32), np.zeros(2, np.int32))
        made.append(PageRow(PageKey(1 + page // 100, page), "v", encoded, words))
    return made


def fragments(store, part=PATCHES):
    data = lance.dataset(store.tables.folder / f"{table_name(part, SPACE.name)}.lance")
    return [fragment.physical_rows for fragment in data.get_fragments()]


def as_stored(store):
    return {page.key: (page.vectors.tobytes(), page.words.texts) for page in store.pages(SPACE)}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """1,280 pages in commits of 64, merged after every sixth."""
    store = Store(tmp_path_factory.mktemp("store"))
    seen = []
    for number in range(20):
        store.put(SPACE, rows(number * AT_ONCE))
        if number % 6 == 5:
            store.tidy(SPACE)
            seen.append(fragments(store))
    return store, seen


def test_small_files_become_medium_ones_and_those_a_large_one(written):
    store, seen = written
    assert all(256 <= size < 1024 for size in seen[0])
    assert max(seen[-1]) >= 1024
    assert len(seen[-1]) <= 2
    assert len(store.versions(SPACE)) == 20 * AT_ONCE


def test_rows_deleted_between_stay_away_and_all_others_stay(written):
    store, _ = written
    before = as_stored(store)
    assert len(before) == 20 * AT_ONCE
    for number in range(20, 40):
        store.put(SPACE, rows(number * AT_ONCE))
        if number == 30:  # a few rows of files that are medium by now: too few for these to be written anew
            store.tidy(SPACE)
            gone = [PageKey(1 + page // 100, page) for page in (1290, 1300, 1700)]
            store.drop_pages(SPACE, gone)
    store.tidy(SPACE)
    after = as_stored(store)
    assert {key: value for key, value in after.items() if key in before} == before
    assert len(after) == 40 * AT_ONCE - len(gone)
    assert not set(gone) & after.keys()
    assert sum(fragments(store)) == len(after)
    assert sum(size >= 1024 for size in fragments(store)) == 2
    assert store.text_search(SPACE, ["word1301"], 5) != []
    assert store.text_search(SPACE, ["word1300"], 5) == []
    assert len(store.text_search(SPACE, ["all"], 4000)) == len(after)
    data = lance.dataset(store.tables.folder / f"{table_name(PAGES, SPACE.name)}.lance")
    assert data.stats.index_stats("text_idx")["num_unindexed_rows"] == 0


def test_pages_coded_anew_since_they_were_looked_at_are_not_taken_for_damaged(tmp_path):
    store = Store(tmp_path / "store")
    store.put(SPACE, rows(0))
    assert set(store.verify(SPACE)) == {None}
    before = store.means(SPACE).number
    for number in range(1, 5):
        store.put(SPACE, rows(number * AT_ONCE))
    store.tidy(SPACE)
    assert store.means(SPACE).number > before
    assert list(store.verify(SPACE)) == [None] * (5 * AT_ONCE)


def test_room_in_memory_is_made_before_each_step_of_merging(tmp_path):
    store, asked = Store(tmp_path / "store"), []
    store.put(SPACE, rows(0))
    store.spare = asked.append
    store.tidy(SPACE)
    assert len(asked) > 3 * len(PARTS)
    assert all(wanted > 0 for wanted in asked)
