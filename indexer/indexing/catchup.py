"""CatchUp: gives every page the vectors it lacks, of every encoder in use, in the background.

1. The encoder that answers comes first (it lacks pages only after a change or a crash), then the chosen one.
2. Pages of a space that the catalogue does not know any more are dropped.
3. Document by document, pages without a row of their version get one: that of the same document elsewhere (copies.py),
   else words come from what is stored already, pixels from drawing the document again, and only when the encoder looks
   at them. A document that is not there waits.
4. A page that cannot be drawn again or encoded gets a row without vectors, so that it does not hold back the others.
5. When nothing is missing in the chosen encoder's search vectors, `on_done` is told.

Stopped anywhere it goes on with what is missing. It pauses when reading is paused.
"""

import logging
import shutil
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from indexer import background
from indexer.catalogue.catalogue import Catalogue
from indexer.catalogue.records import DocumentRecord
from indexer.config import EngineConfig
from indexer.documents.document import PageWords, Pixels
from indexer.documents.kinds import kind_of
from indexer.documents.patience import give_up_when
from indexer.encoder import threads
from indexer.encoder.encoder import EncodedPage, PageInput, VectorSpace
from indexer.encoder.lite.words import page_words
from indexer.errors import PagebeamError
from indexer.indexing.copies import Copies
from indexer.indexing.desk import Desk, Target, Wanted
from indexer.indexing.encoded import encoded, nothing
from indexer.indexing.memory import RECOGNITION_BYTES
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import PageKey, Task
from indexer.render.pool import PageFailure, RenderPool
from indexer.store.rows import PageRow
from indexer.store.store import Store

_log = logging.getLogger(__name__)
_LOOK_S = 5.0
_RETRY_S = 30.0
_TOLD = 200
"""Characters of an unexpected error that a person is shown."""
_NOT_THERE = (
    ErrorCode.FILE_MISSING,
    ErrorCode.FILE_UNREADABLE,
    ErrorCode.FOLDER_MISSING,
    ErrorCode.FOLDER_UNREADABLE,
    ErrorCode.DISK_SILENT,
)
_OURS = (ErrorCode.DISK_FULL, ErrorCode.OUT_OF_MEMORY, ErrorCode.MODEL_BROKEN, ErrorCode.MODEL_MISSING)
_NO_PIXELS: Pixels = np.zeros((1, 1, 3), np.uint8)


