"""One encoder on the settings page: what it is, how it stands, what it costs, and what can be done with it."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.views.licence_dialog import pace_sentence
from app.views.quality_choice import QualityChoice
from app.wording import pages_word, size_word, time_left
from indexer.protocol import messages
from indexer.protocol.values import EncoderInfo, Task

_STEPS = 1000


class EncoderCard(QFrame):
    """Signals: use, download, stop, import_folder, verify, remove with the encoder's id; tasks_changed(id, tasks);
    quality_changed(id, Quality)."""

    use = Signal(str)
    download = Signal(str)
    stop = Signal(str)
    import_folder = Signal(str)
    verify = Signal(str)
    remove = Signal(str)
    tasks_changed = Signal(str, object)
    quality_changed = Signal(str, object)

    def __init__(self, info: EncoderInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.info = info
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.title, self.state = QLabel(info.name), QLabel()
        self.title.setProperty("role", "title")
        self.facts = QLabel()
        self.facts.setProperty("role", "meta")
        self.trouble = QLabel()
        self.trouble.setProperty("role", "error")
        for label in (self.facts, self.trouble):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.bar, self.progress = QProgressBar(), QLabel()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of {name}").format(name=info.name))
        self.progress.setProperty("role", "meta")
        self.buttons = {
            "use": self._button(self.tr("Use"), self.use),
            "download": self._button(self.tr("Download…"), self.download),
            "stop": self._button(self.tr("Cancel"), self.stop),
            "import_folder": self._button(self.tr("Use files I already have…"), self.import_folder),
            "verify": self._button(self.tr("Check files"), self.verify),
            "remove": self._button(self.tr("Remove…"), self.remove),
        }
        self.alike = QCheckBox(self.tr("Also prepare “More like this” (a second look at every page)"))
        self.code = QCheckBox(self.tr("Also prepare search in source code (pages that show it)"))
        for box in (self.alike, self.code):
            box.clicked.connect(self._tasks)
        self.quality = QualityChoice()
        self.quality.changed.connect(lambda wanted: self.quality_changed.emit(self.info.encoder_id, wanted))
        self._lay_out()
        self.show_info(info, busy=False)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addWidget(self.state)
        head.addStretch()
        column.addLayout(head)
        for part in (self.facts, self.trouble, self.bar, self.progress, self.quality, self.alike, self.code):
            column.addWidget(part)
        row = QHBoxLayout()
        for button in self.buttons.values():
            row.addWidget(button)
        row.addStretch()
        column.addLayout(row)

    def _button(self, text: str, signal: object) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda: signal.emit(self.info.encoder_id))  # type: ignore[attr-defined]
        return button

    def show_info(self, info: EncoderInfo, *, busy: bool) -> None:
        """Show how it stands now."""
        self.info = info
        downloadable = info.download_bytes > 0
        in_use = info.chosen or info.serving
        self.state.setText(self._state(info, busy=busy))
        self.state.setProperty("role", "ok" if info.serving else "meta")
        self.state.style().polish(self.state)
        self.facts.setText("\n".join(self._facts(info)))
        self.trouble.setText(f"{info.problem.title}. {info.problem.message}" if info.problem else "")
        self.trouble.setVisible(info.problem is not None)
        shown = {
            "use": info.ready and not info.chosen,
            "download": downloadable and not info.ready and not busy,
            "stop": busy,
            "import_folder": downloadable and not info.ready and not busy,
            "verify": downloadable and info.ready and not busy,
            "remove": not in_use and not busy and (info.model_bytes + info.partial_bytes + info.vectors_bytes) > 0,
        }
        for name, button in self.buttons.items():
            button.setVisible(shown[name])
        for box, task in ((self.alike, Task.TEXT_MATCHING), (self.code, Task.CODE)):
            box.setVisible(downloadable and info.ready)
            box.setChecked(task in info.tasks)
        self.quality.setVisible(downloadable and info.ready)
        self.quality.setEnabled(not in_use)
        self.quality.show_quality(info.quality)
        catching_up = info.chosen and not info.serving
        self.bar.setVisible(busy or catching_up)
        self.progress.setVisible(busy or catching_up)
        if catching_up and not busy:
            self.bar.setValue(_STEPS * info.pages // max(1, info.pages_total))
            self.progress.setText(self._catching_up(info))

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
        self.progress.setText("    ".join(part for part in parts if part))

    def _state(self, info: EncoderInfo, *, busy: bool) -> str:
        if info.downloading:
            return self.tr("Downloading")
        if busy:
            return self.tr("Working")
        if info.serving:
            return self.tr("In use")
        if info.chosen:
            return self.tr("Reading your pages")
        return self.tr("Ready") if info.ready else self.tr("Not here")

    def _facts(self, info: EncoderInfo) -> list[str]:
        if info.encoder_id == "lite":
            lines = [self.tr("Reads words, also in scans. Runs on any processor.")]
        else:
            lines = [self.tr("Sees tables, charts, photos and handwriting, in some thirty languages.")]
            memory = self.tr("Works in {needs} of memory; there are {has}.").format(
                needs=size_word(info.needs_bytes), has=size_word(info.memory_bytes)
            )
            lines.append(f"{info.device_reason} {memory} {pace_sentence(self, info)}".strip())
        disk = [self.tr("vectors of {pages}: {size}").format(
            pages=pages_word(info.pages), size=size_word(info.vectors_bytes)
        )]  # fmt: skip
        if info.model_bytes:
            disk.append(self.tr("model: {size}").format(size=size_word(info.model_bytes)))
        if info.partial_bytes:
            disk.append(self.tr("unfinished download: {size}").format(size=size_word(info.partial_bytes)))
        if info.model_bytes or info.partial_bytes or info.vectors_bytes:
            lines.append(self.tr("On disk: {parts}").format(parts=", ".join(disk)))
        return lines

    def _catching_up(self, info: EncoderInfo) -> str:
        text = self.tr("{n} of {all}; the other encoder answers until then").format(
            n=f"{info.pages:,}", all=pages_word(info.pages_total)
        )
        if info.pages_waiting:
            waiting = self.tr("{pages} wait for a disk that is not connected")
            text += "    " + waiting.format(pages=pages_word(info.pages_waiting))
        elif info.seconds_measured:
            text += "    " + time_left((info.pages_total - info.pages) * info.seconds_per_page)
        return text

    @Slot()
    def _tasks(self) -> None:
        boxes = ((self.alike, Task.TEXT_MATCHING), (self.code, Task.CODE))
        self.tasks_changed.emit(self.info.encoder_id, tuple(task for box, task in boxes if box.isChecked()))
