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
- LibreOffice (office.py) is no renderer of ours. On Linux it runs without network, may write only to a folder of
  its own (landlock), with rlimits and a clock; it may start programs, reach local sockets, and
  remove files of the user in /tmp. Elsewhere: the clock.

Limits: of 10,053 pages measured one needed more than 3 CPU seconds and none more than 200 MB.
"""

import ctypes
import os
import sys
from pathlib import Path

from indexer import background
from indexer.render import landlock, seccomp
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
            active += landlock.restrict(libc)
            active += seccomp.refuse_all_but_drawing(libc)
    return tuple(active)


def confine(folder: Path) -> tuple[str, ...]:
    """For LibreOffice: everything may be read and run, only `folder` and the null device written, no network.

    Limits on resources are put on by who starts it. Returns the names of what is in force on this system.
    """
    active: list[str] = []
    if sys.platform.startswith("linux"):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
            active.append("no-new-privileges")
            # LibreOffice makes a socket in /tmp, wherever TMPDIR points, and starts itself anew after removing it
            active += landlock.restrict(libc, run=True, writable=(folder, Path(os.devnull)), sockets=(Path("/tmp"),))  # noqa: S108
            active += seccomp.refuse_network(libc)
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
        background.this_thread()
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
