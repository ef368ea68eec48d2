"""Codes made anew when the library's means are taken anew (means.py), a few pages at a time from the stored patches.

A page's new codes are written before its old ones go, so it is found throughout; searches look at both kinds.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from indexer.encoder.encoder import VectorSpace
from indexer.store.arrays import arrow_table, numpy_rows
from indexer.store.codes import KINDS, Means
from indexer.store.means import due, write_means
from indexer.store.rows import code_record, patches_of
from indexer.store.schema import CODES, PAGES, PATCHES, schema, table_name

if TYPE_CHECKING:
    from indexer.store.store import Store

_SAMPLE = 512
_AT_ONCE = 64


def recode(store: "Store", space: VectorSpace, most: int) -> int:
    """Take new means if they are due, and code up to `most` pages about the newest; gives how many were left to do."""
    means = store.means(space)
    if due(means, store.count(space)):
        means = _means_now(store, space, means)
        write_means(store.tables, space, means)
        store.forget_means(space)
    table = store.tables.get(table_name(CODES, space.name))
    if table is None:
        return 0
    stale = table.search().where(f"means <> {means.number}").select(["uid"]).with_row_id(True).to_arrow()
    uids, ids = stale["uid"].to_pylist(), stale["_rowid"].to_pylist()
    for at in range(0, min(most, len(uids)), _AT_ONCE):
        end = min(at + _AT_ONCE, most)
        _recode(store, space, means, uids[at:end])
        table.delete(f"_rowid IN ({','.join(map(str, ids[at:end]))})")
        store.tables.synced(table_name(CODES, space.name))
    return max(0, len(uids) - most)


def _recode(store: "Store", space: VectorSpace, means: Means, uids: list[int]) -> None:
    """Pages whose patches cannot be read lose their codes, and are read again at the next start."""
    table = store.tables.get(table_name(CODES, space.name))
    found = table.search().where(f"uid IN ({','.join(map(str, uids))})").to_arrow()
    old = {row["uid"]: row for row in numpy_rows(found)}
    singles = {row["uid"]: row["single"] for row in store.rows(PAGES, space, uids, ["uid", "single"])}
    records = []
    for row in store.rows(PATCHES, space, uids, ["uid", "words_end", "data"]):
        if row["uid"] in singles and row["uid"] in old:
            vectors = _vectors(row, space)
            kinds = (np.arange(len(vectors)) >= row["words_end"]).astype(np.uint8)
            single = singles[row["uid"]].astype(np.float32)
            records.append(code_record(old[row["uid"]], vectors, kinds, single, means))
    table.add(arrow_table(records, schema(CODES, space)))


def _means_now(store: "Store", space: VectorSpace, last: Means) -> Means:
    found = store.tables.get(table_name(CODES, space.name)).search().select(["uid"]).to_arrow()["uid"].to_numpy()
    chosen = np.random.default_rng(0).choice(found, min(_SAMPLE, len(found)), replace=False).tolist()
    sums, counts = np.zeros((KINDS, space.vector_size)), np.zeros(KINDS)
    for at in range(0, len(chosen), _AT_ONCE):
        some = chosen[at : at + _AT_ONCE]
        for row in store.rows(PATCHES, space, some, ["uid", "words_end", "data"]):
            vectors, end = _vectors(row, space), row["words_end"]
            for kind, part in enumerate((vectors[:end], vectors[end:])):
                sums[kind] += part.sum(axis=0)
                counts[kind] += len(part)
    rows = store.rows(PAGES, space, chosen, ["uid", "single"])
    singles = [row["single"].astype(np.float32) for row in rows] or [np.zeros(space.single_size, np.float32)]
    vectors = (sums / np.maximum(counts, 1)[:, None]).astype(np.float32)
    return Means(last.number + 1, len(found), vectors, np.mean(singles, axis=0, dtype=np.float32))


def _vectors(row: dict[str, Any], space: VectorSpace) -> npt.NDArray[np.float32]:
    whole, scales, _ = patches_of(row, space.vector_size)
    return (whole * scales[:, None]).astype(np.float32)
