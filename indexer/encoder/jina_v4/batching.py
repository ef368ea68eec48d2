"""Pages grouped by patch count, so that nothing is padded, within a budget of memory and of time.

Memory decides how large a batch may be; time decides how large it should be: progress is told and a stop obeyed between
batches, and larger ones are no faster. How long a patch takes is measured on the work itself.
"""

import threading
from collections.abc import Sequence

SECONDS_PER_BATCH = 0.12
"""Short enough that a question could wait for a whole one (it waits for a few layers, see turns.InStep), long enough
for full speed: six pages on an H200."""
FIRST_BATCH_CELLS = 768
"""One page of the default size, before anything has been measured."""
MAX_BATCH_CELLS = 12_288
"""Sixteen pages of the default size. On an H200 batches of 4, 8 and 12 pages gave 48, 51 and 51 pages a second."""
_GROWTH = 4.0


def plan(cells: Sequence[int], budget: int) -> list[list[int]]:
    """Indexes of pages in batches of equal cell count and at most `budget` cells, one page at least.

    >>> plan([736, 720, 736, 736], 1500)
    [[0, 2], [3], [1]]
    """
    by_count: dict[int, list[int]] = {}
    for index, count in enumerate(cells):
        by_count.setdefault(count, []).append(index)
    batches: list[list[int]] = []
    for count, indexes in by_count.items():
        size = max(1, budget // max(1, count))
        batches += [indexes[start : start + size] for start in range(0, len(indexes), size)]
    return batches


class Budget:
    """How many cells (image tokens) the next batch may have. Thread-safe."""

    def __init__(self, memory_cells: int) -> None:
        self._memory = max(1, memory_cells)
        self._cells = min(FIRST_BATCH_CELLS, self._memory)
        self._lock = threading.Lock()

    @property
    def cells(self) -> int:
        """Of the next batch."""
        return self._cells

    def took(self, cells: int, seconds: float) -> None:
        """A batch of `cells` is done after `seconds`: aim the next at SECONDS_PER_BATCH, growing by steps."""
        with self._lock:
            wanted = cells * SECONDS_PER_BATCH / max(seconds, 1e-6)
            self._cells = int(max(1, min(wanted, self._cells * _GROWTH, self._memory, MAX_BATCH_CELLS)))

    def halve(self, cells: int) -> None:
        """A batch of `cells` did not fit into memory: never try more than half of it again."""
        with self._lock:
            self._memory = max(1, min(self._memory, cells) // 2)
            self._cells = min(self._cells, self._memory)
