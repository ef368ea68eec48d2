"""Seccomp: which system calls a process may make, given up for good and without privileges (Linux, 64 bits).

The filters are lists of what is refused, as classic BPF over the call's number and arguments: a list of what is
allowed would differ with every version of the interpreter and the C library. Names and numbers: the kernel's
syscall_64.tbl and asm-generic/unistd.h.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Callable
from typing import TypeAlias

_Step: TypeAlias = tuple[int, int, int, int]
"""Operation, steps to skip if true, steps to skip if false, operand."""

# system calls refused, by name, with their numbers on x86-64 and ARM64 (None: not there)
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "accept": (43, 202), "accept4": (288, 242),
    "bind": (49, 200), "listen": (50, 201), "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "kill": (62, 129), "tkill": (200, 130), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "creat": (85, None), "open_by_handle_at": (304, 265),
    "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "unlink": (87, None), "unlinkat": (263, 35),
    "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "link": (86, None), "linkat": (265, 37),
    "symlink": (88, None), "symlinkat": (266, 36), "mknod": (133, None), "mknodat": (259, 33),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "truncate": (76, 45), "ftruncate": (77, 46), "fallocate": (285, 47), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "flock": (73, 32), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60),
    "personality": (135, 92), "memfd_create": (319, 279), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180), "inotify_init1": (294, 26), "fanotify_init": (300, 262),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fspick": (433, 433),
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setresuid": (117, 147),
    "setgroups": (116, 159), "capset": (126, 91), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "sethostname": (170, 161), "syslog": (103, 116), "ioperm": (173, None), "iopl": (172, None),
}  # fmt: skip
_NOT_THERE = {"clone3": (435, 435), "openat2": (437, 437)}  # refused as unknown: callers fall back on what is filtered
_OPENS = {"open": ((2, None), 1), "openat": ((257, 56), 2)}
_REFUSED_TO_HELPERS = (
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "mount", "umount2", "unshare", "setns", "bpf",
    "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "add_key",
    "request_key", "keyctl", "init_module", "finit_module", "kexec_load", "reboot",
)  # fmt: skip
_CLONE = (56, 220)
_CLONE_THREAD = 0x00010000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_LOAD, _EQUAL, _AND, _RETURN, _GREATER_EQUAL = 0x20, 0x15, 0x54, 0x06, 0x35
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97
_AF_UNIX = 1
_X32_BIT = 0x40000000


def refuse_all_but_drawing(libc: ctypes.CDLL) -> list[str]:
    """No sockets, processes, programs, writing, tracing or changes to the system. Needs no-new-privileges.

    Returns ["seccomp"]; nothing where the architecture or the kernel does not have it.
    """
    return _install(libc, _drawing_steps)


def refuse_network(libc: ctypes.CDLL) -> list[str]:
    """No sockets but local ones, no tracing and no io_uring; everything else goes on. Returns as above."""
    return _install(libc, _local_steps)


def _install(libc: ctypes.CDLL, steps_for: Callable[[int], list[_Step]]) -> list[str]:
    if platform.machine() not in _MACHINES or sys.maxsize < 2**32:
        return []
    column, architecture = _MACHINES[platform.machine()]
    program = [*_preamble(column, architecture), *steps_for(column), (_RETURN, 0, 0, _ALLOW)]
    steps = b"".join(struct.pack("<HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(steps, len(steps))
    described = struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(buffer))
    seccomp = {"x86_64": 317, "aarch64": 277}[platform.machine()]
    set_filter, every_thread = 1, 1
    if libc.syscall(seccomp, set_filter, every_thread, described) == 0:
        return ["seccomp"]
    pr_set_seccomp, mode_filter = 22, 2
    return ["seccomp"] if libc.prctl(pr_set_seccomp, mode_filter, described, 0, 0) == 0 else []


def _preamble(column: int, architecture: int) -> list[_Step]:
    """Leave the number of the call in the accumulator; another architecture's calls end the process."""
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    if column == 0:  # x32 calls share the architecture's name and would slip past the numbers
        steps += [(_GREATER_EQUAL, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL)]
    return steps


def _drawing_steps(column: int) -> list[_Step]:
    steps = _refused(column, _REFUSED)
    for unknown in _NOT_THERE.values():
        steps += [(_EQUAL, 0, 1, unknown[column]), (_RETURN, 0, 0, _ERRNO | _ENOSYS)]
    for numbers, argument in _OPENS.values():
        if (number := numbers[column]) is not None:
            steps += [(_EQUAL, 0, 5, number), (_LOAD, 0, 0, 16 + 8 * argument), (_AND, 0, 0, _WRITING)]
            steps += [(_EQUAL, 0, 1, 0), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | _EPERM)]
    steps += [(_EQUAL, 0, 5, _CLONE[column]), (_LOAD, 0, 0, 16), (_AND, 0, 0, _CLONE_THREAD)]
    return [*steps, (_EQUAL, 1, 0, 0), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | _EPERM)]


def _local_steps(column: int) -> list[_Step]:
    steps = _refused(column, {name: _REFUSED[name] for name in _REFUSED_TO_HELPERS})
    number = _REFUSED["socket"][column]
    assert number is not None
    return [
        *steps,
        (_EQUAL, 0, 4, number),
        (_LOAD, 0, 0, 16),
        (_EQUAL, 0, 1, _AF_UNIX),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | _EAFNOSUPPORT),
    ]


def _refused(column: int, calls: dict[str, tuple[int | None, int | None]]) -> list[_Step]:
    steps: list[_Step] = []
    for numbers in calls.values():
        if (number := numbers[column]) is not None:
            steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | _EPERM)]
    return steps
