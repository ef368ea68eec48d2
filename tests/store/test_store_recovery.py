"""Damage on the disk costs the pages it hit, is told, and everything else is found; half-made writes leave nothing."""

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from indexer.documents.document import PageWords
from indexer.encoder.encoder import EncodedPage, VectorSpace
from indexer.errors import PagebeamError
from indexer.protocol.values import PageKey, Task, TextSource
from indexer.store.rows import PageRow
from indexer.store.schema import CODES, PAGES, PARTS, PATCHES, table_name
from indexer.store.store import Store

SPACE = VectorSpace("test", "1", Task.RETRIEVAL, 16, 8)


def row(document_id: int) -> PageRow:
    rng = np.random.default_rng(document_id)
    vectors = rng.normal(size=(9, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = PageWords((f"word{document_id}",), np.ones((1, 4), np.float32), np.zeros(1, np.int32), TextSource.NONE)
    kinds = np.array([0] * 6 + [1] * 3, np.uint8)
    encoded = EncodedPage(vectors[0].repeat(2), vectors, rng.random((9, 4)).astype(np.float32), kinds)
    return PageRow(PageKey(document_id, 1), "a", encoded, words)


def library(place: Path, documents: int = 4) -> None:
    store = Store(place)
    for document_id in range(1, documents + 1):
        store.put(SPACE, [row(document_id)])


def table(place: Path, part: str) -> Path:
    return place / f"{table_name(part, SPACE.name)}.lance"


def manifests(place: Path, part: str) -> list[Path]:
    return sorted((table(place, part) / "_versions").glob("*.manifest"))  # the newest first


def documents(store: Store) -> set[int]:
    assert {key for key in store.verify(SPACE) if key} == set()
    found = {key.document_id for key in store.versions(SPACE)}
    assert {page.key.document_id for page in store.pages(SPACE)} == found
    return found


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("damage", ["zeroed", "cut", "empty", "missing"])
def test_a_damaged_newest_manifest_costs_the_last_write_only(tmp_path, part, damage):
    library(tmp_path)
    newest = manifests(tmp_path, part)[0]
    data = newest.read_bytes()
    match damage:
        case "zeroed":
            newest.write_bytes(bytes(len(data)))
        case "cut":
            newest.write_bytes(data[: len(data) // 2])
        case "empty":
            newest.write_bytes(b"")
        case "missing":
            newest.unlink()
    store = Store(tmp_path)
    found = store.recover(SPACE)
    assert documents(store) == {1, 2, 3}
    assert found.damaged == (damage != "missing")
    store.put(SPACE, [row(4)])
    assert documents(Store(tmp_path)) == {1, 2, 3, 4}


@pytest.mark.parametrize("part", PARTS)
def test_a_table_without_any_whole_version_is_made_anew(tmp_path, part):
    library(tmp_path)
    for manifest in manifests(tmp_path, part):
        manifest.write_bytes(b"")
    store = Store(tmp_path)
    assert store.recover(SPACE).damaged
    assert documents(store) == set()
    store.put(SPACE, [row(1)])
    assert documents(Store(tmp_path)) == {1}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("damage", ["zeroed", "missing"])
def test_a_damaged_data_file_costs_its_own_pages(tmp_path, part, damage):
    library(tmp_path)
    oldest = min((table(tmp_path, part) / "data").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    oldest.unlink() if damage == "missing" else oldest.write_bytes(bytes(oldest.stat().st_size))
    store = Store(tmp_path)
    assert store.recover(SPACE).damaged
    assert documents(store) == {2, 3, 4}


@pytest.mark.parametrize("part", PARTS)
def test_a_table_that_is_gone_takes_its_pages_with_it(tmp_path, part):
    library(tmp_path)
    shutil.rmtree(table(tmp_path, part))
    store = Store(tmp_path)
    store.recover(SPACE)
    assert documents(store) == set()
    store.put(SPACE, [row(2)])
    assert documents(store) == {2}


def test_rows_of_a_write_that_was_cut_off_are_swept(tmp_path):
    library(tmp_path, 2)
    store = Store(tmp_path)
    for part in (PATCHES, PAGES):  # as after a death before the codes were written
        rows = store.tables.get(table_name(part, SPACE.name))
        rows.add(rows.search().where("uid = 1").to_arrow().set_column(0, "uid", [[77]]))
    (table(tmp_path, PATCHES) / "data" / ".tmpabc").write_bytes(b"half")
    assert store.recover(SPACE).dropped == 2
    assert documents(store) == {1, 2}
    assert not (table(tmp_path, PATCHES) / "data" / ".tmpabc").exists()


def test_of_a_page_written_twice_the_newer_counts_and_the_older_is_swept(tmp_path):
    library(tmp_path, 1)
    store = Store(tmp_path)
    for part in PARTS:  # as after a death before the older rows were deleted
        rows = store.tables.get(table_name(part, SPACE.name))
        again = rows.search().to_arrow()
        rows.add(again.set_column(again.schema.get_field_index("uid"), "uid", [[5]]))
    assert store.recover(SPACE).dropped == 3
    assert store.tables.get(table_name(CODES, SPACE.name)).count_rows() == 1
    assert list(store.versions(SPACE)) == [PageKey(1, 1)]


def test_files_that_a_killed_writer_left_go_with_the_next_tidying(tmp_path):
    library(tmp_path)
    left = table(tmp_path, PATCHES) / "data" / "0123456789abcdef.lance"
    left.write_bytes(b"half of a merge")
    store = Store(tmp_path)
    store.tidy(SPACE)
    assert not left.exists()
    assert documents(store) == {1, 2, 3, 4}


@pytest.mark.parametrize("part", PARTS)
def test_a_flipped_bit_in_any_of_the_tables_is_found_by_verifying(tmp_path, part):
    library(tmp_path)
    store = Store(tmp_path)
    rows = store.tables.get(table_name(part, SPACE.name))
    third = next(row for row in rows.search().to_arrow().to_pylist() if row["uid"] == 3)
    needle = third["data"][-16:] if part != CODES else np.array(third["fine"], np.uint64).tobytes()
    for path in (table(tmp_path, part) / "data").iterdir():
        content = bytearray(path.read_bytes())
        if (at := content.find(needle)) >= 0:
            content[at + len(needle) // 2] ^= 4
            path.write_bytes(content)
    assert [key for key in Store(tmp_path).verify(SPACE) if key] == [PageKey(3, 1)]


def test_a_page_written_anew_or_dropped_during_a_round_of_verifying_is_not_damaged(tmp_path):
    library(tmp_path, 80)
    store = Store(tmp_path)
    verifying = store.verify(SPACE)
    assert next(verifying) is None
    store.put(SPACE, [row(70)])
    store.drop_documents(SPACE, [71])
    assert [key for key in verifying if key] == []


@pytest.mark.skipif(sys.platform != "linux", reason="names of open files are asked of Linux")
def test_every_file_of_a_write_is_on_the_disk_when_it_returns(tmp_path, monkeypatch):
    """LanceDB never syncs; a folder that got a new name in it must be synced as well."""
    synced: set[str] = set()
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: synced.add(os.readlink(f"/proc/self/fd/{file}")) or real(file))
    store = Store(tmp_path)
    for write in (
        lambda: store.put(SPACE, [row(1), row(2)]),
        lambda: store.put(SPACE, [row(2), row(3)]),
        lambda: store.drop_documents(SPACE, [1]),
        lambda: store.tidy(SPACE),
    ):
        before = {str(path) for path in tmp_path.rglob("*")}
        write()
        new = {path for path in map(str, tmp_path.rglob("*")) if path not in before}
        assert new
        named = {os.path.dirname(path) for path in new}
        files = {path for path in new if os.path.isfile(path)}
        assert files <= synced
        assert {folder for folder in named if "_indices" not in folder} <= synced
        synced.clear()


def test_nothing_is_repaired_by_a_reader(tmp_path):
    library(tmp_path)
    manifests(tmp_path, CODES)[0].write_bytes(b"")
    with pytest.raises(PagebeamError, match="damaged"):
        Store(tmp_path, read_only=True).versions(SPACE)
    assert manifests(tmp_path, CODES)[0].read_bytes() == b""
