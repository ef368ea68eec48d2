"""FolderSync: keeps the catalogue equal to the disk. Events are hints; looking again is the truth.

1. At start, every hour (a little more or less), after sleep, when events were lost, and when asked, each folder is
   looked at as a whole. Where the system does not tell of changes (volumes.py) that is every `poll_s`.
2. An event marks a place. When its folder has been quiet for `quiet_s` (or for five times as long at most while events
   keep coming), the places are looked at again (coalesce.py), and compared with the catalogue (compare.py).
3. Documents that are gone are forgotten last, when all that is new was looked at: what moved from one folder to
   another is still known then, and is not read again.
4. A folder, or a single file, whose disk is away is out of reach, and nothing of it is forgotten.
5. A folder whose disk hangs instead of failing (looks.py) is out of reach as well, and looked at when it answers again.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from indexer.catalogue.catalogue import Catalogue
from indexer.catalogue.records import KnownFile
from indexer.config import EngineConfig
from indexer.documents.fingerprint import Fingerprint, content_hash_now
from indexer.documents.patience import Heard, Unanswered
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode, ErrorReport, report
from indexer.protocol.values import FolderInfo
from indexer.watcher.clock import SleepClock
from indexer.watcher.coalesce import Place, fewest
from indexer.watcher.compare import Changes, all_away, compare
from indexer.watcher.due import Due
from indexer.watcher.looks import Looks, Silent
from indexer.watcher.removing import Removing
from indexer.watcher.roots import Roots
from indexer.watcher.scan import GONE, UNREADABLE, Stopped, look_at, scan
from indexer.watcher.volumes import must_poll
from indexer.watcher.watches import Watches

_log = logging.getLogger(__name__)
_LOOKED_INSIDE = 200
"""So many files are looked into before it is written down: each writing waits for the disk, and what is not written
down when the engine ends is looked into again."""


class FolderSync:
    """Owns the watching threads. `on_changed` gets the ids of documents gone (may be empty) after every change."""

    def __init__(
        self,
        catalogue: Catalogue,
        config: EngineConfig,
        on_changed: Callable[[list[int]], None],
        on_notice: Callable[[ErrorReport], None] = lambda _: None,
    ) -> None:
        self._catalogue, self._config, self._on_changed, self._on_notice = catalogue, config, on_changed, on_notice
        self._watches = Watches(self._mark_places, self.rescan, self._limit_reached)
        self._due = Due(config.quiet_s)
        self._comparing = threading.RLock()
        self._removing = Removing()
        self._looks = Looks()
        self._roots = Roots(catalogue, self._watches, self._looks)
        self._told_limit = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    def start(self) -> None:
        """Watch every folder and look at all of them in the background."""
        self._watches.start()
        self.rescan()
        self._thread.start()

    def stop(self) -> None:
        """End the threads, in the middle of a scan too."""
        self._stopped.set()
        self._due.wake()
        self._watches.stop()
        if self._thread.is_alive():
            self._thread.join(5)

    def rescan(self, folder_ids: Collection[int] | None = None) -> None:
        """Look at these folders again now, in the background; None means all."""
        chosen = [f.folder_id for f in self._catalogue.folders()] if folder_ids is None else folder_ids
        self._due.at_once(chosen)

    def mark(self, folder_id: int) -> None:
        """Look at this folder again soon."""
        self._mark_places(folder_id, set())

    def is_silent(self, folder_id: int) -> bool:
        """Whether the folder's disk does not answer."""
        return folder_id in self._looks.silent

    def idle(self) -> bool:
        """Whether nothing waits to be compared."""
        return self._due.idle()

    def looked_through(self) -> bool:
        """Whether every folder was looked at since that was asked for; what has changed meanwhile may wait."""
        return self._due.looked_through()

    @contextlib.contextmanager
    def without(self, folder_id: int) -> Iterator[None]:
        """While a folder is removed from the catalogue: it is not watched, and nobody looks at it. A look under way at
        it ends soon, and one at other folders, which may take minutes, is not waited for."""
        with self._removing.of(folder_id):
            self._watches.forget(folder_id)
            self._due.forget(folder_id)
            self._looks.forget(folder_id)
            yield

    def compare_all(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Look at every folder now, and return when the catalogue agrees. Raises Stopped when asked to end."""
        self._compare({folder.folder_id: set() for folder in self._catalogue.folders()}, stopped)

    def _compare(self, marked: Mapping[int, set[Place]], stopped: Callable[[], bool]) -> None:
        """Look at the marked places of each folder; none means all of it."""
        with self._comparing:
            self._removing.a_round_begins()
            folders = [info for info in self._catalogue.folders() if info.folder_id in marked]
            folders.sort(key=lambda info: (not info.available, must_poll(info.path)))  # who may hang comes last
            found = [self._compare_folder(info, marked[info.folder_id], stopped) for info in folders]
            gone = self._catalogue.gone(sorted({path for changes in found for path in changes.gone}))
            if gone:
                self._on_changed(gone)

    def _compare_folder(self, info: FolderInfo, places: set[Place], stopped: Callable[[], bool]) -> Changes:
        with self._removing.looking_at(info.folder_id) as removed:
            if removed():
                return Changes()
            try:
                return self._found_at(info, places, lambda: removed() or stopped())
            except (Stopped, Unanswered):
                if stopped():
                    raise Stopped from None
            except Silent:
                self._out_of_reach(info)
                self._plan(info.folder_id, poll=True)
            return Changes()

    def _found_at(self, info: FolderInfo, places: set[Place], stopped: Callable[[], bool]) -> Changes:
        def look(heard: Heard) -> Changes:
            return self._compared(info, places, lambda: heard() or stopped())

        changes = self._looks.at(info.folder_id, look, stopped)
        self._looks.looked_at(info.folder_id)
        return changes

    def _compared(self, info: FolderInfo, places: set[Place], stopped: Callable[[], bool]) -> Changes:
        try:
            known, seen = self._look(info, places, stopped)
        except OSError:
            if stopped():
                raise Stopped from None
            self._out_of_reach(info)
            return Changes()
        changes = compare(known, seen)
        if stopped():
            raise Stopped
        there = not info.path or bool(places) or not all_away(known, changes, seen)
        if there != info.available:
            self._catalogue.set_folder(info.folder_id, available=there)
            self._on_changed([])
        self._apply(info.folder_id, changes, stopped)
        return changes

    def _out_of_reach(self, info: FolderInfo) -> None:
        if info.available:
            self._catalogue.set_folder(info.folder_id, available=False)
            self._on_changed([])

    def _look(
        self, info: FolderInfo, places: set[Place], stopped: Callable[[], bool]
    ) -> tuple[dict[str, KnownFile], dict[str, Fingerprint]]:
        """What is known of the places and what is there. Raises OSError where the folder itself is not there."""
        if not info.path:
            known = self._catalogue.known(info.folder_id)
            self._watch_singles(info.folder_id, known)
            return known, look_at(known, stopped)
        self._watch(info)
        skipped = self._config.folders.data
        fewer = fewest(places, info.path)
        if fewer and info.watched and Place(info.path, deep=True) not in fewer:
            os.stat(info.path)
            return self._look_at_places(info.folder_id, fewer, stopped)
        known = self._catalogue.known(info.folder_id)
        if info.watched or not known:
            return known, dict(scan(info.path, skipped, stopped=stopped))
        os.stat(info.path)
        return known, look_at(known, stopped)

    def _look_at_places(
        self, folder_id: int, places: set[Place], stopped: Callable[[], bool]
    ) -> tuple[dict[str, KnownFile], dict[str, Fingerprint]]:
        known: dict[str, KnownFile] = {}
        seen: dict[str, Fingerprint] = {}
        for place in places:
            below = self._catalogue.known(folder_id, place.path)
            if not place.deep:
                below = {
                    path: file
                    for path, file in below.items()
                    if os.path.dirname(path) == place.path and file.seen != UNREADABLE
                }
            known |= below
            try:
                seen |= dict(scan(place.path, self._config.folders.data, deep=place.deep, stopped=stopped))
            except OSError as problem:
                if problem.errno not in GONE:  # else gone, with all that was in it
                    seen[place.path] = UNREADABLE
        return known, seen

    def _apply(self, folder_id: int, changes: Changes, stopped: Callable[[], bool]) -> None:
        """Write everything down but what is gone. In pieces, so that the first documents can be read meanwhile."""
        moves = [*changes.moved, *self._from_elsewhere(changes.fresh)]
        if stopped():
            raise Stopped
        moved = self._catalogue.moved(folder_id, moves) if moves else 0
        changed = self._catalogue.found(folder_id, changes.fresh) if changes.fresh else 0
        if changes.adopted:
            self._catalogue.adopt(changes.adopted)
        if changes.away:
            self._catalogue.out_of_reach(changes.away)
        if changes.touched:
            self._catalogue.rewritten(folder_id, changes.touched)
        starts = range(0, len(changes.suspect), _LOOKED_INSIDE)
        rewritten = sum(
            self._look_inside(folder_id, changes.suspect[at : at + _LOOKED_INSIDE], stopped) for at in starts
        )
        if moved or changed or rewritten or changes.adopted or changes.away or changes.touched:
            self._on_changed([])

    def _from_elsewhere(self, fresh: list[tuple[str, Fingerprint]]) -> list[tuple[str, str, Fingerprint]]:
        """Which of the new files lay in another folder before, and lie there no more."""
        found = []
        for path, seen in fresh:
            for old in self._catalogue.elsewhere(seen):
                if old != path and not os.path.lexists(old):
                    found.append((old, path, seen))
                    break
        return found

    def _look_inside(
        self, folder_id: int, files: Collection[tuple[str, Fingerprint]], stopped: Callable[[], bool]
    ) -> int:
        """How many have another content than was read; those wait to be read again. Raises Stopped."""
        same, other = list[tuple[str, Fingerprint]](), list[tuple[str, Fingerprint]]()
        for path, seen in files:
            if stopped():
                raise Stopped
            as_read = self._is_as_read(path, stopped)
            if stopped():
                raise Stopped
            (same if as_read else other).append((path, seen))
        if same:
            self._catalogue.adopt(same)
        if other:
            self._catalogue.rewritten(folder_id, other)
        return len(other)

    def _is_as_read(self, path: str, stopped: Callable[[], bool]) -> bool:
        try:
            return content_hash_now(Path(path), stopped) == self._catalogue.content_of(path)
        except PagebeamError:
            return False  # it cannot be read any more: reading it will tell why

    def _watch(self, info: FolderInfo) -> None:
        watched = info.watched and self._watches.ensure(info.folder_id, info.path, deep=True)
        self._plan(info.folder_id, poll=info.watched and (not watched or must_poll(info.path)))

    def _watch_singles(self, folder_id: int, known: Collection[str]) -> None:
        folders = frozenset(os.path.dirname(path) for path in known)
        self._watches.forget(folder_id, keep=folders)
        watched = [self._watches.ensure(folder_id, folder, deep=False) for folder in folders]
        self._plan(folder_id, poll=not all(watched))

    def _plan(self, folder_id: int, *, poll: bool) -> None:
        self._due.plan(folder_id, self._config.poll_s if poll else self._config.rescan_s)

    def _limit_reached(self) -> None:
        if not self._told_limit:
            self._told_limit = True
            self._on_notice(report(ErrorCode.WATCH_LIMIT))

    def _mark_places(self, folder_id: int, places: set[Place]) -> None:
        self._due.mark(folder_id, places)

    def _run(self) -> None:
        clock = SleepClock()
        while not self._stopped.is_set():
            try:
                with self._due.taken() as due:
                    if due:
                        self._compare_safely(due)
                        clock.restart()
                if clock.slept():
                    self.rescan()
                if self._roots.due():
                    self.rescan(self._due.overdue())
                self.rescan(self._roots.changed())
            except Exception:  # noqa: BLE001 (this thread must live as long as the engine)
                _log.exception("folders could not be looked after")
                self._stopped.wait(self._config.retry_s)

    def _compare_safely(self, due: Mapping[int, set[Place]]) -> None:
        try:
            self._compare(due, self._stopped.is_set)
        except Stopped:
            return
        except Exception:  # noqa: BLE001 (they are tried again)
            _log.exception("folders could not be compared")
            self._stopped.wait(self._config.retry_s)
            self.rescan(due)
