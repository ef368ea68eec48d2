"""Work in parts, done by the caller and by threads that help while there is any left and a processor is free.

The caller never waits for a thread to begin: on a busy machine that took longer than the work itself. Machine code and
reads run without the interpreter's lock, so two processors do the work of one question in half the time. Where several
questions are asked at once there are as many at work as processors, and nobody helps: more would wait for each other
at every step. Then work is not taken to pieces either, for after each piece the interpreter's lock is waited for.
"""

import concurrent.futures
import contextlib
import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

_PROCESSORS = os.cpu_count() or 1
HELPERS = max(0, min(4, _PROCESSORS) - 1)
"""Threads that help one caller."""
_free = threading.Semaphore(max(2, _PROCESSORS))
"""One for each question or helper that may be at work."""
_SLICES = 2
"""Slices for each who works, so that nobody waits long for who began late."""
_pool = concurrent.futures.ThreadPoolExecutor(max(1, _PROCESSORS), "search")

Result = TypeVar("Result")


@contextlib.contextmanager
def at_work() -> Iterator[None]:
    """A question's turn; waited for while as many are at work as there are processors, and two on one."""
    with _free:
        yield


def together(work: Callable[[slice], Result], count: int, most: int = sys.maxsize) -> list[Result]:
    """What `work` gives for slices that make up range(count), in order; one slice when nobody helps. Raises what it
    raises.

    most: of a slice, so that a helper who is kept from working keeps back little.
    """
    results: dict[int, Result] = {}
    numbers = itertools.count()
    helping = 0
    while helping < min(HELPERS, count - 1) and _free.acquire(blocking=False):
        helping += 1
    size = max(1, min(most, -(-count // (_SLICES * (helping + 1))))) if helping else max(1, count)
    slices = [slice(start, min(start + size, count)) for start in range(0, count, size)]

    def some() -> None:
        while (at := next(numbers)) < len(slices):
            results[at] = work(slices[at])

    def helped() -> None:
        try:
            some()
        finally:
            _free.release()

    helpers = [_pool.submit(helped) for _ in range(helping)]
    try:
        some()
    finally:
        for helper in helpers:
            if helper.cancel():
                _free.release()
            else:
                helper.result()
    return [results[at] for at in range(len(slices))]
