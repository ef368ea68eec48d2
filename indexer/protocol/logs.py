"""One log format; one rotating file per process, and stderr. Undecodable paths are made printable.

Log lines hold no document text and no file names: say `document 12`, not its path. The names that errors of the
system bring with them are taken out of tracebacks here.
"""

import logging
import logging.handlers
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_FORMAT = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"
_FILE_BYTES = 2 * 1024 * 1024
_FILES_KEPT = 3


def printable(text: str) -> str:
    """`text` with surrogates, controls and bidirectional overrides escaped, so that any sink can take it."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class Nameless(logging.Formatter):
    """Writes tracebacks without the names of the files that the errors in them are about."""

    def formatException(self, ei: Any) -> str:
        """As logging does, with a sign in the place of each name."""
        text = super().formatException(ei)
        for name in _names(ei[1]):
            text = text.replace(repr(name), "…").replace(os.fsdecode(name), "…")
        return text


def _names(problem: BaseException | None) -> list[str | bytes]:
    """The files that an error, and those that led to it, are about; the longest first, as one may be in another."""
    names: set[str | bytes] = set()
    seen: set[int] = set()
    waiting = [problem]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, OSError):
            names |= {name for name in (one.filename, one.filename2) if isinstance(name, str | bytes) and name}
    return sorted(names, key=len, reverse=True)


def forget(folder: Path, unwanted: Callable[[str], bool]) -> None:
    """Remove lines from every log in `folder`, those of other processes included. Ours is shut meanwhile; another's
    goes on at the end of the shorter file, as logs are opened for appending."""
    handlers = [h for h in logging.getLogger().handlers if isinstance(h, logging.handlers.RotatingFileHandler)]
    for handler in handlers:
        handler.acquire()
    try:
        for path in sorted(folder.glob("*.log*")):
            lines = path.read_text(encoding="utf-8", errors="backslashreplace").splitlines(keepends=True)
            kept = [line for line in lines if not unwanted(line)]
            if len(kept) < len(lines):
                path.write_text("".join(kept), encoding="utf-8")
    except OSError:
        return  # a log that cannot be written holds nothing new either
    finally:
        for handler in handlers:
            handler.release()


def start(process: str, folder: Path, level: int = logging.INFO, *, stderr: bool = True) -> None:
    """Log to `folder`/`process`.log, rotating, and to stderr where there is one. A folder that cannot be
    written costs the file only: logging must never stop the program."""
    handlers: list[logging.Handler] = []
    if stderr and sys.stderr is not None:
        handlers.append(logging.StreamHandler())
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handlers.append(
            logging.handlers.RotatingFileHandler(
                folder / f"{process}.log",
                maxBytes=_FILE_BYTES,
                backupCount=_FILES_KEPT,
                encoding="utf-8",
                errors="backslashreplace",
            )
        )
    except OSError:
        pass  # the folder may be on a full or read-only disk
    for handler in handlers:
        handler.setFormatter(Nameless(_FORMAT))
    logging.basicConfig(level=level, handlers=handlers, force=True)
    logging.captureWarnings(True)
