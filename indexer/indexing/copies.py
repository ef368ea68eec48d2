"""Copies: a document that is, byte for byte, one that was read costs neither drawing nor vectors of its own.

1. Only where a document of the same size was read is the new one's content hashed, and only one of the same kind and
   suffix counts: a book's reader is chosen by its suffix.
2. Its pages are taken over in every vector space that has them, from the rows that are stored: damaged ones are not.
3. What is left (a page whose row or picture is gone) is read from the document as usual.

The other encoders' vectors, made later (catchup.py), are taken over in the same way.
"""

import os
import shutil
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from indexer.catalogue.catalogue import Catalogue
from indexer.catalogue.reading import PageFailures
from indexer.catalogue.records import DocumentRecord, PageRecord
from indexer.catalogue.twins import Twin
from indexer.documents.fingerprint import content_hash
from indexer.encoder.encoder import EncodedPage, VectorSpace
from indexer.errors import from_os_error
from indexer.indexing.work import Work
from indexer.protocol.values import DocumentKind, PageKey
from indexer.render.thumbnails import THUMBNAIL_PX, picture_name
from indexer.store.rows import PageRow, StoredPage
from indexer.store.store import Store


class Copies:
    """`spaces` are those that may hold vectors of pages; the first given to `take_over` must."""

    def __init__(
        self, catalogue: Catalogue, store: Store, pictures: Path, spaces: Callable[[], Sequence[VectorSpace]]
    ) -> None:
        self._catalogue, self._store, self._pictures, self._spaces = catalogue, store, pictures, spaces

    def take_over(
        self,
        document: DocumentRecord,
        kind: DocumentKind,
        space: VectorSpace,
        at_once: int,
        write: Callable[[Work], None],
    ) -> tuple[PageFailures, str] | None:
        """Give a document the pages of its twin, `at_once` in a commit, if it has one. Gives what failed of them and
        the content's hash, or None where something is left to be read. `write` commits pages, and may raise to stop;
        whether the file itself has changed is for the caller to look.
        """
        twin = self._twin(document, kind)
        if twin is None:
            return None
        done = self._catalogue.pages_done(document)
        wanted = [
            page for page in self._catalogue.page_records(twin.document_id, twin.version) if page.page not in done
        ]
        for at in range(0, len(wanted), at_once):
            work = self._copied(document, kind, twin, space, wanted[at : at + at_once])
            if work.rows:
                write(work)
        if done:
            return None  # of a document that was begun before, pages that failed are to be tried again
        failures = self._catalogue.failed_pages(twin.document_id)
        there = self._catalogue.pages_done(document) | {page for page, _ in failures}
        return (failures, twin.content) if there >= set(range(1, twin.page_count + 1)) else None

    def fill(self, space: VectorSpace, document: DocumentRecord, keys: set[PageKey], at_once: int) -> set[PageKey]:
        """Give pages of a document that was read the rows that its twins have in a space; gives those that got one."""
        content = self._catalogue.content_of(document.path)
        filled: set[PageKey] = set()
        for twin in self._alike(document, document.kind) if content else ():
            missing = sorted(keys - filled) if twin.content == content else []
            for at in range(0, len(missing), at_once):
                rows = self._rows(space, twin, document, {key.page for key in missing[at : at + at_once]})
                self._store.put(space, list(rows.values()))
                filled |= {row.key for row in rows.values()}
        return filled

    def _twin(self, document: DocumentRecord, kind: DocumentKind) -> Twin | None:
        alike = self._alike(document, kind)
        if not alike:
            return None
        content = content_hash(Path(document.path))
        return next((twin for twin in alike if twin.content == content), None)

    def _alike(self, document: DocumentRecord, kind: DocumentKind | None) -> list[Twin]:
        return [
            twin
            for twin in self._catalogue.of_same_size(document.document_id)
            if twin.kind is kind and _suffix(twin.path) == _suffix(document.path)
        ]

    def _rows(
        self, space: VectorSpace, twin: Twin, document: DocumentRecord, pages: Collection[int]
    ) -> dict[int, PageRow]:
        """What is stored of the twin's pages, as rows of the document, by page."""
        found = self._store.pages_in_version(space, twin.document_id, twin.version, pages)
        return {page.key.page: _row(page, document) for page in found}

    def _copied(
        self,
        document: DocumentRecord,
        kind: DocumentKind,
        twin: Twin,
        space: VectorSpace,
        wanted: Sequence[PageRecord],
    ) -> Work:
        """Pages as if they had been read: those of which the twin has a row and a picture."""
        numbers = {page.page for page in wanted}
        spaces = dict.fromkeys((space, *self._spaces()))
        rows = {one: self._rows(one, twin, document, numbers) for one in spaces}
        work = Work(document, kind, space, 0)
        work.page_count = twin.page_count
        for page in wanted:
            name = picture_name(PageKey(document.document_id, page.page), document.version, THUMBNAIL_PX)
            if page.page in rows[space] and self._copy_picture(page.thumbnail, name):
                work.records.append(PageRecord(page.page, page.width, page.height, page.text_source, name))
                work.rows.append(rows[space][page.page])
        taken = {record.page for record in work.records}
        for one in spaces.keys() - {space}:
            if found := [row for page, row in rows[one].items() if page in taken]:
                work.elsewhere[one] = found
        return work

    def _copy_picture(self, old: str, new: str) -> bool:
        """Whether there was a thumbnail to copy. Raises DISK_FULL."""
        aside = self._pictures / f".{new}.part"
        try:
            shutil.copyfile(self._pictures / old, aside)
            os.replace(aside, self._pictures / new)
        except FileNotFoundError:
            return False
        except OSError as problem:
            raise from_os_error(problem, str(aside)) from problem
        return True


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _row(page: StoredPage, document: DocumentRecord) -> PageRow:
    vectors = page.vectors * page.scales[:, None]
    encoded = EncodedPage(page.single, vectors, page.regions, page.kinds, page.grid)
    return PageRow(PageKey(document.document_id, page.key.page), document.version, encoded, page.words)
