"""Tables: LanceDB tables opened by name, on a disk or in an object store; durable writes; damage repaired when opened.

LanceDB never calls fsync, so `synced` syncs the files a commit made, found by their names being new. It opens a zeroed
manifest as an empty table without a word, so a local table's newest manifest is looked at first; one that is damaged
is set aside and the version before it counts. Data files that cannot be read are taken away with their rows, which are
read again from the documents.
"""

import logging
import os
import shutil
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.store.schema import STABLE
from indexer.store.upkeep import size_bytes

_log = logging.getLogger(__name__)
_MAGIC = b"LANC"
_INDEX_CACHE_BYTES, _METADATA_CACHE_BYTES = 16_000_000, 8_000_000
"""LanceDB would take up to 6 GB and 1 GB; the engine's ceiling is 900 MB for everything."""
_COARSEST_NS = 2_500_000_000
"""A folder that changed so lately may change again without a new time: file systems count in steps of up to 2 s."""
_FOLDERS = ("data", "_deletions", "_transactions", "_versions", "_indices")


class Tables:
    """Thread-safe. `location`: a folder, or a URI such as `s3://bucket/library`."""

    def __init__(self, location: Path | str, *, read_only: bool, options: dict[str, str] | None = None) -> None:
        """Open or create the place. Raises DATA_UNREADABLE."""
        self.folder = None if isinstance(location, str) and "://" in location else Path(location)
        self.read_only = read_only
        self._lock = threading.RLock()
        self._syncing = threading.Lock()  # its own: who asks for a table must not wait for the disk
        self._open: dict[str, Any] = {}
        self._synced: dict[Path, set[str]] = {}
        self._entered: set[str] = set()
        """Tables whose own name in the library's folder is synced."""
        self._versions: dict[str, tuple[int, int]] = {}
        self.repaired: list[str] = []
        """Names of tables from which something was lost; whoever reads it empties it."""
        try:
            if self.folder is not None and not read_only:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except Exception as problem:
            raise PagebeamError(ErrorCode.DATA_UNREADABLE, str(location), detail=str(problem)[:200]) from problem
        self._place, self._options = str(location) if self.folder is None else self.folder, options
        self._connection: Any = None

    @property
    def _db(self) -> Any:
        """The database. LanceDB takes two seconds to import, which nobody who only starts should wait for."""
        with self._lock:
            if self._connection is None:
                from indexer.store.lance import lancedb

                try:
                    self._connection = lancedb.connect(
                        self._place,
                        read_consistency_interval=timedelta(0),
                        storage_options=self._options,
                        session=lancedb.Session(_INDEX_CACHE_BYTES, _METADATA_CACHE_BYTES),
                    )
                except Exception as problem:
                    where = str(self._place)
                    raise PagebeamError(ErrorCode.DATA_UNREADABLE, where, detail=str(problem)[:200]) from problem
            return self._connection

    def names(self) -> list[str]:
        """Every table there is."""
        names: list[str] = []
        token = None
        while True:
            page = self._db.list_tables(page_token=token, limit=1000)
            names += page.tables
            token = page.page_token
            if not token:
                return names

    def get(self, name: str, schema: pa.Schema | None = None) -> Any:
        """The table of this name, made with `schema` if there is none; None without. Raises DATA_UNREADABLE."""
        with self._lock:
            if name not in self._open:
                try:
                    table = self._opened(name)
                    if table is None and schema is not None:
                        table = self._db.create_table(name, schema=schema, exist_ok=True, storage_options=STABLE)
                except Exception as problem:
                    raise PagebeamError(ErrorCode.DATA_UNREADABLE, name, detail=str(problem)[:200]) from problem
                if table is None:
                    return None
                self._open[name] = table
            return self._open[name]

    def version(self, name: str) -> int:
        """The number of a table's newest version, by whatever process; 0 without a table.

        Each search asks for it, and LanceDB answers through two threads, which takes milliseconds on a busy machine. So
        on a disk it is asked when the folder of versions has changed.
        """
        folder = self.folder_of(name)
        changed_ns = 0 if folder is None else _changed_ns(folder / "_versions")
        with self._lock:
            known_ns, version = self._versions.get(name, (0, 0))
        if changed_ns and changed_ns == known_ns:
            return version
        settled = changed_ns < time.time_ns() - _COARSEST_NS
        table = self.get(name)
        version = 0 if table is None else int(table.version)
        with self._lock:
            self._versions[name] = (changed_ns if settled else 0, version)
        return version

    def drop(self, name: str) -> None:
        """Delete a table and its files."""
        with self._lock:
            self._open.pop(name, None)
            self._entered.discard(name)
            self._db.drop_table(name, ignore_missing=True)
            if (folder := self.folder_of(name)) is not None:
                shutil.rmtree(folder, ignore_errors=True)

    def forget(self, name: str) -> None:
        """Open the table anew when it is next asked for."""
        with self._lock:
            self._open.pop(name, None)

    def synced(self, name: str) -> None:
        """Make the last commits of a table survive a power cut. Only files that were not there before are synced."""
        folder = self.folder_of(name)
        if folder is None:
            return
        with self._syncing:
            for part in (folder / inside for inside in _FOLDERS):
                seen = self._synced.get(part)
                there = set(_names(part))
                for new in there - (seen or set()):
                    _fsync(part / new)
                if seen != there and os.name == "posix":  # elsewhere folders cannot be synced
                    _fsync(part)
                self._synced[part] = there
            if os.name == "posix":
                _fsync(folder)
                if name not in self._entered:
                    _fsync(folder.parent)
                    self._entered.add(name)

    def size_bytes(self, which: str = "*") -> int:
        """What the tables whose folders match take on disk; 0 for an object store."""
        if self.folder is None:
            return 0
        return sum(size_bytes(table) for table in self.folder.glob(which))

    def folder_of(self, name: str) -> Path | None:
        """A table's folder; None in an object store."""
        return None if self.folder is None else self.folder / f"{name}.lance"

    def _opened(self, name: str) -> Any:
        folder = self.folder_of(name)
        if folder is None:
            return self._db.open_table(name) if name in self.names() else None
        if not folder.exists():
            return None
        lost = False
        for manifest in sorted((folder / "_versions").glob("*.manifest")):  # the newest has the smallest name
            if _sound(manifest):
                try:
                    table = self._db.open_table(name)
                    table.count_rows()
                except Exception:  # noqa: BLE001 (LanceDB's errors have no common class)
                    _log.exception("a version of %s does not open", name)
                else:
                    if lost:
                        self.repaired.append(name)
                    self._note_present(folder)
                    return table
            if self.read_only:
                raise PagebeamError(ErrorCode.DATA_UNREADABLE, name, detail="its newest version is damaged")
            _log.warning("the newest version of %s is damaged; the one before it counts", name)
            manifest.rename(manifest.with_suffix(".damaged"))
            (folder / "_versions" / "latest_version_hint.json").unlink(missing_ok=True)
            lost = True
        if self.read_only:
            return None
        _log.warning("no version of %s is whole; it is made anew", name)
        shutil.rmtree(folder)
        self.repaired.append(name)
        return None

    def _note_present(self, folder: Path) -> None:
        for part in (folder / inside for inside in _FOLDERS):
            self._synced.setdefault(part, set(_names(part)))


