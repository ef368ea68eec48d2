"""What a renderer may touch on each system, and what this does not cover.

A renderer runs native code over hostile bytes, so it is treated as taken over. It puts these on itself before it
sees the first document, needing no privileges; `enter` reports which are in force:

- rlimits (Linux, macOS): CPU seconds, raised document by document; address space; no file may grow (size 0), no
  core dump, few open files. Memory is watched from outside too (watch.py), which holds on every system.
- no-new-privileges (Linux): set-user-id programs give nothing.
- landlock (Linux 5.13 and later, where the kernel has it): files may be read, nothing written, made, removed, run;
  no TCP (ABI 4), no signals or abstract sockets to others (ABI 6).
- seccomp (Linux on x86-64 and ARM64): no sockets of any kind, no new process or program, no opening for writing,
  no change to any name, mode or owner of a file, no tracing, no mounts, no namespaces, no BPF, no io_uring.
  It is a list of what is refused (EPERM), not of what is allowed: interpreters and image libraries need too many
  calls, and differ by version. A kernel call newer than the list is not refused.

Not covered:

- Reading. A renderer can read what the user can read; it can only tell it through the page pictures it returns,
  which stay on this machine.
- The CPU's own leaks between processes, the kernel's own faults, and what the parent does with what comes back
  (wire.py checks it; it is never unpickled).
- CPU limit and memory limit are not a defence against code that means harm: it may raise its soft limits. The
  parent's clock and its look at the memory are.
- macOS: rlimits and the parent's clock only; `sandbox_init` is private there and was not used. Windows: the
  parent's clock and memory watch only; a restricted token and a job object are still to be written.
- LibreOffice (office.py) is no renderer of ours: it runs with rlimits, its own profile and a clock, unsandboxed.

Limits: of 10,053 pages measured one needed more than 3 CPU seconds and none more than 200 MB.
"""

import ctypes
import os
import platform
import struct
import sys

from indexer.render.wire import Settings

_PR_SET_NO_NEW_PRIVS = 38
_OPEN_FILES = 128


def enter(settings: Settings) -> tuple[str, ...]:
    """Give up what a renderer does not need, for good. Returns the names of what is in force on this system."""
    active: list[str] = []
    if sys.platform != "win32":
        active += _limit_resources(settings)
    if sys.platform.startswith("linux"):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
            active.append("no-new-privileges")
            active += _restrict_files(libc)
            active += _filter_calls(libc)
    return tuple(active)


def allow_cpu(seconds: int) -> None:
    """Grant so many CPU seconds from now on; the system ends the process (SIGXCPU) when they are used up."""
    if sys.platform != "win32":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        soft = int(used.ru_utime + used.ru_stime) + seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _limit_resources(settings: Settings) -> list[str]:
    import resource

    wanted = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, _OPEN_FILES)]
    if sys.platform.startswith("linux"):  # macOS refuses or ignores it
        wanted.append((resource.RLIMIT_AS, _address_space_bytes() + settings.memory_bytes))
    if settings.background:
        os.nice(5)
    try:
        for what, value in wanted:
            _, hard = resource.getrlimit(what)
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(what, (value, value))
    except (OSError, ValueError):
        return []
    return ["rlimits"]


def _address_space_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


# landlock (linux/landlock.h): the numbers are the same on every architecture
_LANDLOCK_CREATE, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT = 444, 445, 446
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILE_RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}


def _restrict_files(libc: ctypes.CDLL) -> list[str]:
    """Files may be read and nothing else; where the kernel has it, no TCP, signals or abstract sockets either."""
    abi = libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if abi < 1:
        return []
    files = _FILE_RIGHTS_BY_ABI[min(abi, 5)]
    ruleset = struct.pack("<QQQ", files, 3, 3)[: 24 if abi >= 6 else 16 if abi >= 4 else 8]
    descriptor = libc.syscall(_LANDLOCK_CREATE, ruleset, ctypes.c_size_t(len(ruleset)), 0)
    if descriptor < 0:
        return []
    try:
        root = os.open("/", os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("<Qi", _READ_FILE | _READ_DIR, root)
        added = libc.syscall(_LANDLOCK_ADD_RULE, descriptor, 1, rule, 0)
        os.close(root)
        if added != 0 or libc.syscall(_LANDLOCK_RESTRICT, descriptor, 0) != 0:
            return []
    finally:
        os.close(descriptor)
    return [f"landlock-{abi}"]


# seccomp: system calls refused, by name, with their numbers on x86-64 and ARM64 (None: not there)
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
_CLONE = (56, 220)
_CLONE_THREAD = 0x00010000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_LOAD, _EQUAL, _AND, _RETURN, _GREATER_EQUAL = 0x20, 0x15, 0x54, 0x06, 0x35
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_X32_BIT = 0x40000000


def _filter_calls(libc: ctypes.CDLL) -> list[str]:
    """Install the filter on every thread. Nothing where the architecture or the kernel does not have it."""
    if platform.machine() not in _MACHINES or sys.maxsize < 2**32:
        return []
    program = _program(*_MACHINES[platform.machine()])
    steps = b"".join(struct.pack("<HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(steps, len(steps))
    described = struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(buffer))
    seccomp = {"x86_64": 317, "aarch64": 277}[platform.machine()]
    set_filter, every_thread = 1, 1
    if libc.syscall(seccomp, set_filter, every_thread, described) == 0:
        return ["seccomp"]
    pr_set_seccomp, mode_filter = 22, 2
    return ["seccomp"] if libc.prctl(pr_set_seccomp, mode_filter, described, 0, 0) == 0 else []


def _program(column: int, architecture: int) -> list[tuple[int, int, int, int]]:
    """The filter as classic BPF: (operation, jump if true, jump if false, operand), struct seccomp_data as input."""
    load_number, load_architecture = (_LOAD, 0, 0, 0), (_LOAD, 0, 0, 4)
    steps = [load_architecture, (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), load_number]
    if column == 0:  # x32 calls share the architecture's name and would slip past the numbers
        steps += [(_GREATER_EQUAL, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL)]
    for numbers in _REFUSED.values():
        if (number := numbers[column]) is not None:
            steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | _EPERM)]
    for numbers in _NOT_THERE.values():
        steps += [(_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, _ERRNO | _ENOSYS)]
    for numbers, argument in _OPENS.values():
        if (number := numbers[column]) is not None:
            steps += [(_EQUAL, 0, 5, number), (_LOAD, 0, 0, 16 + 8 * argument), (_AND, 0, 0, _WRITING)]
            steps += [(_EQUAL, 0, 1, 0), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | _EPERM)]
    steps += [(_EQUAL, 0, 5, _CLONE[column]), (_LOAD, 0, 0, 16), (_AND, 0, 0, _CLONE_THREAD)]
    steps += [(_EQUAL, 1, 0, 0), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | _EPERM)]
    return [*steps, (_RETURN, 0, 0, _ALLOW)]
