"""What the engine is doing, in one line; pause; and that nothing leaves this computer."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QProgressBar, QPushButton, QWidget

from app.names import file_name
from indexer.protocol.messages import Progress


class StatusBar(QWidget):
    """Signals: pause_requested(seconds, -1 until resumed), resume_requested()."""

    pause_requested = Signal(float)
    resume_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.words = QLabel(self.tr("Starting…"))
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setMinimumWidth(10)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(180)
        self.pause = QPushButton(self.tr("Pause"))
        self._menu = QMenu(self)
        for text, seconds in (
            (self.tr("For 15 minutes"), 900.0),
            (self.tr("For 1 hour"), 3600.0),
            (self.tr("Until I resume"), -1.0),
        ):
            self._menu.addAction(text).setData(seconds)
        self._menu.triggered.connect(lambda action: self.pause_requested.emit(action.data()))
        self.pause.clicked.connect(self._pressed)
        self._paused = False
        lock = QLabel(self.tr("Nothing leaves this computer"))
        lock.setProperty("role", "meta")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 3, 14, 3)
        row.addWidget(self.words, 1)
        for part in (self.bar, self.pause, lock):
            row.addWidget(part)
        self.bar.hide()
        self.pause.hide()

    def show_progress(self, progress: Progress) -> None:
        """Figures as measured; the time left appears once half a minute was measured."""
        reading = progress.documents_done < progress.documents_total
        self._paused = progress.paused
        self.bar.setVisible(reading)
        self.pause.setVisible(reading or progress.paused)
        self.pause.setText(self.tr("Resume") if progress.paused else self.tr("Pause"))
        self.bar.setRange(0, max(1, progress.documents_total))
        self.bar.setValue(progress.documents_done)
        if progress.paused:
            self.words.setText(self.tr("Paused; {n} pages can be searched").format(n=f"{progress.pages_done:,}"))
        elif reading:
            self.words.setText(self._reading(progress))
        else:
            self.words.setText(self.tr("Up to date   {n} pages").format(n=f"{progress.pages_done:,}"))

    def _reading(self, progress: Progress) -> str:
        parts = [
            self.tr("Reading {n} of {m} documents").format(n=progress.documents_done + 1, m=progress.documents_total),
            self.tr("{n} pages").format(n=f"{progress.pages_done:,}"),
        ]
        if progress.pages_per_s:
            parts.append(self.tr("{n} pages/s").format(n=f"{progress.pages_per_s:.1f}"))
        if progress.left_s is not None:
            minutes = max(1, round(progress.left_s / 60))
            parts.append(self.tr("about {n} min left").format(n=minutes))
        if progress.reading:
            name = file_name(progress.reading)
            parts.append(self.tr("{name}, page {n}").format(name=name, n=progress.page))
        return "   ".join(parts)

    @Slot()
    def _pressed(self) -> None:
        if self._paused:
            self.resume_requested.emit()
        else:
            self._menu.popup(self.pause.mapToGlobal(self.pause.rect().topLeft()))
