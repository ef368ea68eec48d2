"""Store: the vector tables in LanceDB, one per vector space; two encoders never share one.

One writer at a time; readers any. A page is replaced by adding its new row and deleting older ones in one merge, so a
reader sees it once. LanceDB never calls fsync, so put() syncs the files it made before it returns: only then may the
catalogue say that a page is indexed.
"""

import os
import threading
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import lancedb
import pyarrow as pa

from indexer.encoder.encoder import VectorSpace
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import PageKey
from indexer.store.rows import PageRow, StoredPage, from_record, schema, to_record

_TIDY_EVERY = 64
_KEPT = timedelta(hours=1)
"""Old versions stay for readers that are still at them."""
_BATCH = 256


class Store:
    """The pages of one library as vectors."""

    def __init__(self, location: Path) -> None:
        """Open or create. Raises DATA_UNREADABLE."""
        self._location = location
        self._writing = threading.RLock()
        self._tables: dict[str, Any] = {}
        self._puts = 0
        self._synced_ns: dict[str, int] = {}
        try:
            location.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._db = lancedb.connect(location, read_consistency_interval=timedelta(0))
        except Exception as problem:
            raise PagebeamError(ErrorCode.DATA_UNREADABLE, str(location), detail=str(problem)[:200]) from problem

    def put(self, space: VectorSpace, rows: Sequence[PageRow]) -> None:
        """Write pages, replacing those of the same keys; on disk when this returns.

        Raises DISK_FULL, OSError, and ValueError for vectors that are not finite or of another width.
        """
        if not rows:
            return
        # The merge does not see two rows of one key in the same batch and would store both: the last one counts.
        newest = {row.key: row for row in rows}
        records = pa.Table.from_pylist([to_record(row, space) for row in newest.values()], schema=schema(space))
        with self._writing:
            table = self._table(space, create=True)
            try:
                merge = table.merge_insert(["document_id", "page"])
                merge.when_matched_update_all().when_not_matched_insert_all().execute(records)
            except Exception as problem:
                raise _as_ours(problem) from problem
            self._sync(space)
            self._puts += 1
            if self._puts % _TIDY_EVERY == 0:
                self.tidy(space)

    def drop_documents(self, space: VectorSpace, document_ids: Collection[int]) -> None:
        """Remove every page of these documents."""
        if document_ids:
            self._delete(space, f"document_id IN ({','.join(str(int(i)) for i in document_ids)})")

    def drop_pages(self, space: VectorSpace, keys: Collection[PageKey]) -> None:
        """Remove single pages."""
        for key in keys:
            self._delete(space, f"document_id = {key.document_id} AND page = {key.page}")

    def versions(self, space: VectorSpace) -> dict[PageKey, str]:
        """Which pages are stored, and in which version of their document."""
        table = self._table(space)
        if table is None:
            return {}
        found = table.search().select(["document_id", "page", "version"]).to_arrow().to_pylist()
        return {PageKey(row["document_id"], row["page"]): row["version"] for row in found}

    def pages(self, space: VectorSpace, keys: Collection[PageKey] | None = None) -> Iterator[StoredPage | PageKey]:
        """Stored pages, all or those asked for; a damaged row comes as its bare key."""
        table = self._table(space)
        if table is None:
            return
        query = table.search()
        if keys is not None:
            if not keys:
                return
            ids = ",".join(sorted({str(key.document_id) for key in keys}))
            query = query.where(f"document_id IN ({ids})")
        for batch in query.to_batches(_BATCH):
            for record in batch.to_pylist():
                key = PageKey(record["document_id"], record["page"])
                if keys is not None and key not in keys:
                    continue
                try:
                    yield from_record(record, space.vector_size)
                except (ValueError, KeyError, IndexError):
                    yield key

    def revision(self, space: VectorSpace) -> int:
        """A number that changes with every write, by whatever process."""
        table = self._table(space)
        return 0 if table is None else int(table.version)

    def tidy(self, space: VectorSpace) -> None:
        """Merge small files and drop versions older than an hour. Safe to be killed in."""
        with self._writing:
            table = self._table(space)
            if table is not None:
                table.optimize(cleanup_older_than=_KEPT)
                self._sync(space)

    def size_bytes(self) -> int:
        """What the tables take on disk."""
        return sum(path.stat().st_size for path in self._location.rglob("*") if path.is_file())

    def _delete(self, space: VectorSpace, where: str) -> None:
        with self._writing:
            table = self._table(space)
            if table is not None:
                table.delete(where)
                self._sync(space)

    def _table(self, space: VectorSpace, *, create: bool = False) -> Any:
        name = f"pages-{space.name}"
        if name not in self._tables:
            try:
                if name in self._db.table_names(limit=1000):
                    self._tables[name] = self._db.open_table(name)
                elif create:
                    self._tables[name] = self._db.create_table(name, schema=schema(space), exist_ok=True)
                else:
                    return None
            except Exception as problem:
                raise PagebeamError(
                    ErrorCode.DATA_UNREADABLE, str(self._location), detail=str(problem)[:200]
                ) from problem
        return self._tables[name]

    def _sync(self, space: VectorSpace) -> None:
        """Make the files of the last commits durable: data, transaction, manifest, and the folders naming them."""
        folder = self._location / f"pages-{space.name}.lance"
        since = self._synced_ns.get(space.name, 0)
        newest = since
        for path in folder.rglob("*"):
            if path.is_file() and (changed := path.stat().st_mtime_ns) >= since:
                _fsync(path)
                newest = max(newest, changed)
        if os.name == "posix":  # elsewhere folders cannot be synced
            for part in (folder, *(p for p in folder.iterdir() if p.is_dir())):
                _fsync(part)
        self._synced_ns[space.name] = newest


def _fsync(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return  # a compaction took it away
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _as_ours(problem: Exception) -> Exception:
    """LanceDB's words for a full disk turned into ours; anything else as it came."""
    text = str(problem)
    if "No space left" in text or "os error 28" in text or "StorageFull" in text:
        return PagebeamError(ErrorCode.DISK_FULL)
    return problem
