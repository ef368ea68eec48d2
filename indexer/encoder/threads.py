"""How many processor threads the models may use, told once and applied in every thread that reads pages.

OpenMP keeps the number per thread, so a number set in one thread says nothing in another (torch takes over what was set
last when a thread computes for the first time, and never after that). Therefore `apply` is called before each batch.
"""

import os
import sys
import threading

_wanted = 0
_here = threading.local()


def usual() -> int:
    """As many as leave the computer usable: all processors but one, yet two where there are two, because reading has
    low priority besides; never more than eight."""
    processors = os.cpu_count() or 1
    return min(8, max(processors - 1, min(2, processors)))


def limit(threads: int) -> None:
    """From now on at most so many; 0 for the usual number."""
    global _wanted
    _wanted = threads


def wanted() -> int:
    """How many there may be."""
    return _wanted or usual()


def apply() -> None:
    """Make the calling thread compute with as many. Does nothing before torch was loaded."""
    number = wanted()
    torch = sys.modules.get("torch")
    if torch is not None and getattr(_here, "threads", 0) != number:
        torch.set_num_threads(number)
        _here.threads = number
