"""Packed values read where they lie in the data files are those that LanceDB gives, whatever happens to the files."""

import os

import numpy as np
import pyarrow as pa
import pytest

from indexer.documents.document import PageWords
from indexer.encoder.encoder import EncodedPage, VectorSpace
from indexer.protocol.values import PageKey, Task, TextSource
from indexer.store import data_files
from indexer.store.codes import no_means
from indexer.store.data_files import DataFiles, plain_values
from indexer.store.rows import PageRow, patches_in, to_records
from indexer.store.schema import PAGES, PATCHES, table_name
from indexer.store.store import Store
from indexer.store.values import new_room

SPACE = VectorSpace("some", "1", Task.RETRIEVAL, 16, 128)


def row(number: int, vectors: int = 300) -> PageRow:
    rng = np.random.default_rng(number)
    words = PageWords(("a", f"b{number}"), np.zeros((2, 4), np.float32), np.zeros(2, np.int32), TextSource.TEXT_LAYER)
    kinds = np.array([0] * (vectors - vectors // 3) + [1] * (vectors // 3), np.uint8)
    page = EncodedPage(
        rng.normal(size=16).astype(np.float32),
        rng.normal(size=(vectors, 128)).astype(np.float32),
        np.zeros((vectors, 4), np.float32),
        kinds,
    )
    return PageRow(PageKey(1, number), "1", page, words)


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    for first in range(0, 40, 8):
        store.put(SPACE, [row(number) for number in range(first, first + 8)])
    return store


def folder(store, part=PATCHES):
    return store.tables.folder / f"{table_name(part, SPACE.name)}.lance"


def by_lancedb(store, part, uids):
    return {one["uid"]: one for one in store.rows(part, SPACE, uids)}


@pytest.mark.parametrize("by_machine_code", [True, False])
@pytest.mark.parametrize("part", [PATCHES, PAGES])
def test_every_value_is_read_from_the_files_and_is_what_was_written(store, part, by_machine_code, monkeypatch):
    monkeypatch.setattr(data_files, "_BY_MACHINE_CODE", by_machine_code and os.name == "posix")
    number = "words_end" if part == PATCHES else None
    files = DataFiles(folder(store, part), number)
    files.refresh(store.tables.get(table_name(part, SPACE.name)))
    values, missing = files.read(np.arange(1, 41), new_room)
    assert len(missing) == 0, "this pylance lays files out in another way: every search reads them slowly"
    wanted = by_lancedb(store, part, list(range(1, 41)))
    assert sorted(values.uids.tolist()) == sorted(wanted)
    for at, uid in enumerate(values.uids.tolist()):
        assert bytes(values.value(at)) == bytes(wanted[uid]["data"])
        assert values.numbers[at] == (wanted[uid]["words_end"] if number else 0)


def test_pages_that_are_gone_do_not_come_and_new_ones_do(store):
    assert set(store.values(PATCHES, SPACE, [1, 39, 99]).uids.tolist()) == {1, 39}
    store.put(SPACE, [row(40), row(41, vectors=0)])
    values = store.values(PATCHES, SPACE, [42, 41, 2])
    assert set(values.uids.tolist()) == {42, 41, 2}
    assert store.values(PATCHES, SPACE, [500]).uids.tolist() == []


def test_a_compaction_and_the_end_of_the_old_files_change_nothing(store):
    before = {uid: bytes(store.values(PATCHES, SPACE, [uid]).value(0)) for uid in (1, 20, 40)}
    store.drop_pages(SPACE, [PageKey(1, 3)])
    store.tidy(SPACE)
    assert {uid: bytes(store.values(PATCHES, SPACE, [uid]).value(0)) for uid in before} == before
    store.purge(SPACE)
    assert {uid: bytes(store.values(PATCHES, SPACE, [uid]).value(0)) for uid in before} == before
    assert store.values(PATCHES, SPACE, [4]).uids.tolist() == []


def test_after_a_space_was_forgotten_its_numbers_stand_for_new_pages(store):
    assert len(store.values(PATCHES, SPACE, [1])) == 1
    store.forget(SPACE)
    assert len(store.values(PATCHES, SPACE, [1])) == 0
    store.put(SPACE, [row(7, vectors=50)])
    assert bytes(store.values(PATCHES, SPACE, [1]).value(0)) == bytes(by_lancedb(store, PATCHES, [1])[1]["data"])


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 3], lambda data: bytes(len(data))])
def test_a_file_damaged_under_a_reader_costs_its_own_pages(store, damage):
    assert len(store.values(PATCHES, SPACE, list(range(1, 41)))) == 40
    victim = sorted((folder(store) / "data").iterdir())[0]
    victim.write_bytes(damage(victim.read_bytes()))
    found = store.values(PATCHES, SPACE, list(range(1, 41)))
    assert 32 <= len(found) < 40
    wanted = row(int(found.uids[0]) - 1)
    assert len(found.value(0)) > wanted.encoded.vectors.size


