"""Whose turn it is on the device: one at a time, and a question before any further batch of pages."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock with two queues. A question waits for the batch (or layer) in hand, and for no other page work."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._busy = False
        self._questions = 0

    @contextmanager
    def question(self) -> Iterator[None]:
        """The device for a question, as soon as it is free."""
        with self._changed:
            self._questions += 1
            try:
                self._changed.wait_for(lambda: not self._busy)
                self._busy = True
            finally:
                self._questions -= 1
        try:
            yield
        finally:
            self._release()

    @contextmanager
    def pages(self) -> Iterator[None]:
        """The device for pages, when it is free and no question waits."""
        self._take_for_pages()
        try:
            yield
        finally:
            self._release()

    def give_way(self) -> None:
        """Called by the holder of a page turn between layers: let waiting questions run, then go on."""
        if self._questions:
            self._release()
            self._take_for_pages()

    def _take_for_pages(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._busy and not self._questions)
            self._busy = True

    def _release(self) -> None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()
