"""Writer: what was read of documents to their end, written several documents at once by a thread of its own.

A commit of three tables costs a quarter of a second of a disk that syncs and of a processor, whether it brings one page
or sixteen, and most documents of a household are one page. So they are gathered for `_GATHER_S`, or until a commit is
full, or until there is nothing more to read; meanwhile the next document is read.
"""

import threading
import time
from collections.abc import Callable, Iterable

from indexer import background
from indexer.indexing.work import Work

_GATHER_S = 1.0
_WAITING_COMMITS = 2
"""Reading waits while so many full commits have not been written."""


class Writer:
    """Thread-safe. `write` gets the documents in the order in which they came, and must not raise."""

    def __init__(self, write: Callable[[list[Work]], None], commit_pages: int, *, eager: bool) -> None:
        self._write, self._full, self._eager = write, commit_pages, eager
        self._changed = threading.Condition()
        self._gathered: list[Work] = []
        self._since = 0.0
        self._at_once = self._stopped = False
        self._in_hand: list[Work] = []
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def take(self, work: Work) -> None:
        """Write this soon. Waits while much has not been written."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or _pages(self.unwritten()) < _WAITING_COMMITS * self._full)
            if not self._gathered:
                self._since = time.monotonic()
            self._gathered.append(work)
            self._changed.notify_all()

    def unwritten(self) -> list[Work]:
        """What was taken and is not written yet."""
        with self._changed:
            return [*self._in_hand, *self._gathered]

    def settle(self) -> None:
        """Everything taken so far is written when this returns."""
        with self._changed:
            self._at_once = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: (not self._gathered and not self._in_hand) or not self._thread.is_alive())

    def stop(self, patience_s: float) -> None:
        """Write what was taken and end."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(patience_s)

    def _due_s(self) -> float:
        """How long until what is gathered is written; 0 for now."""
        if self._at_once or self._stopped or _pages(self._gathered) >= self._full:
            return 0.0
        return max(0.0, self._since + _GATHER_S - time.monotonic())

    def _run(self) -> None:
        if not self._eager:
            background.this_thread()
        while True:
            with self._changed:
                while not self._gathered or self._due_s():
                    if not self._gathered:
                        self._at_once = False
                        self._changed.notify_all()
                        if self._stopped:
                            return
                    self._changed.wait(self._due_s() if self._gathered else None)
                works = self._in_hand = self._gathered
                self._gathered = []
            self._write(works)
            with self._changed:
                self._in_hand = []
                self._changed.notify_all()


def _pages(works: Iterable[Work]) -> int:
    return sum(len(work.rows) for work in works)
