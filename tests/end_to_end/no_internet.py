"""Run a program without the internet: `no_internet.py PROGRAM ...`

A filter in the kernel (seccomp), so native code is seen as well as Python, in all that the program starts; no rights
are needed. A datagram socket of the internet, which is how a name is looked up, kills the process. A stream socket is
refused: urllib3 makes one when it is imported, to see whether there is IPv6, and connects it to nothing. So nothing
can be reached, and who tries it by name dies. Linux on x86-64 and ARM64; elsewhere it exits with 77.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_KILL, _ALLOW, _REFUSE = 0x80000000, 0x7FFF0000, 0x00050000 | errno.EAFNOSUPPORT
_LOAD, _EQUAL, _AND, _RETURN = 0x20, 0x15, 0x54, 0x06
_NUMBER, _MACHINE, _FIRST, _SECOND = 0, 4, 16, 24
_DATAGRAM = 2


def _step(code: int, yes: int, no: int, value: int) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)


def _steps() -> list[bytes]:
    architecture, socket = _MACHINES[platform.machine()]
    return [
        _step(_LOAD, 0, 0, _MACHINE),
        _step(_EQUAL, 0, 9, architecture),  # 32-bit programs: not ours
        _step(_LOAD, 0, 0, _NUMBER),
        _step(_EQUAL, 0, 7, socket),
        _step(_LOAD, 0, 0, _FIRST),
        _step(_EQUAL, 1, 0, 2),  # IPv4
        _step(_EQUAL, 0, 4, 10),  # IPv6
        _step(_LOAD, 0, 0, _SECOND),
        _step(_AND, 0, 0, 0xF),
        _step(_EQUAL, 2, 0, _DATAGRAM),
        _step(_RETURN, 0, 0, _REFUSE),
        _step(_RETURN, 0, 0, _ALLOW),
        _step(_RETURN, 0, 0, _KILL),
    ]


def forbid() -> None:
    """Put the filter on this process and all its children, for good."""
    steps = _steps()
    program = ctypes.create_string_buffer(b"".join(steps))
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(program)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(filter_), 0, 0):
        raise OSError(ctypes.get_errno(), "no filter")


if __name__ == "__main__":
    if not sys.platform.startswith("linux") or platform.machine() not in _MACHINES:
        sys.exit(77)
    forbid()
    os.execv(sys.argv[1], sys.argv[1:])
