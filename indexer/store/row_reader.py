"""Rows by uid, fast: LanceDB takes rows by row id in a fraction of what a search for their uid costs.

The map from uid to row id is held in memory (16 bytes a page) and read on when the table has grown. Row ids are stable,
compaction does not change them. A row of `codes` gets another when its page is coded anew: the old one's does not come,
and the map is read anew.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from indexer.store.arrays import numpy_rows
from indexer.store.data_files import DataFiles, Located, nowhere
from indexer.store.values import Ints, Room, Values, joined, new_room, no_values, values_of

_log = logging.getLogger(__name__)
_TRIES = 3
"""While a page is coded anew its row may change between the map and the rows."""


class RowReader:
    """Reads rows of one table by uid. Thread-safe."""

    def __init__(self, table: Callable[[], Any], folder: Path | None = None, number: str | None = None) -> None:
        """folder: the table's, when it lies on a disk. number: the column that `values` tells beside the data."""
        self._table, self._number = table, number
        self._files = None if folder is None else DataFiles(folder, number)
        self._lock = threading.Lock()
        self._version = self._whole_version = -1
        """Of the table, when the map was read on, and when it was read whole."""
        self._uids = np.zeros(0, np.int64)
        self._row_ids = np.zeros(0, np.int64)

    def rows(self, uids: Sequence[int], columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
        """Rows in any order, lists as numpy arrays; columns: `uid` among them. Those that are gone or cannot be read do
        not come."""
        table = self._table()
        if table is None or not len(uids):
            return
        missing = np.unique(np.asarray(uids, np.int64))
        for _ in range(_TRIES):
            for part in self._parts(table, self._ids(table, missing), columns):
                missing = np.setdiff1d(missing, part["uid"].to_numpy())
                yield from numpy_rows(part)
            if not len(missing) or self._whole_version == table.version:
                return
            self._read_map_safely(table, anew=True)

    def values(self, uids: Sequence[int] | npt.NDArray[np.int64], room: Room = new_room) -> Values:
        """The packed `data` of rows, in any order, into memory that `room` gives; rows that are gone do not come."""
        wanted = np.array(sorted({int(uid) for uid in uids}), np.int64)
        if self._files is None:
            return self._taken(wanted)
        found, missing = self._files.read(wanted, room)
        if not len(missing) or not self._refreshed():
            return found
        found, missing = self._files.read(wanted, room)
        return joined([found, self._taken(missing)]) if len(missing) else found

    def locate(self, uids: Sequence[int]) -> tuple[Located, Ints]:
        """Where rows lie in files that are laid out plainly, and the uids of those that do not, or are gone."""
        wanted = np.unique(np.array(uids, np.int64))
        if self._files is None:
            return nowhere(), wanted
        found, missing = self._files.locate(wanted)
        if len(missing) and self._refreshed():
            found, missing = self._files.locate(wanted)
        return found, missing

    def _refreshed(self) -> bool:
        """Look for files that are new; whether there is a table."""
        if self._files is None or (table := self._table()) is None:
            return False
        try:
            self._files.refresh(table)
        except Exception:  # noqa: BLE001 (Lance's errors have no common class)
            _log.warning("a table's files cannot be looked through", exc_info=True)
        return True

    def prepare(self) -> None:
        """Look through files that are new since values were last read."""
        if self._files is not None and (table := self._table()) is not None:
            self._files.refresh(table)
            self._files.look_up()

    def _taken(self, uids: npt.NDArray[np.int64]) -> Values:
        """LanceDB's way, for what cannot be read from the files."""
        table = self._table()
        if table is None or not len(uids):
            return no_values()
        columns = ["uid", "data", self._number] if self._number else ["uid", "data"]
        return joined([values_of(part, self._number) for part in self._parts(table, self._ids(table, uids), columns)])

    def _ids(self, table: Any, wanted: npt.NDArray[np.int64]) -> list[int]:
        ids, missing = self._lookup(table, wanted)
        if missing:
            self._read_map_safely(table)
            ids, _ = self._lookup(table, wanted)
        return ids

    def _read_map_safely(self, table: Any, *, anew: bool = False) -> None:
        try:
            self._read_map(table, anew=anew)
        except Exception:  # noqa: BLE001 (LanceDB's errors have no common class)
            _log.warning("a table cannot be read through", exc_info=True)

    def _parts(self, table: Any, ids: list[int], columns: Sequence[str] | None) -> Iterator[pa.Table]:
        """Rows by row id; what cannot be read is left out, by halves."""
        if not ids:
            return
        try:
            query = table.take_row_ids(ids)
            found = (query.select(list(columns)) if columns else query).to_arrow()
        except Exception:  # noqa: BLE001 (LanceDB's errors have no common class)
            if len(ids) == 1:
                _log.warning("a row cannot be read", exc_info=True)
                return
            yield from self._parts(table, ids[: len(ids) // 2], columns)
            yield from self._parts(table, ids[len(ids) // 2 :], columns)
            return
        yield found

    def _lookup(self, table: Any, wanted: npt.NDArray[np.int64]) -> tuple[list[int], bool]:
        """Row ids of those known, and whether some are not and the table has changed since."""
        with self._lock:
            at = np.searchsorted(self._uids, wanted)
            known = at < len(self._uids)
            known[known] = self._uids[at[known]] == wanted[known]
            ids: list[int] = self._row_ids[at[known]].tolist()
            return ids, not known.all() and self._version != table.version

    def _read_map(self, table: Any, *, anew: bool) -> None:
        """Read the map on, or anew when rows have gone or come in any other way."""
        version = int(table.version)
        with self._lock:
            last = int(self._uids[-1]) if len(self._uids) else -1
        if not anew and last >= 0:
            new = _map(table.search().where(f"uid > {last}"))
            with self._lock:
                if last == int(self._uids[-1]):
                    self._uids = np.concatenate([self._uids, new[0]])
                    self._row_ids = np.concatenate([self._row_ids, new[1]])
                self._version = version
                anew = len(self._uids) > 1.5 * table.count_rows() + 100
        if anew or last < 0:
            uids, row_ids = _map(table.search())
            with self._lock:
                self._uids, self._row_ids = uids, row_ids
                self._version = self._whole_version = version


def _map(query: Any) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    found = query.select(["uid"]).with_row_id(True).to_arrow()
    uids, ids = found["uid"].to_numpy(), found["_rowid"].to_numpy().astype(np.int64)
    order = np.argsort(uids, kind="stable")
    return uids[order], ids[order]
