"""Pipeline: one document at a time from the disk into the library.

1. `next_waiting` gives the document; its kind is decided by content; a copy takes over what is stored (copies.py).
2. The render pool gives its pages, from the first one that is not committed yet; recognition gives words where a page
   has no usable text layer.
3. Every `commit_pages` pages or `commit_s` seconds, and at a document's end: the encoder makes vectors, thumbnails are
   written, and the pages are committed (commits.py). The ends of several documents are one commit, made by a thread of
   its own (writer.py) while the next document is read.
4. Then the catalogue marks it indexed, and pages of an older version are dropped from the store.

A document is read by the encoder that answers when it is begun. When another one answers from then on, what is encoded
is committed and the rest is read by that; the first pages get its vectors by the way of every page that lacks some.

A failure is a row with a reason. Interrupted anywhere, reading goes on at the page where it stopped.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from indexer import background
from indexer.catalogue.catalogue import Catalogue
from indexer.catalogue.records import DocumentRecord, PageRecord
from indexer.config import NEVER_WAIT, EngineConfig
from indexer.documents.fingerprint import content_hash, fingerprint
from indexer.documents.kinds import kind_of
from indexer.documents.patience import give_up_when
from indexer.encoder import threads
from indexer.encoder.encoder import Encoder, PageInput, VectorSpace
from indexer.encoder.lite.words import forget_models
from indexer.errors import PagebeamError
from indexer.indexing.commits import Commits
from indexer.indexing.copies import Copies
from indexer.indexing.limits import manners
from indexer.indexing.memory import RECOGNITION_BYTES, Ceiling
from indexer.indexing.pace import Pace
from indexer.indexing.pictures import Pictures
from indexer.indexing.politeness import Politeness
from indexer.indexing.restless import Restless
from indexer.indexing.room import Room
from indexer.indexing.work import Work
from indexer.indexing.writer import Writer
from indexer.protocol.errors import ErrorCode, ErrorReport, report
from indexer.protocol.values import Limits, PageKey, WaitReason
from indexer.render.pool import RenderPool
from indexer.render.thumbnails import THUMBNAIL_PX, picture_name, write_thumbnail
from indexer.store.rows import PageRow
from indexer.store.store import Store

_log = logging.getLogger(__name__)
_OURS = (ErrorCode.DISK_FULL, ErrorCode.MODEL_MISSING, ErrorCode.MODEL_BROKEN, ErrorCode.OUT_OF_MEMORY)
"""Nothing to do with the document: reading stops for a while, and the user is told once."""
_SETTLE_S = 5.0
_FAULTS_IN_A_ROW = 3
"""So many documents in a row that fail by an error of ours: it is not they who are broken (a library service lost
14,363 files in 19 hours by going on)."""


class Pipeline:
    """Owns the reading thread and the writer's.

    `on_change` is called after every commit and every document; `on_lost` gets the folder whose document is gone or has
    changed, so that it is compared with the disk: else the same document would be taken up again and again.
    `is_silent` tells whether a folder's disk does not answer: what is read there is left then.
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
        copies: Copies,
        is_silent: Callable[[int], bool],
    ) -> None:
        self._config, self._catalogue, self._store, self._pool = config, catalogue, store, pool
        self._encoder, self._on_change, self._on_lost = encoder, on_change, on_lost
        self._copies, self._is_silent = copies, is_silent
        self._commits = Commits(catalogue, store, Pictures(config.folders.pictures), self._committed)
        self._writer = Writer(self._end_of, config.commit_pages, eager=config.eager)
        self._work = threading.Event()
        self._stopped = threading.Event()
        self._passwords: dict[int, str] = {}
        self._faults = 0
        self._restless = Restless()
        self._unsettled: set[int] = set()
        """Documents whose end could not be written down yet."""
        self.making_ready = False
        """Whether another process makes machine code: the memory of both would be too much."""
        self.pace = Pace()
        self.politeness = Politeness(NEVER_WAIT if config.eager else config.manners)
        self.ceiling = Ceiling(config.memory_bytes, lambda: pool.pids, self._shrink)
        self.room = Room(config, self._stopped, on_notice, lambda: catalogue.on_damage())
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)

    def _shrink(self) -> None:
        """End and forget what is only kept because the next document may need it."""
        self._pool.shrink()
        forget_models()

    def limit(self, limits: Limits) -> None:
        """What reading may take from now on."""
        threads.limit(limits.threads)
        self.ceiling.most_bytes = limits.memory_mb * 1_000_000
        if not self._config.eager:
            self.politeness.manners = manners(limits)

    def start(self) -> None:
        """Begin to read."""
        self.politeness.asked()
        self._writer.start()
        self._thread.start()
        self.wake()

    @property
    def running(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @property
    def resting(self) -> bool:
        """Whether reading waits: the user asked for it, or the computer is needed for something else."""
        return self.pace.paused or self.making_ready or self.politeness.reason() is not None

    @property
    def busy(self) -> bool:
        """Whether a document is being read."""
        return bool(self.pace.path)

    @property
    def reason(self) -> str:
        """Why reading waits though nobody paused it, as a code; "" when it does not."""
        return WaitReason.MAKING_READY if self.making_ready else self.politeness.reason() or self.room.reason

    def resume(self) -> None:
        """Go on, whatever reasons there are to wait."""
        self.making_ready = False
        self.pace.resume()
        self.politeness.go_on()
        self.room.fine()
        self.wake()

    def made_ready(self) -> None:
        """Machine code is there, or will not be."""
        self.making_ready = False
        self.wake()

    def wake(self) -> None:
        """There may be something to read."""
        self._work.set()

    def stop(self) -> None:
        """Stop at once; the document under way waits again, from its last commit on."""
        self._stopped.set()
        self.pace.resume()
        self._work.set()
        if self.running:
            self._thread.join(10)
        self._writer.stop(10)

    def unlock(self, document_id: int, password: str) -> None:
        """Read an encrypted document; the password is used once and forgotten."""
        self._passwords[document_id] = password
        self._catalogue.requeue([document_id])
        self.wake()

    def _run(self) -> None:
        if not self._config.eager:
            background.this_thread()
        give_up_when(self._stopped.is_set)
        while not self._stopped.is_set():
            self._work.wait(1.0)
            self._work.clear()
            while not self._interrupted() and self.room.enough():
                document = self._next()
                if document is None:
                    break
                if document.attempts > 1:  # an engine died of it, perhaps: no other's work may be lost with it
                    self._writer.settle()
                self._read_safely(document)
                if document.attempts > 1:
                    self._writer.settle()
                self.ceiling.keep()
                self._on_change()
            self._writer.settle()

    def _next(self) -> DocumentRecord | None:
        try:
            while self._unsettled:
                self._catalogue.back_to_waiting(next(iter(self._unsettled)), delay_s=_SETTLE_S)
                self._unsettled.pop()
            return self._catalogue.next_waiting()
        except PagebeamError as problem:
            self.room.stop_for(problem.report)
        except Exception as problem:  # noqa: BLE001 (a disk that fails must not end the thread)
            self.room.stop_for(report(ErrorCode.DATA_UNREADABLE, detail=type(problem).__name__))
        return None

    def _read_safely(self, document: DocumentRecord) -> None:
        password = self._passwords.pop(document.document_id, None)
        try:
            self._read(document, password)
        except Exception as problem:  # noqa: BLE001 (an error of ours costs one document)
            stopped = isinstance(problem, PagebeamError) and problem.code is ErrorCode.CANCELLED
            if stopped and password is not None:
                self._passwords[document.document_id] = password
            self._failed(document, problem)
        finally:
            self.pace.done()

    def _failed(self, document: DocumentRecord, problem: Exception) -> None:
        if isinstance(problem, PagebeamError):
            why = problem.report
        else:
            _log.error("document %d", document.document_id, exc_info=problem)
            why = report(ErrorCode.INTERNAL, document.path, detail=type(problem).__name__)
        self._end_safely(document, why)

    def _end_safely(self, document: DocumentRecord, why: ErrorReport) -> None:
        try:
            self._end(document, why)
        except Exception:  # noqa: BLE001 (the catalogue's disk is full or gone)
            _log.exception("document %d could not be set aside", document.document_id)
            self._unsettled.add(document.document_id)
            self._stopped.wait(self._config.retry_s)

    def _end(self, document: DocumentRecord, why: ErrorReport) -> None:
        self._faults = self._faults + 1 if why.code is ErrorCode.INTERNAL else 0
        if why.code is ErrorCode.CANCELLED:
            self._catalogue.back_to_waiting(document.document_id)
        elif self._restless.may_pass(document.document_id, document.path, why.code):
            self._catalogue.settle(document.document_id, self._restless.again(document.document_id))
            self._on_lost(document.folder_id)
        elif why.code in _OURS or self._faults >= _FAULTS_IN_A_ROW:
            self._catalogue.back_to_waiting(document.document_id)
            self.room.stop_for(why)
        else:
            _log.info("document %d: %s", document.document_id, why.code)
            self._restless.settled(document.document_id)
            if self._catalogue.failed(document, why):
                self._store.drop_documents(self._space(), [document.document_id])

    def _space(self) -> VectorSpace:
        return self._encoder().spaces()[0]

    def _read(self, document: DocumentRecord, password: str | None) -> None:
        path = Path(document.path)
        self.pace.reading(document.path, 0, 0)
        self._on_change()
        before = fingerprint(path)
        encoder = self._encoder()
        work = Work(document, kind_of(path), encoder.spaces()[0], before.size_bytes)
        work.was_read_before = bool(document.page_count) and not self._catalogue.pages_done(document)
        self._await_twin(work)
        taken = self._copies.take_over(document, work.kind, work.space, self._config.commit_pages, self._copied)
        if taken is None:
            self._read_pages(work, encoder, password)
            work.content = content_hash(path)
        else:
            work.failures, work.content = list(taken[0]), taken[1]
        if fingerprint(path) != before:  # while it was encoded or copied: what was read is not what lies there
            raise PagebeamError(ErrorCode.FILE_CHANGED, document.path)
        self._writer.take(work)

    def _await_twin(self, work: Work) -> None:
        """A copy comes right behind what it is a copy of, for they are of one size: that must be written first."""
        alike = {other.content for other in self._writer.unwritten() if other.size_bytes == work.size_bytes}
        if alike and content_hash(Path(work.document.path)) in alike:
            self._writer.settle()

    def _copied(self, work: Work) -> None:
        if not self._commits.write([work]):
            raise PagebeamError(ErrorCode.FILE_CHANGED, work.document.path)
        self.ceiling.keep()
        if self._interrupted():
            raise PagebeamError(ErrorCode.CANCELLED)

    def _committed(self, pages: int) -> None:
        self.pace.pages(pages)
        self._on_change()

    def _read_pages(self, work: Work, encoder: Encoder, password: str | None) -> None:
        """What is left of a document, page by page; its last pages are encoded and not committed."""
        document = work.document
        done = self._catalogue.pages_done(document)
        first = next(page for page in range(1, len(done) + 2) if page not in done)
        over: Callable[[], bool] = lambda: self._interrupted() or self._is_silent(document.folder_id)  # noqa: E731
        pages = self._pool.read(
            Path(document.path),
            work.kind,
            encoder.page_pixels,
            first_page=first,
            password=password,
            cancelled=over,
        )
        try:
            for page in pages:
                self.pace.reading(document.path, page.page, page.page_count)
                if page.page not in done:
                    if work.must_recognise(page):
                        self.ceiling.keep(RECOGNITION_BYTES)
                    work.take(page, as_drawn=encoder.reads_pixels)
                if work.is_full(self._config.commit_pages) or work.age_s() > self._config.commit_s:
                    self._commit(work, encoder)
                if over() or self._encoder() is not encoder:
                    raise PagebeamError(ErrorCode.CANCELLED, document.path)
        except PagebeamError as problem:
            if problem.code is ErrorCode.CANCELLED and not self._stopped.is_set():
                self._commit(work, encoder)  # a pause loses no work
            raise
        finally:
            pages.close()  # type: ignore[attr-defined]
        self._encode(work, encoder)

    def _interrupted(self) -> bool:
        return self._stopped.is_set() or self.resting

    def _commit(self, work: Work, encoder: Encoder) -> None:
        """In the middle of a document."""
        self._encode(work, encoder)
        if not self._commits.write([work]):
            raise PagebeamError(ErrorCode.FILE_CHANGED, work.document.path)
        self.ceiling.keep()

    def _encode(self, work: Work, encoder: Encoder) -> None:
        batch, document = work.batch, work.document
        if not batch:
            return
        threads.apply()
        self.ceiling.keep(work.coming_bytes())
        try:
            encoded = encoder.encode_pages([PageInput(words, page.pixels) for page, words in batch], work.space)
        except Exception as problem:
            if self._encoder() is not encoder:  # given up meanwhile, and its files removed
                raise PagebeamError(ErrorCode.CANCELLED, document.path) from problem
            raise
        for (page, words), vectors in zip(batch, encoded, strict=True):
            key = PageKey(document.document_id, page.page)
            name = picture_name(key, document.version, THUMBNAIL_PX)
            write_thumbnail(page.pixels, self._config.folders.pictures / name, THUMBNAIL_PX)
            work.records.append(PageRecord(page.page, page.width, page.height, words.source, name))
            work.rows.append(PageRow(key, document.version, vectors, words))
        work.encoded(batch[0][0].page_count)

    def _end_of(self, works: Sequence[Work]) -> None:
        """Documents were read to their end: commit the rest of them. Nothing is raised."""
        try:
            for space in {work.space for work in works}:  # more than one where the encoder was changed just now
                mine = [work for work in works if work.space == space]
                known = self._commits.write(mine)
                for work in mine:
                    if work in known and self._commits.finish(work):
                        self._ended_well(work.document)
                    else:
                        self._failed(work.document, PagebeamError(ErrorCode.FILE_CHANGED, work.document.path))
                    work.ended = True
        except Exception as problem:  # noqa: BLE001 (an error costs one document)
            left = [work for work in works if not work.ended]
            if len(left) == 1:
                self._failed(left[0].document, problem)
            else:
                for work in left:  # whose it is shows when each is alone
                    self._end_of([work])

    def _ended_well(self, document: DocumentRecord) -> None:
        self._faults = 0
        self._restless.settled(document.document_id)
        self.room.fine()
        self._on_change()