class CatchUp:
    """Owns one thread."""

    def __init__(
        self, config: EngineConfig, catalogue: Catalogue, store: Store, pool: RenderPool, desk: Desk, copies: Copies
    ) -> None:
        self._config, self._catalogue, self._store, self._pool, self._desk = config, catalogue, store, pool, desk
        self._copies = copies
        self._wake, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="catch up", daemon=True)
        self._told: set[tuple[str, ErrorCode]] = set()
        self.waiting: dict[str, int] = {}
        """Pages on disks that are not connected, by encoder."""

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()
        self.wake()

    def wake(self) -> None:
        """Something may be missing."""
        self._wake.set()

    def stop(self) -> None:
        """Stop after the pages under way."""
        self._stopped.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def _run(self) -> None:
        if not self._config.eager:
            background.this_thread()
        give_up_when(self._stopped.is_set)
        pause_s, complete_at = _LOOK_S, -1
        while not self._stopped.is_set():
            woken = self._wake.wait(pause_s)
            self._wake.clear()
            writes = self._catalogue.writes()
            if not woken and writes == complete_at:
                continue  # to look costs reading what is stored of every page
            pause_s, complete_at = _LOOK_S, writes
            for target in self._desk.targets():
                try:
                    if self._interrupted():
                        complete_at = -1
                    else:
                        self._bring(target)
                except PagebeamError as problem:
                    pause_s, complete_at = _RETRY_S, -1
                    self._tell(target.encoder_id, problem)
                except Exception as problem:  # noqa: BLE001 (this thread must live as long as the engine)
                    pause_s, complete_at = _RETRY_S, -1
                    _log.exception("catching up with %s", target.encoder_id)
                    what = str(problem).partition("\n")[0][:_TOLD] or type(problem).__name__
                    self._tell(target.encoder_id, PagebeamError(ErrorCode.INTERNAL, detail=what))
            if any(self.waiting.values()):
                complete_at = -1

    def _tell(self, encoder_id: str, problem: PagebeamError) -> None:
        if problem.code is not ErrorCode.CANCELLED and (encoder_id, problem.code) not in self._told:
            self._told.add((encoder_id, problem.code))
            self._desk.notice(problem.report)
        self._desk.changed()

    def _interrupted(self) -> bool:
        return self._stopped.is_set() or self._desk.paused()

    def _bring(self, target: Target) -> None:
        """Everything that is missing of one encoder. Raises CANCELLED, DISK_FULL, and what loading raises."""
        encoder = self._desk.load(target.encoder_id)
        spaces = [space for space in encoder.spaces() if space.task in target.tasks]
        self._desk.noted(tuple(spaces))
        recorded = self._catalogue.page_versions()
        lacking = {space: self._lacking(space, recorded) for space in spaces}
        by_document: dict[int, set[PageKey]] = defaultdict(set)
        for key in set().union(*lacking.values()):
            by_document[key.document_id].add(key)
        sources = [(space, self._store.versions(space)) for space in self._desk.known()] if by_document else []
        wanted = Wanted(encoder, lacking, recorded, sources)
        waiting = 0
        for document_id, keys in by_document.items():
            if self._interrupted() or target not in self._desk.targets():
                raise PagebeamError(ErrorCode.CANCELLED)
            if shutil.disk_usage(self._config.folders.data).free < self._config.reserve_bytes:
                raise PagebeamError(ErrorCode.DISK_FULL)
            if not self._document(document_id, keys, wanted):
                waiting += len(keys)
        self.waiting[target.encoder_id] = waiting
        if not waiting and not self._lacking(spaces[0], self._catalogue.page_versions()):
            self._desk.done(target.encoder_id)

    def _lacking(self, space: VectorSpace, recorded: Mapping[PageKey, str]) -> set[PageKey]:
        """Pages without a row of their version; rows of pages that are gone are dropped."""
        with self._store.held:
            stored = self._store.versions(space)
            known = self._catalogue.page_versions() if stored.keys() - recorded.keys() else recorded
            gone = stored.keys() - known.keys()
            living = {key.document_id for key in known}
            self._store.drop_documents(space, {key.document_id for key in gone} - living)
            self._store.drop_pages(space, [key for key in gone if key.document_id in living])
        return {key for key, version in recorded.items() if stored.get(key) != version}

    def _document(self, document_id: int, keys: set[PageKey], wanted: Wanted) -> bool:
        """Bring one document's pages; False when it is not there and waits."""
        document = self._catalogue.document(document_id)
        if document is None:
            return True
        keys = self._without_copies(document, keys, wanted)
        if not keys:
            return True
        words = self._words(keys, wanted)
        try:
            batch: list[tuple[PageKey, PageInput | None]] = []
            for page in self._pages(document, keys, words, wanted):
                batch.append(page)
                if len(batch) >= self._config.commit_pages:
                    self._commit(document, batch, words, wanted)
                    batch = []
                if self._interrupted():
                    raise PagebeamError(ErrorCode.CANCELLED)
            self._commit(document, batch, words, wanted)
        except PagebeamError as problem:
            if problem.code in _OURS or problem.code is ErrorCode.CANCELLED:
                raise
            if problem.code in _NOT_THERE:
                return False
            _log.warning("document %d cannot be read again: %s", document_id, problem.code)
            self._tell(f"{wanted.encoder.encoder_id} {document_id}", problem)
            self._commit(document, [(key, None) for key in sorted(keys)], words, wanted)
        return True

    def _without_copies(self, document: DocumentRecord, keys: set[PageKey], wanted: Wanted) -> set[PageKey]:
        """Take over what is stored of the same document elsewhere; gives the pages that still lack something."""
        current = {key for key in keys if wanted.recorded[key] == document.version}
        for space, missing in wanted.lacking.items():
            missing -= self._copies.fill(space, document, current & missing, self._config.commit_pages)
        self._drop_if_gone(document, wanted)
        return {key for key in keys if any(key in missing for missing in wanted.lacking.values())}

    def _drop_if_gone(self, document: DocumentRecord, wanted: Wanted) -> None:
        """Forgotten meanwhile: it must leave nothing."""
        if self._catalogue.document(document.document_id) is None:
            for space in wanted.lacking:
                self._store.drop_documents(space, [document.document_id])

    def _words(self, keys: set[PageKey], wanted: Wanted) -> dict[PageKey, PageWords]:
        """What is known of the pages' words, from whatever space holds them in the right version."""
        found: dict[PageKey, PageWords] = {}
        for space, versions in wanted.sources:
            right = [key for key in keys - found.keys() if versions.get(key) == wanted.recorded.get(key)]
            for page in self._store.pages(space, right) if right else ():
                if not isinstance(page, PageKey):
                    found[page.key] = page.words
        return found

    def _pages(
        self, document: DocumentRecord, keys: set[PageKey], words: dict[PageKey, PageWords], wanted: Wanted
    ) -> Iterator[tuple[PageKey, PageInput | None]]:
        """The pages wanted, drawn where needed; None for one that cannot be drawn."""
        undrawn = {key for key in keys if key in words and not wanted.looks_at(key, words[key])}
        for key in sorted(undrawn):
            yield key, PageInput(words[key], _NO_PIXELS)
        left = keys - undrawn
        if not left:
            return
        path = Path(document.path)
        first, pixels = min(left).page, wanted.encoder.page_pixels
        silent: Callable[[], bool] = lambda: self._desk.silent(document.folder_id)  # noqa: E731
        if silent():
            raise PagebeamError(ErrorCode.DISK_SILENT, document.path)
        over: Callable[[], bool] = lambda: self._interrupted() or silent()  # noqa: E731
        drawn = self._pool.read(path, kind_of(path), pixels, first_page=first, cancelled=over)
        try:
            for page in drawn:
                key = PageKey(document.document_id, page.page)
                if key not in left:
                    continue
                left.discard(key)
                if isinstance(page, PageFailure):
                    yield key, None
                    continue
                if key not in words:
                    self._desk.spare(0 if page.text_usable else RECOGNITION_BYTES)
                    words[key] = page_words(page)
                yield key, PageInput(words[key], page.pixels if wanted.looks_at(key, words[key]) else _NO_PIXELS)
                if not left:
                    return
        finally:
            drawn.close()  # type: ignore[attr-defined]
        for key in sorted(left):
            yield key, None

    def _commit(
        self,
        document: DocumentRecord,
        batch: Sequence[tuple[PageKey, PageInput | None]],
        words: Mapping[PageKey, PageWords],
        wanted: Wanted,
    ) -> None:
        now = self._catalogue.document(document.document_id) if batch else None
        if now is None or now.version != document.version:
            return  # nothing to do, or it is read again anyway
        threads.apply()
        encoder_id = wanted.encoder.encoder_id
        found = encoded(batch, wanted.lacking, wanted.encoder, lambda s: self._desk.measured(encoder_id, s))
        for space, missing in wanted.lacking.items():
            rows = []
            for key in (key for key, _ in batch if key in missing):
                vectors = found.get((space, key)) or nothing(space)
                rows.append(PageRow(key, wanted.recorded[key], vectors, _stored_words(space, vectors, words.get(key))))
            self._store.put(space, rows)
            missing.difference_update(row.key for row in rows)  # not to be written again if the rest fails
        self._drop_if_gone(document, wanted)
        self._desk.spare(0)
        self._desk.changed()


def _stored_words(space: VectorSpace, vectors: EncodedPage, words: PageWords | None) -> PageWords:
    """Words are kept with every space that can find the page by them; the code space passes over most pages."""
    return words if words is not None and (len(vectors.vectors) or space.task is not Task.CODE) else PageWords()
