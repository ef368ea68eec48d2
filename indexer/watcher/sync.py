"""FolderSync: keeps the catalogue equal to the disk. Events are hints; looking again is the truth.

1. At start, every hour, and when asked, each folder is scanned and compared with the catalogue.
2. Any event of watchdog below a folder marks it; when it has been quiet for `quiet_s` (or for five times as long at
   most while events keep coming), it is scanned again. So lost or merged events cost nothing but time.
3. A path that is gone while a new one has the same inode, size and time was renamed: nothing is read again.
4. A folder that is not there is unavailable, and nothing of it is forgotten.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from indexer.catalogue.catalogue import Catalogue
from indexer.catalogue.records import version_of
from indexer.config import EngineConfig
from indexer.documents.fingerprint import Fingerprint, fingerprint
from indexer.errors import PagebeamError
from indexer.watcher.scan import scan

_log = logging.getLogger(__name__)
_QUIET_LIMIT = 5
_OWN_READS = frozenset(("opened", "closed_no_write"))


class FolderSync:
    """Owns the watching threads. `on_changed` gets the ids of documents gone (may be empty) after every change."""

    def __init__(self, catalogue: Catalogue, config: EngineConfig, on_changed: Callable[[list[int]], None]) -> None:
        self._catalogue, self._config, self._on_changed = catalogue, config, on_changed
        self._observer = Observer()
        self._watched: dict[int, object] = {}
        self._marked: dict[int, tuple[float, float]] = {}
        self._wake = threading.Condition()
        self._comparing = threading.Lock()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    def start(self) -> None:
        """Watch every folder and scan all of them in the background."""
        self._observer.start()
        self.rescan()
        self._thread.start()

    def stop(self) -> None:
        """End the threads."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        self._observer.stop()
        self._thread.join(5)

    def rescan(self, folder_ids: Collection[int] | None = None) -> None:
        """Look at these folders again now, in the background; None means all."""
        chosen = [f.folder_id for f in self._catalogue.folders()] if folder_ids is None else folder_ids
        with self._wake:
            for folder_id in chosen:
                self._marked[folder_id] = (0.0, 0.0)
            self._wake.notify()

    def idle(self) -> bool:
        """Whether nothing waits to be compared."""
        with self._wake:
            return not self._marked and not self._comparing.locked()

    def forget(self, folder_id: int) -> None:
        """Stop watching a folder that was removed."""
        watch = self._watched.pop(folder_id, None)
        if watch is not None:
            self._observer.unschedule(watch)  # type: ignore[arg-type]

    def compare(self, folder_id: int) -> None:
        """Make the catalogue agree with one folder on the disk."""
        info = next((f for f in self._catalogue.folders() if f.folder_id == folder_id), None)
        if info is None:
            return
        known = self._catalogue.known(folder_id)
        try:
            if info.path:
                self._watch(folder_id, info.path, recursive=info.watched)
                seen = dict(scan(info.path, self._config.folders.data)) if info.watched or not known else _look(known)
            else:
                seen = _look(known)
        except OSError:
            if info.available:
                self._catalogue.set_folder(folder_id, available=False)
                self._on_changed([])
            return
        if not info.available:
            self._catalogue.set_folder(folder_id, available=True)
        self._apply(folder_id, known, seen)

    def _apply(self, folder_id: int, known: dict[str, tuple[str, int, int]], seen: dict[str, Fingerprint]) -> None:
        missing = known.keys() - seen.keys()
        by_file = {known[path]: path for path in missing}
        fresh = []
        renamed: set[str] = set()
        for path, found in seen.items():
            version = version_of(found)
            if path in known:
                if known[path][0] != version:
                    fresh.append((path, found))
                continue
            old = by_file.get((version, found.inode, found.device))
            if old is not None and old not in renamed and self._catalogue.moved(old, path, folder_id):
                renamed.add(old)
            else:
                fresh.append((path, found))
        gone = self._catalogue.gone(sorted(missing - renamed))
        changed = self._catalogue.found(folder_id, fresh) if fresh else 0
        if gone or changed or renamed:
            self._on_changed(gone)

    def _watch(self, folder_id: int, path: str, *, recursive: bool) -> None:
        if folder_id in self._watched or not recursive:
            return
        try:
            self._watched[folder_id] = self._observer.schedule(_Marker(self, folder_id), path, recursive=True)
        except OSError as problem:  # the system's limit of watches: looking again at intervals still finds everything
            _log.warning("folder %d cannot be watched: %s", folder_id, problem.strerror)

    def mark(self, folder_id: int) -> None:
        """Something happened below this folder."""
        now = time.monotonic()
        with self._wake:
            first, _ = self._marked.get(folder_id, (now, now))
            self._marked[folder_id] = (first, now)
            self._wake.notify()

    def _run(self) -> None:
        looked = time.monotonic()
        while True:
            with self._wake:
                if self._stopped:
                    return
                due = self._due()
                if not due:
                    self._wake.wait(0.2 if self._marked else 1.0)
                for folder_id in due:
                    del self._marked[folder_id]
                if due:
                    self._comparing.acquire()
            try:
                for folder_id in due:
                    self._compare_safely(folder_id)
            finally:
                if due:
                    self._comparing.release()
            if time.monotonic() - looked > self._config.rescan_s:
                looked = time.monotonic()
                self.rescan()

    def _due(self) -> list[int]:
        now, quiet = time.monotonic(), self._config.quiet_s
        return [
            folder_id
            for folder_id, (first, last) in self._marked.items()
            if now - last >= quiet or now - first >= _QUIET_LIMIT * quiet
        ]

    def _compare_safely(self, folder_id: int) -> None:
        try:
            self.compare(folder_id)
        except Exception:  # noqa: BLE001 (this thread must live as long as the engine)
            _log.exception("folder %d could not be compared", folder_id)


def _look(known: Collection[str]) -> dict[str, Fingerprint]:
    """Single files are looked at one by one."""
    seen = {}
    for path in known:
        try:
            seen[path] = fingerprint(Path(path))
        except PagebeamError:
            if not os.path.isdir(os.path.dirname(path)):
                raise OSError(f"not there: {os.path.dirname(path)}") from None
    return seen


class _Marker(FileSystemEventHandler):
    def __init__(self, sync: FolderSync, folder_id: int) -> None:
        self._sync, self._folder_id = sync, folder_id

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in _OWN_READS:
            self._sync.mark(self._folder_id)
