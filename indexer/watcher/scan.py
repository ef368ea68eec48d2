"""Walk a folder for documents, and what is never indexed. Reads no file's content."""

import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from indexer.documents.fingerprint import Fingerprint, fingerprint_now
from indexer.documents.kinds import could_be_document
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

_SYSTEM_FOLDERS = frozenset(
    ("$recycle.bin", "system volume information", "lost+found", "node_modules", "__pycache__", "site-packages")
)
_TEMPORARY_ENDS = ("~", ".tmp", ".part", ".partial", ".crdownload", ".download", ".swp", ".swx", ".bak")
UNREADABLE = Fingerprint(0, 0, 0, 0, 0)
"""Stands for what is there and cannot be looked at, folder or file: it is listed like a document, so that its reason
is seen."""
GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ESTALE)
"""Anything else is no deletion: a disk fails for a moment, a share is cut off, a permission is taken away."""


class Stopped(Exception):  # noqa: N818 - not an error: a scan was asked to end
    """The scan was asked to end."""


def is_ignored(name: str, *, folder: bool) -> bool:
    """Hidden names, system folders and what editors and browsers leave while they work."""
    lower = name.lower()
    if name.startswith((".", "~$")):
        return True
    return lower in _SYSTEM_FOLDERS if folder else lower.endswith(_TEMPORARY_ENDS)


def scan(
    root: str, skipped: Path | None = None, *, deep: bool = True, stopped: Callable[[], bool] = lambda: False
) -> Iterator[tuple[str, Fingerprint]]:
    """Every possible document below `root` with its fingerprint. Links to folders are not followed.

    `skipped` is our own data folder; `stopped` is asked whenever the disk has answered. A folder or file below that
    cannot be looked at comes as itself with UNREADABLE. Raises OSError for `root` alone, Stopped when asked to end.
    """
    waiting = [root]
    own = str(skipped)
    while waiting:
        if stopped():
            raise Stopped
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if stopped():
                        raise Stopped
                    if entry.is_dir(follow_symlinks=False):
                        if deep and not is_ignored(entry.name, folder=True) and entry.path != own:
                            waiting.append(entry.path)
                    elif not is_ignored(entry.name, folder=False) and could_be_document(entry.name):
                        yield from _look(entry)
        except OSError as problem:
            if folder == root:
                raise
            if problem.errno not in GONE:
                yield folder, UNREADABLE


def _look(entry: "os.DirEntry[str]") -> Iterator[tuple[str, Fingerprint]]:
    try:
        if not entry.is_file():
            return
        found = os.stat(entry.path) if sys.platform == "win32" else entry.stat()
    except OSError as problem:  # gone, or a broken link, or a loop of them; or the disk fails
        if problem.errno not in GONE:
            yield entry.path, UNREADABLE
        return
    yield entry.path, Fingerprint.of(found)


def look_at(known: Iterable[str], stopped: Callable[[], bool] = lambda: False) -> dict[str, Fingerprint]:
    """Single files are looked at one by one. Raises Stopped when asked to end."""
    seen = {}
    for path in known:
        if stopped():
            raise Stopped
        try:
            seen[path] = fingerprint_now(Path(path))
        except PagebeamError as problem:
            if problem.code is not ErrorCode.FILE_MISSING:
                seen[path] = UNREADABLE
    return seen
