"""Memory: what engine and renderers take together, and giving back what is only kept for convenience."""

import contextlib
import ctypes
import gc
import sys
from collections.abc import Callable, Collection

import psutil


def taken_bytes(pids: Collection[int]) -> int:
    """Resident memory of this process and those given."""
    total = 0
    for pid in (psutil.Process().pid, *pids):
        with contextlib.suppress(psutil.Error):
            total += int(psutil.Process(pid).memory_info().rss)
    return total


class Ceiling:
    """Asked after every document: keeps below `most_bytes` what can be kept."""

    def __init__(self, most_bytes: int, pids: Callable[[], Collection[int]], shrink: Callable[[], None]) -> None:
        self.most_bytes = most_bytes
        self._pids, self._shrink = pids, shrink

    def keep(self) -> None:
        """Give memory back where too much is taken: the free memory that the C library holds, then idle renderers."""
        if taken_bytes(self._pids()) <= self.most_bytes:
            return
        gc.collect()
        _trim()
        if taken_bytes(self._pids()) > self.most_bytes:
            self._shrink()


def _trim() -> None:
    """What was freed glibc keeps for itself, which in a process of many threads is hundreds of megabytes."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)
