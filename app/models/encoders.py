"""Encoders: what the engine told about the models that read pages, and one short method for each wish about them."""

from PySide6.QtCore import QObject, Signal, Slot

from app.engine.link import EngineLink
from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode, ErrorReport
from indexer.protocol.values import EncoderInfo, Quality, Task


class Encoders(QObject):
    """Signals: changed(), progressed(DownloadProgress), refused(ErrorReport), done(encoder id).

    `busy` holds the encoders at whose files something is being done.
    """

    changed = Signal()
    progressed = Signal(object)
    refused = Signal(object)
    done = Signal(str)

    def __init__(self, link: EngineLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._asked = 0
        self._running: dict[str, int] = {}
        self.infos: tuple[EncoderInfo, ...] = ()
        link.happened.connect(self._happened)

    @property
    def busy(self) -> set[str]:
        """Encoders being downloaded, imported or checked at this window's request, or downloaded anyway."""
        return set(self._running) | {info.encoder_id for info in self.infos if info.downloading}

    def refresh(self) -> None:
        """Ask again; an older answer is not waited for."""
        self._asked = self._link.ask(messages.ListEncoders, self._listed)

    def download(self, encoder_id: str) -> None:
        """Fetch its files. Only for a user who has agreed to the licence."""
        self._start(messages.DownloadEncoder, encoder_id, licence_accepted=True)

    def import_folder(self, encoder_id: str, folder: str) -> None:
        """Take its files from a folder."""
        self._start(messages.ImportEncoder, encoder_id, folder=folder)

    def verify(self, encoder_id: str) -> None:
        """Read all of its files and compare checksums."""
        self._start(messages.VerifyEncoder, encoder_id)

    def stop(self, encoder_id: str) -> None:
        """End what is being done at its files."""
        request_id = self._running.get(encoder_id)
        if request_id is not None:
            self._link.ask(messages.Cancel, self._ignored, target=request_id)
        self._link.ask(messages.StopDownload, self._ignored, encoder_id=encoder_id)

    def choose(self, encoder_id: str) -> None:
        """Use it once it has read every page."""
        self._link.ask(messages.ChooseEncoder, self._answered, encoder_id=encoder_id)

    def choose_tasks(self, encoder_id: str, tasks: tuple[Task, ...]) -> None:
        """Which vectors it keeps beside search's; it does not become the chosen one by that."""
        self._link.ask(messages.KeepTasks, self._answered, encoder_id=encoder_id, tasks=tasks)

    def set_quality(self, encoder_id: str, quality: Quality) -> None:
        """How it reads pages when it is chosen next."""
        self._link.ask(messages.SetQuality, self._answered, encoder_id=encoder_id, quality=quality)

    def remove(self, encoder_id: str) -> None:
        """Delete its files and vectors."""
        self._link.ask(messages.RemoveEncoder, self._answered, encoder_id=encoder_id)

    def give_up(self, encoder_id: str) -> None:
        """End its download and delete what has arrived; vectors made earlier stay."""
        self._link.ask(messages.RemoveEncoder, self._answered, encoder_id=encoder_id, keep_vectors=True)

    def _start(self, request: type[messages.Request], encoder_id: str, **values: object) -> None:
        def ended(reply: messages.Reply) -> None:
            self._running.pop(encoder_id, None)
            self._answered(reply)
            if isinstance(reply, messages.Done):
                self.done.emit(encoder_id)

        self._running[encoder_id] = self._link.ask(request, ended, encoder_id=encoder_id, **values)
        self.changed.emit()

    def _listed(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.Encoders) and reply.id == self._asked:
            self.infos = reply.encoders
            self.changed.emit()

    def _answered(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.Failed) and reply.error.code != ErrorCode.CANCELLED:
            error: ErrorReport = reply.error
            self.refused.emit(error)
        self.changed.emit()
        self.refresh()

    def _ignored(self, _reply: messages.Reply) -> None:
        pass

    @Slot(object)
    def _happened(self, event: messages.Event) -> None:
        if isinstance(event, messages.DownloadProgress):
            self.progressed.emit(event)
        elif isinstance(event, messages.EncodersChanged) and self.infos:
            self.refresh()
