"""Questions to a disk that may never answer: a share whose server is gone does not fail, its calls hang, for hours.

Such a call cannot be taken back. It is made in a thread of its own, which is left to itself when it says nothing for
too long; whoever asked goes on. That thread is a daemon and holds nothing, so it keeps nobody from ending.

A thread that computes is not silent, be it slow: it walks a tree of a million folders, or the processor is taken.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from typing import Generic, TypeVar

from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

_Answer = TypeVar("_Answer")
Heard = Callable[[], bool]

PATIENCE_S = 10.0
"""A disk that must first begin to turn takes up to eight."""
_LOOK_S = 0.1
_here = threading.local()


class Unanswered(Exception):  # noqa: N818 (nothing is known to be wrong)
    """A question was given up."""


class Question(Generic[_Answer]):
    """One question, asked at once. `ask` gets a function to be called whenever the disk has answered something; it
    gives True once nobody waits any more."""

    def __init__(self, ask: Callable[[Heard], _Answer]) -> None:
        self._ask, self._answer = ask, Future[_Answer]()
        self._heard, self._given_up = time.monotonic(), False
        self._clock: int | None = None
        self._computed_s = 0.0
        threading.Thread(target=self._run, name="question", daemon=True).start()

    @property
    def answered(self) -> bool:
        """Whether the call has returned, be it too late."""
        return self._answer.done()

    @property
    def overdue(self) -> bool:
        """Whether nothing was heard for `PATIENCE_S`, while its thread did nothing else either. To be asked often."""
        if self._answer.done():
            return False
        self._look_at_thread()
        return time.monotonic() - self._heard > PATIENCE_S

    def wait(self, stopped: Callable[[], bool]) -> _Answer:
        """What the disk says, or raises. Raises Unanswered when it says nothing for `PATIENCE_S`, or when `stopped`."""
        while not wait_for([self._answer], _LOOK_S).done:
            if stopped() or self.overdue:
                self._given_up = True
                raise Unanswered
        return self._answer.result()

    def _hear(self) -> bool:
        self._heard = time.monotonic()
        return self._given_up

    def _look_at_thread(self) -> None:
        if self._clock is None:
            return
        with contextlib.suppress(OSError):  # it has just ended
            if (computed_s := time.clock_gettime(self._clock)) > self._computed_s:
                self._computed_s, self._heard = computed_s, time.monotonic()

    def _run(self) -> None:
        if hasattr(time, "pthread_getcpuclockid"):  # not on macOS and Windows
            self._clock = time.pthread_getcpuclockid(threading.get_ident())
        try:
            self._answer.set_result(self._ask(self._hear))
        except BaseException as problem:  # noqa: BLE001 (raised where it was asked)
            self._answer.set_exception(problem)


def give_up_when(stopped: Callable[[], bool]) -> None:
    """From now on this thread waits for no answer any more once `stopped` says so: its engine ends."""
    _here.stopped = stopped


def answer(ask: Callable[[Heard], _Answer], path: str) -> _Answer:
    """What `ask` gives, or raises, about `path`. Raises DISK_SILENT when nothing comes for `PATIENCE_S`, CANCELLED when
    this thread is to give up."""
    stopped: Callable[[], bool] = getattr(_here, "stopped", _never)
    try:
        return Question(ask).wait(stopped)
    except Unanswered:
        raise PagebeamError(ErrorCode.CANCELLED if stopped() else ErrorCode.DISK_SILENT, path) from None


def _never() -> bool:
    return False
