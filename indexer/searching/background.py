"""Background: a fixed sample of the library's pages, against which a question's scores get a meaning.

Nearly all pages of a library have nothing to do with a question, so what it scores on a sample of them is what nothing
scores. The sample is chosen by a hash of the uid: it hardly changes as pages come, and is the same in every process.
"""

import threading

import numpy as np

from indexer.searching.memory_index import Snapshot
from indexer.searching.patches import PatchCache, Patches

SAMPLE = 32
_MIX = np.uint64(0x9E3779B97F4A7C15)


class Background:
    """Thread-safe."""

    def __init__(self, patches: PatchCache) -> None:
        self._patches = patches
        self._lock = threading.Lock()
        self._of: Snapshot | None = None
        self._pages: dict[int, Patches] = {}

    def pages(self, snapshot: Snapshot) -> dict[int, Patches]:
        """The sample's pages by uid; all pages of a small library."""
        with self._lock:
            if self._of is not snapshot:
                chosen = _chosen(snapshot)
                kept = {uid: self._pages[uid] for uid in chosen if uid in self._pages}
                read = self._patches.get([uid for uid in chosen if uid not in kept])
                self._pages = kept | {uid: patches.copied() for uid, patches in read.items()}
                self._of = snapshot
            return self._pages


def _chosen(snapshot: Snapshot) -> list[int]:
    uids = np.concatenate([np.zeros(0, np.int64), *(segment.uids[segment.alive] for segment in snapshot.segments)])
    if len(uids) <= SAMPLE:
        return [int(uid) for uid in uids]
    mixed = uids.astype(np.uint64) * _MIX
    return [int(uid) for uid in uids[np.argpartition(mixed, SAMPLE)[:SAMPLE]]]
