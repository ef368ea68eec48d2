"""Removing: lets a folder be removed while folders are looked at, without waiting for the others. Thread-safe."""

import contextlib
import threading
from collections.abc import Callable, Iterator

_PATIENCE_S = 10.0
"""A look ends within milliseconds, unless a share that is gone holds it: whatever it finds then is not taken up."""


class Removing:
    """One round of looking at a time, one folder of it after another; any number of removals beside it."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._under_way: set[int] = set()
        self._removed: set[int] = set()
        """Since the round began: it still has them in its list."""
        self._looking: int | None = None

    @contextlib.contextmanager
    def of(self, folder_id: int) -> Iterator[None]:
        """While a folder is removed. Waits until nobody looks at it, but not for ever."""
        with self._turn:
            self._under_way.add(folder_id)
            self._removed.add(folder_id)
            self._turn.wait_for(lambda: self._looking != folder_id, _PATIENCE_S)
        try:
            yield
        finally:
            with self._turn:
                self._under_way.discard(folder_id)

    def a_round_begins(self) -> None:
        """Before the catalogue is asked which folders there are."""
        with self._turn:
            self._removed = set(self._under_way)

    @contextlib.contextmanager
    def looking_at(self, folder_id: int) -> Iterator[Callable[[], bool]]:
        """While a folder is looked at. Gives a question to be asked often: whether it is being removed, or is."""
        with self._turn:
            self._looking = folder_id
        try:
            yield lambda: folder_id in self._removed
        finally:
            with self._turn:
                self._looking = None
                self._turn.notify_all()
