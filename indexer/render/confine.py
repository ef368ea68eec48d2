"""Starts a program that is not ours confined: `python -m indexer.render.confine FOLDER PROGRAM ARGUMENT...`

A process of its own, because what it gives up is given up for good, and nothing of ours may run between fork and
exec of an engine with threads. It stays beside the program: LibreOffice starts others, which would live on when the
engine is killed. When its input ends, which is when the engine does, it ends its whole process group.
"""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from indexer.render import sandbox


def command(folder: Path, program: list[str]) -> list[str]:
    """How `program` is started so that it writes only below `folder` and has no network."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "render-worker", "--confine", str(folder), *program]
    return [sys.executable, "-P", "-m", "indexer.render.confine", str(folder), *program]


def main(arguments: list[str]) -> int:
    """Run the program; gives its exit status, 126 when it cannot be started."""
    folder, program, *rest = arguments
    sandbox.confine(Path(folder))
    try:
        child = subprocess.Popen([program, *rest], stdin=subprocess.DEVNULL)
    except OSError:
        return 126
    threading.Thread(target=_end_with_input, args=(child,), daemon=True).start()
    return child.wait()


def _end_with_input(child: "subprocess.Popen[bytes]") -> None:
    while os.read(0, 1):
        pass
    if sys.platform == "win32":
        child.kill()
    else:
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
