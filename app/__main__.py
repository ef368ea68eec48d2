"""`pagebeam`: opens the window; with a command (indexer/protocol/commands.py) it does its work without one."""

import argparse
import difflib
import os
import subprocess
import sys
from collections.abc import Sequence

from indexer.protocol.commands import COMMANDS

_INNER = ("serve", "render-worker")
"""What the window and the engine start themselves."""


def main() -> int:
    """Gives the exit code."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    if _command(sys.argv[1:]) in (*COMMANDS, *_INNER):
        # The engine is another program: the window must not load what it loads.
        return _become([sys.executable, "-m", "indexer", *sys.argv[1:]])
    parser = argparse.ArgumentParser(
        prog="pagebeam",
        description="Finds the page, not the file. Without a command the window opens.",
        epilog=f"Commands without a window: {', '.join(COMMANDS)} (pagebeam search --help).",
    )
    parser.add_argument("--data-dir", help="keep everything in this folder instead of the usual ones")
    parser.add_argument("--question", default="", help="ask this when everything is read, then leave")
    parser.add_argument(
        "--screenshot", default="", metavar="FILE", help="with --question: save a picture of the window"
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders to read")
    options = parser.parse_args()
    missing = [path for path in options.paths if not os.path.lexists(path)]
    if missing:
        meant = difflib.get_close_matches(missing[0], COMMANDS, 1)
        commands = f"did you mean {meant[0]}?" if meant else f"nor a command: {', '.join(COMMANDS)}"
        parser.error(f"no such file or folder: {', '.join(missing)}; {commands}")

    from app import startup

    return startup.run(options.data_dir, options.paths, options.question, options.screenshot)


def _become(command: list[str]) -> int:
    """Run this in our place, so that signals and exit codes are its own; on Windows, which cannot, wait for it."""
    if os.name == "posix":
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # it was interrupted, too, and puts things in order first
            continue


def _command(arguments: Sequence[str]) -> str:
    """The first argument that is neither --data-dir nor its folder; they may stand before a command or behind it."""
    before = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    before.add_argument("--data-dir")
    _, others = before.parse_known_args(arguments)
    return others[0] if others else ""


if __name__ == "__main__":
    sys.exit(main())
