"""Patches of candidate pages: read from the store as they lie there; from far away the last read are kept in memory."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.encoder.encoder import VectorSpace
from indexer.scoring.maxsim import Question
from indexer.store.rows import patches_in
from indexer.store.schema import PATCHES
from indexer.store.store import Store
from indexer.store.terms import Terms
from indexer.store.values import Room, Values, joined, new_room

_log = logging.getLogger(__name__)
MOST_BYTES = 96_000_000
"""Kept of an object store's pages: about 1,400 of 512 vectors. On a disk here the system keeps what is read."""


@dataclass(frozen=True, slots=True)
class Patches:
    """A page's vectors. vectors: int8 (n, size), scales: float32 (n,); the first `words_end` are of kind 0."""

    vectors: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]
    words_end: int
    terms: Terms


@dataclass(frozen=True, slots=True)
class Scored:
    """Pages with what a question scores on them. uids: int64 (p,); best: float32 (p, m), the largest product for each
    of the question's vectors; present: bool (p, t), which terms stand on it.
    """

    uids: npt.NDArray[np.int64]
    best: npt.NDArray[np.float32]
    present: npt.NDArray[np.bool_]

    @staticmethod
    def joined(parts: Sequence["Scored"]) -> "Scored":
        """Several as one."""
        columns = zip(*((part.uids, part.best, part.present) for part in parts), strict=True)
        return Scored(*(np.concatenate(column) for column in columns))


NO_TERMS = np.zeros(0, np.int64)


def scored(question: Question, values: Values, terms: npt.NDArray[np.int64]) -> Scored:
    """Score pages as they are stored; those that are damaged are left out."""
    found = question.value_maxima(values.buffer, values.starts, values.ends, values.numbers, terms)
    best, counts, present = found
    if (counts < 0).any():
        _log.warning("the patches of %d pages are damaged", int((counts < 0).sum()))
        good = counts >= 0
        return Scored(values.uids[good], best[good], present[good])
    return Scored(values.uids, best, present)


class PatchReader:
    """Thread-safe. A uid's patches never change, so nothing here is ever stale."""

    def __init__(self, store: Store, space: VectorSpace, most_bytes: int = MOST_BYTES) -> None:
        self._store, self._space, self._most = store, space, most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, Values] = OrderedDict()
        self._bytes = 0

    def values(self, uids: Sequence[int], room: Room = new_room) -> Values:
        """As they are stored, in any order; pages that are gone do not come."""
        if self._store.is_near:
            return self._store.values(PATCHES, self._space, uids, room)
        with self._lock:
            found = {uid: self._kept[uid] for uid in uids if uid in self._kept}
            for uid in found:
                self._kept.move_to_end(uid)
        missing = [uid for uid in uids if uid not in found]
        read = self._store.values(PATCHES, self._space, missing) if missing else None
        if read is not None:
            self._keep(read)
        return joined([*found.values(), *([] if read is None else [read])])

    def get(self, uids: Collection[int]) -> dict[int, Patches]:
        """Patches by uid; pages that are gone or unreadable are left out."""
        values, read = self.values(list(uids)), {}
        columns = (values.uids, values.starts, values.ends, values.numbers)
        for uid, start, end, words_end in zip(*(column.tolist() for column in columns), strict=True):
            try:
                vectors, scales, terms = patches_in(values.buffer[start:end], words_end, self._space.vector_size)
            except ValueError:
                _log.warning("the patches of a page are damaged")
                continue
            read[uid] = Patches(vectors, scales, words_end, terms)
        return read

    def _keep(self, values: Values) -> None:
        with self._lock:
            for at, uid in enumerate(values.uids.tolist()):
                self._kept[uid] = values.one(at)
                self._bytes += len(self._kept[uid].buffer)
            while self._bytes > self._most and len(self._kept) > 1:
                self._bytes -= len(self._kept.popitem(last=False)[1].buffer)
