"""compiled: functions turned into machine code when first called, for whatever processor this is.

numba does it: LLVM writes AVX-512, AVX2 or Apple silicon code as the processor has it, so nothing is chosen by hand,
and the same Python text is the plain reference (`function.py_func`). numba and llvmlite are 210 MB in a bundle.
What else there was, in ms a thousand pages of 170 codes for 16 query codes, one thread, AMD EPYC with AVX2: numba 2.1;
numpy's bitwise_count 12.5; by the search design NumKong (46 MB) 5.6 and SimSIMD (2 MB) 6.2, which give no maxima by
page. torch's int8 product, fast where the processor has VNNI, took 995 ms for a thousand pages of 512 vectors here, and
numba 63.

Machine code is kept between starts where a place for it can be written, so only the first start compiles.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """The function as machine code that runs without the interpreter's lock."""
    try:
        return numba.njit(nogil=True, cache=True)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # no place to keep machine code
        return numba.njit(nogil=True)(function)  # type: ignore[no-any-return]


def compiled_short(function: _Function) -> _Function:
    """The same for what takes some microseconds when called from Python: the interpreter's lock is kept, for to get it
    back beside other busy threads takes longer.
    """
    try:
        return numba.njit(cache=True)(function)  # type: ignore[no-any-return]
    except RuntimeError:
        return numba.njit(function)  # type: ignore[no-any-return]


def compiled_fast(function: _Function) -> _Function:
    """The same, and sums of floats may be taken in any order, which is what makes products of vectors fast."""
    options = {"nogil": True, "fastmath": {"reassoc", "contract", "nsz"}}
    try:
        return numba.njit(cache=True, **options)(function)  # type: ignore[no-any-return]
    except RuntimeError:
        return numba.njit(**options)(function)  # type: ignore[no-any-return]