def test_a_file_laid_out_in_another_way_is_left_to_lancedb(tmp_path):
    import lance

    compressed = pa.field("data", pa.large_binary(), metadata={b"lance-encoding:compression": b"zstd"})
    text = np.random.default_rng(1).choice(list(b"heat pump"), 200_000).astype(np.uint8).tobytes()
    plain = pa.field("data", pa.large_binary())
    for name, field, values in (
        ("zstd", compressed, [text[:70_000]] * 4),
        ("one-long", plain, [text, *[text[at : at + 7000] for at in range(0, 70_000, 7000)]]),
        ("small", plain, [b"abc"] * 4),
    ):
        table = pa.table({"data": pa.array(values, pa.large_binary())}, pa.schema([field]))
        data = lance.write_dataset(table, tmp_path / name)
        path = tmp_path / name / "data" / data.get_fragments()[0].data_files()[0].path
        assert plain_values(path) is None
    assert plain_values(tmp_path / "nothing") is None


def test_a_page_of_very_many_words_takes_nothing_from_the_others(tmp_path):
    store = Store(tmp_path)
    many = tuple(f"entry{number}" for number in range(6000))
    words = PageWords(many, np.zeros((6000, 4), np.float32), np.zeros(6000, np.int32), TextSource.TEXT_LAYER)
    rows = [row(number) for number in range(12)]
    rows[5] = PageRow(rows[5].key, "1", rows[5].encoded, words)
    store.put(SPACE, rows[:8])
    store.put(SPACE, rows[8:])
    for tidied in (False, True):
        if tidied:
            store.tidy(SPACE)
        values = store.values(PAGES, SPACE, list(range(1, 13)))
        wanted = by_lancedb(store, PAGES, list(range(1, 13)))
        assert sorted(values.uids.tolist()) == sorted(wanted)
        for at, uid in enumerate(values.uids.tolist()):
            assert bytes(values.value(at)) == bytes(wanted[uid]["data"])


def test_a_value_whose_pieces_do_not_fit_is_damaged():
    found = to_records(row(1, 12), 1, SPACE, no_means(128, 16))[PATCHES]
    vectors, scales, terms = patches_in(np.frombuffer(found["data"], np.uint8), found["words_end"], 128)
    assert vectors.shape == (12, 128)
    assert scales.shape == (12,)
    assert terms.tolist() == found["terms"].tolist()
    for bad in (found["data"][:-1], found["data"] + b"\0", b"\4" + found["data"][1:], found["data"][:12], b""):
        with pytest.raises(ValueError, match="pieces"):
            patches_in(np.frombuffer(bad, np.uint8), found["words_end"], 128)
    with pytest.raises(ValueError, match="13 of words"):
        patches_in(np.frombuffer(found["data"], np.uint8), 13, 128)
