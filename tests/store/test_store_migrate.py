"""A library of the layout before (one table a space) is taken over: same pages, same vectors, nothing read again."""

import shutil
import tarfile
from pathlib import Path

import lancedb
import numpy as np
import pytest

from indexer.encoder.encoder import VectorSpace
from indexer.protocol.values import PageKey, Task
from indexer.store.store import Store

OLD = Path(__file__).parents[1] / "data" / "library_v1.tar.gz"
SPACE = VectorSpace("lite", "1", Task.RETRIEVAL, 128, 128)
TABLE = "pages-lite-1-retrieval"


@pytest.fixture
def old(tmp_path):
    with tarfile.open(OLD) as archive:
        archive.extractall(tmp_path, filter="data")
    place = tmp_path / "store"
    shutil.move(tmp_path / "pagebeam-fixture" / "library" / "store", place)
    return place


def test_pages_are_taken_over_with_their_vectors(old):
    before = lancedb.connect(old).open_table(TABLE).search().to_arrow().to_pylist()
    store = Store(old)
    assert store.recover(SPACE).converted == len(before) > 0
    pages = {page.key: page for page in store.pages(SPACE) if not isinstance(page, PageKey)}
    assert len(pages) == len(before)
    for row in before:
        page = pages[PageKey(row["document_id"], row["page"])]
        assert "\n".join(page.words.texts) == row["words"]
        vectors = np.frombuffer(row["vectors"], np.int8).reshape(-1, 128)
        scales = np.frombuffer(row["scales"], np.float16).astype(np.float32)
        assert np.allclose(page.vectors * page.scales[:, None], vectors * scales[:, None], atol=1e-3)
    assert store.versions(SPACE) == {PageKey(row["document_id"], row["page"]): row["version"] for row in before}


def test_the_old_table_is_gone_and_nothing_is_converted_twice(old):
    Store(old).recover(SPACE)
    assert not (old / f"{TABLE}.lance").exists()
    assert Store(old).recover(SPACE).converted == 0


def test_a_conversion_cut_off_is_done_again_without_doubles(old):
    aside = old.parent / "aside"
    shutil.copytree(old / f"{TABLE}.lance", aside)
    store = Store(old)
    count = store.recover(SPACE).converted
    shutil.copytree(aside, old / f"{TABLE}.lance")  # as if killed before the old table was dropped
    again = Store(old)
    again.recover(SPACE)
    assert len(list(again.pages(SPACE))) == len(again.versions(SPACE)) == count
