"""Store: the pages of one library as vectors, in three tables a vector space (schema.py); two spaces never share one.

One writer at a time; readers any, in other processes too. A page is written so: patches, words, codes (from then on
it is there), and only then its older rows are deleted, so a reader never misses it and takes the newest of two. A death
in between leaves rows without codes, or old ones: `recover` sweeps them at the next start, under the writer's lock.

Whoever keeps something up with the store in memory follows it (Follower): what is added is handed over by the thread
that wrote it, before its call returns, so that nobody who asks meanwhile has to wait for it.

A library may lie in an object store that somebody else writes (`s3://bucket/library`): it is read like a local one.
`db://` (LanceDB's own service) is not: it has no row ids, no compaction and no export, on which this is built.
"""

import contextlib
import logging
import threading
import weakref
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from indexer.encoder.encoder import VectorSpace
from indexer.errors import PagebeamError
from indexer.freeing import give_back_freed
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import PageKey
from indexer.store.arrays import arrow_table
from indexer.store.means import due
from indexer.store.reader import Reader
from indexer.store.recode import recode
from indexer.store.recovery import Recovery, recovered
from indexer.store.rows import PageRow, to_records
from indexer.store.schema import PAGES, PARTS, schema, table_name
from indexer.store.upkeep import MERGE_BYTES, cleaned, make_text_index, purged, tidied

_log = logging.getLogger(__name__)
_TIDY_EVERY = 64
_RECODED = 512
_IDS_AT_ONCE = 1000


class Follower(Protocol):
    """Is told of writes; held weakly. What it raises is logged."""

    def written(self, space: VectorSpace) -> None:
        """Pages were added to a space, or moved in it, by the calling thread."""


