"""Recovery: after a death or damage the three tables are made to agree again, by dropping what is not whole.

1. A library of the old layout is converted (migrate.py).
2. Tables open in their newest whole version (tables.py); data files that cannot be read go.
3. A page that has not a row in each table is dropped from all; of a page that is there twice, the older.
4. Temporary files of writers that died are removed.

What is dropped is missing from `versions`, so reconcile has its document read again.
"""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.encoder.encoder import VectorSpace
from indexer.store.migrate import converted
from indexer.store.schema import CODES, MEANS, PARTS, table_name
from indexer.store.tables import drop_unreadable

if TYPE_CHECKING:
    from indexer.store.store import Store

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was found. `damaged`: something on the disk was broken, which the user is told; `dropped`: rows."""

    converted: int = 0
    damaged: bool = False
    dropped: int = 0


def recovered(store: "Store", space: VectorSpace) -> Recovery:
    """Do all that; the caller holds the writer's lock."""
    moved = converted(store, space)
    tables = {part: store.tables.get(table_name(part, space.name)) for part in PARTS}
    names = {table_name(part, space.name) for part in (*PARTS, MEANS)}
    damaged = bool(names & set(store.tables.repaired))
    store.tables.repaired.clear()
    for part, table in tables.items():
        if table is not None and not _readable(table):
            damaged = True
            _log.warning("%d rows of %s cannot be read and are dropped", drop_unreadable(table, "uid"), part)
    uids = {part: _uids(table) for part, table in tables.items()}
    whole = uids[CODES]
    for other in uids.values():
        whole = np.intersect1d(whole, other)
    whole = _newest(tables[CODES], whole)
    dropped = 0
    for part, found in uids.items():
        extra = np.setdiff1d(found, whole)
        if len(extra):
            dropped += len(extra)
            _log.info("%d rows of %s belong to no page", len(extra), part)
    lost = np.setdiff1d(np.unique(np.concatenate(list(uids.values()))), whole)
    store.drop_uids(space, [int(uid) for uid in lost])
    _remove_temporary(store)
    return Recovery(moved, damaged, dropped)


def _readable(table: Any) -> bool:
    try:
        table.search().select(["uid"]).to_arrow()
    except Exception:  # noqa: BLE001 (LanceDB's errors have no common class)
        _log.exception("a table cannot be read")
        return False
    return True


def _uids(table: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    if table is None:
        return np.zeros(0, np.int64)
    found: np.ndarray[Any, np.dtype[np.int64]] = table.search().select(["uid"]).to_arrow()["uid"].to_numpy()
    return found


def _newest(codes: Any, whole: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Of the rows of one page, the last written."""
    if codes is None or not len(whole):
        return whole
    found = codes.search().select(["uid", "document_id", "page"]).to_arrow()
    columns = (found[name].to_pylist() for name in ("uid", "document_id", "page"))
    there = set(whole.tolist())
    newest = {(document, page): uid for uid, document, page in sorted(zip(*columns, strict=True)) if uid in there}
    return np.array(sorted(newest.values()), np.int64)


def _remove_temporary(store: "Store") -> None:
    """Files that a killed writer left unfinished; nobody else writes while the lock is held."""
    if store.tables.folder is None:
        return
    for path in store.tables.folder.glob("*.lance/data/.tmp*"):
        path.unlink(missing_ok=True)
    for path in store.tables.folder.glob("*.lance/_versions/*.damaged"):
        path.unlink(missing_ok=True)
