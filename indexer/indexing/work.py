"""Work: what was read of one document and is not committed yet."""

import time
from dataclasses import replace

from indexer.catalogue.records import DocumentRecord, PageRecord
from indexer.documents.document import PageWords, RenderedPage
from indexer.encoder.encoder import VectorSpace
from indexer.encoder.lite.words import page_words
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode, ErrorReport, report
from indexer.protocol.values import DocumentKind
from indexer.render.pool import PageFailure
from indexer.render.thumbnails import reduced
from indexer.store.rows import PageRow

WORD_BYTES, _MANY_WORDS, _MOST_WORDS = 18_000, 3000, 5500
"""A batch of sixteen full pages of 700 words took 200 MB while it was encoded, and with it more than the ceiling."""


class Work:
    """What was read of one document and is not committed yet.

    batch: pages to be encoded; rows and records: those encoded, for the store and for the catalogue; elsewhere: their
    rows in other spaces, where there are any already. content: at the
    document's end, the hash of the file. was_read_before: in another version. ended: written, or set aside.
    """

    def __init__(self, document: DocumentRecord, kind: DocumentKind, space: VectorSpace, size_bytes: int) -> None:
        self.document, self.kind, self.space, self.size_bytes = document, kind, space, size_bytes
        self.batch: list[tuple[RenderedPage, PageWords]] = []
        self.rows: list[PageRow] = []
        self.elsewhere: dict[VectorSpace, list[PageRow]] = {}
        self.records: list[PageRecord] = []
        self.failures: list[tuple[int, ErrorReport]] = []
        self.page_count = 0
        self.content, self.was_read_before, self.ended = "", False, False
        self._since = time.monotonic()

    def take(self, page: RenderedPage | PageFailure, *, as_drawn: bool) -> None:
        """A page or its failure; recognises the words where the page has none of its own.

        as_drawn: keep all pixels, for an encoder that looks at them; else those of the thumbnail, a fifth and less:
        sixteen pages are 50 MB, scans 190.
        """
        if isinstance(page, PageFailure):
            self.failures.append((page.page, page.report))
            return
        try:
            words = page_words(page)
        except PagebeamError as problem:
            self.failures.append((page.page, problem.report))
            words = PageWords()
        if page.partial:
            where = f"page {page.page}"
            self.failures.append((page.page, report(ErrorCode.PAGE_PARTIAL, self.document.path, detail=where)))
        self.batch.append((page if as_drawn else replace(page, pixels=reduced(page.pixels)), words))

    @staticmethod
    def must_recognise(page: RenderedPage | PageFailure) -> bool:
        """Whether taking the page means to recognise its words."""
        return isinstance(page, RenderedPage) and not page.text_usable

    def age_s(self) -> float:
        """How long the oldest page of the batch may have waited; 0 without one."""
        return time.monotonic() - self._since if self.batch else 0.0

    def encoded(self, page_count: int) -> None:
        """All of the batch is among the rows."""
        self.batch, self.page_count, self._since = [], page_count, time.monotonic()

    def coming_bytes(self) -> int:
        """What encoding the batch takes for a moment, more or less: nothing to speak of where pages have few words."""
        words = self._words()
        return words * WORD_BYTES if words >= _MANY_WORDS else 0

    def is_full(self, pages: int) -> bool:
        """Whether so many pages wait to be committed, or as many words as so many pages rarely have."""
        return len(self.batch) >= pages or self._words() >= _MOST_WORDS

    def _words(self) -> int:
        return sum(len(words.texts) for _, words in self.batch)

    def committed(self) -> None:
        """All rows are in the library."""
        self.rows, self.elsewhere, self.records, self.failures = [], {}, [], []
