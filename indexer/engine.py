"""Engine: wires catalogue, store, renderers, encoder, watcher and pipeline; one short method per request.

Opened by serve (for the window) and by the command line alike. The model is loaded in the background; whoever needs
it first waits for it.
"""

import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import filelock

from indexer.catalogue.catalogue import Catalogue
from indexer.catalogue.schema import SCHEMA_VERSION, version_of_file
from indexer.config import EngineConfig
from indexer.documents.fingerprint import fingerprint
from indexer.encoder.choice import Choice, ChoiceFile
from indexer.encoder.encoder import Encoder, VectorSpace
from indexer.encoder.registry import Registry
from indexer.encoding import Encoders
from indexer.errors import PagebeamError
from indexer.getting import Getting
from indexer.indexing.catchup import CatchUp, Desk
from indexer.indexing.pictures import Pictures
from indexer.indexing.pipeline import Pipeline
from indexer.indexing.reconcile import reconcile
from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode, ErrorReport, report
from indexer.protocol.values import DocumentState, PageKey, PageResult, Task
from indexer.render.pool import RenderPool
from indexer.render.thumbnails import picture_name, write_thumbnail
from indexer.searching.memory_index import MemoryIndex
from indexer.searching.search import Searcher
from indexer.store.store import Store
from indexer.watcher.sync import FolderSync

_log = logging.getLogger(__name__)
_WIDEST_PX = 2400
_MOST_FAILURES = 20_000
"""In one message, which may not be longer than 16 MB; their number is told exactly."""


