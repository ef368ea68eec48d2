"""The settings page "Engine": the encoders with what they cost, getting them, choosing one, removing one."""

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QMessageBox, QVBoxLayout, QWidget

from app.models.encoders import Encoders
from app.theme.style import Theme
from app.views.disk_use import DiskUse
from app.views.encoder_card import EncoderCard
from app.views.encoder_words import pace_sentence
from app.views.licence_dialog import LicenceDialog
from app.wording import pages_word, size_word, time_left
from indexer.protocol import messages
from indexer.protocol.errors import ErrorReport
from indexer.protocol.values import EncoderInfo

_LOOK_MS = 2000
"""Between an answer and the next question, while an encoder catches up: counting pages is work for the engine."""
_SLOW_S = 1.0
"""A page that takes longer is told about before the encoder is chosen."""


class EngineSettings(QWidget):
    """Asks the engine again while it is on screen."""

    def __init__(self, theme: Theme, encoders: Encoders, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self.encoders = theme, encoders
        self.cards: dict[str, EncoderCard] = {}
        self.dialog: QDialog | None = None
        title = QLabel(self.tr("Engine"))
        title.setProperty("role", "heading")
        lead = QLabel(
            self.tr(
                "Turns pages into something searchable. After a change your pages are read again; until that is done"
                " the old index keeps answering."
            )
        )
        lead.setProperty("role", "meta")
        lead.setWordWrap(True)
        self.refusal = QLabel()
        self.refusal.setProperty("role", "error")
        self.refusal.setTextFormat(Qt.TextFormat.PlainText)
        self.refusal.setWordWrap(True)
        self.refusal.hide()
        self.disk = DiskUse(theme)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(28, 24, 28, 24)
        self._column.setSpacing(14)
        for part in (title, lead, self.refusal, self.disk):
            self._column.addWidget(part)
        self._column.addStretch()
        self._look = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._look.timeout.connect(encoders.refresh)
        encoders.changed.connect(self._show)
        encoders.progressed.connect(self._progressed)
        encoders.refused.connect(self._refused)

    def showEvent(self, event: QShowEvent) -> None:
        """On screen: look, and again while something is under way."""
        super().showEvent(event)
        self.encoders.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Off screen: stop looking."""
        self._look.stop()
        super().hideEvent(event)

    @Slot()
    def _show(self) -> None:
        busy = self.encoders.busy
        for info in self.encoders.infos:
            if info.encoder_id not in self.cards:
                self.cards[info.encoder_id] = self._made(info)
            self.cards[info.encoder_id].show_info(info, busy=info.encoder_id in busy)
        if self.isVisible() and any(info.chosen and not info.serving for info in self.encoders.infos):
            self._look.start()
        self.disk.show_encoders(self.encoders.infos)

    def _made(self, info: EncoderInfo) -> EncoderCard:
        card = EncoderCard(self._theme, info)
        card.use.connect(self._use)
        card.download.connect(self._download)
        card.resume.connect(self._resume)
        card.pause.connect(self.encoders.stop)
        card.cancel.connect(self._cancel)
        card.stop.connect(self.encoders.stop)
        card.import_folder.connect(self._import)
        card.verify.connect(self._verify)
        card.remove.connect(self._remove)
        card.tasks_changed.connect(self.encoders.choose_tasks)
        card.quality_changed.connect(self.encoders.set_quality)
        self._column.insertWidget(self._column.indexOf(self.disk), card)
        return card

    @Slot(object)
    def _progressed(self, told: messages.DownloadProgress) -> None:
        if told.encoder_id in self.cards:
            self.cards[told.encoder_id].show_progress(told)

    @Slot(object)
    def _refused(self, why: ErrorReport) -> None:
        self.refusal.setText(f"{why.title}. {why.message}")
        self.refusal.show()

    @Slot(str)
    def _download(self, encoder_id: str) -> None:
        self.refusal.hide()
        dialog = LicenceDialog(self.cards[encoder_id].info, self)
        dialog.accepted.connect(lambda: self.encoders.download(encoder_id))
        self._open(dialog)

    @Slot(str)
    def _resume(self, encoder_id: str) -> None:
        """What is there was fetched after the licences had been agreed to."""
        self.refusal.hide()
        self.encoders.download(encoder_id)

    @Slot(str)
    def _cancel(self, encoder_id: str) -> None:
        """What has arrived may be hours of waiting, so it is not thrown away by one click."""
        self.refusal.hide()
        info = self.cards[encoder_id].info
        question = self.tr("Give up the download of {name}?").format(name=info.name)
        text = self.tr("What has arrived is deleted. Pause keeps it.")
        self._ask(question, text, self.tr("Give up"), lambda: self.encoders.give_up(encoder_id))

    @Slot(str)
    def _import(self, encoder_id: str) -> None:
        self.refusal.hide()
        dialog = QFileDialog(self, self.tr("The folder with the model's files"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda folder: self.encoders.import_folder(encoder_id, folder))
        self._open(dialog)

    @Slot(str)
    def _verify(self, encoder_id: str) -> None:
        self.refusal.hide()
        self.encoders.verify(encoder_id)

    @Slot(str)
    def _use(self, encoder_id: str) -> None:
        self.refusal.hide()
        info = self.cards[encoder_id].info
        left = info.pages_total - info.pages
        told = [info.caution.message] if info.caution is not None and not info.serving else []
        if info.seconds_per_page >= _SLOW_S and left > 0:
            text = self.tr("{pace} For the {pages} to be read that is {time}. The encoder in use answers until then.")
            time_needed = time_left(left * info.seconds_per_page)
            told.append(text.format(pace=pace_sentence(self, info), pages=pages_word(left), time=time_needed))
        if not told:
            self.encoders.choose(encoder_id)
            return
        question = self.tr("Use {name} all the same?").format(name=info.name)
        self._ask(question, "\n\n".join(told), self.tr("Use"), lambda: self.encoders.choose(encoder_id))

    @Slot(str)
    def _remove(self, encoder_id: str) -> None:
        self.refusal.hide()
        info = self.cards[encoder_id].info
        text = self.tr("This frees {size}: model {model}, vectors {vectors}.").format(
            size=size_word(info.model_bytes + info.partial_bytes + info.vectors_bytes),
            model=size_word(info.model_bytes + info.partial_bytes),
            vectors=size_word(info.vectors_bytes),
        )
        question = self.tr("Remove {name} from this computer?").format(name=info.name)
        self._ask(question, text, self.tr("Remove"), lambda: self.encoders.remove(encoder_id))

    def _ask(self, question: str, text: str, yes: str, act: object) -> None:
        box = QMessageBox(QMessageBox.Icon.Question, question, question, QMessageBox.StandardButton.Cancel, self)
        box.setInformativeText(text)
        button = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
        button.clicked.connect(act)
        self._open(box)

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog = dialog
        dialog.finished.connect(self._closed)
        dialog.open()

    @Slot()
    def _closed(self) -> None:
        self.dialog = None
