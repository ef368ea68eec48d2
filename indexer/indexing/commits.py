"""Commits: pages of documents into the store, and only then into the catalogue.

Nothing stays of a document that is gone. One that changed meanwhile has another version in the catalogue and is read
again: what was read of it is not written any more, for it might come after what is read then.
"""

from collections.abc import Callable, Sequence

from indexer.catalogue.catalogue import Catalogue
from indexer.indexing.pictures import Pictures
from indexer.indexing.work import Work
from indexer.protocol.values import PageKey
from indexer.store.store import Store


class Commits:
    """Thread-safe. `on_pages` is told how many pages were committed."""

    def __init__(self, catalogue: Catalogue, store: Store, pictures: Pictures, on_pages: Callable[[int], None]) -> None:
        self._catalogue, self._store, self._pictures, self._on_pages = catalogue, store, pictures, on_pages

    def write(self, works: Sequence[Work]) -> list[Work]:
        """Commit what is encoded of documents of one space; gives those that have neither gone nor changed.

        Raises what `Store.put` raises.
        """
        with self._store.held:
            there = [work for work in works if self._catalogue.is_same(work.document)]
            self._store.put(works[0].space, [row for work in there for row in work.rows])
            for work in there:
                for space, rows in work.elsewhere.items():
                    self._store.put(space, rows)
            known = [work for work in there if self._known(work)]
        for work in works:
            if work not in known:
                self._drop_if_gone(work)
        written = [work for work in known if work.rows]
        if written:
            self._on_pages(sum(len(work.rows) for work in written))
        for work in written:
            work.committed()
        return known

    def finish(self, work: Work) -> bool:
        """All pages of a document are committed: it is indexed, and its older version goes. False when it has gone or
        changed.
        """
        document = work.document
        old = self._catalogue.finished(document, work.failures, work.content)
        if old is None:
            self._drop_if_gone(work)
            return False
        self._store.drop_pages(work.space, [PageKey(document.document_id, page) for page in old])
        if work.was_read_before:
            self._pictures.forget_older(document.document_id, document.version)
        return True

    def _known(self, work: Work) -> bool:
        if not work.rows:
            return True
        return self._catalogue.pages_indexed(work.document, work.kind, work.records, work.page_count, work.failures)

    def _drop_if_gone(self, work: Work) -> None:
        """A changed document is read again and replaces its pages; a forgotten one must leave none."""
        document_id = work.document.document_id
        if self._catalogue.document(document_id) is None:
            for space in (work.space, *work.elsewhere):
                self._store.drop_documents(space, [document_id])
            self._pictures.forget([document_id])
