"""Looks: looking at folders, each in a thread of its own, so that one whose disk hangs holds up no other. Thread-safe.

A look that hears nothing from its disk for a while (patience.py) is given up, and the folder is silent. Its thread may
hang for hours: until it is back nobody looks at that folder again. A glance is a short look that nobody waits for.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from indexer.documents.patience import Heard, Question, Unanswered

_Found = TypeVar("_Found")


class Silent(Exception):  # noqa: N818 (nothing is known to be wrong)
    """The folder's disk does not answer."""


class Looks:
    """`silent`: folders whose disk did not answer, until one says that it was looked at."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hanging: dict[int, Question[Any]] = {}
        self._glances: dict[int, Question[bool]] = {}
        self.silent: frozenset[int] = frozenset()

    def at(self, folder_id: int, look: Callable[[Heard], _Found], stopped: Callable[[], bool]) -> _Found:
        """What `look` finds, or raises. Raises Silent, or Unanswered when asked to stop."""
        if self._hangs(folder_id):
            raise Silent
        question = Question(look)
        try:
            return question.wait(stopped)
        except Unanswered:
            if stopped():
                raise
            with self._lock:
                self._hanging[folder_id] = question
                self.silent |= {folder_id}
            raise Silent from None

    def looked_at(self, folder_id: int) -> None:
        """The folder's disk answers."""
        with self._lock:
            self.silent -= {folder_id}

    def glance(self, folder_id: int, look: Callable[[Heard], bool]) -> None:
        """Begin to look, unless the last glance has not come back."""
        with self._lock:
            if folder_id not in self._glances:
                self._glances[folder_id] = Question(look)

    def glanced(self) -> tuple[set[int], set[int]]:
        """Folders where a glance found what it looked for, and those that have become silent since the last call."""
        found, silent = set(), set()
        with self._lock:
            for folder_id, question in list(self._glances.items()):
                if question.answered:
                    del self._glances[folder_id]
                    if question.wait(lambda: False):
                        found.add(folder_id)
                elif question.overdue and folder_id not in self.silent:
                    silent.add(folder_id)
            self.silent |= silent
        return found, silent

    def answering_again(self) -> set[int]:
        """Silent folders of which no call hangs any more: they can be looked at again."""
        return {folder_id for folder_id in self.silent if not self._hangs(folder_id)}

    def forget(self, folder_id: int) -> None:
        """The folder is removed."""
        with self._lock:
            self.silent -= {folder_id}
            self._hanging.pop(folder_id, None)
            self._glances.pop(folder_id, None)

    def _hangs(self, folder_id: int) -> bool:
        with self._lock:
            if (question := self._hanging.get(folder_id)) is not None and question.answered:
                del self._hanging[folder_id]
            glance = self._glances.get(folder_id)
            return folder_id in self._hanging or (glance is not None and glance.overdue)
