"""Walk a folder for documents, and what is never indexed. Reads no file's content."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from indexer.documents.fingerprint import Fingerprint
from indexer.documents.kinds import could_be_document

_SYSTEM_FOLDERS = frozenset(
    ("$recycle.bin", "system volume information", "lost+found", "node_modules", "__pycache__", "site-packages")
)
_TEMPORARY_ENDS = ("~", ".tmp", ".part", ".partial", ".crdownload", ".download", ".swp", ".swx", ".bak")


def is_ignored(name: str, *, folder: bool) -> bool:
    """Hidden names, system folders and what editors and browsers leave while they work."""
    lower = name.lower()
    if name.startswith((".", "~$")):
        return True
    return lower in _SYSTEM_FOLDERS if folder else lower.endswith(_TEMPORARY_ENDS)


def scan(root: str, skipped: Path | None = None) -> Iterator[tuple[str, Fingerprint]]:
    """Every possible document below `root` with its fingerprint. Links to folders are not followed.

    `skipped` is our own data folder. A folder that cannot be read is passed over; raises OSError for `root` alone.
    """
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if not is_ignored(entry.name, folder=True) and Path(entry.path) != skipped:
                            waiting.append(entry.path)
                    elif not is_ignored(entry.name, folder=False) and could_be_document(entry.name):
                        yield from _look(entry)
        except OSError:
            if folder == root:
                raise


def _look(entry: "os.DirEntry[str]") -> Iterator[tuple[str, Fingerprint]]:
    try:
        if not entry.is_file():
            return
        found = os.stat(entry.path) if sys.platform == "win32" else entry.stat()
    except OSError:
        return  # gone, or a broken link
    seen = Fingerprint(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)
    yield entry.path, seen
