"""Values: the packed `data` of many rows, as they lie in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from indexer.store.arrays import one_array

Ints = npt.NDArray[np.int64]
Room = Callable[[int], npt.NDArray[np.uint8]]
"""Memory for so many bytes: new, or what one thread reads into again and again."""


def new_room(size: int) -> npt.NDArray[np.uint8]:
    """Memory nobody else has."""
    return np.empty(size, np.uint8)


@dataclass(frozen=True, slots=True)
class Values:
    """Value i is buffer[starts[i]:ends[i]], of the row with uids[i] (int64) and numbers[i] (int32, a column beside).

    None of buffer, starts, ends can be written to, wherever they come from: of arrays that can, machine code would be
    made a second time.
    """

    uids: Ints
    numbers: npt.NDArray[np.int32]
    buffer: npt.NDArray[np.uint8]
    starts: Ints
    ends: Ints

    def __post_init__(self) -> None:
        for name in ("buffer", "starts", "ends"):
            object.__setattr__(self, name, _unwritable(getattr(self, name)))

    def __len__(self) -> int:
        return len(self.uids)

    def value(self, at: int) -> memoryview:
        """One value, where it lies."""
        return self.buffer.data[int(self.starts[at]) : int(self.ends[at])]

    def some(self, which: slice) -> "Values":
        """Some of the rows, nothing copied."""
        columns = (self.uids[which], self.numbers[which], self.buffer, self.starts[which], self.ends[which])
        return Values(*columns)

    def one(self, at: int) -> "Values":
        """One row alone, in memory of its own."""
        buffer = self.buffer[int(self.starts[at]) : int(self.ends[at])].copy()
        alone = np.zeros(1, np.int64)
        return Values(self.uids[at : at + 1], self.numbers[at : at + 1], buffer, alone, alone + len(buffer))


def _unwritable(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if not array.flags.writeable:
        return array
    view = array.view()
    view.flags.writeable = False
    return view


def no_values() -> Values:
    """None at all."""
    nothing = np.zeros(0, np.int64)
    return Values(nothing, nothing.astype(np.int32), np.zeros(0, np.uint8), nothing, nothing)


def values_of(found: pa.Table, number: str | None) -> Values:
    """Rows with `uid` and `data`, nothing copied."""
    column = one_array(found["data"])
    _, places, values = column.buffers()
    offsets = np.frombuffer(places, np.int64)[column.offset : column.offset + len(column) + 1]
    buffer = np.frombuffer(values, np.uint8) if values is not None else np.zeros(0, np.uint8)
    numbers = found[number].to_numpy().astype(np.int32) if number else np.zeros(len(column), np.int32)
    return Values(found["uid"].to_numpy().astype(np.int64), numbers, buffer, offsets[:-1], offsets[1:])


def joined(parts: Sequence[Values]) -> Values:
    """Several as one; copies."""
    parts = [part for part in parts if len(part)]
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return no_values()
    shifts = np.cumsum([0, *(len(part.buffer) for part in parts[:-1])])
    return Values(
        np.concatenate([part.uids for part in parts]),
        np.concatenate([part.numbers for part in parts]),
        np.concatenate([part.buffer for part in parts]),
        np.concatenate([part.starts + shift for part, shift in zip(parts, shifts, strict=True)]),
        np.concatenate([part.ends + shift for part, shift in zip(parts, shifts, strict=True)]),
    )