class Engine:
    """One per data folder. Raises ALREADY_RUNNING, DATA_NEWER, DATA_UNREADABLE, DISK_FULL when opened."""

    def __init__(
        self,
        config: EngineConfig,
        *,
        read_only: bool = False,
        on_change: Callable[[], None] = lambda: None,
        on_notice: Callable[[ErrorReport], None] = lambda _: None,
        on_event: Callable[[messages.Event], None] = lambda _: None,
        models: Path | None = None,
        choice: Choice | None = None,
    ) -> None:
        """`models`: another folder of encoders than the library's own; `choice`: begin with it and write none down."""
        self.config = config
        self._read_only = read_only
        self._lock: filelock.FileLock | None = None if read_only else _locked(config)
        if read_only:
            _bring_up_to_date(config)
        self.catalogue = Catalogue(config.folders.catalogue, read_only=read_only)
        self.store = Store(config.folders.store, read_only=read_only)
        self._pictures = Pictures(config.folders.pictures)
        self._pool = RenderPool(config.limits, config.renderers)
        self._loading = threading.Lock()
        self._searchers: dict[VectorSpace, tuple[Encoder, Searcher]] = {}
        self.encoders = Encoders(
            Registry(models or config.folders.models, on_notice),
            _choice(config, choice, read_only=read_only),
            self.store,
            self.catalogue,
            on_event,
            on_notice,
        )
        self.getting = Getting(self.encoders, on_event)
        self.sync = FolderSync(self.catalogue, config, self._disk_changed, on_notice)
        self.pipeline = Pipeline(
            config, self.catalogue, self.store, self._pool, self.encoder, on_change, on_notice, self.sync.mark
        )
        self._catch_up = CatchUp(config, self.catalogue, self.store, self._pool, self._desk(on_change, on_notice))
        self.encoders.wake, self.encoders.waiting = self._catch_up.wake, lambda i: self._catch_up.waiting.get(i, 0)
        self._on_change = on_change

    def _desk(self, on_change: Callable[[], None], on_notice: Callable[[ErrorReport], None]) -> Desk:
        encoders = self.encoders
        return Desk(
            targets=encoders.targets,
            load=encoders.to_catch_up,
            known=encoders.word_spaces,
            noted=encoders.noted,
            measured=encoders.measured,
            done=encoders.caught_up,
            changed=on_change,
            notice=on_notice,
            paused=lambda: self.pipeline.pace.paused,
        )

    def start(self) -> None:
        """Make everything agree after the last end, then watch and read."""
        dropped, again = reconcile(self.catalogue, self.store, self.encoders.recorded_space())
        if dropped or again:
            _log.info("after the last end: %d pages dropped, %d pages read again", dropped, again)
        self.sync.start()
        self.pipeline.start()
        self._catch_up.start()

    def close(self) -> None:
        """End threads and processes; nothing is left behind."""
        self.sync.stop()
        self.pipeline.stop()
        self._catch_up.stop()
        self._pool.close()
        self.catalogue.close()
        if self._lock is not None:
            self._lock.release()

    def encoder(self) -> Encoder:
        """The encoder that answers, loaded when first needed. Raises MODEL_MISSING, MODEL_BROKEN."""
        return self.encoders.serving()

    def caught_up(self) -> bool:
        """Whether every page has the vectors of every encoder in use. Looks into the store."""
        recorded = self.catalogue.page_versions()
        for target in self.encoders.targets():
            for space in self.encoders.registry.load(target.encoder_id).spaces():
                if space.task in target.tasks and self.store.versions(space) != recorded:
                    return False
        return True

    def _space(self) -> VectorSpace:
        return self.encoders.space()

    def searcher(self, task: Task = Task.RETRIEVAL) -> Searcher:
        """The searcher over the store, for the vectors of a task where they are kept, else for search's."""
        encoder, space = self.encoder(), self.encoders.space(task)
        with self._loading:
            known = self._searchers.get(space)
            if known is None or known[0] is not encoder:
                # What another encoder holds in memory is given back.
                self._searchers = {s: pair for s, pair in self._searchers.items() if pair[0] is encoder}
                index = MemoryIndex(self.store, space)
                known = self._searchers[space] = (encoder, Searcher(index, encoder, space, self.catalogue))
            return known[1]

    def _disk_changed(self, gone: list[int]) -> None:
        self.encoders.drop_documents(gone)
        self._pictures.forget(gone)
        self.pipeline.wake()
        self._on_change()

    # requests

    def add_paths(self, request: messages.AddPaths) -> messages.PathsAdded:
        """Folders and files to index; what cannot be is refused with its reason."""
        folder_ids: list[int] = []
        refused: list[ErrorReport] = []
        files = 0
        for text in request.paths:
            path = Path(text).absolute()
            try:
                if path.is_dir():
                    next(path.iterdir(), None)
                    folder_ids.append(self.catalogue.add_folder(str(path), watched=request.watch))
                else:
                    self._add_file(path)
                    files += 1
            except PermissionError:
                refused.append(report(ErrorCode.FOLDER_UNREADABLE, text))
            except OSError:
                refused.append(report(ErrorCode.FILE_UNREADABLE, text))
            except PagebeamError as problem:
                refused.append(problem.report)
        single = [self.catalogue.add_folder("", watched=False)] if files else []
        self.sync.rescan([*folder_ids, *single])
        self.pipeline.wake()
        return messages.PathsAdded(id=request.id, folder_ids=tuple(folder_ids), files=files, refused=tuple(refused))

    def _add_file(self, path: Path) -> None:
        if not path.exists():
            code = ErrorCode.FILE_MISSING if path.suffix else ErrorCode.FOLDER_MISSING
            raise PagebeamError(code, str(path))
        single = self.catalogue.add_folder("", watched=False)
        self.catalogue.found(single, [(str(path), fingerprint(path))])

    def remove_folder(self, request: messages.RemoveFolder) -> messages.Done:
        """Forget a folder and all that was made from it."""
        self.sync.forget(request.folder_id)
        gone = self.catalogue.remove_folder(request.folder_id)
        self.encoders.drop_documents(gone)
        self._pictures.forget(gone)
        self._on_change()
        return messages.Done(id=request.id)

    def pause_folder(self, request: messages.PauseFolder) -> messages.Done:
        """Stop or resume one folder."""
        self.catalogue.set_folder(request.folder_id, paused=request.paused)
        self.pipeline.wake()
        return messages.Done(id=request.id)

    def pause(self, request: messages.Pause) -> messages.Done:
        """Stop reading for a while."""
        self.pipeline.pace.pause(request.seconds)
        self._on_change()
        return messages.Done(id=request.id)

    def resume(self, request: messages.Resume) -> messages.Done:
        """Go on reading."""
        self.pipeline.resume()
        self._on_change()
        return messages.Done(id=request.id)

    def rescan(self, request: messages.Rescan) -> messages.Done:
        """Look at every folder again."""
        self.sync.compare_all()
        return messages.Done(id=request.id)

    def status(self, request: messages.GetStatus, *, with_size: bool = True) -> messages.Status:
        """The library in numbers. Its size on disk takes a walk over all files, which events do without."""
        folders = self.catalogue.folders()
        return messages.Status(
            id=request.id,
            folders=folders,
            documents=sum(f.documents for f in folders),
            indexed=sum(f.indexed for f in folders),
            waiting=sum(f.waiting for f in folders),
            failed=sum(f.failed for f in folders),
            ignored=sum(f.ignored for f in folders),
            pages=sum(f.pages for f in folders),
            paused=self.pipeline.pace.paused,
            encoder=self.encoders.info(self.encoders.serving_id, pages=sum(f.pages for f in folders)),
            size_bytes=self.store.size_bytes() if with_size else 0,
        )

    def failures(self, request: messages.ListFailures) -> messages.Failures:
        """What could not be read."""
        return messages.Failures(id=request.id, failures=self.catalogue.failures(_MOST_FAILURES))

    def retry(self, request: messages.Retry) -> messages.Done:
        """Read failed documents again."""
        self.catalogue.retry(request.document_ids)
        self.pipeline.wake()
        return messages.Done(id=request.id)

    def ignore(self, request: messages.Ignore) -> messages.Done:
        """Stop listing failed documents."""
        self.catalogue.retry(request.document_ids, to=DocumentState.IGNORED)
        self._on_change()
        return messages.Done(id=request.id)

    def unlock(self, request: messages.Unlock) -> messages.Done:
        """Read an encrypted document once."""
        self.pipeline.unlock(request.document_id, request.password)
        return messages.Done(id=request.id)

    def recent(self, request: messages.RecentPages) -> messages.SearchReply:
        """First pages of what was indexed last."""
        keys = self.catalogue.recent(request.k)
        results = [
            PageResult(
                key, i.path, i.page_count, 0.0, False, i.width, i.height, i.thumbnail, i.kind, i.folder_id, i.modified_s
            )
            for key, i in zip(keys, self.catalogue.page_info(keys), strict=True)
            if i is not None
        ]
        return messages.SearchReply(
            id=request.id, query="", words=(), results=tuple(results), convincing=True, searched=0, pages=0, took_ms=0.0
        )

    def more_like_this(self, request: messages.MoreLikeThis) -> messages.SearchReply:
        """Pages like one: by the vectors for that where they are kept and complete, else by search's. NOT_FOUND."""
        alike = self.encoders.space(Task.TEXT_MATCHING)
        if alike.task is Task.TEXT_MATCHING and self.store.versions(alike) == self.catalogue.page_versions():
            return self.searcher(Task.TEXT_MATCHING).more_like_this(request)
        return self.searcher().more_like_this(request)

    def picture(self, request: messages.GetPicture) -> messages.Picture:
        """A page's picture, drawn when it is not in the cache."""
        document = self.catalogue.document(request.key.document_id)
        if document is None or document.kind is None:
            raise PagebeamError(ErrorCode.NOT_FOUND)
        width = min(request.width_px, _WIDEST_PX)
        target = self.config.folders.pictures / picture_name(request.key, document.version, width)
        page = self._pool.picture(Path(document.path), document.kind, request.key.page, width)
        write_thumbnail(page.pixels, target, max(page.pixels.shape))
        height_px, width_px = page.pixels.shape[:2]
        return messages.Picture(
            id=request.id, key=request.key, name=target.name, width_px=width_px, height_px=height_px
        )

    def page_text(self, request: messages.GetPageText) -> messages.PageText:
        """A page's words for copying."""
        for page in self.store.pages(self._space(), [request.key]):
            if not isinstance(page, PageKey):
                return messages.PageText(id=request.id, key=request.key, text=page.words.text())
        raise PagebeamError(ErrorCode.NOT_FOUND)

    def check(self) -> list[str]:
        """Problems of this library in plain words; an empty list is good."""
        space = self._space()
        stored, recorded = self.store.versions(space), self.catalogue.page_versions()
        damaged = sum(isinstance(page, PageKey) for page in self.store.pages(space))
        problems = []
        if missing := len(recorded.keys() - stored.keys()):
            problems.append(f"{missing} pages are missing from the store; they are read again at the next start.")
        if extra := len(stored.keys() - recorded.keys()):
            problems.append(f"{extra} pages in the store belong to no document; they are dropped at the next start.")
        if damaged:
            problems.append(f"{damaged} stored pages are damaged.")
        if shutil.disk_usage(self.config.folders.data).free < self.config.reserve_bytes:
            problems.append("The disk is nearly full.")
        return problems


