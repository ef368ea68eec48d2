"""Many values of a file read in one piece of machine code, without the interpreter's lock (POSIX only).

Each call of the system from Python gives the lock away and has to get it back, which beside other busy threads takes
longer than the reading: 24 values in three files are one wait here, not 30. So files are opened and closed here, too.
"""

import os
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from indexer.compiled import compiled

_I32, _I64 = ir.IntType(32), ir.IntType(64)
LENGTH = 8
FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0)
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]


@intrinsic  # type: ignore[untyped-decorator]
def _pread(_typing: Any, descriptor: Any, buffer: Any, at: Any, count: Any, start: Any) -> Any:
    """The system's pread: `count` bytes from `start` of a file into buffer[at:]; how many were read, -1 for none."""
    signature = types.int64(types.int64, buffer, types.int64, types.int64, types.int64)

    def emit(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        data = context.make_array(signature.args[1])(context, builder, values[1]).data
        place = builder.gep(data, [values[2]])
        kind = ir.FunctionType(_I64, [_I32, place.type, _I64, _I64])
        read = cgutils.get_or_insert_function(builder.module, kind, "pread")
        return builder.call(read, [builder.trunc(values[0], _I32), place, values[3], values[4]])

    return signature, emit


@intrinsic  # type: ignore[untyped-decorator]
def _open(_typing: Any, names: Any, at: Any, flags: Any) -> Any:
    """The system's open: of the file whose name, ended by a zero, begins at names[at]; a descriptor, -1 for none."""
    signature = types.int64(names, types.int64, types.int64)

    def emit(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, values[0]).data
        name = builder.gep(data, [values[1]])
        opened = cgutils.get_or_insert_function(builder.module, ir.FunctionType(_I32, [name.type, _I32]), "open")
        return builder.sext(builder.call(opened, [name, builder.trunc(values[2], _I32)]), _I64)

    return signature, emit


@intrinsic  # type: ignore[untyped-decorator]
def _close(_typing: Any, descriptor: Any) -> Any:
    """The system's close."""
    signature = types.int64(types.int64)

    def emit(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        closed = cgutils.get_or_insert_function(builder.module, ir.FunctionType(_I32, [_I32]), "close")
        return builder.sext(builder.call(closed, [builder.trunc(values[0], _I32)]), _I64)

    return signature, emit


@compiled
def turned_to(names: Bytes, at: int, flags: int, before: int) -> int:
    """A descriptor of the file named at names[at], -1 where it cannot be opened; `before` is closed, if there is one.

    at: -1 for no file more.
    """
    if before >= 0:
        _close(before)
    return _open(names, at, flags) if at >= 0 else -1


@compiled
def read_one(descriptor: int, buffer: Bytes, to: int, count: int, start: int) -> bool:
    """Read a value that lies behind its length in eight bytes: `count` bytes from `start` to buffer[to:].

    Whether it could be read whole and its length is that of what follows.
    """
    if descriptor < 0 or count < LENGTH or to < 0 or to + count > buffer.shape[0]:
        return False
    if _pread(descriptor, buffer, to, count, start) != count:
        return False
    told = np.int64(0)
    for byte in range(LENGTH):
        told |= np.int64(buffer[to + byte]) << np.int64(8 * byte)
    return bool(told == count - LENGTH)


@compiled
def read_lengthened(
    names: Bytes, named: Ints, of: Ints, flags: int, buffer: Bytes, starts: Ints, into: Ints, lengths: Ints
) -> npt.NDArray[np.bool_]:
    """read_one for many values: lengths[i] bytes from starts[i] of a file to buffer[into[i]:], bool (n,).

    Value i lies in the file named at names[named[of[i]]]; those of one file are best one after another.
    """
    good = np.zeros(starts.shape[0], np.bool_)
    descriptor, file = -1, -1
    for at in range(starts.shape[0]):
        if of[at] != file:
            file = of[at]
            descriptor = turned_to(names, named[file], flags, descriptor)
        good[at] = read_one(descriptor, buffer, into[at], lengths[at], starts[at])
    turned_to(names, -1, flags, descriptor)
    return good
