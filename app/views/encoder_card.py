"""One encoder on the settings page: what it is, how it stands, what it costs, and what can be done with it."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.theme.style import Theme
from app.views.encoder_words import EncoderWords
from app.views.quality_choice import QualityChoice
from app.views.small_controls import ElidedLabel
from app.wording import size_word, time_left
from indexer.protocol import messages
from indexer.protocol.values import EncoderInfo, Task

_STEPS = 1000
_TILE = 36


class EncoderCard(QFrame):
    """Signals: use, download, pause, resume, cancel, stop, import_folder, verify, remove with the encoder's id;
    tasks_changed(id, tasks); quality_changed(id, Quality)."""

    use = Signal(str)
    download = Signal(str)
    pause = Signal(str)
    resume = Signal(str)
    cancel = Signal(str)
    stop = Signal(str)
    import_folder = Signal(str)
    verify = Signal(str)
    remove = Signal(str)
    tasks_changed = Signal(str, object)
    quality_changed = Signal(str, object)

    def __init__(self, theme: Theme, info: EncoderInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sheet")
        self._theme, self.info = theme, info
        self._words = EncoderWords(self)
        self._icon = QLabel()
        self._icon.setFixedSize(_TILE, _TILE)
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title, self.state = QLabel(info.name), QLabel()
        self.title.setProperty("role", "title")
        self.about, self.facts, self.trouble, self.caution = QLabel(), QLabel(), QLabel(), QLabel()
        self.about.setProperty("role", "meta")
        self.facts.setProperty("role", "meta")
        self.trouble.setProperty("role", "error")
        self.caution.setProperty("role", "warn")
        for label in (self.about, self.facts, self.trouble, self.caution):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.bar, self.progress = QProgressBar(), ElidedLabel()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of {name}").format(name=info.name))
        self.progress.setProperty("role", "meta")
        self.buttons = {
            "use": self._button(self.tr("Use"), self.use),
            "download": self._button(self.tr("Download…"), self.download),
            "resume": self._button(self.tr("Resume"), self.resume),
            "cancel": self._button(self.tr("Cancel"), self.cancel, role="plain"),
            "pause": self._button(self.tr("Pause"), self.pause),
            "stop": self._button(self.tr("Cancel"), self.stop),
            "import_folder": self._button(self.tr("Use files I already have…"), self.import_folder, role="plain"),
            "verify": self._button(self.tr("Check files"), self.verify, role="plain"),
            "remove": self._button(self.tr("Remove…"), self.remove, role="plain"),
        }
        self.alike = QCheckBox(self.tr("Also prepare “More like this” (a second look at every page)"))
        self.code = QCheckBox(self.tr("Also prepare search in source code (pages that show it)"))
        for box in (self.alike, self.code):
            box.clicked.connect(self._tasks)
        self.quality = QualityChoice()
        self.quality.changed.connect(lambda wanted: self.quality_changed.emit(self.info.encoder_id, wanted))
        self._lay_out()
        theme.changed.connect(self._dress)
        self._dress()
        self.show_info(info, busy=False)

    def _lay_out(self) -> None:
        name = QHBoxLayout()
        name.setSpacing(8)
        name.addWidget(self.title)
        name.addWidget(self.state)
        name.addStretch()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addLayout(name)
        words.addWidget(self.about)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        for key in ("use", "download", "resume", "cancel", "pause", "stop"):
            head.addWidget(self.buttons[key], 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addLayout(head)
        for part in (
            self.trouble,
            self.caution,
            self.bar,
            self.progress,
            self.facts,
            self.quality,
            self.alike,
            self.code,
        ):
            column.addWidget(part)
        self._foot = QWidget()
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addStretch()
        for key in ("import_folder", "verify", "remove"):
            row.addWidget(self.buttons[key])
        column.addWidget(self._foot)

    def _button(self, text: str, signal: object, role: str = "") -> QPushButton:
        button = QPushButton(text)
        button.setProperty("role", role)
        button.clicked.connect(lambda: signal.emit(self.info.encoder_id))  # type: ignore[attr-defined]
        return button

    def show_info(self, info: EncoderInfo, *, busy: bool) -> None:
        """Show how it stands now."""
        self.info = info
        in_use = info.chosen or info.serving
        self.state.setText(self._words.state(info, busy=busy))
        self.state.setProperty("role", "pill")
        kind = "ok" if info.serving else "accent" if busy or info.chosen or info.ready else ""
        self.state.setProperty("kind", kind)
        self.state.style().polish(self.state)
        self.about.setText(self._words.about(info))
        self.facts.setText("\n".join(self._words.facts(info)))
        for label, told in ((self.trouble, info.problem), (self.caution, info.caution)):
            label.setText(f"{told.title}. {told.message}" if told is not None else "")
            label.setVisible(told is not None)
        self._show_buttons(info, in_use=in_use, busy=busy)
        downloadable = info.download_bytes > 0
        for box, task in ((self.alike, Task.TEXT_MATCHING), (self.code, Task.CODE)):
            box.setVisible(downloadable and info.ready)
            box.setChecked(task in info.tasks)
        self.quality.setVisible(downloadable and info.ready)
        self.quality.setEnabled(not in_use)
        self.quality.show_quality(info)
        catching_up = info.chosen and not info.serving
        paused = not busy and not info.ready and info.partial_bytes > 0
        for part in (self.bar, self.progress):
            part.setVisible(busy or catching_up or paused)
        if catching_up and not busy:
            self.bar.setValue(_STEPS * info.pages // max(1, info.pages_total))
            self.progress.say(self._words.catching_up(info))
        elif paused:
            self.bar.setValue(_STEPS * info.partial_bytes // max(1, info.download_bytes))
            self.progress.say(self._words.paused(info))

    def _show_buttons(self, info: EncoderInfo, *, in_use: bool, busy: bool) -> None:
        wanted = info.download_bytes > 0 and not info.ready
        disk = info.model_bytes + info.vectors_bytes + (info.partial_bytes if info.ready else 0)
        shown = {
            "use": info.ready and not info.chosen,
            "download": wanted and not busy and not info.partial_bytes,
            "resume": wanted and not busy and info.partial_bytes > 0,
            "cancel": wanted and (info.downloading or (not busy and info.partial_bytes > 0)),
            "pause": info.downloading,
            "stop": busy and not info.downloading,
            "import_folder": wanted and not busy,
            "verify": info.download_bytes > 0 and info.ready and not busy,
            "remove": not in_use and not busy and disk > 0,
        }
        self.buttons["use"].setText(self.tr("Keep using it") if info.serving else self.tr("Use"))
        for name, button in self.buttons.items():
            button.setVisible(shown[name])
        self._foot.setVisible(any(shown[name] for name in ("import_folder", "verify", "remove")))

    def show_progress(self, told: messages.DownloadProgress) -> None:
        """How a download, an import or a check goes."""
        self.bar.setValue(_STEPS * told.done_bytes // max(1, told.total_bytes))
        parts = [
            self.tr("{done} of {total}").format(done=size_word(told.done_bytes), total=size_word(told.total_bytes))
        ]
        if told.bytes_per_s > 0:
            parts.append(self.tr("{rate}/s").format(rate=size_word(int(told.bytes_per_s))))
            parts.append(time_left((told.total_bytes - told.done_bytes) / told.bytes_per_s))
        parts.append(told.file)
        self.progress.say("    ".join(part for part in parts if part))

    @Slot()
    def _tasks(self) -> None:
        boxes = ((self.alike, Task.TEXT_MATCHING), (self.code, Task.CODE))
        self.tasks_changed.emit(self.info.encoder_id, tuple(task for box, task in boxes if box.isChecked()))

    @Slot()
    def _dress(self) -> None:
        tokens, lite = self._theme.tokens, self.info.encoder_id == "lite"
        icon = self._theme.icon("type" if lite else "zap", "text2" if lite else "accent_text", 18)
        self._icon.setPixmap(icon.pixmap(18, 18))
        self._icon.setStyleSheet(f"background: {tokens.mat if lite else tokens.accent_soft}; border-radius: 8px;")
