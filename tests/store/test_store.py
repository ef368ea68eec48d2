"""What is put is read back, once, in its newest version, by other processes too; damage is noticed."""

import os
import shutil
import threading
import time

import numpy as np
import pytest

from indexer.documents.document import PageWords
from indexer.encoder.encoder import EncodedPage, VectorSpace
from indexer.protocol.values import PageKey, Task, TextSource
from indexer.store.rows import PageRow, StoredPage
from indexer.store.schema import CODES, PATCHES, table_name
from indexer.store.store import Store

SPACE = VectorSpace("test", "1", Task.RETRIEVAL, 16, 8)


def row(document_id: int, page: int, version: str = "a", count: int = 5) -> PageRow:
    rng = np.random.default_rng(document_id * 100 + page)
    vectors = rng.normal(size=(count, 8)).astype(np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    boxes = np.sort(rng.random((2, 4)).astype(np.float32), axis=1)[:, [0, 1, 2, 3]]
    words = PageWords(("Grüße", "2\u00a0€"), boxes, np.zeros(2, np.int32), TextSource.TEXT_LAYER)
    kinds = np.zeros(count, np.uint8)
    regions = rng.random((count, 4)).astype(np.float32)
    encoded = EncodedPage(rng.normal(size=16).astype(np.float32), vectors, regions, kinds)
    return PageRow(PageKey(document_id, page), version, encoded, words)


def read(store: Store) -> dict[PageKey, StoredPage]:
    return {page.key: page for page in store.pages(SPACE)}


def test_a_page_comes_back_as_it_was(tmp_path):
    store = Store(tmp_path)
    given = row(1, 2)
    store.put(SPACE, [given])
    found = read(store)[PageKey(1, 2)]
    assert np.allclose(found.vectors * found.scales[:, None], given.encoded.vectors, atol=0.01)
    assert np.allclose(found.regions, given.encoded.regions, atol=1e-4)
    assert found.words.texts == given.words.texts
    assert np.allclose(found.words.boxes, given.words.boxes, atol=1e-4)


def test_putting_a_page_again_replaces_it(tmp_path):
    store = Store(tmp_path)
    store.put(SPACE, [row(1, 1), row(1, 2)])
    store.put(SPACE, [row(1, 1, "b")])
    assert store.versions(SPACE) == {PageKey(1, 1): "b", PageKey(1, 2): "a"}


def test_dropped_documents_and_pages_are_gone(tmp_path):
    store = Store(tmp_path)
    store.put(SPACE, [row(1, 1), row(2, 1), row(2, 2)])
    store.drop_documents(SPACE, [1])
    store.drop_pages(SPACE, [PageKey(2, 2)])
    assert set(read(store)) == {PageKey(2, 1)}


def test_another_handle_sees_what_was_written(tmp_path):
    writer, reader = Store(tmp_path), Store(tmp_path)
    writer.put(SPACE, [row(1, 1)])
    before = reader.revision(SPACE)
    writer.put(SPACE, [row(2, 1)])
    assert set(read(reader)) == {PageKey(1, 1), PageKey(2, 1)}
    assert reader.revision(SPACE) != before


def test_every_write_of_another_program_gives_a_new_revision_however_coarse_the_disk_tells_time(tmp_path):
    writer, reader = Store(tmp_path), Store(tmp_path, read_only=True)
    assert reader.revision(SPACE) == 0
    versions = tmp_path / f"{table_name(CODES, SPACE.name)}.lance" / "_versions"
    seen, now = [], time.time()
    for at in range(5):
        writer.put(SPACE, [row(at + 1, 1)])
        os.utime(versions, (now, now))  # the folder looks as it did before
        seen += [reader.revision(SPACE), reader.revision(SPACE)]
    assert len(set(seen)) == 5
    assert seen == sorted(seen)
    long_ago = now - 3600
    os.utime(versions, (long_ago, long_ago))
    assert reader.revision(SPACE) == reader.revision(SPACE) == seen[-1]
    writer.put(SPACE, [row(9, 1)])
    assert reader.revision(SPACE) > seen[-1]


def test_tidying_loses_nothing(tmp_path):
    store = Store(tmp_path)
    for page in range(1, 8):
        store.put(SPACE, [row(1, page)])
    store.tidy(SPACE)
    assert len(read(store)) == 7


def test_a_page_without_vectors_is_kept(tmp_path):
    store = Store(tmp_path)
    store.put(SPACE, [row(1, 1, count=0)])
    assert read(store)[PageKey(1, 1)].vectors.shape == (0, 8)


def test_a_flipped_bit_is_noticed(tmp_path):
    store = Store(tmp_path)
    store.put(SPACE, [row(1, 1), row(1, 2)])
    file = next((tmp_path / f"{table_name(PATCHES, SPACE.name)}.lance" / "data").iterdir())
    data = bytearray(file.read_bytes())
    vectors = read(store)[PageKey(1, 2)].vectors.tobytes()
    data[data.index(vectors) + 3] ^= 1
    file.write_bytes(bytes(data))
    again = Store(tmp_path)
    assert [page for page in again.pages(SPACE) if isinstance(page, PageKey)] == [PageKey(1, 2)]
    assert [key for key in again.verify(SPACE) if key] == [PageKey(1, 2)]


def test_vectors_that_are_not_numbers_are_refused(tmp_path):
    bad = row(1, 1)
    bad.encoded.vectors[0, 0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        Store(tmp_path).put(SPACE, [bad])


def test_the_same_page_twice_in_one_put_is_stored_once(tmp_path):
    store = Store(tmp_path)
    store.put(SPACE, [row(1, 1, "a"), row(1, 1, "b")])
    pages = list(store.pages(SPACE))
    assert len(pages) == 1
    assert store.versions(SPACE) == {PageKey(1, 1): "b"}


def test_vectors_of_another_width_are_refused_and_nothing_is_stored(tmp_path):
    store = Store(tmp_path)
    wider = VectorSpace("test", "1", Task.RETRIEVAL, 16, 12)
    with pytest.raises(ValueError, match=r"8.*12"):
        store.put(wider, [row(1, 1)])
    assert list(store.pages(wider)) == []


def test_an_empty_store_has_no_pages(tmp_path):
    store = Store(tmp_path)
    assert list(store.pages(SPACE)) == []
    assert store.versions(SPACE) == {}
    store.drop_documents(SPACE, [1])


def test_its_size_is_told_while_a_clean_up_takes_files_away(tmp_path):
    store = Store(tmp_path / "store")
    going = tmp_path / "store" / "pages-x.lance" / "_indices"
    ended = threading.Event()

    def come_and_go() -> None:
        while not ended.is_set():
            for number in range(20):
                (going / str(number)).mkdir(parents=True, exist_ok=True)
                (going / str(number) / "part").write_bytes(b"12345")
            shutil.rmtree(going)

    cleaner = threading.Thread(target=come_and_go)
    cleaner.start()
    try:
        end, sizes = time.monotonic() + 30, [0]
        while (len(sizes) < 300 or max(sizes) == 0) and time.monotonic() < end:
            sizes.append(store.size_bytes())
    finally:
        ended.set()
        cleaner.join()
    assert all(size % 5 == 0 for size in sizes)
    assert max(sizes) > 0
