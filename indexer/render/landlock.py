"""Landlock: which files a process may touch, given up for good and without privileges (Linux 5.13 and later)."""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

# linux/landlock.h: the numbers are the same on every architecture
_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
_FILE_RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_MAKE_SOCKET, _REMOVE_FILE = 1 << 9, 1 << 5
_RIGHTS_OF_FILES = _EXECUTE | 1 << 1 | _READ_FILE | 1 << 14 | 1 << 15  # the others are for folders only
_NETWORK, _SCOPES = 0b11, 0b11


def restrict(
    libc: ctypes.CDLL, *, run: bool = False, writable: Iterable[Path] = (), sockets: Iterable[Path] = ()
) -> list[str]:
    """From now on files may be read (with `run`, also run), and written only below `writable`. In `sockets` local
    sockets may be made and removed (and so files removed: the kernel does not tell them apart). Where the kernel has
    it there is no TCP any more, nor signals and abstract sockets to processes outside. Needs no-new-privileges.

    Returns ["landlock-N"], N being the kernel's version of it; nothing where the kernel lacks it.
    """
    abi = libc.syscall(_CREATE, None, ctypes.c_size_t(0), 1)
    if abi < 1:
        return []
    rights = _FILE_RIGHTS_BY_ABI[min(abi, 5)]
    ruleset = struct.pack("<QQQ", rights, _NETWORK, _SCOPES)[: 24 if abi >= 6 else 16 if abi >= 4 else 8]
    descriptor = libc.syscall(_CREATE, ruleset, ctypes.c_size_t(len(ruleset)), 0)
    if descriptor < 0:
        return []
    try:
        reading = _READ_FILE | _READ_DIR | (_EXECUTE if run else 0)
        rules = [(Path("/"), reading), *((path, _MAKE_SOCKET | _REMOVE_FILE) for path in sockets)]
        rules += [(path, rights if path.is_dir() else rights & _RIGHTS_OF_FILES) for path in writable]
        allowed = all(_allow(libc, descriptor, path, what) for path, what in rules)
        return [f"landlock-{abi}"] if allowed and libc.syscall(_RESTRICT, descriptor, 0) == 0 else []
    finally:
        os.close(descriptor)


def _allow(libc: ctypes.CDLL, descriptor: int, path: Path, rights: int) -> bool:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        return bool(libc.syscall(_ADD_RULE, descriptor, 1, struct.pack("<Qi", rights, place), 0) == 0)
    finally:
        os.close(place)