def drop_unreadable(table: Any, column: str) -> int:
    """Take away data files that cannot be read, with their rows; gives how many rows. Reads `column` of every row."""
    import lance

    data = table.to_lance()
    bad = []
    for fragment in data.get_fragments():
        try:
            fragment.to_table(columns=[column])
        except Exception:  # noqa: BLE001 (whatever the reason, these rows are not to be had)
            bad.append(fragment.metadata)
    if bad:
        away = lance.LanceOperation.Delete([], [one.id for one in bad], "damaged")
        lance.LanceDataset.commit(data, away, read_version=data.version)
        table.checkout_latest()
    return sum(one.num_rows for one in bad)


def _names(folder: Path) -> list[str]:
    """Names in a folder; indexes are folders with files in them."""
    try:
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    except FileNotFoundError:
        return []
    files = [name for name, inside in found if not inside]
    for name, inside in found:
        if inside:
            files += [f"{name}/{below}" for below in _names(folder / name)]
    return files


def _changed_ns(folder: Path) -> int:
    """When a name last came or went in a folder; 0 when there is none."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def _sound(manifest: Path) -> bool:
    with manifest.open("rb") as file:
        file.seek(0, os.SEEK_END)
        if file.tell() < 16:
            return False
        file.seek(-4, os.SEEK_END)
        return file.read() == _MAGIC


def _fsync(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return  # a compaction took it away
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
