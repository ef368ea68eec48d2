"""Library: one short method for each thing a user does to folders and documents; a refusal becomes a sentence."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from app.engine.link import EngineLink
from indexer.protocol import messages
from indexer.protocol.errors import ErrorReport


class Library(QObject):
    """Signals: refused(ErrorReport); added(folders, files); looked_below(folder id, path, subfolders);
    estimated(Estimate), the answer to the newest question only."""

    refused = Signal(object)
    added = Signal(int, int)
    looked_below = Signal(int, str, tuple)
    estimated = Signal(object)

    def __init__(self, link: EngineLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._estimate = 0

    @Slot(int, str)
    def look_below(self, folder_id: int, path: str) -> None:
        """Which folders with pages lie directly below one."""
        self._link.ask(messages.ListSubfolders, self._looked, folder_id=folder_id, path=path)

    def _looked(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.Subfolders):
            self.looked_below.emit(reply.folder_id, reply.path, reply.subfolders)

    @Slot(list)
    def estimate(self, paths: list[str]) -> None:
        """What adding these would mean."""
        self._estimate = self._link.ask(messages.EstimatePaths, self._estimated, paths=tuple(paths))

    def _estimated(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.Estimate) and reply.id == self._estimate:
            self.estimated.emit(reply)

    def add(self, paths: Sequence[str], *, watch: bool = True) -> None:
        """Read files and folders; with `watch` folders are kept up to date."""
        if paths:
            self._link.ask(messages.AddPaths, self._added, paths=tuple(paths), watch=watch)

    def forget(self, folder_id: int) -> None:
        """Take a folder out of the library; its documents stay where they are."""
        self._do(messages.RemoveFolder, folder_id=folder_id)

    def pause_folder(self, folder_id: int, paused: bool) -> None:
        """Read nothing new of one folder, or go on."""
        self._do(messages.PauseFolder, folder_id=folder_id, paused=paused)

    def pause(self, seconds: float) -> None:
        """Read nothing for so long; until resumed when negative."""
        self._do(messages.Pause, seconds=seconds if seconds >= 0 else None)

    def resume(self) -> None:
        """Go on reading."""
        self._do(messages.Resume)

    def rescan(self) -> None:
        """Look at every folder again now."""
        self._do(messages.Rescan)

    def retry(self, document_id: int) -> None:
        """Read a failed document again; 0 means all of them."""
        self._do(messages.Retry, document_ids=(document_id,) if document_id else ())

    def ignore(self, document_id: int) -> None:
        """Stop listing a failed document; 0 means all of them."""
        self._do(messages.Ignore, document_ids=(document_id,) if document_id else ())

    def unlock(self, document_id: int, password: str) -> None:
        """Read an encrypted document with this password, once."""
        self._do(messages.Unlock, document_id=document_id, password=password)

    def _do(self, request: type[messages.Request], **values: object) -> None:
        self._link.ask(request, self._done, **values)

    def _done(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.Failed):
            error: ErrorReport = reply.error
            self.refused.emit(error)

    def _added(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.PathsAdded):
            for why in reply.refused:
                self.refused.emit(why)
            self.added.emit(len(reply.folder_ids), reply.files)
        else:
            self._done(reply)
