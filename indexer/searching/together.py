"""Work in parts, done by the caller and by threads that help while there is any left.

The caller never waits for a thread to begin: on a busy machine that took longer than the work itself. Machine code and
reads run without the interpreter's lock, so two processors do the work in half the time.
"""

import concurrent.futures
import itertools
import os
from collections.abc import Callable, Sequence
from typing import TypeVar

HELPERS = max(0, min(4, os.cpu_count() or 1) - 1)
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

    helpers = [_pool.submit(some) for _ in range(min(HELPERS, len(parts) - 1))]
    try:
        some()
    finally:
        for helper in helpers:
            if not helper.cancel():
                helper.result()
    return [results[at] for at in range(len(parts))]
