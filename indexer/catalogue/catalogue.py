"""Catalogue: folders, documents, pages and failures in SQLite; the truth, which the store follows.

Thread-safe: one connection behind a lock, short transactions. Writes of pages are upserts and check in the same
transaction that the document still exists in the same version, so a file deleted or changed while it is read costs
nothing but the work.
"""

import contextlib
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from indexer.catalogue.records import DocumentRecord, PageInfo, PageRecord, version_of
from indexer.catalogue.schema import connect
from indexer.documents.fingerprint import Fingerprint
from indexer.protocol.errors import ErrorCode, ErrorReport, report
from indexer.protocol.values import (
    DocumentKind,
    DocumentState,
    FailureInfo,
    Filters,
    FolderInfo,
    PageKey,
    TextSource,
)

MAX_ATTEMPTS = 2
"""A document during which the engine died this often is set aside until it changes."""
_COLUMNS = "document_id, folder_id, path, kind, state, version, attempts, page_count"


class Catalogue:
    """The library's truth."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._db = connect(path, read_only=read_only)
        self._lock = threading.RLock()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    # folders

    def add_folder(self, path: str, *, watched: bool) -> int:
        """The folder's id; the same path twice is the same folder. "" holds single files."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO folders (path, watched) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET "
                "watched = max(watched, excluded.watched)",
                (_in(path), watched),
            )
            row = self._db.execute("SELECT folder_id FROM folders WHERE path = ?", (_in(path),)).fetchone()
        return int(row[0])

    def remove_folder(self, folder_id: int) -> list[int]:
        """Forget a folder and its documents; gives the ids of the documents removed."""
        with self._transaction():
            gone = [
                int(r[0])
                for r in self._db.execute("SELECT document_id FROM documents WHERE folder_id = ?", (folder_id,))
            ]
            self._db.execute("DELETE FROM folders WHERE folder_id = ?", (folder_id,))
        return gone

    def set_folder(self, folder_id: int, *, paused: bool | None = None, available: bool | None = None) -> None:
        """Change what is given."""
        with self._transaction():
            self._db.execute(
                "UPDATE folders SET paused = coalesce(?, paused), available = coalesce(?, available)"
                " WHERE folder_id = ?",
                (paused, available, folder_id),
            )

    def folders(self) -> tuple[FolderInfo, ...]:
        """Every folder with its counts; a document being read counts as waiting."""
        rows = self._rows(
            "SELECT f.folder_id, f.path, f.watched, f.available, f.paused, count(d.document_id),"
            " coalesce(sum(d.state = 'indexed'), 0), coalesce(sum(d.state IN ('waiting', 'reading')), 0),"
            " coalesce(sum(d.state = 'failed'), 0), coalesce(sum(d.state = 'ignored'), 0),"
            " (SELECT count(*) FROM pages p JOIN documents e USING (document_id) WHERE e.folder_id = f.folder_id)"
            " FROM folders f LEFT JOIN documents d USING (folder_id) GROUP BY f.folder_id ORDER BY f.path"
        )
        return tuple(
            FolderInfo(int(r[0]), _out(r[1]), bool(r[2]), bool(r[3]), bool(r[4]), *(int(n) for n in r[5:]))
            for r in rows
        )

    # documents

    def known(self, folder_id: int) -> dict[str, tuple[str, int, int]]:
        """Paths to (version, inode, device) of a folder's documents, for comparing with the disk."""
        rows = self._rows("SELECT path, version, inode, device FROM documents WHERE folder_id = ?", folder_id)
        return {_out(r[0]): (str(r[1]), int(r[2]), int(r[3])) for r in rows}

    def found(self, folder_id: int, files: Iterable[tuple[str, Fingerprint]]) -> int:
        """New and changed files become waiting; gives how many. Unchanged ones stay as they are."""
        changed = 0
        with self._transaction():
            for path, seen in files:
                version = version_of(seen)
                changed += self._db.execute(
                    "INSERT INTO documents (folder_id, path, state, version, size, modified_ns, inode, device)"
                    " VALUES (?, ?, 'waiting', ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET state = 'waiting',"
                    " version = excluded.version, size = excluded.size, modified_ns = excluded.modified_ns,"
                    " inode = excluded.inode, device = excluded.device, attempts = 0, failure = NULL, kind = NULL"
                    " WHERE version <> excluded.version",
                    (folder_id, _in(path), version, seen.size_bytes, seen.modified_ns, seen.inode, seen.device),
                ).rowcount
        return changed

    def moved(self, old: str, new: str, folder_id: int) -> bool:
        """A document has a new path; nothing is embedded again. False when `old` is unknown or `new` is taken."""
        with self._transaction():
            taken = self._db.execute("SELECT 1 FROM documents WHERE path = ?", (_in(new),)).fetchone()
            if taken:
                return False
            return bool(
                self._db.execute(
                    "UPDATE documents SET path = ?, folder_id = ? WHERE path = ?", (_in(new), folder_id, _in(old))
                ).rowcount
            )

    def gone(self, paths: Sequence[str]) -> list[int]:
        """Documents that are no longer on the disk are forgotten; gives their ids."""
        ids: list[int] = []
        with self._transaction():
            for path in paths:
                row = self._db.execute(
                    "DELETE FROM documents WHERE path = ? RETURNING document_id", (_in(path),)
                ).fetchone()
                if row:
                    ids.append(int(row[0]))
        return ids

    def requeue_reading(self) -> None:
        """At start: what was being read when the engine died waits again, or is set aside after MAX_ATTEMPTS."""
        failure = msgspec.json.encode(report(ErrorCode.RENDER_CRASHED)).decode()
        with self._transaction():
            self._db.execute(
                "UPDATE documents SET failure = ?, state = 'failed' WHERE state = 'reading' AND attempts >= ?",
                (failure, MAX_ATTEMPTS),
            )
            self._db.execute("UPDATE documents SET state = 'waiting' WHERE state = 'reading'")

    def requeue(self, document_ids: Iterable[int]) -> None:
        """Read these again whatever their state."""
        with self._transaction():
            self._db.executemany(
                "UPDATE documents SET state = 'waiting', attempts = 0, failure = NULL WHERE document_id = ?",
                [(document_id,) for document_id in document_ids],
            )

    def next_waiting(self) -> DocumentRecord | None:
        """The document to read next, now marked as being read: tried ones last, small ones first."""
        with self._transaction():
            row = self._db.execute(
                "UPDATE documents SET state = 'reading', attempts = attempts + 1 WHERE document_id ="
                " (SELECT document_id FROM documents JOIN folders USING (folder_id)"
                " WHERE state = 'waiting' AND NOT paused AND available"
                f" ORDER BY attempts, size LIMIT 1) RETURNING {_COLUMNS}"
            ).fetchone()
        return _record(row) if row else None

    def document(self, document_id: int) -> DocumentRecord | None:
        """One document, if it is still there."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM documents WHERE document_id = ?", document_id)
        return _record(rows[0]) if rows else None

    def back_to_waiting(self, document_id: int) -> None:
        """Reading was stopped for a reason that is not the document's."""
        with self._transaction():
            self._db.execute(
                "UPDATE documents SET state = 'waiting', attempts = max(0, attempts - 1) WHERE document_id = ?"
                " AND state = 'reading'",
                (document_id,),
            )

    def pages_indexed(
        self, document: DocumentRecord, kind: DocumentKind, pages: Sequence[PageRecord], total: int
    ) -> bool:
        """Record pages after the store has them. False when the document is gone or changed: drop them again."""
        with self._transaction():
            if not self._same(document):
                return False
            self._db.execute(
                "UPDATE documents SET page_count = ?, kind = ? WHERE document_id = ?",
                (total, kind, document.document_id),
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (document.document_id, p.page, document.version, p.width, p.height, p.text_source, p.thumbnail)
                    for p in pages
                ],
            )
        return True

    def finished(self, document: DocumentRecord, failures: Sequence[tuple[int, ErrorReport]]) -> list[int] | None:
        """The document is indexed. Gives pages of an older version to drop; None when it is gone or changed."""
        with self._transaction():
            if not self._same(document):
                return None
            old = [
                int(r[0])
                for r in self._db.execute(
                    "DELETE FROM pages WHERE document_id = ? AND version <> ? RETURNING page",
                    (document.document_id, document.version),
                )
            ]
            self._db.execute("DELETE FROM page_failures WHERE document_id = ?", (document.document_id,))
            self._db.executemany(
                "INSERT OR REPLACE INTO page_failures VALUES (?, ?, ?)",
                [(document.document_id, page, msgspec.json.encode(why).decode()) for page, why in failures],
            )
            self._db.execute(
                "UPDATE documents SET state = 'indexed', failure = NULL, attempts = 0, indexed_at = ?"
                " WHERE document_id = ?",
                (time.time(), document.document_id),
            )
        return old

    def failed(self, document: DocumentRecord, why: ErrorReport) -> bool:
        """The document cannot be read; its pages go. False when it is gone or changed."""
        with self._transaction():
            if not self._same(document):
                return False
            self._db.execute("DELETE FROM pages WHERE document_id = ?", (document.document_id,))
            self._db.execute(
                "UPDATE documents SET state = 'failed', failure = ? WHERE document_id = ?",
                (msgspec.json.encode(why).decode(), document.document_id),
            )
        return True

    def _same(self, document: DocumentRecord) -> bool:
        row = self._db.execute(
            "SELECT version FROM documents WHERE document_id = ?", (document.document_id,)
        ).fetchone()
        return row is not None and row[0] == document.version

    def retry(self, document_ids: Sequence[int], *, to: DocumentState = DocumentState.WAITING) -> None:
        """Failed documents wait again (or become ignored); no ids means all of them."""
        with self._transaction():
            sql = "UPDATE documents SET state = ?, attempts = 0 WHERE state = 'failed'"
            if not document_ids:
                self._db.execute(sql, (to,))
            self._db.executemany(f"{sql} AND document_id = ?", [(to, chosen) for chosen in document_ids])

    def failures(self) -> tuple[FailureInfo, ...]:
        """Documents and pages that could not be read."""
        rows = self._rows(
            "SELECT document_id, path, failure, 0 FROM documents WHERE state = 'failed' UNION ALL"
            " SELECT document_id, path, f.failure, f.page FROM page_failures f JOIN documents USING (document_id)"
            " WHERE state <> 'ignored' ORDER BY 1 DESC, 4"
        )
        infos = []
        for document_id, path, failure, page in rows:
            why = msgspec.json.decode(str(failure), type=ErrorReport)
            infos.append(
                FailureInfo(int(document_id), _out(path), why.code, why.title, why.message, int(page), why.can_retry)
            )
        return tuple(infos)

    # pages, for searching

    def page_versions(self) -> dict[PageKey, str]:
        """Every indexed page with the version of its document when it was read."""
        return {
            PageKey(int(r[0]), int(r[1])): str(r[2]) for r in self._rows("SELECT document_id, page, version FROM pages")
        }

    def documents_matching(self, filters: Filters) -> npt.NDArray[np.int64] | None:
        """Ids of the documents a search is limited to; None for all."""
        tests: list[str] = []
        values: list[object] = []
        for column, chosen in (
            ("folder_id", filters.folder_ids),
            ("kind", filters.kinds),
            ("document_id", filters.document_ids),
        ):
            if chosen:
                tests.append(f"{column} IN ({','.join('?' * len(chosen))})")
                values.extend(chosen)
        if filters.path_prefix:
            tests.append("substr(path, 1, ?) = ?")
            values += [len(_in(filters.path_prefix)), _in(filters.path_prefix)]
        if filters.modified_from_s is not None:
            tests.append("modified_ns >= ?")
            values.append(int(filters.modified_from_s * 1e9))
        if filters.modified_to_s is not None:
            tests.append("modified_ns <= ?")
            values.append(int(filters.modified_to_s * 1e9))
        if not tests:
            return None
        rows = self._rows(f"SELECT document_id FROM documents WHERE {' AND '.join(tests)}", *values)
        return np.array([r[0] for r in rows], np.int64)

    def page_info(self, keys: Sequence[PageKey]) -> list[PageInfo | None]:
        """What results tell of these pages; None for a page that is gone."""
        infos: list[PageInfo | None] = []
        for key in keys:
            rows = self._rows(
                "SELECT path, page_count, width, height, thumbnail, kind, folder_id, modified_ns, text_source"
                " FROM pages JOIN documents USING (document_id) WHERE document_id = ? AND page = ?",
                key.document_id,
                key.page,
            )
            infos.append(_info(rows[0]) if rows else None)
        return infos

    def recent(self, k: int) -> list[PageKey]:
        """First pages of the documents indexed last."""
        rows = self._rows(
            "SELECT document_id, min(page) FROM documents JOIN pages USING (document_id) GROUP BY document_id"
            " ORDER BY indexed_at DESC LIMIT ?",
            k,
        )
        return [PageKey(int(r[0]), int(r[1])) for r in rows]


def _record(row: Sequence[Any]) -> DocumentRecord:
    document_id, folder_id, path, kind, state, version, attempts, page_count = row
    return DocumentRecord(
        int(document_id),
        int(folder_id),
        _out(path),
        DocumentKind(kind) if kind else None,
        DocumentState(state),
        str(version),
        int(attempts),
        int(page_count),
    )


def _info(row: Sequence[Any]) -> PageInfo:
    path, page_count, width, height, thumbnail, kind, folder_id, modified_ns, source = row
    return PageInfo(
        _out(path),
        int(page_count),
        float(width),
        float(height),
        str(thumbnail),
        DocumentKind(kind),
        int(folder_id),
        int(modified_ns) / 1e9,
        TextSource(source),
    )


def _in(path: str) -> str:
    """A path for SQLite, which takes no lone surrogates: bytes that are not UTF-8 become private escapes."""
    return "".join(chr(ord(c) - 0xDC80 + 0x10FF00) if "\udc80" <= c <= "\udcff" else c for c in path)


def _out(path: object) -> str:
    return "".join(chr(ord(c) - 0x10FF00 + 0xDC80) if "\U0010ff00" <= c <= "\U0010ff7f" else c for c in str(path))
