"""Upgrades of the catalogue: one function a step, done and recorded in one transaction, after a copy is kept.

1. The whole file is copied beside itself as `NAME.vN`, written aside and renamed, so that a copy is whole or not there.
2. Each step runs in a transaction of its own that also sets the version: killed anywhere, it is done or not begun.
3. The copy stays until the next start finds the new version in place and working; then it goes, as it holds the names
   of documents that may be forgotten by then.
"""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from indexer.catalogue.whole_files import put_in_place

Step = Callable[[sqlite3.Connection], None]


def upgrade(db: sqlite3.Connection, path: Path, version: int, target: int) -> None:
    """Bring the catalogue from `version` to `target`. Raises sqlite3.Error; then it is as it was, or a step further."""
    _keep_copy(db, path, version)
    db.execute("PRAGMA foreign_keys = OFF")
    for number in range(version, target):
        db.execute("BEGIN IMMEDIATE")
        try:
            STEPS[number](db)
            db.execute(f"PRAGMA user_version = {number + 1}")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")


def forget_copies(path: Path) -> None:
    """The last start succeeded: the copies of older versions go."""
    for copy in path.parent.glob(f"{path.name}.v*"):
        copy.unlink(missing_ok=True)


def copy_of(path: Path, version: int) -> Path:
    """Where the copy of a version lies."""
    return path.with_name(f"{path.name}.v{version}")


def _keep_copy(db: sqlite3.Connection, path: Path, version: int) -> None:
    target = copy_of(path, version)
    if target.exists():
        return  # an upgrade that was killed after its copy: that one is the original
    aside = target.with_name(target.name + ".part")
    aside.unlink(missing_ok=True)
    os.close(os.open(aside, os.O_CREAT | os.O_RDWR, 0o600))
    copy = sqlite3.connect(aside)
    try:
        db.backup(copy)
    finally:
        copy.close()
    put_in_place(aside, target)


def _second(db: sqlite3.Connection) -> None:
    """1 to 2: hash, inode time and availability of each file; when to read again; pages counted with their document."""
    for column in (
        "changed_ns INTEGER NOT NULL DEFAULT 0",
        "content TEXT NOT NULL DEFAULT ''",
        "available INTEGER NOT NULL DEFAULT 1",
        "wait_until REAL NOT NULL DEFAULT 0",
        "pages_done INTEGER NOT NULL DEFAULT 0",
    ):
        db.execute(f"ALTER TABLE documents ADD COLUMN {column}")
    db.execute(
        "UPDATE documents SET pages_done = (SELECT count(*) FROM pages WHERE pages.document_id = documents.document_id)"
    )
    db.execute("DROP INDEX documents_state")
    db.execute("CREATE INDEX documents_waiting ON documents (state, attempts, size)")
    db.execute("CREATE INDEX documents_counts ON documents (folder_id, state, pages_done)")
    db.execute("CREATE INDEX documents_recent ON documents (indexed_at)")


STEPS: dict[int, Step] = {1: _second}
"""From version to the next."""
