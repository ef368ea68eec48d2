"""Whose turn it is on the device: one at a time, and a question before any further layer of a batch of pages."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LAYERS_AHEAD = 4
"""How many layers a graphics card may be asked for beyond what it has done: 7 ms of an H200 in a batch of six pages,
and enough that it never stands still between two layers."""


class Turns:
    """A lock with two queues. A question waits for the batch (or layer) in hand, and for no other page work."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._busy = False
        self._interrupted = False
        """A batch of pages gave way in its middle and is to go on before any other begins: two would need the memory
        of two."""
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
        with self._changed:
            self._changed.wait_for(lambda: not self._busy and not self._questions and not self._interrupted)
            self._busy = True
        try:
            yield
        finally:
            self._release()

    def give_way(self) -> None:
        """Called by the holder of a page turn between layers: let waiting questions run, then go on."""
        if not self._questions:
            return
        with self._changed:
            self._busy, self._interrupted = False, True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._busy and not self._questions)
            self._busy, self._interrupted = True, False

    def _release(self) -> None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()


class InStep:
    """A pause between layers for a device that is asked ahead, as graphics cards are: it gives way in time.

    Asking takes a fraction of a layer's time, so a whole batch would be queued before the first layer is done, and a
    question behind all of it. Here the asking stays at most `ahead` layers in front, so that a question that gets its
    turn waits for those, however long a batch or a single page takes.

    mark: called after a layer was asked for; gives a wait that returns when the device has done it.
    """

    def __init__(
        self, give_way: Callable[[], None], mark: Callable[[], Callable[[], None]], ahead: int = LAYERS_AHEAD
    ) -> None:
        self._give_way, self._mark, self._ahead = give_way, mark, ahead
        self._waits: deque[Callable[[], None]] = deque()

    def __call__(self) -> None:
        """After each layer, by the holder of a turn for pages."""
        self._waits.append(self._mark())
        while len(self._waits) > self._ahead:
            self._waits.popleft()()
        self._give_way()
