"""Work: what was read of one document and is not committed yet."""

import time

from indexer.catalogue.records import DocumentRecord
from indexer.documents.document import PageWords, RenderedPage
from indexer.encoder.lite.words import page_words
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode, ErrorReport, report
from indexer.protocol.values import DocumentKind
from indexer.render.pool import PageFailure


class Work:
    """What was read of one document and is not committed yet."""

    def __init__(self, document: DocumentRecord, kind: DocumentKind) -> None:
        self.document, self.kind = document, kind
        self.batch: list[tuple[RenderedPage, PageWords]] = []
        self.failures: list[tuple[int, ErrorReport]] = []
        self._since = time.monotonic()

    def take(self, page: RenderedPage | PageFailure) -> None:
        """A page or its failure; recognises the words where the page has none of its own."""
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
        self.batch.append((page, words))

    @staticmethod
    def must_recognise(page: RenderedPage | PageFailure) -> bool:
        """Whether taking the page means to recognise its words."""
        return isinstance(page, RenderedPage) and not page.text_usable

    def age_s(self) -> float:
        """How long the oldest page of the batch may have waited; 0 without one."""
        return time.monotonic() - self._since if self.batch else 0.0

    def committed(self) -> None:
        """All of it is in the library."""
        self.batch, self.failures, self._since = [], [], time.monotonic()
