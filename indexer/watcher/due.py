"""Due: which folders are to be looked at, where in them, and when. Thread-safe."""

import contextlib
import random
import threading
import time
from collections.abc import Collection, Iterator

from indexer.watcher.coalesce import Place

_QUIET_LIMIT = 5
_LOOK_S, _WAIT_S = 0.2, 1.0


class Due:
    """A marked folder is due when it has been quiet for `quiet_s`, or for five times as long at most while events keep
    coming. A folder is overdue when the time is over that it was planned for."""

    def __init__(self, quiet_s: float) -> None:
        self._quiet_s = quiet_s
        self._wake = threading.Condition()
        self._marked: dict[int, tuple[float, float, set[Place]]] = {}
        self._next_look: dict[int, float] = {}
        self._busy = self._busy_at_once = 0

    def at_once(self, folder_ids: Collection[int]) -> None:
        """All of these folders, now."""
        with self._wake:
            for folder_id in folder_ids:
                self._marked[folder_id] = (0.0, 0.0, set())
            self._wake.notify()

    def mark(self, folder_id: int, places: set[Place]) -> None:
        """These places of a folder, all of it without any, when it is quiet."""
        now = time.monotonic()
        with self._wake:
            first, _, marked = self._marked.get(folder_id, (now, now, places))
            whole = not marked or not places
            self._marked[folder_id] = (first, now, set() if whole else marked | places)
            self._wake.notify()

    def plan(self, folder_id: int, pause_s: float) -> None:
        """All of a folder after so long, a little more or less."""
        with self._wake:
            self._next_look[folder_id] = time.monotonic() + pause_s * random.uniform(0.75, 1.25)  # noqa: S311

    def forget(self, folder_id: int) -> None:
        """Not this one any more."""
        with self._wake:
            self._marked.pop(folder_id, None)
            self._next_look.pop(folder_id, None)

    def idle(self) -> bool:
        """Whether nothing is marked, and nothing that was taken is still being looked at."""
        with self._wake:
            return not self._marked and not self._busy

    def looked_through(self) -> bool:
        """Whether everything that was to be looked at at once has been, whatever events have marked since."""
        with self._wake:
            return not self._busy_at_once and all(first for first, _, _ in self._marked.values())

    def wake(self) -> None:
        """Let whoever waits in `taken` go."""
        with self._wake:
            self._wake.notify()

    def overdue(self) -> set[int]:
        """Folders whose planned time is over."""
        now = time.monotonic()
        with self._wake:
            return {folder_id for folder_id, when in self._next_look.items() if now > when}

    @contextlib.contextmanager
    def taken(self) -> Iterator[dict[int, set[Place]]]:
        """What is due, by folder, to be looked at within; nothing when a moment passed in which nothing was."""
        with self._wake:
            due = self._ready()
            if not due:
                self._wake.wait(_LOOK_S if self._marked else _WAIT_S)
                due = self._ready()
            self._busy = len(due)
            self._busy_at_once = sum(not self._marked[folder_id][0] for folder_id in due)
            found = {folder_id: self._marked.pop(folder_id)[2] for folder_id in due}
        try:
            yield found
        finally:
            with self._wake:
                self._busy = self._busy_at_once = 0

    def _ready(self) -> list[int]:
        now, quiet = time.monotonic(), self._quiet_s
        return [
            folder_id
            for folder_id, (first, last, _) in self._marked.items()
            if now - last >= quiet or now - first >= _QUIET_LIMIT * quiet
        ]
