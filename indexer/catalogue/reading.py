"""The catalogue's documents on their way from waiting to indexed or failed.

Writes of pages are upserts and check in the same transaction that the document still exists in the same version, so
a file deleted or changed while it is read costs nothing but the work.
"""

import os
import time
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from indexer.catalogue.database import Database, path_in, path_out
from indexer.catalogue.records import DocumentRecord, PageRecord
from indexer.protocol.errors import ErrorCode, ErrorReport, report
from indexer.protocol.values import DocumentKind, DocumentState, PageKey

MAX_ATTEMPTS = 4
"""A document during which the engine died this often, without a page in between, is set aside until it changes."""
_DELAYS_S = (0.0, 0.0, 20.0, 60.0)
"""After so many deaths in a row at one document it waits so long: a computer that is switched off twice is no fault
of the document, and one that kills the engine must not do it three times in a row, when the window gives up."""
_FAR_S = 3600.0
"""Nothing waits longer; a time further off was written by a clock that has been set back since."""
_COLUMNS = "document_id, folder_id, path, kind, state, version, attempts, page_count"
_READABLE = "NOT f.paused AND f.available AND d.available"
_TO_READ = f"FROM documents d JOIN folders f USING (folder_id) WHERE d.state IN ('waiting', 'reading') AND {_READABLE}"
_RESTLESS_S = 15.0
"""Longer than after the first two tries."""
PageFailures = Sequence[tuple[int, ErrorReport]]


