"""Database: one connection behind a lock, short transactions, and paths as SQLite takes them."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from indexer.catalogue import safekeeping
from indexer.catalogue.schema import connect
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.undecodable import escaped, restored


class Database:
    """What every part of the catalogue stands on. Thread-safe. Raises DISK_FULL where SQLite finds no room, and
    DATA_UNREADABLE where it finds damage, after `on_damage` was told: the next start replaces the catalogue."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path
        self.on_damage: Callable[[], None] = lambda: None
        self._db = connect(path, read_only=read_only)
        self._lock = threading.RLock()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def truncate_log(self) -> None:
        """Write everything into the file itself and empty the log beside it, so that nothing forgotten stays there."""
        with self._lock, self._in_our_words():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, self._in_our_words():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a full disk rolls back by itself
                    self._db.execute("ROLLBACK")
                raise

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock, self._in_our_words():
            return self._db.execute(sql, values).fetchall()

    @contextlib.contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as problem:
            if "disk is full" in str(problem):
                raise PagebeamError(ErrorCode.DISK_FULL) from problem
            if safekeeping.is_damage(problem):
                self.damaged()
                raise PagebeamError(ErrorCode.DATA_UNREADABLE, str(self._path), detail=str(problem)) from problem
            raise

    def damaged(self) -> None:
        """The file is broken: the next start replaces it."""
        safekeeping.suspect(self._path)
        self.on_damage()


def path_in(path: str) -> str:
    """A path for SQLite, which takes no lone surrogates."""
    return escaped(path)


def path_out(path: object) -> str:
    """A path as it was given to path_in."""
    return restored(str(path))
