"""Answers: one short method per request, for the window and the command line alike."""

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from indexer.catalogue.catalogue import Catalogue
from indexer.config import EngineConfig
from indexer.documents.fingerprint import fingerprint
from indexer.documents.patience import answer
from indexer.encoding import Encoders
from indexer.errors import PagebeamError
from indexer.estimating import estimate
from indexer.indexing.housekeeping import Housekeeping
from indexer.indexing.limits import KeptLimits
from indexer.indexing.pipeline import Pipeline
from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode, ErrorReport, report
from indexer.protocol.values import DocumentState, FolderInfo, PageKey, PageResult
from indexer.render.pool import RenderPool
from indexer.render.thumbnails import picture_name, write_thumbnail
from indexer.store.store import Store
from indexer.watcher.scan import Stopped
from indexer.watcher.sync import FolderSync

_WIDEST_PX = 2400


def _is_open_folder(path: Path) -> bool:
    """Whether it is a folder. Raises OSError where it may not be looked into."""
    if not path.is_dir():
        return False
    next(path.iterdir(), None)
    return True


class Answers:
    """What Engine can be asked for; Engine puts the parts in place."""

    config: EngineConfig
    catalogue: Catalogue
    store: Store
    pool: RenderPool
    encoders: Encoders
    sync: FolderSync
    pipeline: Pipeline
    housekeeping: Housekeeping
    limits: KeptLimits
    on_change: Callable[[], None]

    def add_paths(self, request: messages.AddPaths) -> messages.PathsAdded:
        """Folders and files to index; what cannot be is refused with its reason."""
        folder_ids: list[int] = []
        refused: list[ErrorReport] = []
        files = 0
        for text in request.paths:
            path = Path(text).absolute()
            try:
                if answer(lambda _, path=path: _is_open_folder(path), text):  # type: ignore[misc]
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
        self.catalogue.keep_folders()
        self.sync.rescan([*folder_ids, *single])
        self.pipeline.politeness.asked()
        self.pipeline.wake()
        return messages.PathsAdded(id=request.id, folder_ids=tuple(folder_ids), files=files, refused=tuple(refused))

    def _add_file(self, path: Path) -> None:
        if not answer(lambda _: path.exists(), str(path)):
            code = ErrorCode.FILE_MISSING if path.suffix else ErrorCode.FOLDER_MISSING
            raise PagebeamError(code, str(path))
        single = self.catalogue.add_folder("", watched=False)
        self.catalogue.found(single, [(str(path), fingerprint(path))])

    def estimate(self, request: messages.EstimatePaths) -> messages.Estimate:
        """What adding these paths would mean."""
        own = self.config.folders.data
        return estimate(request, self.catalogue, own, lambda: self.store.tables.size_bytes("*.lance"))

    def subfolders(self, request: messages.ListSubfolders) -> messages.Subfolders:
        """One step down in a folder."""
        found = self.catalogue.subfolders(request.folder_id, request.path)
        return messages.Subfolders(id=request.id, folder_id=request.folder_id, path=request.path, subfolders=found)

    def remove_folder(self, request: messages.RemoveFolder) -> messages.Done:
        """Forget a folder and all that was made from it."""
        with self.sync.without(request.folder_id):
            names = [f.path for f in self.catalogue.folders() if f.folder_id == request.folder_id]
            names += self.catalogue.known(request.folder_id)
            self.housekeeping.announce()
            gone = self.catalogue.remove_folder(request.folder_id)
        self.catalogue.keep_folders()
        self.encoders.drop_documents(gone)
        self.housekeeping.forget(gone, names)
        self.sync.rescan()  # another folder may hold the same documents
        self.on_change()
        return messages.Done(id=request.id)

    def pause_folder(self, request: messages.PauseFolder) -> messages.Done:
        """Stop or resume one folder."""
        self.catalogue.set_folder(request.folder_id, paused=request.paused)
        self.catalogue.keep_folders()
        self.pipeline.wake()
        return messages.Done(id=request.id)

    def pause(self, request: messages.Pause) -> messages.Done:
        """Stop reading for a while."""
        self.pipeline.pace.pause(request.seconds)
        self.on_change()
        return messages.Done(id=request.id)

    def resume(self, request: messages.Resume) -> messages.Done:
        """Go on reading."""
        self.pipeline.resume()
        self.on_change()
        return messages.Done(id=request.id)

    def rescan(self, request: messages.Rescan, cancelled: Callable[[], bool] = lambda: False) -> messages.Done:
        """Look at every folder again. Raises CANCELLED."""
        try:
            self.sync.compare_all(cancelled)
        except Stopped:
            raise PagebeamError(ErrorCode.CANCELLED) from None
        return messages.Done(id=request.id)

    def status(self, request: messages.GetStatus, *, with_size: bool = True) -> messages.Status:
        """The library in numbers. Its size on disk takes a walk over all files, which events do without."""
        folders = self.folders()
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

    def folders(self) -> tuple[FolderInfo, ...]:
        """Every folder with its counts, and whether its disk answers."""
        silent = self.sync.is_silent
        return tuple(msgspec.structs.replace(f, answers=not silent(f.folder_id)) for f in self.catalogue.folders())

    def failures(self, request: messages.ListFailures) -> messages.Failures:
        """What could not be read."""
        return messages.Failures(id=request.id, failures=self.catalogue.failures(messages.Failures.MOST))

    def retry(self, request: messages.Retry) -> messages.Done:
        """Read failed documents again."""
        self.catalogue.retry(request.document_ids)
        self.pipeline.politeness.asked()
        self.pipeline.wake()
        return messages.Done(id=request.id)

    def ignore(self, request: messages.Ignore) -> messages.Done:
        """Stop listing failed documents."""
        self.catalogue.retry(request.document_ids, to=DocumentState.IGNORED)
        self.on_change()
        return messages.Done(id=request.id)

    def unlock(self, request: messages.Unlock) -> messages.Done:
        """Read an encrypted document once."""
        self.pipeline.politeness.asked()
        self.pipeline.unlock(request.document_id, request.password)
        return messages.Done(id=request.id)

    def recent(self, request: messages.RecentPages) -> messages.SearchReply:
        """First pages of what was indexed last."""
        keys = self.catalogue.recent(request.k, request.filters)
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

    def picture(self, request: messages.GetPicture, cancelled: Callable[[], bool] = lambda: False) -> messages.Picture:
        """A page's picture. Raises CANCELLED, NOT_FOUND, and what drawing raises."""
        document = self.catalogue.document(request.key.document_id)
        if document is None or document.kind is None:
            raise PagebeamError(ErrorCode.NOT_FOUND)
        width = min(request.width_px, _WIDEST_PX)
        target = self.config.folders.pictures / picture_name(request.key, document.version, width)
        over: Callable[[], bool] = lambda: cancelled() or self.sync.is_silent(document.folder_id)  # noqa: E731
        page = self.pool.picture(Path(document.path), document.kind, request.key.page, width, cancelled=over)
        write_thumbnail(page.pixels, target, max(page.pixels.shape))
        height_px, width_px = page.pixels.shape[:2]
        return messages.Picture(
            id=request.id, key=request.key, name=target.name, width_px=width_px, height_px=height_px
        )

    def page_text(self, request: messages.GetPageText) -> messages.PageText:
        """A page's words for copying."""
        for page in self.store.pages(self.encoders.space(), [request.key]):
            if not isinstance(page, PageKey):
                return messages.PageText(id=request.id, key=request.key, text=page.words.text())
        raise PagebeamError(ErrorCode.NOT_FOUND)

    def limits_told(self, request: messages.GetLimits) -> messages.LimitsTold:
        """What reading may take of the computer."""
        return self.limits.told(request, self.pool.pids, self.encoders.beside_bytes())

    def check(self) -> list[str]:
        """Problems of this library in plain words; an empty list is good."""
        space = self.encoders.space()
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