class ReadingRows(Database):
    """What the pipeline takes and records."""

    def requeue_reading(self, now: float | None = None) -> None:
        """At start: what was being read when the engine died waits again, or is set aside after MAX_ATTEMPTS."""
        now = time.time() if now is None else now
        failure = _encoded(report(ErrorCode.RENDER_CRASHED))
        with self._transaction():
            self._db.execute(
                "UPDATE documents SET failure = ?, state = 'failed' WHERE state = 'reading' AND attempts >= ?",
                (failure, MAX_ATTEMPTS),
            )
            for attempts, delay_s in enumerate(_DELAYS_S):
                self._db.execute(
                    "UPDATE documents SET state = 'waiting', wait_until = ? WHERE state = 'reading' AND attempts = ?",
                    (now + delay_s, attempts),
                )

    def requeue(self, document_ids: Iterable[int]) -> None:
        """Read these again whatever their state."""
        with self._transaction():
            self._db.executemany(
                "UPDATE documents SET state = 'waiting', attempts = 0, failure = NULL, wait_until = 0"
                " WHERE document_id = ?",
                [(document_id,) for document_id in document_ids],
            )

    def lose_pages(self, keys: Iterable[PageKey]) -> None:
        """The store has not got these pages any more: they, and nothing else of their documents, are read again."""
        with self._transaction():
            lost: dict[int, None] = {}
            for key in keys:
                for table in ("pages", "page_failures"):
                    self._db.execute(
                        f"DELETE FROM {table} WHERE document_id = ? AND page = ?", (key.document_id, key.page)
                    )
                lost[key.document_id] = None
            for document_id in lost:
                self._recount(document_id)
                self._db.execute(
                    "UPDATE documents SET state = 'waiting', attempts = 0, wait_until = 0"
                    " WHERE document_id = ? AND state = 'indexed'",
                    (document_id,),
                )

    def next_waiting(self, now: float | None = None) -> DocumentRecord | None:
        """The document to read next, now marked as being read: tried ones last, small ones first."""
        now = time.time() if now is None else now
        with self._transaction():
            row = self._db.execute(
                "UPDATE documents SET state = 'reading', attempts = attempts + 1 WHERE document_id ="
                " (SELECT d.document_id FROM documents d INDEXED BY documents_waiting JOIN folders f USING (folder_id)"
                f" WHERE d.state = 'waiting' AND {_READABLE} AND (d.wait_until <= ? OR d.wait_until > ?)"
                f" ORDER BY d.attempts, d.size LIMIT 1) RETURNING {_COLUMNS}",
                (now, now + _FAR_S),
            ).fetchone()
        return _record(row) if row else None

    def to_read(self, below: Sequence[str] = ()) -> int:
        """How many documents will be read without anybody's doing: not paused, their disk within reach. With `below`
        only those at these paths and under them."""
        rows = self._rows(f"SELECT count(*) {_TO_READ}{_at(below)}", *_values(below))
        return int(rows[0][0])

    def restless(self, below: Sequence[str] = ()) -> list[str]:
        """Of these, the paths of those that changed, or went, whenever they were read: they are left alone."""
        # Those that an engine died of wait as well, and have attempts to their name.
        rows = self._rows(
            f"SELECT d.path {_TO_READ}{_at(below)} AND d.attempts = 0 AND d.wait_until > ?",
            *_values(below),
            time.time() + _RESTLESS_S,
        )
        return [path_out(row[0]) for row in rows]

    def document(self, document_id: int) -> DocumentRecord | None:
        """One document, if it is still there."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM documents WHERE document_id = ?", document_id)
        return _record(rows[0]) if rows else None

    def is_same(self, document: DocumentRecord) -> bool:
        """Whether the document is still there in this version."""
        rows = self._rows("SELECT version FROM documents WHERE document_id = ?", document.document_id)
        return bool(rows) and rows[0][0] == document.version

    def back_to_waiting(self, document_id: int, *, delay_s: float = 0.0) -> None:
        """Reading was stopped for a reason that is not the document's; it is not taken up again before `delay_s`."""
        with self._transaction():
            self._db.execute(
                "UPDATE documents SET state = 'waiting', attempts = max(0, attempts - 1), wait_until = ?"
                " WHERE document_id = ? AND state = 'reading'",
                (time.time() + delay_s if delay_s else 0.0, document_id),
            )

    def settle(self, document_id: int, delay_s: float) -> None:
        """It changed while it was read, which the watcher may have noted already: not to be read for so long."""
        with self._transaction():
            self._db.execute(
                "UPDATE documents SET state = 'waiting', attempts = max(0, attempts - 1), wait_until = ?"
                " WHERE document_id = ? AND state IN ('reading', 'waiting')",
                (time.time() + delay_s, document_id),
            )

    def pages_done(self, document: DocumentRecord) -> set[int]:
        """Pages of this version that were committed, or found unreadable, before reading was interrupted."""
        rows = self._rows(
            "SELECT page FROM pages WHERE document_id = ? AND version = ?"
            " UNION SELECT page FROM page_failures WHERE document_id = ?",
            *(document.document_id, document.version, document.document_id),
        )
        return {int(r[0]) for r in rows}

    def pages_indexed(
        self,
        document: DocumentRecord,
        kind: DocumentKind,
        pages: Sequence[PageRecord],
        total: int,
        failures: PageFailures = (),
    ) -> bool:
        """Record pages after the store has them, and pages that failed. False when the document is gone or changed:
        drop them again."""
        with self._transaction():
            if not self.is_same(document):
                return False
            self._db.execute(
                "UPDATE documents SET page_count = ?, kind = ?, attempts = min(attempts, 1) WHERE document_id = ?",
                (total, kind, document.document_id),
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (document.document_id, p.page, document.version, p.width, p.height, p.text_source, p.thumbnail)
                    for p in pages
                ],
            )
            self._note(document.document_id, failures)
            self._recount(document.document_id)
        return True

    def finished(self, document: DocumentRecord, failures: PageFailures, content: str = "") -> list[int] | None:
        """The document is indexed. Gives pages of an older version to drop; None when it is gone or changed."""
        with self._transaction():
            if not self.is_same(document):
                return None
            old = [
                int(r[0])
                for r in self._db.execute(
                    "DELETE FROM pages WHERE document_id = ? AND version <> ? RETURNING page",
                    (document.document_id, document.version),
                )
            ]
            self._note(document.document_id, failures)
            self._recount(document.document_id)
            self._db.execute(
                "UPDATE documents SET state = 'indexed', failure = NULL, attempts = 0, wait_until = 0, indexed_at = ?,"
                " content = ? WHERE document_id = ?",
                (time.time(), content, document.document_id),
            )
        return old

    def failed(self, document: DocumentRecord, why: ErrorReport) -> bool:
        """The document cannot be read; its pages go. False when it is gone or changed."""
        with self._transaction():
            if not self.is_same(document):
                return False
            for table in ("pages", "page_failures"):
                self._db.execute(f"DELETE FROM {table} WHERE document_id = ?", (document.document_id,))
            self._recount(document.document_id)
            self._db.execute(
                "UPDATE documents SET state = 'failed', failure = ? WHERE document_id = ?",
                (_encoded(why), document.document_id),
            )
        return True

    def retry(self, document_ids: Collection[int], *, to: DocumentState = DocumentState.WAITING) -> None:
        """Failed documents wait again (or become ignored), and so do failed pages; no ids means all of them.

        A failed page is tried again, or no longer listed; the pages that were read stay as they are.
        """
        with self._transaction():
            chosen = [(int(i),) for i in document_ids]
            self._every(
                f"UPDATE documents SET state = '{to.value}', attempts = 0, wait_until = 0 WHERE state = 'failed'",
                chosen,
            )
            with_failed_pages = "document_id IN (SELECT document_id FROM page_failures)"
            if to is DocumentState.WAITING:
                self._every(
                    f"UPDATE documents SET state = 'waiting', attempts = 0, wait_until = 0 WHERE state = 'indexed'"
                    f" AND {with_failed_pages}",
                    chosen,
                )
            self._every("DELETE FROM page_failures WHERE true", chosen)

    def _every(self, sql: str, chosen: list[tuple[int]]) -> None:
        if chosen:
            self._db.executemany(f"{sql} AND document_id = ?", chosen)
        else:
            self._db.execute(sql)

    def _note(self, document_id: int, failures: PageFailures) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO page_failures VALUES (?, ?, ?)",
            [(document_id, page, _encoded(why)) for page, why in failures],
        )

    def _recount(self, document_id: int) -> None:
        self._db.execute(
            "UPDATE documents SET pages_done = (SELECT count(*) FROM pages WHERE document_id = ?)"
            " WHERE document_id = ?",
            (document_id, document_id),
        )


def _encoded(why: ErrorReport) -> str:
    """Without the path, which the document's row holds: it may have bytes that are no text, and may change."""
    return msgspec.json.encode(msgspec.structs.replace(why, path="")).decode()


def _record(row: Sequence[Any]) -> DocumentRecord:
    document_id, folder_id, path, kind, state, version, attempts, page_count = row
    return DocumentRecord(
        int(document_id),
        int(folder_id),
        path_out(path),
        DocumentKind(kind) if kind else None,
        DocumentState(state),
        str(version),
        int(attempts),
        int(page_count),
    )


def _at(below: Sequence[str]) -> str:
    places = " OR ".join("d.path = ? OR substr(d.path, 1, ?) = ?" for _ in below)
    return f" AND ({places})" if places else ""


def _values(below: Sequence[str]) -> list[object]:
    values: list[object] = []
    for place in map(path_in, below):
        under = place.rstrip(os.sep) + os.sep
        values += [place, len(under), under]
    return values
