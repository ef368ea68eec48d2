"""The catalogue's tables, their version, and opening the file safely."""

import os
import sqlite3
from pathlib import Path

from indexer.catalogue import migrations
from indexer.catalogue.safekeeping import is_damage
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

SCHEMA_VERSION = 2
_NAMES = ("folders", "documents", "pages", "page_failures")

_TABLES = """
CREATE TABLE folders (
    folder_id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, watched INTEGER NOT NULL,
    paused INTEGER NOT NULL DEFAULT 0, available INTEGER NOT NULL DEFAULT 1);
CREATE TABLE documents (
    document_id INTEGER PRIMARY KEY AUTOINCREMENT, folder_id INTEGER NOT NULL REFERENCES folders ON DELETE CASCADE,
    path TEXT NOT NULL UNIQUE, kind TEXT, state TEXT NOT NULL, version TEXT NOT NULL, size INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL, inode INTEGER NOT NULL, device INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    page_count INTEGER NOT NULL DEFAULT 0, indexed_at REAL, failure TEXT, changed_ns INTEGER NOT NULL DEFAULT 0,
    content TEXT NOT NULL DEFAULT '', available INTEGER NOT NULL DEFAULT 1, wait_until REAL NOT NULL DEFAULT 0,
    pages_done INTEGER NOT NULL DEFAULT 0);
CREATE INDEX documents_waiting ON documents (state, attempts, size);
CREATE INDEX documents_counts ON documents (folder_id, state, pages_done);
CREATE INDEX documents_inode ON documents (inode, device);
CREATE INDEX documents_recent ON documents (indexed_at);
CREATE TABLE pages (
    document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE, page INTEGER NOT NULL, version TEXT NOT NULL,
    width REAL NOT NULL, height REAL NOT NULL, text_source TEXT NOT NULL, thumbnail TEXT NOT NULL,
    PRIMARY KEY (document_id, page)) WITHOUT ROWID;
CREATE TABLE page_failures (
    document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE, page INTEGER NOT NULL, failure TEXT NOT NULL,
    PRIMARY KEY (document_id, page)) WITHOUT ROWID;
"""
# What each column is for, where the name does not say it:
# documents.content     hash of the whole content as it was read; tells a real change from a new mode or a restored time
# documents.available   0 while the disk it lies on is away; nothing of it is forgotten, nothing of it is read
# documents.wait_until  not to be read before (seconds since 1970): it changed under us, or the engine died at it
# documents.pages_done  how many rows of `pages` it has, kept so that counting a library is one walk over an index


class CatalogueDamaged(PagebeamError):  # noqa: N818 (a state, told as a failure)
    """DATA_UNREADABLE because the content of the file is broken."""


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open or create the catalogue, brought up to date. Raises DATA_NEWER, DATA_UNREADABLE (CatalogueDamaged where
    that is why), DISK_FULL.

    WAL with synchronous FULL: what was committed survives a power cut. Paths keep bytes that are not UTF-8.
    A reader does not upgrade: it raises DATA_UNREADABLE for a catalogue that is older than this program.
    """
    db: sqlite3.Connection | None = None
    try:
        if not read_only and not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        db = _opened(path, "ro" if read_only else "rw")
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise PagebeamError(ErrorCode.DATA_NEWER, str(path))
        if read_only:
            if version < SCHEMA_VERSION:
                raise PagebeamError(ErrorCode.DATA_UNREADABLE, str(path), detail="it must be brought up to date first")
            db.execute("PRAGMA query_only = ON")
            return db
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA secure_delete = ON")
        if version == 0:
            db.executescript(f"BEGIN;{_TABLES}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")
        elif version < SCHEMA_VERSION:
            migrations.upgrade(db, path, version, SCHEMA_VERSION)
        else:
            migrations.forget_copies(path)
        db.execute("PRAGMA foreign_keys = ON")
        for table in _NAMES:  # damage to what everything hangs on is met here
            db.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()
    except PagebeamError:
        _close(db)
        raise
    except sqlite3.Error as problem:
        _close(db)
        if is_damage(problem):
            raise CatalogueDamaged(ErrorCode.DATA_UNREADABLE, str(path), detail=str(problem)) from problem
        code = ErrorCode.DISK_FULL if "disk is full" in str(problem) else ErrorCode.DATA_UNREADABLE
        raise PagebeamError(code, str(path), detail=str(problem)) from problem
    return db


def version_of_file(path: Path) -> int:
    """The schema version of a catalogue, without changing anything. Raises DATA_UNREADABLE."""
    db: sqlite3.Connection | None = None
    try:
        db = _opened(path, "ro")
        return int(db.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error as problem:
        raise PagebeamError(ErrorCode.DATA_UNREADABLE, str(path), detail=str(problem)) from problem
    finally:
        _close(db)


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, check_same_thread=False, timeout=30)
    db.isolation_level = None
    return db


def _close(db: sqlite3.Connection | None) -> None:
    if db is not None:
        db.close()
