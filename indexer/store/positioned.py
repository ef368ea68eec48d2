"""Many values of a file read in one piece of machine code, without the interpreter's lock (POSIX only).

Each call of the system from Python gives the lock away and has to get it back, which beside other busy threads takes
longer than the reading: 24 values are one wait here, not 24.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from indexer.compiled import compiled

_I32, _I64 = ir.IntType(32), ir.IntType(64)
LENGTH = 8
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


@compiled
def read_one(descriptor: int, buffer: npt.NDArray[np.uint8], to: int, count: int, start: int) -> bool:
    """Read a value that lies behind its length in eight bytes: `count` bytes from `start` to buffer[to:].

    Whether it could be read whole and its length is that of what follows.
    """
    if count < LENGTH or to < 0 or to + count > buffer.shape[0]:
        return False
    if _pread(descriptor, buffer, to, count, start) != count:
        return False
    told = np.int64(0)
    for byte in range(LENGTH):
        told |= np.int64(buffer[to + byte]) << np.int64(8 * byte)
    return bool(told == count - LENGTH)


@compiled
def read_lengthened(
    descriptor: int, buffer: npt.NDArray[np.uint8], starts: Ints, into: Ints, lengths: Ints
) -> npt.NDArray[np.bool_]:
    """read_one for many values of a file: lengths[i] bytes from starts[i] to buffer[into[i]:], bool (n,)."""
    good = np.zeros(starts.shape[0], np.bool_)
    for at in range(starts.shape[0]):
        good[at] = read_one(descriptor, buffer, into[at], lengths[at], starts[at])
    return good
