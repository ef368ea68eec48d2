"""Starts a program that is not ours confined: `python -m indexer.render.confine FOLDER PROGRAM ARGUMENT...`

A process of its own, because what it gives up is given up for good, and nothing of ours may run between fork and
exec of an engine with threads.
"""

import os
import sys
from pathlib import Path

from indexer.render import sandbox


def command(folder: Path, program: list[str]) -> list[str]:
    """How `program` is started so that it writes only below `folder` and has no network."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "render-worker", "--confine", str(folder), *program]
    return [sys.executable, "-P", "-m", "indexer.render.confine", str(folder), *program]


def main(arguments: list[str]) -> int:
    """Become the program. Returns only when it cannot be started."""
    folder, program, *rest = arguments
    sandbox.confine(Path(folder))
    try:
        os.execv(program, [program, *rest])  # noqa: S606 - becoming that program is what this is for
    except OSError:
        return 126


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
