"""Which documents may be copies of which, and what a copy takes over."""

from dataclasses import dataclass

import msgspec

from indexer.catalogue.database import Database, path_out
from indexer.catalogue.reading import PageFailures
from indexer.catalogue.records import PageRecord
from indexer.protocol.errors import ErrorReport
from indexer.protocol.values import DocumentKind, TextSource

_MOST = 64
"""Thousands of small files may have one size; to look through all of them for each costs more than to read it."""


@dataclass(frozen=True, slots=True)
class Twin:
    """A document that was read, of the same size as another. `content` is the hash of what was read."""

    document_id: int
    path: str
    version: str
    kind: DocumentKind
    content: str
    page_count: int


class TwinRows(Database):
    """Reads only."""

    def of_same_size(self, document_id: int) -> list[Twin]:
        """Other documents that were read, of this one's size: some of them, where there are many."""
        rows = self._rows(
            "SELECT document_id, path, version, kind, content, page_count FROM documents WHERE state = 'indexed'"
            " AND attempts = 0 AND size = (SELECT size FROM documents WHERE document_id = ?1) AND document_id <> ?1"
            " AND content <> '' AND pages_done > 0 LIMIT ?2",
            *(document_id, _MOST),
        )
        return [Twin(int(r[0]), path_out(r[1]), str(r[2]), DocumentKind(r[3]), str(r[4]), int(r[5])) for r in rows]

    def page_records(self, document_id: int, version: str) -> list[PageRecord]:
        """A document's pages in this version, in order."""
        rows = self._rows(
            "SELECT page, width, height, text_source, thumbnail FROM pages WHERE document_id = ? AND version = ?"
            " ORDER BY page",
            *(document_id, version),
        )
        return [PageRecord(int(r[0]), float(r[1]), float(r[2]), TextSource(r[3]), str(r[4])) for r in rows]

    def failed_pages(self, document_id: int) -> PageFailures:
        """What could not be read of a document, by page."""
        rows = self._rows("SELECT page, failure FROM page_failures WHERE document_id = ?", document_id)
        return [(int(page), msgspec.json.decode(str(why), type=ErrorReport)) for page, why in rows]
