"""Old versions of a library: kept for an hour where they take little room, gone sooner where they take much."""

from datetime import timedelta

import lance
import numpy as np
import pytest

from indexer.documents.document import PageWords
from indexer.encoder.encoder import EncodedPage, VectorSpace
from indexer.protocol.values import PageKey, Task
from indexer.store.rows import PageRow
from indexer.store.schema import PATCHES, table_name
from indexer.store.store import Store
from indexer.store.upkeep import size_bytes

SPACE = VectorSpace("test", "1", Task.RETRIEVAL, 16, 128)
HOUR, NOW = timedelta(hours=1), timedelta(0)
PAGES = 32


def rows(version, pages):
    rng = np.random.default_rng(len(version))
    made = []
    for page in pages:
        vectors = rng.normal(size=(300, 128)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        encoded = EncodedPage(vectors[0, :16].copy(), vectors, np.zeros((300, 4), np.float32), np.zeros(300, np.uint8))
        made.append(PageRow(PageKey(1, page), version, encoded, PageWords()))
    return made


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "store")
    opened.put(SPACE, rows("first", range(1, PAGES + 1)))
    return opened


def patches(store):
    return store.tables.folder / f"{table_name(PATCHES, SPACE.name)}.lance"


def versions(store):
    return len(lance.dataset(patches(store)).versions())


def times_live(store, tmp_path):
    """What the table takes on the disk, times what its rows take when they are written at once."""
    data = lance.dataset(patches(store))
    lance.write_dataset(data.to_batches(), tmp_path / "once", schema=data.schema, mode="overwrite")
    newest = [file for one in lance.dataset(tmp_path / "once").get_fragments() for file in one.data_files()]
    return size_bytes(patches(store)) / sum(file.file_size_bytes for file in newest)


def test_old_versions_that_take_little_room_are_kept_for_an_hour(store):
    store.put(SPACE, rows("second", [1, 2]))
    before = versions(store)
    assert before > 1
    assert store.clean(SPACE, HOUR, NOW)
    assert versions(store) == before
    assert lance.dataset(patches(store), version=1).count_rows() == 0
    assert lance.dataset(patches(store), version=2).count_rows() == PAGES


def test_old_versions_that_take_too_much_room_go_before_their_hour(store, tmp_path):
    for version in ("second", "third"):
        store.put(SPACE, rows(version, range(1, PAGES + 1)))
    store.tidy(SPACE)
    assert times_live(store, tmp_path) > 2
    store.clean(SPACE, HOUR, NOW)
    assert times_live(store, tmp_path) < 1.3
    assert set(store.versions(SPACE).values()) == {"third"}
    assert len(list(store.pages(SPACE))) == PAGES


def test_no_version_goes_before_the_least_time(store, tmp_path):
    store.put(SPACE, rows("second", range(1, PAGES + 1)))
    before = versions(store)
    assert store.clean(SPACE, HOUR, timedelta(minutes=10))
    assert versions(store) == before


def test_what_is_purged_is_gone_with_every_version_that_held_it(store):
    store.put(SPACE, rows("second", [1, 2]))
    store.drop_pages(SPACE, [PageKey(1, 3)])
    store.purge(SPACE)
    assert versions(store) == 1
    assert sum(fragment.physical_rows for fragment in lance.dataset(patches(store)).get_fragments()) == PAGES - 1