class Store(Reader):
    """Thread-safe."""

    def __init__(self, location: Path | str, *, read_only: bool = False, options: dict[str, str] | None = None) -> None:
        """Open or create. `options` go to the object store (region, endpoint, keys). Raises DATA_UNREADABLE."""
        super().__init__(location, read_only=read_only, options=options)
        self._writing = threading.RLock()
        self._puts = 0
        self._codes_fresh: set[str] = set()
        self._next_uid: dict[str, int] = {}
        self._followers: weakref.WeakSet[Follower] = weakref.WeakSet()
        self._adding: dict[str, int] = {}
        self._drops: dict[str, int] = {}
        self.admits: Callable[[VectorSpace], bool] = lambda _: True
        """Set by whoever forgets spaces: nothing is written to one any more for which it is false."""
        self.spare: Callable[[int], None] = lambda _: give_back_freed()
        """Set by whoever keeps memory below a ceiling: so many bytes are about to be taken for a moment."""

    def follow(self, follower: Follower) -> None:
        """Have it told of writes from now on."""
        with self._lock:
            self._followers.add(follower)

    def is_adding(self, space: VectorSpace) -> bool:
        """Whether pages are just being added here; followers are told before that ends."""
        return self._adding.get(space.name, 0) > 0

    def drops(self, space: VectorSpace) -> int:
        """How many times pages were taken away by this store: what they were must not be shown any more."""
        return self._drops.get(space.name, 0)

    @contextlib.contextmanager
    def _handed_over(self, space: VectorSpace) -> Iterator[None]:
        """Followers take over what was written within it."""
        with self._writing:
            self._adding[space.name] = self._adding.get(space.name, 0) + 1
            try:
                yield
                with self._lock:
                    followers = list(self._followers)
                for follower in followers:
                    try:
                        follower.written(space)
                    except Exception:  # noqa: BLE001 (LanceDB's errors have no common class; what was written stands)
                        _log.warning("what was written could not be taken over", exc_info=True)
            finally:
                self._adding[space.name] -= 1

    @property
    def held(self) -> AbstractContextManager[object]:
        """Nobody else writes within it: for a write and what the catalogue says of it, which others must not come
        between. Rows that the catalogue does not know are swept, and rows just written are not known yet.
        """
        return self._writing

    def put(self, space: VectorSpace, rows: Sequence[PageRow]) -> None:
        """Write pages, replacing those of the same keys; on disk when this returns.

        Raises DISK_FULL, OSError, CANCELLED for a space that is not admitted (any more: its encoder was removed while
        it read), and ValueError for vectors that are not finite or of another width.
        """
        if not rows:
            return
        newest = {row.key: row for row in rows}  # of one key twice the last one counts
        with self._handed_over(space):
            if not self.admits(space):
                raise PagebeamError(ErrorCode.CANCELLED)
            try:
                first = self._uids(space, len(newest))
                means = self.means(space)
                records = [to_records(row, first + at, space, means) for at, row in enumerate(newest.values())]
                for part in PARTS:
                    table = self._table_to_write(part, space)
                    table.add(arrow_table([record[part] for record in records], schema(part, space)))
                    self.tables.synced(table_name(part, space.name))
                self._drop_older(space, newest.keys(), first)
            except Exception as problem:
                raise _as_ours(problem) from problem
            self._renew_codes(space, 2 * len(newest))
            self._puts += 1
            if self._puts % _TIDY_EVERY == 0:
                self.tidy(space)

    def drop_documents(self, space: VectorSpace, document_ids: Collection[int]) -> None:
        """Remove every page of these documents."""
        with self._writing:  # the whole space may be forgotten at the same time
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
                try:
                    for at in range(0, len(uids), _IDS_AT_ONCE):
                        table.delete(f"uid IN ({','.join(str(int(uid)) for uid in uids[at : at + _IDS_AT_ONCE])})")
                finally:
                    self._drops[space.name] = self.drops(space) + 1
                self.tables.synced(table_name(part, space.name))

    def tidy(self, space: VectorSpace) -> None:
        """Merge small files, renew the text index, drop old versions (upkeep.KEPT). Safe to be killed in."""
        with self._handed_over(space):
            self.spare(MERGE_BYTES)
            self._renew_codes(space, _RECODED)
            for part in PARTS:
                if (table := self._table(part, space)) is not None:
                    name = table_name(part, space.name)
                    tidied(table, part, self.tables.folder_of(name), self.spare)
                    self.tables.synced(name)
            give_back_freed()

    def clean(self, space: VectorSpace, kept: timedelta, least: timedelta | None = None) -> bool:
        """Drop the files of versions older than `kept`; down to `least`, where given, while they take too much room.
        Whether any remain. After a `tidy` wait a minute before: readers may still be at them.
        """
        remain = False
        with self._writing:
            for part in PARTS:
                if (table := self._table(part, space)) is not None:
                    folder = self.tables.folder_of(table_name(part, space.name))
                    remain |= cleaned(table, folder, kept, kept if least is None else least)
        return remain

    def purge(self, space: VectorSpace) -> None:
        """Make what was dropped unreadable on the disk, now. Safe to be killed in; then it is not done yet."""
        with self._writing:
            for part in PARTS:
                if (table := self._table(part, space)) is not None:
                    purged(table, part)
                    self.tables.synced(table_name(part, space.name))

    def recover(self, space: VectorSpace) -> Recovery:
        """At start, under the writer's lock: convert an old layout, drop what a death or damage left half.

        Pages lost so are missing from `versions`, so that reconcile reads their documents again.
        """
        with self._writing:
            return recovered(self, space)

    def space_bytes(self, space: VectorSpace) -> int:
        """What the tables of one space take on disk; 0 for an object store."""
        return self.tables.size_bytes(f"*-{space.name}.lance")

    def forget(self, space: VectorSpace) -> None:
        """Drop a space with everything in it; the room is free when this returns."""
        with self._writing:
            for name in self.tables.names():
                if name.endswith(f"-{space.name}"):
                    self.tables.drop(name)
                    self._readers.pop(name, None)  # uids begin anew
            self._next_uid.pop(space.name, None)
            self._means.pop(space.name, None)
            self._codes_fresh.discard(space.name)

    def _renew_codes(self, space: VectorSpace, most: int) -> None:
        if space.name not in self._codes_fresh or due(self.means(space), self.count(space)):
            self._codes_fresh.discard(space.name)
            if recode(self, space, most) == 0:
                self._codes_fresh.add(space.name)

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

    def _table_to_write(self, part: str, space: VectorSpace) -> Any:
        table = self._table(part, space)
        if table is None:
            table = self.tables.get(table_name(part, space.name), schema(part, space))
            if part == PAGES:
                make_text_index(table)
        return table


def _as_ours(problem: Exception) -> Exception:
    """LanceDB's words for a full disk turned into ours; anything else as it came."""
    text = str(problem)
    if "No space left" in text or "os error 28" in text or "StorageFull" in text:
        return PagebeamError(ErrorCode.DISK_FULL)
    return problem
