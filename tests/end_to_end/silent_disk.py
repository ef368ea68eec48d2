"""A disk that hangs, as a share does whose server is gone: `python silent_disk.py FOLDER STATE COMMAND ...`.

Runs the command where a file system can be laid over FOLDER that answers nothing at all: every call into it hangs until
it is taken away again, and what lay there before is back. STATE (`hangs` or `answers`) is how it begins. SIGUSR1 lays
it there, SIGUSR2 takes it away; each is answered by a file of that name beside FOLDER. It is a mount of FUSE in name
spaces of its own, so nobody else sees it, and no privilege is needed where the system lets users have such. Linux only.
"""

import ctypes
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

_NEW_USER, _NEW_MOUNTS = 0x10000000, 0x00020000
_PRIVATE, _RECURSIVE, _DETACH = 1 << 18, 1 << 14, 2
_HEADER, _INIT = struct.Struct("=IIQQIIII"), 26
_libc = ctypes.CDLL(None, use_errno=True)


def _done(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def own_name_spaces() -> None:
    """Be where a mount is nobody else's. Raises OSError where the system does not let us."""
    user, group = os.getuid(), os.getgid()
    _done(_libc.unshare(_NEW_MOUNTS | (_NEW_USER if user else 0)))
    if user:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _done(_libc.mount(None, b"/", None, _PRIVATE | _RECURSIVE, None))


def lay_over(folder: Path) -> int:
    """Mount the disk that answers nothing; gives its descriptor. Raises OSError."""
    device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
    _done(_libc.mount(b"silent", os.fsencode(folder), b"fuse", 0, options.encode()))
    _, kind, number, *_ = _HEADER.unpack_from(os.read(device, 1 << 17))
    assert kind == _INIT
    words = struct.pack("=IIIIIHHI", 7, 22, 0, 0, 0, 0, 0, 4096)[:24]
    os.write(device, struct.pack("=IiQ", 16 + len(words), 0, number) + words)
    return device


def main() -> int:
    folder, state, command = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    try:
        own_name_spaces()
        os.close(lay_over(folder))  # which is as good as taking it away
        _done(_libc.umount2(os.fsencode(folder), _DETACH))
    except OSError as problem:
        print(f"no disk can be made to hang here: {problem}", file=sys.stderr)
        return 77
    device = -1

    def hang(*_: object) -> None:
        nonlocal device
        device = lay_over(folder)
        (folder.parent / "hangs").touch()

    def answer(*_: object) -> None:
        _done(_libc.umount2(os.fsencode(folder), _DETACH))
        os.close(device)  # what hangs fails now
        (folder.parent / "answers").touch()

    signal.signal(signal.SIGUSR1, hang)
    signal.signal(signal.SIGUSR2, answer)
    if state == "hangs":
        hang()
    return subprocess.Popen(command).wait()


if __name__ == "__main__":
    sys.exit(main())
