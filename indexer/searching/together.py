"""Work in parts, done by the caller and by threads that help while there is any left and a processor is free.

The caller never waits for a thread to begin: on a busy machine that took longer than the work itself. Machine code and
reads run without the interpreter's lock, so two processors do the work of one question in half the time. Where several
questions are asked at once there are as many at work as processors, and nobody helps: more would wait for each other
at every step.
"""

import concurrent.futures
import contextlib
import itertools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

_PROCESSORS = os.cpu_count() or 1
HELPERS = max(0, min(4, _PROCESSORS) - 1)
"""Threads that help one caller."""
_free = threading.Semaphore(max(2, _PROCESSORS))
"""One for each question or helper that may be at work."""
_pool = concurrent.futures.ThreadPoolExecutor(max(1, _PROCESSORS), "search")

Part = TypeVar("Part")
Result = TypeVar("Result")


@contextlib.contextmanager
def at_work() -> Iterator[None]:
    """A question's turn; waited for while as many are at work as there are processors, and two on one."""
    with _free:
        yield


def together(work: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
    """What `work` gives for each part, in order. Raises what it raises."""
    results: dict[int, Result] = {}
    numbers = itertools.count()

    def some() -> None:
        while (at := next(numbers)) < len(parts):
            results[at] = work(parts[at])

    def helped() -> None:
        try:
            some()
        finally:
            _free.release()

    helpers: list[concurrent.futures.Future[None]] = []
    while len(helpers) < min(HELPERS, len(parts) - 1) and _free.acquire(blocking=False):
        helpers.append(_pool.submit(helped))
    try:
        some()
    finally:
        for helper in helpers:
            if helper.cancel():
                _free.release()
            else:
                helper.result()
    return [results[at] for at in range(len(parts))]
