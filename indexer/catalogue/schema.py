"""The catalogue's tables, their version, and opening the file safely."""

import os
import sqlite3
from pathlib import Path

from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

SCHEMA_VERSION = 1

_TABLES = """
CREATE TABLE folders (
    folder_id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, watched INTEGER NOT NULL,
    paused INTEGER NOT NULL DEFAULT 0, available INTEGER NOT NULL DEFAULT 1);
CREATE TABLE documents (
    document_id INTEGER PRIMARY KEY AUTOINCREMENT, folder_id INTEGER NOT NULL REFERENCES folders ON DELETE CASCADE,
    path TEXT NOT NULL UNIQUE, kind TEXT, state TEXT NOT NULL, version TEXT NOT NULL, size INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL, inode INTEGER NOT NULL, device INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    page_count INTEGER NOT NULL DEFAULT 0, indexed_at REAL, failure TEXT);
CREATE INDEX documents_state ON documents (state);
CREATE INDEX documents_inode ON documents (inode, device);
CREATE TABLE pages (
    document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE, page INTEGER NOT NULL, version TEXT NOT NULL,
    width REAL NOT NULL, height REAL NOT NULL, text_source TEXT NOT NULL, thumbnail TEXT NOT NULL,
    PRIMARY KEY (document_id, page)) WITHOUT ROWID;
CREATE TABLE page_failures (
    document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE, page INTEGER NOT NULL, failure TEXT NOT NULL,
    PRIMARY KEY (document_id, page)) WITHOUT ROWID;
"""


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open or create the catalogue. Raises DATA_NEWER, DATA_UNREADABLE.

    WAL with synchronous FULL: what was committed survives a power cut. Paths keep bytes that are not UTF-8.
    """
    try:
        if not read_only and not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        mode = "ro" if read_only else "rw"
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, check_same_thread=False, timeout=30)
        db.isolation_level = None
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            db.close()
            raise PagebeamError(ErrorCode.DATA_NEWER, str(path))
        db.execute("PRAGMA foreign_keys = ON")
        if not read_only:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA secure_delete = ON")
            if version == 0:
                db.executescript(f"BEGIN;{_TABLES}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")
        elif version == 0:
            db.close()
            raise PagebeamError(ErrorCode.DATA_UNREADABLE, str(path), detail="the catalogue is empty")
    except sqlite3.Error as problem:
        raise PagebeamError(ErrorCode.DATA_UNREADABLE, str(path), detail=str(problem)) from problem
    return db
