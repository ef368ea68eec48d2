"""`pagebeam`: opens the window; `pagebeam index|search|status|check` do their work without one."""

import argparse
import os
import subprocess
import sys

_ENGINE_COMMANDS = ("serve", "index", "search", "status", "check", "render-worker")


def main() -> int:
    """Gives the exit code."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    if len(sys.argv) > 1 and sys.argv[1] in _ENGINE_COMMANDS:
        # The engine is another program: the window must not load what it loads.
        try:
            return subprocess.call([sys.executable, "-m", "indexer", *sys.argv[1:]])
        except KeyboardInterrupt:
            return 130
    parser = argparse.ArgumentParser(
        prog="pagebeam",
        description="Finds the page, not the file. Without a command the window opens.",
        epilog="Commands without a window: index, search, status, check (pagebeam search --help).",
    )
    parser.add_argument("--data-dir", help="keep everything in this folder instead of the usual ones")
    parser.add_argument("--question", default="", help="ask this when everything is read, then leave")
    parser.add_argument(
        "--screenshot", default="", metavar="FILE", help="with --question: save a picture of the window"
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders to read")
    options = parser.parse_args()

    from app import startup

    return startup.run(options.data_dir, options.paths, options.question, options.screenshot)


if __name__ == "__main__":
    sys.exit(main())
