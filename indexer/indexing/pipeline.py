"""Pipeline: one document at a time from the disk into the library.

1. `next_waiting` gives the document; its kind is decided by content.
2. The render pool gives its pages; recognition gives words where a page has no usable text layer.
3. Every `commit_pages` pages: the encoder makes vectors, thumbnails are written, the store commits, and only then the
   catalogue says so. If the document has gone or changed meanwhile, what was stored is dropped again.
4. At the end the catalogue marks it indexed, and pages of an older version are dropped from the store.

A failure is a row with a reason. A full disk stops reading until there is room. Nothing climbs out of the thread.
"""

import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from indexer.catalogue.catalogue import Catalogue
from indexer.catalogue.records import DocumentRecord, PageRecord
from indexer.config import EngineConfig
from indexer.documents.document import PageWords, RenderedPage
from indexer.documents.kinds import kind_of
from indexer.encoder.encoder import Encoder, PageInput, VectorSpace
from indexer.encoder.lite.words import page_words
from indexer.errors import PagebeamError
from indexer.indexing.pace import Pace
from indexer.protocol.errors import ErrorCode, ErrorReport, report
from indexer.protocol.values import DocumentKind, PageKey
from indexer.render.pool import PageFailure, RenderPool
from indexer.render.thumbnails import picture_name, write_thumbnail
from indexer.store.rows import PageRow
from indexer.store.store import Store

_log = logging.getLogger(__name__)
_RESERVE_BYTES = 200_000_000
_RETRY_S = 5.0
THUMBNAIL_PX = 512
_NOT_ITS_FAULT = (ErrorCode.CANCELLED, ErrorCode.DISK_FULL, ErrorCode.FILE_CHANGED, ErrorCode.FILE_MISSING)


class Pipeline:
    """Owns the reading thread.

    `on_change` is called after every commit and every document; `on_lost` gets the folder whose document is gone or has
    changed, so that it is compared with the disk: else the same document would be taken up again and again.
    """

    def __init__(
        self,
        config: EngineConfig,
        catalogue: Catalogue,
        store: Store,
        pool: RenderPool,
        encoder: Callable[[], Encoder],
        on_change: Callable[[], None],
        on_notice: Callable[[ErrorReport], None],
        on_lost: Callable[[int], None],
    ) -> None:
        self._config, self._catalogue, self._store, self._pool = config, catalogue, store, pool
        self._encoder, self._on_change, self._on_notice = encoder, on_change, on_notice
        self._on_lost = on_lost
        self._work = threading.Event()
        self._stopped = threading.Event()
        self._passwords: dict[int, str] = {}
        self.pace = Pace()
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()
        self.wake()

    @property
    def running(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def wake(self) -> None:
        """There may be something to read."""
        self._work.set()

    def stop(self) -> None:
        """Stop at the next page; the document under way waits again."""
        self._stopped.set()
        self.pace.resume()
        self._work.set()
        self._thread.join(10)

    def unlock(self, document_id: int, password: str) -> None:
        """Read an encrypted document; the password is used once and forgotten."""
        self._passwords[document_id] = password
        self._catalogue.requeue([document_id])
        self.wake()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._work.wait(1.0)
            self._work.clear()
            while not self._stopped.is_set() and not self.pace.paused and self._has_room():
                document = self._catalogue.next_waiting()
                if document is None:
                    break
                self._read_safely(document)
                self._on_change()

    def _has_room(self) -> bool:
        if shutil.disk_usage(self._config.folders.data).free > _RESERVE_BYTES:
            return True
        self._on_notice(report(ErrorCode.DISK_FULL))
        self._stopped.wait(_RETRY_S)
        return False

    def _read_safely(self, document: DocumentRecord) -> None:
        try:
            self._read(document, self._passwords.pop(document.document_id, None))
        except PagebeamError as problem:
            self._end(document, problem.report)
        except Exception as problem:  # noqa: BLE001 (an error of ours costs one document)
            _log.exception("document %d", document.document_id)
            self._end(document, report(ErrorCode.INTERNAL, document.path, detail=type(problem).__name__))
        finally:
            self.pace.done()

    def _end(self, document: DocumentRecord, why: ErrorReport) -> None:
        if why.code in _NOT_ITS_FAULT:  # the disk will be looked at again, or is full
            self._catalogue.back_to_waiting(document.document_id)
            if why.code in (ErrorCode.FILE_CHANGED, ErrorCode.FILE_MISSING):
                self._on_lost(document.folder_id)
            if why.code is not ErrorCode.CANCELLED:
                self._stopped.wait(1.0)
            return
        _log.info("document %d: %s", document.document_id, why.code)
        if self._catalogue.failed(document, why):
            self._store.drop_documents(self._space(), [document.document_id])

    def _space(self) -> VectorSpace:
        return self._encoder().spaces()[0]

    def _read(self, document: DocumentRecord, password: str | None) -> None:
        path = Path(document.path)
        kind = kind_of(path)
        failures: list[tuple[int, ErrorReport]] = []
        batch: list[tuple[RenderedPage, PageWords]] = []
        pages = self._pool.read(path, kind, password=password, cancelled=self._interrupted)
        try:
            for page in pages:
                self.pace.reading(document.path, page.page, page.page_count)
                if isinstance(page, PageFailure):
                    failures.append((page.page, page.report))
                    continue
                try:
                    words = page_words(page)
                except PagebeamError as problem:
                    failures.append((page.page, problem.report))
                    words = PageWords()
                batch.append((page, words))
                if len(batch) >= self._config.commit_pages:
                    self._commit(document, kind, batch)
                    batch = []
                if self._interrupted():
                    raise PagebeamError(ErrorCode.CANCELLED, document.path)
        finally:
            pages.close()  # type: ignore[attr-defined]
        self._commit(document, kind, batch)
        old = self._catalogue.finished(document, failures)
        if old is None:
            self._drop_if_gone(document)
        elif old:
            self._store.drop_pages(self._space(), [PageKey(document.document_id, page) for page in old])

    def _interrupted(self) -> bool:
        return self._stopped.is_set() or self.pace.paused

    def _commit(
        self, document: DocumentRecord, kind: DocumentKind, batch: list[tuple[RenderedPage, PageWords]]
    ) -> None:
        if not batch:
            return
        encoder, space = self._encoder(), self._space()
        encoded = encoder.encode_pages([PageInput(words, page.pixels) for page, words in batch], space)
        records, rows = [], []
        for (page, words), vectors in zip(batch, encoded, strict=True):
            key = PageKey(document.document_id, page.page)
            name = picture_name(key, document.version, THUMBNAIL_PX)
            write_thumbnail(page.pixels, self._config.folders.pictures / name, THUMBNAIL_PX)
            records.append(PageRecord(page.page, page.width, page.height, words.source, name))
            rows.append(PageRow(key, document.version, vectors, words))
        self._store.put(space, rows)
        if self._catalogue.pages_indexed(document, kind, records, batch[0][0].page_count):
            self.pace.pages(len(batch))
            self._on_change()
        else:
            self._drop_if_gone(document)
            raise PagebeamError(ErrorCode.FILE_CHANGED, document.path)

    def _drop_if_gone(self, document: DocumentRecord) -> None:
        """A changed document is read again and replaces its pages; a forgotten one must leave none."""
        if self._catalogue.document(document.document_id) is None:
            self._store.drop_documents(self._space(), [document.document_id])
