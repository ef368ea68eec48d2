"""Patches of candidate pages: read from the store by row id, the last used kept in memory up to a limit."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.encoder.encoder import VectorSpace
from indexer.store.rows import patches_of
from indexer.store.schema import PATCHES
from indexer.store.store import Store
from indexer.store.terms import Terms

_log = logging.getLogger(__name__)
MOST_BYTES = 96_000_000
"""About 1,400 pages of 512 vectors."""


@dataclass(frozen=True, slots=True)
class Patches:
    """A page's vectors. vectors: int8 (n, size), scales: float32 (n,); the first `words_end` are of kind 0."""

    vectors: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]
    words_end: int
    terms: Terms

    def copied(self) -> "Patches":
        """The same in memory of its own; as read it keeps the memory of all pages read with it."""
        return Patches(self.vectors.copy(), self.scales.copy(), self.words_end, self.terms.copy())

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return self.vectors.nbytes + self.scales.nbytes + self.terms.nbytes


class PatchCache:
    """Thread-safe. A uid's patches never change, so nothing here is ever stale."""

    def __init__(self, store: Store, space: VectorSpace, most_bytes: int = MOST_BYTES) -> None:
        self._store, self._space, self._most = store, space, most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, Patches] = OrderedDict()
        self._bytes = 0

    def get(self, uids: Collection[int]) -> dict[int, Patches]:
        """Patches by uid; pages that are gone or unreadable are left out."""
        found: dict[int, Patches] = {}
        with self._lock:
            for uid in uids:
                if (patches := self._kept.get(uid)) is not None:
                    self._kept.move_to_end(uid)
                    found[uid] = patches
        missing = [uid for uid in uids if uid not in found]
        return found | self._read(missing) if missing else found

    def keep(self, pages: Mapping[int, Patches]) -> None:
        """These will be wanted again: the next letter typed finds much the same pages."""
        with self._lock:
            for uid, patches in pages.items():
                if uid in self._kept:
                    continue
                self._kept[uid] = patches.copied()
                self._bytes += patches.size_bytes
            while self._bytes > self._most and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1].size_bytes

    def _read(self, uids: list[int]) -> dict[int, Patches]:
        read = {}
        for row in self._store.rows(PATCHES, self._space, uids, ["uid", "words_end", "data"]):
            try:
                vectors, scales, terms = patches_of(row, self._space.vector_size)
            except ValueError:
                _log.warning("the patches of a page are damaged")
                continue
            read[row["uid"]] = Patches(vectors, scales, row["words_end"], terms)
        return read
