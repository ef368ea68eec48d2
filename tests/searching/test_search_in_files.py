"""Pages are scored in files, or as the store gives them: the same either way, whatever becomes of the files."""

from datetime import timedelta

import numpy as np
import pytest

from indexer.protocol.values import PageKey
from indexer.scoring.maxsim import Question
from indexer.searching import patches
from indexer.searching.patches import PatchReader
from indexer.store.schema import PATCHES, table_name


def scored(library, uids, words="alpha beta page3"):
    query = library.encoder.encode_query(words, library.space)
    found = PatchReader(library.store, library.space).scored(
        Question(query.vectors, query.kinds), uids, np.array([1, 2**31], np.int64)
    )
    order = np.argsort(found.uids)
    return found.uids[order], found.best[order], found.present[order]


@pytest.fixture
def filled(library):
    for number in range(3):
        library.add(f"/papers/{number}.pdf", [f"alpha beta page{number * 8 + at} on it" for at in range(8)])
    return library


def test_scores_are_the_same_in_files_and_out_of_them(filled, monkeypatch):
    uids = [*range(1, 25), 99]  # 99 is no page
    in_files = scored(filled, uids)
    monkeypatch.setattr(patches, "_IN_FILES", False)
    out_of_them = scored(filled, uids)
    assert in_files[0].tolist() == list(range(1, 25))
    assert all((one == other).all() for one, other in zip(in_files, out_of_them, strict=True))


def test_nothing_to_score_is_nothing(filled):
    assert len(scored(filled, [])[0]) == 0
    assert len(scored(filled, [98, 99])[0]) == 0


def test_files_that_were_merged_and_taken_away_under_a_searcher_cost_nothing(filled):
    before = filled.found("page3 page20", k=24)
    folder = filled.store.tables.folder / f"{table_name(PATCHES, filled.space.name)}.lance" / "data"
    old = set(folder.iterdir())
    filled.store.tidy(filled.space)
    filled.store.clean(filled.space, timedelta(0))
    assert not old & set(folder.iterdir())
    assert filled.found("page3 page20", k=24) == before
    assert len(before) == 24


@pytest.mark.parametrize("damage", ["cut", "zeroed"])
def test_a_file_damaged_under_a_searcher_costs_its_own_pages(filled, damage):
    filled.found("page3", k=24)
    folder = filled.store.tables.folder / f"{table_name(PATCHES, filled.space.name)}.lance" / "data"
    file = min(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)  # the first document's
    size = file.stat().st_size
    file.write_bytes(b"" if damage == "cut" else bytes(size))
    found = filled.found("page3 page20", k=24)
    assert PageKey(3, 5) in found
    assert {key.document_id for key in found} == {2, 3}
