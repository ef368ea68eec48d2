"""Background: a fixed sample of the library's pages, against which a question's scores get a meaning.

Nearly all pages of a library have nothing to do with a question, so what it scores on a sample of them is what nothing
scores. The sample is chosen by a hash of the uid: it hardly changes as pages come, and is the same in every process.
"""

import threading

import numpy as np

from indexer.searching.memory_index import Snapshot
from indexer.searching.patches import PatchReader
from indexer.store.values import Values, no_values

SAMPLE, LARGE_SAMPLE, LARGE = 128, 32, 2048
"""Pages in the sample, and in libraries of more than so many pages, where each costs time that is short there.

On ../shared/bench 128 tell answered from unanswerable questions the same in whatever order pages were read, whichever
way the encoder multiplies; 32 called 3 to 5 of the 6 so, by chance.
"""
_MIX = np.uint64(0x9E3779B97F4A7C15)


class Background:
    """Thread-safe."""

    def __init__(self, patches: PatchReader) -> None:
        self._patches = patches
        self._lock = threading.Lock()
        self._of: Snapshot | None = None
        self._chosen: list[int] = []
        self._pages = no_values()

    def pages(self, snapshot: Snapshot) -> Values:
        """The sample's pages as they are stored; all pages of a small library."""
        with self._lock:
            if self._of is not snapshot:
                chosen = _chosen(snapshot)
                if chosen != self._chosen or len(self._pages) != len(chosen):
                    self._pages, self._chosen = self._patches.values(chosen), chosen
                self._of = snapshot
            return self._pages


def _chosen(snapshot: Snapshot) -> list[int]:
    uids = np.concatenate([np.zeros(0, np.int64), *(segment.uids[segment.alive] for segment in snapshot.segments)])
    size = SAMPLE if len(uids) <= LARGE else LARGE_SAMPLE
    if len(uids) <= size:
        return sorted(uids.tolist())
    mixed = uids.astype(np.uint64) * _MIX
    return sorted(uids[np.argpartition(mixed, size)[:size]].tolist())
