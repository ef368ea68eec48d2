"""Work in parts, done by the caller and by threads that help while there is any left.

The caller never waits for a thread to begin: on a busy machine that took longer than the work itself. Machine code and
reads run without the interpreter's lock, so two processors do the work in half the time.
"""

import concurrent.futures
import itertools
import os
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

HELPERS = max(0, min(4, os.cpu_count() or 1) - 1)
_free = threading.Semaphore(HELPERS)
"""One for each thread that has nothing to do: work that would wait for one is done by those who ask for it."""
_pool = concurrent.futures.ThreadPoolExecutor(max(1, HELPERS), "search")

Part = TypeVar("Part")
Result = TypeVar("Result")


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
    while len(helpers) < len(parts) - 1 and _free.acquire(blocking=False):
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
