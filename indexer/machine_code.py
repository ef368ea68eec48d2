"""MachineCode: what search runs on is made once, by a process that ends, before the first page is read.

Making it takes 10 to 30 s of a processor and 200 MB that are never given back: in the engine they would lie beside
everything that reading takes, for as long as it runs. So the first start after an installation has another process make
it, and reads when that is done: the two together would take more than the engine's ceiling. Later starts find a note
that it is there. Whatever fails here costs time and memory only: what was not made is made where it is first called.
"""

import contextlib
import functools
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
from importlib import metadata
from pathlib import Path

from indexer import background
from indexer.protocol.paths import folders

_log = logging.getLogger(__name__)
COMMAND, EAGER, WATCHING = "make-ready", "--eager", "--watch-input"
"""Its arguments: with all the processor's time; to end when its input does, which is when the engine is gone."""
_LONGEST_S, _END_S = 60.0, 1.0
_PACKAGES = ("scoring", "searching", "store")
_NOTE = "machine-code"


class MachineCode:
    """Thread-safe."""

    def __init__(self, *, eager: bool) -> None:
        self._eager = eager
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def begin(self) -> bool:
        """Have it made unless it is there. Whether it is being made now."""
        with self._lock:
            if self._stopped or is_made():
                return False
            try:
                self._process = subprocess.Popen(
                    [*_program(), COMMAND, WATCHING, *([EAGER] if self._eager else [])],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError:
                _log.warning("no process could be started that makes machine code", exc_info=True)
        return self._process is not None

    def wait(self) -> None:
        """Until it is made, the process has failed, or has taken too long and goes on alone."""
        if (process := self._process) is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LONGEST_S)

    def stop(self) -> None:
        """End the process; what it has made is kept."""
        with self._lock:
            self._stopped = True
        if (process := self._process) is not None:
            if process.stdin is not None:
                process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_S)
            process.kill()


def _program() -> list[str]:
    """How the engine's program is started: itself in a frozen build, else as the module."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "indexer"]


def main(arguments: list[str]) -> int:
    """The process: makes it and writes the note."""
    if EAGER not in arguments:
        background.this_thread()
    made = _made()  # before: what changes meanwhile is not what was made
    with tempfile.TemporaryDirectory(prefix="pagebeam-practice-") as folder:
        if WATCHING in arguments:
            threading.Thread(target=_end_with_input, args=(folder,), daemon=True).start()
        from indexer.searching.practice import practise

        practise(Path(folder))
    note = _note()
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(made)
    return 0


def is_made() -> bool:
    """Whether it was made by this program, as it is now, for this processor."""
    try:
        return _note().read_text() == _made()
    except OSError:
        return False


def _end_with_input(folder: str) -> None:
    sys.stdin.buffer.read()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _note() -> Path:
    """Where machine code is kept, too: where the user says, beside the program, or, where that may not be written to,
    in the user's own folder."""
    if folder := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(folder, _NOTE)
    beside = Path(__file__).parent / "__pycache__"
    if os.access(beside if beside.exists() else beside.parent, os.W_OK):
        return beside / _NOTE
    return folders().cache / _NOTE


@functools.cache
def _made() -> str:
    """What machine code depends on: its source as it lies here or in the program, numba, the processor."""
    told = [metadata.version("numba"), sys.version, _processor()]
    sources = (path for package in _PACKAGES for path in sorted((Path(__file__).parent / package).glob("*.py")))
    for path in (Path(sys.executable), *sources):
        about = path.stat()
        told.append(f"{about.st_size} {about.st_mtime_ns}")
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _processor() -> str:
    """Its name and what it can do, as far as the system tells."""
    with contextlib.suppress(OSError):
        first = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
        return "\n".join(line for line in first if line.startswith(("model name", "flags", "Features", "CPU part")))
    return f"{platform.machine()} {platform.processor()}"
