"""Store: the pages of one library as vectors, in three tables a vector space (schema.py); two spaces never share one.

One writer at a time; readers any, in other processes too. A page is written so: patches, words, codes (from then on
it is there), and only then its older rows are deleted, so a reader never misses it and takes the newest of two. A death
in between leaves rows without codes, or old ones: `recover` sweeps them at the next start, under the writer's lock.

A library may lie in an object store that somebody else writes (`s3://bucket/library`): it is read like a local one.
`db://` (LanceDB's own service) is not: it has no row ids, no compaction and no export, on which this is built.
"""

import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from indexer.encoder.encoder import VectorSpace
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import PageKey
from indexer.store.arrays import arrow_table, numpy_rows
from indexer.store.codes import Means
from indexer.store.means import read_means
from indexer.store.recovery import Recovery, recovered
from indexer.store.rows import PageRow, StoredPage, checksum, places_of, to_records
from indexer.store.schema import CODES, PAGES, PARTS, PATCHES, schema, table_name
from indexer.store.tables import Tables
from indexer.store.upkeep import make_text_index, tidied

_log = logging.getLogger(__name__)
_TIDY_EVERY = 64
_BATCH = 64
_IDS_AT_ONCE = 1000


class Store:
    """Thread-safe."""

    def __init__(self, location: Path | str, *, read_only: bool = False, options: dict[str, str] | None = None) -> None:
        """Open or create. `options` go to the object store (region, endpoint, keys). Raises DATA_UNREADABLE."""
        self.tables = Tables(location, read_only=read_only, options=options)
        self._writing = threading.RLock()
        self._puts = 0
        self._next_uid: dict[str, int] = {}
        self._means: dict[str, Means] = {}

    # writing

    def put(self, space: VectorSpace, rows: Sequence[PageRow]) -> None:
        """Write pages, replacing those of the same keys; on disk when this returns.

        Raises DISK_FULL, OSError, and ValueError for vectors that are not finite or of another width.
        """
        if not rows:
            return
        newest = {row.key: row for row in rows}  # of one key twice the last one counts
        with self._writing:
            try:
                first = self._uids(space, len(newest))
                means = self.means(space)
                records = [to_records(row, first + at, space, means) for at, row in enumerate(newest.values())]
                for part in PARTS:
                    table = self._table(part, space, create=True)
                    table.add(arrow_table([record[part] for record in records], schema(part, space)))
                    self.tables.synced(table_name(part, space.name))
                self._drop_older(space, newest.keys(), first)
            except Exception as problem:
                raise _as_ours(problem) from problem
            self._puts += 1
            if self._puts % _TIDY_EVERY == 0:
                self.tidy(space)

    def drop_documents(self, space: VectorSpace, document_ids: Collection[int]) -> None:
        """Remove every page of these documents."""
        found = self._where_documents(space, document_ids)
        self.drop_uids(space, [int(uid) for uid in found["uid"].to_pylist()] if found is not None else [])

    def drop_pages(self, space: VectorSpace, keys: Collection[PageKey]) -> None:
        """Remove single pages."""
        found = self._where_documents(space, {key.document_id for key in keys})
        wanted = set(keys)
        rows = found.to_pylist() if found is not None else []
        self.drop_uids(space, [row["uid"] for row in rows if PageKey(row["document_id"], row["page"]) in wanted])

    def drop_uids(self, space: VectorSpace, uids: Sequence[int]) -> None:
        """Remove rows by their uid, from the codes first."""
        with self._writing:
            for part in reversed(PARTS):
                table = self._table(part, space) if uids else None
                if table is None:
                    continue
                for at in range(0, len(uids), _IDS_AT_ONCE):
                    table.delete(f"uid IN ({','.join(str(int(uid)) for uid in uids[at : at + _IDS_AT_ONCE])})")
                self.tables.synced(table_name(part, space.name))

    def tidy(self, space: VectorSpace) -> None:
        """Merge small files, renew the text index, drop versions older than an hour. Safe to be killed in."""
        with self._writing:
            for part in PARTS:
                if (table := self._table(part, space)) is not None:
                    tidied(table, part)
                    self.tables.synced(table_name(part, space.name))

    def recover(self, space: VectorSpace) -> Recovery:
        """At start, under the writer's lock: convert an old layout, drop what a death or damage left half.

        Pages lost so are missing from `versions`, so that reconcile reads their documents again.
        """
        with self._writing:
            return recovered(self, space)

    # reading

    def versions(self, space: VectorSpace) -> dict[PageKey, str]:
        """Which pages are stored, and in which version of their document."""
        table = self._table(CODES, space)
        if table is None:
            return {}
        found = table.search().select(["uid", "document_id", "page", "version"]).to_arrow().sort_by("uid")
        columns = (found[name].to_pylist() for name in ("document_id", "page", "version"))
        return {PageKey(document, page): version for document, page, version in zip(*columns, strict=True)}

    def pages(self, space: VectorSpace, keys: Collection[PageKey] | None = None) -> Iterator[StoredPage | PageKey]:
        """Stored pages whole, all or those asked for; a damaged one comes as its bare key."""
        chosen = self._newest(space, keys)
        uids = list(chosen)
        for at in range(0, len(uids), _BATCH):
            some = uids[at : at + _BATCH]
            words = {row["uid"]: row for row in self.rows(PAGES, space, some)}
            patches = {row["uid"]: row for row in self.rows(PATCHES, space, some)}
            for uid in some:
                try:
                    yield _whole(words[uid], patches[uid], space)
                except (ValueError, KeyError, IndexError):
                    yield chosen[uid]

    def rows(self, part: str, space: VectorSpace, uids: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Rows of a table by uid, arrays as numpy as they were when written. Unreadable ones do not come."""
        table = self._table(part, space)
        if table is None or not uids:
            return
        try:
            found = table.search().where(f"uid IN ({','.join(map(str, uids))})").to_arrow()
        except Exception:  # noqa: BLE001 (LanceDB's errors have no common class)
            _log.exception("rows of %s cannot be read", part)
            if len(uids) > 1:
                yield from self.rows(part, space, uids[: len(uids) // 2])
                yield from self.rows(part, space, uids[len(uids) // 2 :])
            return
        yield from numpy_rows(found)

    def means(self, space: VectorSpace) -> Means:
        """What new codes' bits are about."""
        if space.name not in self._means:
            self._means[space.name] = read_means(self.tables, space)[-1]
        return self._means[space.name]

    def revision(self, space: VectorSpace) -> int:
        """A number that changes with every write, by whatever process."""
        table = self._table(CODES, space)
        return 0 if table is None else int(table.version)

    def size_bytes(self) -> int:
        """What the tables take on disk."""
        return self.tables.size_bytes()

    def verify(self, space: VectorSpace) -> Iterator[PageKey | None]:
        """Check every page against its checksums, a few at a time: the key of a damaged one, None for a good one.

        For a slow round in the background; the caller drops what is damaged and has its document read again.
        """
        for page in self.pages(space):
            yield page if isinstance(page, PageKey) else None

    def _newest(self, space: VectorSpace, keys: Collection[PageKey] | None) -> dict[int, PageKey]:
        """The uid and key of the newest row of every page wanted, in order of writing."""
        documents = None if keys is None else {key.document_id for key in keys}
        found = self._where_documents(space, documents)
        if found is None:
            return {}
        columns = (found[name].to_pylist() for name in ("uid", "document_id", "page"))
        newest = {PageKey(document, page): uid for uid, document, page in sorted(zip(*columns, strict=True))}
        wanted = None if keys is None else set(keys)
        return {uid: key for key, uid in newest.items() if wanted is None or key in wanted}

    def _where_documents(self, space: VectorSpace, document_ids: Collection[int] | None) -> Any:
        """uid, document_id, page of these documents' pages, of all for None; None when there are none."""
        table = self._table(CODES, space)
        if table is None or (document_ids is not None and not document_ids):
            return None
        query = table.search().select(["uid", "document_id", "page"])
        if document_ids is not None:
            query = query.where(f"document_id IN ({','.join(str(int(i)) for i in sorted(document_ids))})")
        return query.to_arrow()

    def _drop_older(self, space: VectorSpace, keys: Collection[PageKey], first: int) -> None:
        found = self._where_documents(space, {key.document_id for key in keys})
        old = [
            row["uid"]
            for row in (found.to_pylist() if found is not None else [])
            if row["uid"] < first and PageKey(row["document_id"], row["page"]) in keys
        ]
        self.drop_uids(space, old)

    def _uids(self, space: VectorSpace, count: int) -> int:
        """The first of `count` new uids; larger than any in any of the tables."""
        if space.name not in self._next_uid:
            largest = [0]
            for part in PARTS:
                if (table := self._table(part, space)) is not None:
                    found = table.search().select(["uid"]).to_arrow()["uid"].to_numpy()
                    largest.append(int(found.max(initial=0)))
            self._next_uid[space.name] = max(largest) + 1
        first = self._next_uid[space.name]
        self._next_uid[space.name] += count
        return first

    def _table(self, part: str, space: VectorSpace, *, create: bool = False) -> Any:
        name = table_name(part, space.name)
        table = self.tables.get(name)
        if table is None and create:
            table = self.tables.get(name, schema(part, space))
            if part == PAGES:
                make_text_index(table)
        return table


def _whole(words: dict[str, Any], patches: dict[str, Any], space: VectorSpace) -> StoredPage:
    if checksum(patches) != patches["checksum"]:
        raise ValueError("a stored page is damaged")
    places = places_of(words)
    vectors = patches["vectors"].reshape(-1, space.vector_size)
    if not len(vectors) == len(patches["scales"]) == len(places.kinds):
        raise ValueError("a stored page is damaged")
    single, scales = words["single"].astype(np.float32), patches["scales"].astype(np.float32)
    return StoredPage(places.key, single, vectors, scales, places.kinds, places.regions, places.grid, places.words)


def _as_ours(problem: Exception) -> Exception:
    """LanceDB's words for a full disk turned into ours; anything else as it came."""
    text = str(problem)
    if "No space left" in text or "os error 28" in text or "StorageFull" in text:
        return PagebeamError(ErrorCode.DISK_FULL)
    return problem
