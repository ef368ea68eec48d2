"""Segment: the codes of some pages in memory, one array after another; never changed but for pages that have gone.

Small segments are joined as a binary counter would, so adding page after page moves each code a few times only.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from indexer.protocol.values import TextSource
from indexer.store.arrays import flat, one_array

LARGEST = 8192
"""Pages of a segment beyond which it is not joined any more."""
SOURCES = tuple(TextSource)
_SINGLE_BYTES = 16
Ints = npt.NDArray[np.int64]
Bounds = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Segment:
    """Pages coded about the same means, in order of their row ids.

    row_ids, uids, documents: int64 (n,); pages: int32 (n,); sources: uint8 (n,), places in SOURCES; single: uint64
    (n, 2). codes: uint64 (2, c), halves apart. bounds: int32 (5, n): where a page's codes of kind 0 begin, its leaders
    of kind 0 end, kind 0 ends (and kind 1 begins), its leaders end, and kind 1 ends. alive: bool (n,).
    """

    means: int
    row_ids: Ints
    uids: Ints
    documents: Ints
    pages: npt.NDArray[np.int32]
    sources: npt.NDArray[np.uint8]
    single: npt.NDArray[np.uint64]
    codes: npt.NDArray[np.uint64]
    bounds: Bounds
    alive: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.uids)

    def without(self, gone: npt.NDArray[np.bool_]) -> "Segment":
        """The same with some pages dead; their codes stay until `packed`."""
        return dataclasses.replace(self, alive=self.alive & ~gone)

    def packed(self) -> "Segment":
        """The same without the dead pages' codes."""
        return joined([self])

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        arrays = (self.row_ids, self.uids, self.documents, self.pages, self.sources, self.single, self.codes)
        return sum(array.nbytes for array in (*arrays, self.bounds, self.alive))


def segments_of(found: pa.Table, level: str) -> list[Segment]:
    """Rows of `codes` (Reader.code_rows) as segments, one for each of the means they were coded about."""
    means = found["means"].to_numpy()
    if (means == means[0]).all():
        return [_segment(found, level, int(means[0]))]
    return [_segment(found.filter(pa.array(means == number)), level, int(number)) for number in np.unique(means)]


def joined(parts: Sequence[Segment]) -> Segment:
    """Segments of the same means, dead pages left out, as one."""
    lengths = [np.diff(part.bounds, axis=0)[:, part.alive] for part in parts]
    codes = []
    for part in parts:
        dead = np.repeat(~part.alive, part.bounds[4] - part.bounds[0])
        codes.append(part.codes[:, ~dead] if dead.any() else part.codes)
    bounds = _bounds(np.concatenate(lengths, axis=1))
    plain = {name: np.concatenate([getattr(part, name)[part.alive] for part in parts]) for name in _PLAIN}
    alive = np.ones(bounds.shape[1], np.bool_)
    return Segment(parts[0].means, codes=np.concatenate(codes, axis=1), bounds=bounds, alive=alive, **plain)


def with_new(segments: Sequence[Segment], new: Sequence[Segment]) -> list[Segment]:
    """Old and new segments, the last ones joined where they are small, the half dead ones packed."""
    result: list[Segment] = []
    for segment in (*segments, *new):
        result.append(segment if 2 * segment.alive.sum() > len(segment) else segment.packed())
        while len(result) > 1 and _joinable(result[-2], result[-1]):
            result[-2:] = [joined(result[-2:])]
    return [segment for segment in result if len(segment)]


_PLAIN = ("row_ids", "uids", "documents", "pages", "sources", "single")


def _joinable(one: Segment, other: Segment) -> bool:
    return one.means == other.means and len(one) + len(other) <= LARGEST and len(one) <= 2 * len(other)


def _segment(found: pa.Table, level: str, means: int) -> Segment:
    counts = flat(one_array(found[f"{level}_counts"])).reshape(-1, 4).astype(np.int64)
    word_leads, words, window_leads, windows = counts.T
    lengths = np.stack([word_leads, words - word_leads, window_leads, windows - window_leads])
    singles = one_array(found["single"])
    start = singles.offset * _SINGLE_BYTES
    every = np.frombuffer(singles.buffers()[1], np.uint8)[start : start + len(singles) * _SINGLE_BYTES]
    names = pa.array([str(source) for source in SOURCES])
    sources = pc.index_in(one_array(found["source"]), names).to_numpy(zero_copy_only=False).astype(np.uint8)
    row_ids, uids, documents = (found[name].to_numpy().astype(np.int64) for name in ("_rowid", "uid", "document_id"))
    return Segment(
        means,
        row_ids,
        uids,
        documents,
        found["page"].to_numpy().astype(np.int32),
        sources,
        every.copy().view(np.uint64).reshape(-1, 2),
        np.ascontiguousarray(flat(one_array(found[level])).reshape(-1, 2).T),
        _bounds(lengths),
        np.ones(len(counts), np.bool_),
    )


def _bounds(lengths: Ints | Bounds) -> Bounds:
    """From (4, n) lengths to (5, n) places in the codes."""
    starts = np.concatenate([[0], np.cumsum(lengths.sum(axis=0))[:-1]]).astype(np.int64)[: lengths.shape[1]]
    return np.concatenate([starts[None], starts[None] + np.cumsum(lengths, axis=0)]).astype(np.int32)