def _bring_up_to_date(config: EngineConfig) -> None:
    """A reader cannot upgrade an old library, so whoever reads first becomes its one engine for a moment."""
    if version_of_file(config.folders.catalogue) < SCHEMA_VERSION:
        lock = _locked(config)
        try:
            Catalogue(config.folders.catalogue).close()
        finally:
            lock.release()


def _choice(config: EngineConfig, choice: Choice | None, *, read_only: bool) -> ChoiceFile:
    path = config.folders.data / "encoders.json"
    if choice is not None:
        return ChoiceFile(None, choice)
    return ChoiceFile.kept_in_memory(path) if read_only else ChoiceFile(path)


def _locked(config: EngineConfig) -> filelock.FileLock:
    """The lock of this data folder; a crash releases it. Raises ALREADY_RUNNING, DATA_UNREADABLE."""
    try:
        config.folders.make()
        lock = filelock.FileLock(config.folders.lock, timeout=0)
        lock.acquire()
    except filelock.Timeout:
        raise PagebeamError(ErrorCode.ALREADY_RUNNING, str(config.folders.data)) from None
    except OSError as problem:
        raise PagebeamError(
            ErrorCode.DATA_UNREADABLE, str(config.folders.data), detail=problem.strerror or "no access"
        ) from problem
    return lock
