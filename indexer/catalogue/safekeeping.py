"""A second copy of the catalogue, and taking it up when the catalogue is damaged: it is the truth, and nothing else
holds the names of folders and documents.

1. `keep_copy`: a whole, checked copy beside the catalogue (`NAME.copy`), written aside and renamed. A copy that SQLite
   finds damaged is not kept: then the catalogue itself is, and is to be replaced.
2. `keep_folders`: folders and single files in a small file (`NAME.folders`), at each change of them, since the copy may
   be older.
3. `replace`: the damaged catalogue is kept aside (`NAME.damaged`, one of it), the copy takes its place, and folders
   that it does not know are added to it. Without a copy that can be read a new catalogue gets the folders alone.

What changed since the copy is found by comparing with the disk and the store, as at each start: pages that the copy
does not know are read again, and no others.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.catalogue.whole_files import put_in_place, sync_folder
from indexer.protocol.undecodable import escaped, restored


@dataclass(frozen=True, slots=True)
class KeptFolder:
    """A folder as it is kept in the small file; single files belong to the folder ""."""

    path: str
    watched: bool
    paused: bool
    files: tuple[str, ...] = ()


def is_damage(problem: sqlite3.Error) -> bool:
    """Whether SQLite says by this that the file's content is broken, and not that it is busy, full or out of reach."""
    code = getattr(problem, "sqlite_errorcode", 0)  # not there where we raised it ourselves
    return code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def keep_copy(path: Path) -> bool:
    """Copy the catalogue, beside whoever writes in it. False when it is damaged. Raises OSError, sqlite3.Error."""
    aside, target = _beside(path, "copy.part"), _beside(path, "copy")
    aside.unlink(missing_ok=True)
    os.close(os.open(aside, os.O_CREAT | os.O_RDWR, 0o600))
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as source,
            contextlib.closing(sqlite3.connect(aside)) as copy,
        ):
            source.backup(copy)
            whole: bool = copy.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except sqlite3.DatabaseError as problem:
        aside.unlink(missing_ok=True)
        if not is_damage(problem):
            raise
        return False
    if not whole:
        aside.unlink(missing_ok=True)
        return False
    put_in_place(aside, target)
    return True


def keep_folders(path: Path, folders: Sequence[KeptFolder]) -> None:
    """Write down the folders there are. Raises OSError."""
    aside = _beside(path, "folders.part")
    told = [
        {"path": escaped(f.path), "watched": f.watched, "paused": f.paused, "files": [escaped(p) for p in f.files]}
        for f in folders
    ]
    with open(os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(told, file)
    put_in_place(aside, _beside(path, "folders"))


def kept_folders(path: Path) -> tuple[KeptFolder, ...]:
    """What was written down; nothing where that cannot be read."""
    try:
        told = json.loads(_beside(path, "folders").read_text(encoding="utf-8"))
        return tuple(
            KeptFolder(
                restored(str(one["path"])),
                bool(one["watched"]),
                bool(one["paused"]),
                tuple(restored(str(p)) for p in one["files"]),
            )
            for one in told
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def suspect(path: Path) -> None:
    """Damage was met while working: the catalogue is replaced at the next start."""
    with contextlib.suppress(OSError):
        _beside(path, "suspect").touch(mode=0o600)


def is_suspect(path: Path) -> bool:
    """Whether damage was met."""
    return _beside(path, "suspect").exists()


def is_gone(path: Path) -> bool:
    """Whether the catalogue is not there, or empty, though there was one: what was kept of it is."""
    empty = not path.exists() or path.stat().st_size == 0
    return empty and (_beside(path, "copy").exists() or _beside(path, "folders").exists())


def replace(path: Path) -> bool:
    """Put the damaged catalogue aside and its copy in its place; False where there is no copy. Raises OSError."""
    aside = _beside(path, "damaged")
    for end in ("", "-wal", "-shm"):
        found = path.with_name(path.name + end)
        if found.exists():
            os.replace(found, aside.with_name(aside.name + end))
    copy = _beside(path, "copy")
    there = copy.exists() and _opens(copy)
    if there:
        os.replace(copy, path)
    _beside(path, "suspect").unlink(missing_ok=True)
    sync_folder(path.parent)
    return there


def forget(path: Path) -> None:
    """What was kept aside goes, because it names documents that are to be forgotten."""
    for end in ("copy", "copy.part", "damaged", "damaged-wal", "damaged-shm"):
        _beside(path, end).unlink(missing_ok=True)


def _opens(copy: Path) -> bool:
    try:
        with contextlib.closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as db:
            whole: bool = db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
            return whole
    except sqlite3.Error:
        return False


def _beside(path: Path, end: str) -> Path:
    return path.with_name(f"{path.name}.{end}")
