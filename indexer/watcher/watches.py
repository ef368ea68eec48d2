"""Watches: what the system tells of changes below folders, as places to look at. A hint, never the truth.

- Folders are watched with everything below; the folders that hold single files are watched for themselves alone.
- Opening and reading is not asked for: our own reading would come back as events (msft/tgrep #151: an endless loop).
- When the kernel's queue overflows, watchdog says so in its log and nowhere else (watchdog #654): its log is listened
  to, and every folder is looked at again. That log names folders, so it goes no further.
- A folder on a disk that may hang has an observer of its own, which keeps its lock then, and with it all it watches.
- A folder that was replaced by another of its name is watched anew: inotify goes with the old one, silently. So is
  the whole of a folder after one below it was moved or removed: watchdog goes on under the old names then, and warns
  of it with all names it knows, which are kept out of the log.
"""

import contextlib
import errno
import logging
import os
import threading
import time
import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass

from watchdog import events
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from indexer.documents.patience import Heard
from indexer.watcher.coalesce import Place, places_of
from indexer.watcher.volumes import must_poll

_log = logging.getLogger(__name__)
_WANTED: list[type[events.FileSystemEvent]] = [
    events.FileCreatedEvent,
    events.FileModifiedEvent,
    events.FileClosedEvent,
    events.FileMovedEvent,
    events.FileDeletedEvent,
    events.DirCreatedEvent,
    events.DirMovedEvent,
    events.DirDeletedEvent,
]
OnPlaces = Callable[[int, set[Place]], None]
_Identity = tuple[int, int]
_OF_ALL = 0
_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class _Watched:
    observer: BaseObserver
    watch: ObservedWatch
    identity: _Identity


class Watches:
    """`on_places` gets a folder's id and where to look; `on_overflow` is called when events were lost.

    `on_limit` is called when the system's limit of watches is reached. All are called in threads of watchdog.
    """

    def __init__(self, on_places: OnPlaces, on_overflow: Callable[[], None], on_limit: Callable[[], None]) -> None:
        self._on_places, self._on_limit = on_places, on_limit
        self._observers: dict[int, BaseObserver] = {}
        self._stopped = False
        self._watched: dict[tuple[int, str], _Watched] = {}
        self._stale: set[tuple[int, str]] = set()
        """Watched under names that are not right any more."""
        self._overflow = _Overflow(on_overflow)
        self._library_log = logging.getLogger("watchdog")

    def start(self) -> None:
        """Begin to listen."""
        self._library_log.addHandler(self._overflow)
        self._library_log.propagate = False
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"watchdog\.")

    def stop(self) -> None:
        """Listen no more."""
        self._library_log.removeHandler(self._overflow)
        self._stopped = True
        _in_time([observer.stop for observer in list(self._observers.values())])

    def ensure(self, folder_id: int, path: str, *, deep: bool) -> bool:
        """Watch this folder if it is not watched yet, or is another one by now. False where it cannot be."""
        try:
            found = os.stat(path)
        except OSError:
            self._drop((folder_id, path))
            return False
        identity = (found.st_dev, found.st_ino)
        last = self._watched.get((folder_id, path))
        if last is not None and last.identity == identity and (folder_id, path) not in self._stale:
            return True
        self._drop((folder_id, path))
        self._stale.discard((folder_id, path))
        marker = _Marker(folder_id, path, self._on_places, lambda: self._stale.add((folder_id, path)))
        try:
            observer = self._observer(folder_id if must_poll(path) else _OF_ALL)
            watch = observer.schedule(marker, path, recursive=deep, event_filter=_WANTED)
        except OSError as problem:  # the system's limit: looking again at intervals still finds everything
            _log.warning("folder %d cannot be watched: %s", folder_id, problem.strerror)
            if problem.errno in (errno.ENOSPC, errno.EMFILE):
                self._on_limit()
            return False
        self._watched[folder_id, path] = _Watched(observer, watch, identity)
        return True

    def watching(self, folder_id: int) -> bool:
        """Whether anything is watched for this folder."""
        return any(key[0] == folder_id for key in list(self._watched))

    def replaced(self, folder_id: int, heard: Heard) -> bool:
        """Whether what was watched for a folder is gone, is there again, or is another one of the same name."""
        for (watched_id, path), watched in list(self._watched.items()):
            if watched_id != folder_id:
                continue
            try:
                now = os.stat(path)
            except OSError:
                return True
            if heard() or (now.st_dev, now.st_ino) != watched.identity:
                return True
        return False

    def forget(self, folder_id: int, keep: frozenset[str] = frozenset()) -> None:
        """Stop watching for this folder, but for the paths to keep."""
        for key in list(self._watched):
            if key[0] == folder_id and key[1] not in keep:
                self._drop(key)
        if not keep and (observer := self._observers.pop(folder_id, None)) is not None:
            _in_time([observer.stop])

    def _observer(self, folder_id: int) -> BaseObserver:
        """The one for this folder, or for all. Raises OSError where the system has no room for one more."""
        observer = self._observers.get(folder_id)
        if observer is None:
            observer = self._observers[folder_id] = Observer()
            if not self._stopped:
                observer.start()
        return observer

    def _drop(self, key: tuple[int, str]) -> None:
        watched = self._watched.pop(key, None)
        if watched is not None:
            _in_time([lambda: watched.observer.unschedule(watched.watch)])


def _in_time(calls: Collection[Callable[[], None]]) -> None:
    """Do these at the same time, and wait no longer than `_PATIENCE_S`: a disk that hangs may hold them for ever."""
    threads = [threading.Thread(target=_quietly, args=(call,), daemon=True) for call in calls]
    end = time.monotonic() + _PATIENCE_S
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))


def _quietly(call: Callable[[], None]) -> None:
    with contextlib.suppress(KeyError, OSError, RuntimeError):  # it ended by itself
        call()


class _Marker(events.FileSystemEventHandler):
    def __init__(self, folder_id: int, root: str, on_places: OnPlaces, on_moved: Callable[[], None]) -> None:
        self._folder_id, self._root, self._on_places, self._on_moved = folder_id, root, on_places, on_moved

    def on_any_event(self, event: events.FileSystemEvent) -> None:
        paths = [os.fsdecode(path) for path in (event.src_path, event.dest_path)]
        if event.is_directory and event.event_type != events.EVENT_TYPE_CREATED:
            self._on_moved()
            self._on_places(self._folder_id, {Place(self._root, deep=True)})
            return
        places = places_of(paths, self._root, folder=event.is_directory)
        if places:
            self._on_places(self._folder_id, places)


class _Overflow(logging.Handler):
    """Hears of lost events, and of anything else that watchdog warns of: either way events may be missing."""

    def __init__(self, on_overflow: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._on_overflow = on_overflow

    def emit(self, record: logging.LogRecord) -> None:
        """Told without the names in it."""
        _log.warning("watching lost events (%s line %d)", record.module, record.lineno)
        self._on_overflow()
