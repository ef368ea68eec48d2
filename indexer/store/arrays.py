"""Rows to Arrow and back without a Python object for every number."""

import itertools
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def arrow_table(records: Sequence[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Records, their lists as numpy arrays, as a table of this schema."""
    return pa.table([_column([record[field.name] for record in records], field.type) for field in schema], schema)


def numpy_rows(found: pa.Table) -> Iterator[dict[str, Any]]:
    """Rows of a table with their lists as numpy arrays; lists of fixed lists are two-dimensional."""
    columns = {name: _values(one_array(found[name])) for name in found.column_names}
    for at in range(found.num_rows):
        yield {name: column[at] for name, column in columns.items()}


def packed(parts: Sequence[bytes]) -> bytes:
    """Several pieces of bytes as one, so that a row is read as one value: how many, their lengths, the pieces."""
    head = np.array([len(parts), *(len(part) for part in parts)], np.uint32).tobytes()
    return b"".join([head, *parts])


def unpacked(data: bytes | memoryview) -> list[memoryview]:
    """The pieces again, without a copy. Raises ValueError when the lengths do not fit."""
    whole = memoryview(data)
    try:
        (count,) = struct.unpack_from("=I", whole)
        lengths = struct.unpack_from(f"={count}I", whole, 4)
    except struct.error as problem:
        raise ValueError(f"no lengths of pieces in {len(whole)} bytes") from problem
    places = list(itertools.accumulate(lengths, initial=4 + 4 * count))
    if count and places[-1] != len(whole):
        raise ValueError(f"{count} pieces in {len(whole)} bytes")
    return [whole[start:end] for start, end in itertools.pairwise(places)]


def one_array(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def flat(column: pa.Array) -> npt.NDArray[Any]:
    """The numbers of a list column one after another, as they lie in memory."""
    while pa.types.is_nested(column.type):
        column = column.flatten()
    result: npt.NDArray[Any] = column.to_numpy(zero_copy_only=False)
    return result


def lengths(column: pa.Array) -> npt.NDArray[np.int64]:
    """How long each list is."""
    offsets: npt.NDArray[np.int32] = column.offsets.to_numpy()
    return np.diff(offsets).astype(np.int64)


def _column(values: list[Any], kind: pa.DataType) -> pa.Array:
    if not pa.types.is_nested(kind):
        return pa.array(values, kind)
    inner = kind.value_type
    parts = [np.asarray(value).ravel() for value in values]
    number = inner.value_type if pa.types.is_nested(inner) else inner
    numbers = pa.array(np.concatenate(parts) if parts else np.zeros(0), number)
    if pa.types.is_fixed_size_list(kind):
        return pa.FixedSizeListArray.from_arrays(numbers, type=kind)
    width = inner.list_size if pa.types.is_nested(inner) else 1
    items = pa.FixedSizeListArray.from_arrays(numbers, type=inner) if width > 1 else numbers
    offsets = np.concatenate([[0], np.cumsum([len(part) // width for part in parts])]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), items, type=kind)


def _values(column: pa.Array) -> Sequence[Any]:
    kind = column.type
    if pa.types.is_large_binary(kind):
        return _views(column)
    if not pa.types.is_nested(kind):
        return column.to_pylist()  # type: ignore[no-any-return]
    if pa.types.is_fixed_size_list(kind):
        return list(flat(column).reshape(len(column), kind.list_size))
    width = kind.value_type.list_size if pa.types.is_fixed_size_list(kind.value_type) else 1
    values = flat(column).reshape(-1, width) if width > 1 else flat(column)
    return np.split(values, np.cumsum(lengths(column))[:-1]) if len(column) else []


def _views(column: pa.Array) -> list[memoryview]:
    """Binary values where they lie; the memory stays as long as any of them does."""
    _, places, values = column.buffers()
    offsets = np.frombuffer(places, np.int64)[column.offset : column.offset + len(column) + 1].tolist()
    whole = memoryview(values) if values is not None else memoryview(b"")
    return [whole[start:end] for start, end in itertools.pairwise(offsets)]
