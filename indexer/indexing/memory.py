"""Memory: what engine and renderers take together, and giving back what is only kept for convenience.

Where it goes, measured while Lite reads (MB resident, two cores): Python with torch 200, libraries of the store 150,
the model 90, code and buffers of a first commit and a first merge 200, a renderer 74. What grew from there was memory
that had been freed: glibc keeps it, in one arena for each of dozens of threads. So there are few arenas, and what is
free is given back as the ceiling comes near. Then, too, the machine code of the libraries is let go of: 270 MB of 680,
of which 80 came back with the next pages; most had run once, at the start. The system still has it in its file cache.
"""

import contextlib
import ctypes
import gc
import sys
import time
from collections.abc import Callable, Collection

import psutil

from indexer.freeing import give_back_freed

_NEAR = 0.7
"""Of the ceiling: from here on free memory is given back, so that it is not reached. Recognition, full pages and a
question one after the other took 925 MB of 900 with 0.8, and 864 with 0.7."""
_URGENT = 0.9
"""From here on the pauses are short: what one document left must not lie there while the next one is encoded."""
_PAUSE_S = 5.0
"""Giving back takes some 20 ms."""
_CODE_PAUSE_S = 60.0
_COLLECT_PAUSE_S = 60.0
"""Looking through all of Python's objects takes 0.2 s: before each full batch that was a tenth of the time."""
_OLDEST = 2
_COMING_PAUSE_S = 0.5
"""Merging has steps of half a second, before each of which room is asked for."""
RECOGNITION_BYTES = 250_000_000
"""What recognising the words of a page takes, with its models: 240 MB for the largest of 16 scans and photos. It takes
seconds, so before each one all is given back, however little time has passed: what the commit in between had taken,
with the code, was 200 MB more, and scans of dense pages took 969 MB."""
_CODE_BYTES = 1 << 20
_MADV_DONTNEED = 4
_ARENAS = 2
_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3
_MAPPED_BYTES = 8_000_000
"""Larger pieces of memory are the system's own, and back with it when they are freed. glibc would raise that to 32 MB
as such pieces come, and fill the room they leave with small ones that stay: of 440 MB, 130 were in use. With 4 MB the
network's own pieces would be among them, and a page would take a twelfth longer."""


def taken_bytes(pids: Collection[int]) -> int:
    """Resident memory of this process and those given."""
    total = 0
    for pid in (psutil.Process().pid, *pids):
        with contextlib.suppress(psutil.Error):
            total += int(psutil.Process(pid).memory_info().rss)
    return total


def keep_few_arenas() -> None:
    """Threads that begin from now on share arenas of the C library, without large pieces in them (glibc only)."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _MAPPED_BYTES)


class Ceiling:
    """Asked after every commit: keeps below `most_bytes`, for engine and renderers together, what can be kept."""

    def __init__(self, most_bytes: int, pids: Callable[[], Collection[int]], shrink: Callable[[], None]) -> None:
        self.most_bytes = most_bytes
        self.beside: Callable[[], int] = lambda: 0
        """What is taken beside by a large model, which the user chose knowing its size."""
        self._pids, self._shrink = pids, shrink
        self._given_back, self._code_given_back, self._collected = -_PAUSE_S, -_CODE_PAUSE_S, -_COLLECT_PAUSE_S

    def keep(self, coming_bytes: int = 0) -> None:
        """Give free memory back where much is taken, and idle renderers where that is not enough.

        coming_bytes: what is about to be taken for a moment, as by the recognition of a page."""
        taken = taken_bytes(self._pids())
        now, most = time.monotonic(), self.most_bytes + self.beside() - coming_bytes
        if coming_bytes >= RECOGNITION_BYTES:
            pause_s = code_pause_s = 0.0
        elif coming_bytes or taken > _URGENT * most:
            pause_s = code_pause_s = _COMING_PAUSE_S
        else:
            pause_s, code_pause_s = _PAUSE_S, _CODE_PAUSE_S
        if taken > _NEAR * most and now - self._given_back > pause_s:
            self._given_back = now
            self._collect(now)
            give_back_freed()
            taken = taken_bytes(self._pids())
        if taken > _NEAR * most and now - self._code_given_back > code_pause_s:
            self._code_given_back = now
            _let_go_of_code()
            taken = taken_bytes(self._pids())
        if taken > most:
            self._shrink()

    def _collect(self, now: float) -> None:
        """What only refers to itself: what is new of it, and from time to time all."""
        everything = now - self._collected > _COLLECT_PAUSE_S
        if everything:
            self._collected = now
        gc.collect(_OLDEST if everything else _OLDEST - 1)


def _let_go_of_code() -> None:
    """Unmap what is loaded of the libraries' code and constants; it is read again from their files where it is needed.

    Only of mappings that hold nothing of their own: what was changed in memory would be lost.
    """
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError, ValueError):
        libc = ctypes.CDLL(None)
        libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        for place in psutil.Process().memory_maps(grouped=False):
            first, last = (int(at, 16) for at in place.addr.split("-"))
            code = place.perms[:2] == "r-" and place.path.startswith("/")
            if code and place.anonymous == 0 and place.private_dirty == 0 and last - first >= _CODE_BYTES:
                libc.madvise(first, last - first, _MADV_DONTNEED)
