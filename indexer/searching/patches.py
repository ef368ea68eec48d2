"""Patches of candidate pages: scored where they lie on the disk; read from the store where they do not lie there as
expected, or are needed in memory; from far away the last read are kept.
"""

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.encoder.encoder import VectorSpace
from indexer.scoring.maxsim import Floats, Question, half_values, score_values
from indexer.searching.file_scores import UNREAD, score_in_files
from indexer.searching.together import together
from indexer.store.data_files import nowhere
from indexer.store.schema import PATCHES
from indexer.store.store import Store
from indexer.store.values import Room, Values, joined, new_room

_log = logging.getLogger(__name__)
_AT_ONCE = 24
_IN_FILES = os.name == "posix"
MOST_BYTES = 96_000_000
"""Kept of an object store's pages: about 1,400 of 512 vectors. On a disk here the system keeps what is read."""


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


def best_on(question: Question, values: Values) -> Floats:
    """The largest product for each of the question's vectors on pages as they are stored: float32 (p, m), by several
    threads; those that are damaged are left out.
    """
    raised, counts, present = question.nothing_yet(len(values), 0)

    def score(some: slice) -> None:
        pages = values.some(some)
        places = pages.buffer, pages.starts, pages.ends, pages.numbers
        score_values(*places, question.layout, half_values(), _NO_TERMS, raised[some], counts[some], present[some])

    together(score, len(values))
    best = question.finished(raised)
    return best if (counts >= 0).all() else best[counts >= 0]


_NO_TERMS = np.zeros(0, np.int64)


def scored(question: Question, values: Values, terms: npt.NDArray[np.int64]) -> Scored:
    """Score pages as they are stored; those that are damaged are left out."""
    found = question.value_maxima(values.buffer, values.starts, values.ends, values.numbers, terms)
    return _undamaged(values.uids, *found)


def _undamaged(
    uids: npt.NDArray[np.int64],
    best: npt.NDArray[np.float32],
    counts: npt.NDArray[np.int32],
    present: npt.NDArray[np.bool_],
) -> Scored:
    good = counts >= 0
    if good.all():
        return Scored(uids, best, present)
    if damaged := int(((counts < 0) & (counts != UNREAD)).sum()):
        _log.warning("the patches of %d pages are damaged", damaged)
    return Scored(uids[good], best[good], present[good])


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

    def scored(self, question: Question, uids: Sequence[int], terms: npt.NDArray[np.int64]) -> Scored:
        """Score pages, in any order; those that are gone or damaged are left out."""
        located, others = nowhere(), np.array(uids, np.int64)
        if self._store.is_near and _IN_FILES:
            located, others = self._store.locate(PATCHES, self._space, uids)
        raised, counts, present = question.nothing_yet(len(located), len(terms))
        longest = int(located.lengths.max(initial=0))

        def score(some: slice) -> None:
            into = raised[some], counts[some], present[some]
            score_in_files(question, located.some(some), terms, _room(longest), *into)

        together(score, len(located))
        found = _undamaged(located.uids, question.finished(raised), counts, present)
        unread = [*others.tolist(), *located.uids[counts == UNREAD].tolist()]
        if not unread:
            return found
        more = together(lambda some: scored(question, self.values(unread[some], _room), terms), len(unread), _AT_ONCE)
        return Scored.joined([found, *more])

    def _keep(self, values: Values) -> None:
        with self._lock:
            for at, uid in enumerate(values.uids.tolist()):
                self._kept[uid] = values.one(at)
                self._bytes += len(self._kept[uid].buffer)
            while self._bytes > self._most and len(self._kept) > 1:
                self._bytes -= len(self._kept.popitem(last=False)[1].buffer)


_rooms = threading.local()


def _room(size: int) -> npt.NDArray[np.uint8]:
    """A thread's own memory, used again: new memory costs more than reading into it."""
    room: npt.NDArray[np.uint8] = getattr(_rooms, "room", np.zeros(0, np.uint8))
    if len(room) < size:
        _rooms.room = room = np.empty(size + size // 4, np.uint8)
    return room
