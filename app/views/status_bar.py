"""StatusBar: what the engine is doing, in one line; pause; and that nothing leaves this computer."""

from PySide6.QtCore import QPoint, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QProgressBar, QPushButton, QWidget

from app.names import file_name
from app.theme.style import Theme
from app.views.small_controls import ElidedLabel
from app.wording import pages_word, several, time_left, wait_sentence
from indexer.protocol.messages import Progress
from indexer.protocol.values import EncoderInfo

_REST, _READING = 28, 40
_SHORT_UNDER = 1080
_SAID_MS = 3000


class StatusBar(QWidget):
    """Signals: pause_requested(seconds, -1 until resumed), resume_requested()."""

    pause_requested = Signal(float)
    resume_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._paused = False
        self._said = self._quiet = ""
        self._folders = 0
        self._sees = False
        self._icon_of: tuple[bool, bool] | None = None
        self._pages: int | None = None  # all of them, when none is still to be read
        self.state = _State(theme)
        self.words, self.figures, self.file = QLabel(self.tr("Starting…")), QLabel(), ElidedLabel()
        self.words.setProperty("role", "strong")
        for label in (self.figures, self.file):
            label.setProperty("role", "meta")
        for label in (self.words, self.figures, self.file):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(170)
        self.bar.setAccessibleName(self.tr("Documents read"))
        self.pause = QPushButton(" " + self.tr("Pause"))
        self.menu = QMenu(self)
        for text, seconds in (
            (self.tr("For 15 minutes"), 900.0),
            (self.tr("For 1 hour"), 3600.0),
            (self.tr("Until I resume"), -1.0),
        ):
            self.menu.addAction(text).setData(seconds)
        self.menu.triggered.connect(lambda action: self.pause_requested.emit(action.data()))
        self.pause.clicked.connect(self._pressed)
        self._engine_icon, self.engine = QLabel(), QLabel(self.tr("Lite on the processor"))
        self._lock_icon, self._lock = QLabel(), QLabel(self.tr("Nothing leaves this computer"))
        self._upright = QFrame()
        self._upright.setObjectName("upright")
        for label in (self.engine, self._lock):
            label.setProperty("role", "meta")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 14, 0)
        row.setSpacing(10)
        left: tuple[QWidget, ...] = (self.state, self.words, self.bar, self.figures, self.file)
        for part in left:
            row.addWidget(part)
        row.setStretchFactor(self.file, 1)
        row.addStretch()
        self._while_reading: tuple[QWidget, ...] = (self.bar, self.figures, self.pause)
        self._at_rest: tuple[QWidget, ...] = (self._engine_icon, self.engine, self._upright)
        for part in (self.pause, *self._at_rest, self._lock_icon, self._lock):
            row.addWidget(part)
        theme.changed.connect(self._dress)
        self._dress()
        self._rest()

    def show_folders(self, folders: int) -> None:
        """How many folders the pages are in."""
        self._folders = folders
        if self._pages is not None:
            self._say_pages(self._pages)

    def _say_pages(self, pages: int) -> None:
        where = several(self._folders, self.tr(" in 1 folder"), self.tr(" in {n} folders")) if self._folders else ""
        self._quiet = pages_word(pages) + where if pages or where else ""
        if not self._said or self.file.whole != self._said:
            self.file.say(self._quiet)

    def show_progress(self, progress: Progress) -> None:
        """Figures as measured; the time left appears once half a minute was measured."""
        waits = bool(progress.reason) and not progress.paused
        self._paused = progress.paused or waits
        reading = progress.documents_done < progress.documents_total
        self.bar.setRange(0, max(1, progress.documents_total))
        self.bar.setValue(progress.documents_done)
        self.pause.setText(" " + self._pause_text(progress.paused, waits))
        self._dress_pause()
        if not reading and not progress.paused:
            self._rest()
            any_at_all = progress.documents_total or self._folders
            self.words.setText(self.tr("Up to date") if any_at_all else self.tr("Ready"))
            self._pages = progress.pages_done
            self._say_pages(self._pages)
            return
        self._pages = None
        if self.height() != self._theme.px(_READING):
            self.setFixedHeight(self._theme.px(_READING))
        for part in self._while_reading:
            part.show()
        for part in self._at_rest:
            part.hide()
        self.state.set("paused" if self._paused else "reading", progress.documents_done, progress.documents_total)
        count = {"n": f"{progress.documents_done:,}", "m": f"{progress.documents_total:,}"}
        if progress.paused:
            self.words.setText(self.tr("Paused at {n} of {m} documents").format(**count))
        elif waits:
            self.words.setText(self.tr("Waiting at {n} of {m} documents").format(**count))
        else:
            self.words.setText(self.tr("Reading {n} of {m} documents").format(**count))
        self.figures.setText("   ".join(self._figures(progress)))
        name = file_name(progress.reading)
        if waits:
            self.file.say(wait_sentence(progress.reason))
            self._fit()
            return
        self.file.say(
            self.tr("{name}, page {n}").format(name=name, n=progress.page) if name and not progress.paused else ""
        )
        self._fit()

    def _pause_text(self, paused: bool, waits: bool) -> str:
        if waits:
            return self.tr("Read anyway")
        return self.tr("Resume") if paused else self.tr("Pause")

    def show_encoder(self, info: EncoderInfo) -> None:
        """Which encoder answers, and where it runs."""
        self._sees = info.download_bytes > 0
        where = self.tr("{name} on {device}").format(name=info.name, device=info.device)
        if info.device in ("", "Processor"):
            where = self.tr("{name} on the processor").format(name=info.name)
        self.engine.setText(info.device if info.name in info.device else where)
        self.engine.setToolTip(info.device_reason)
        self._dress()

    def say(self, text: str) -> None:
        """A word for three seconds, where the file's name stands."""
        self._said = text
        self.file.say(text)
        QTimer.singleShot(_SAID_MS, self, self._unsay)

    @Slot()
    def _unsay(self) -> None:
        if self.file.whole == self._said:
            self.file.say(self._quiet)

    def show_stopped(self, words: str) -> None:
        """The engine does not run."""
        self._pages = None
        self._rest()
        self.state.set("stopped")
        self.words.setText(words)
        self.file.say("")

    def _figures(self, progress: Progress) -> list[str]:
        share = 100 * progress.documents_done // max(1, progress.documents_total)
        parts = [f"{share} %", pages_word(progress.pages_done)]
        if self._paused:
            return parts
        if progress.pages_per_s:
            parts.append(self.tr("{n} pages/s").format(n=f"{progress.pages_per_s:.1f}"))
        if progress.left_s is not None:
            parts.append(time_left(progress.left_s))
        return parts

    def _rest(self) -> None:
        self.setFixedHeight(self._theme.px(_REST))
        for part in self._while_reading:
            part.hide()
        for part in self._at_rest:
            part.show()
        self.state.set("rest")
        self._fit()

    def resizeEvent(self, event: object) -> None:
        """Narrow windows keep the figures and lose the file's name."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit()

    def _fit(self) -> None:
        narrow = self.width() < _SHORT_UNDER
        self._lock.setVisible(not narrow or not self.bar.isVisibleTo(self))
        self.file.setVisible(not narrow or not self.bar.isVisibleTo(self))

    @Slot()
    def _pressed(self) -> None:
        if self._paused:
            self.resume_requested.emit()
        else:
            size = self.menu.sizeHint()
            corner = self.pause.mapToGlobal(self.pause.rect().topRight())
            self.menu.popup(corner - QPoint(size.width(), size.height() + 6))

    @Slot()
    def _dress(self) -> None:
        self._lock_icon.setPixmap(self._theme.icon("lock", "text2", 14).pixmap(14, 14))
        self._engine_icon.setPixmap(self._theme.icon("zap" if self._sees else "type", "text2", 14).pixmap(14, 14))
        self._dress_pause()

    def _dress_pause(self) -> None:
        if self._icon_of == (self._paused, self._theme.dark):
            return
        self._icon_of = self._paused, self._theme.dark
        self.pause.setIcon(self._theme.icon("play" if self._paused else "pause", "text", 14))


class _State(QWidget):
    """A dot, or a ring that fills while documents are read."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._kind, self._share, self._at = theme, "rest", 0.0, 0
        self.setFixedSize(20, 20)
        self._turn = QTimer(self, interval=80)
        self._turn.timeout.connect(self._step)

    def set(self, kind: str, done: int = 0, total: int = 1) -> None:
        self._kind, self._share = kind, done / max(1, total)
        self._turn.start() if kind == "reading" else self._turn.stop()
        self.update()

    @Slot()
    def _step(self) -> None:
        self._at = (self._at + 12) % 360
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        if self._kind == "reading":
            ring = QRectF(3, 3, 14, 14)
            painter.setPen(QPen(QColor(tokens.line2), 2.5))
            painter.drawEllipse(ring)
            painter.setPen(QPen(QColor(tokens.accent), 2.5))
            painter.drawArc(ring, (90 - self._at) * 16, -round(max(0.12, self._share) * 360 * 16))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        colours = {"rest": tokens.ok, "paused": tokens.warn, "stopped": tokens.error}
        painter.setBrush(QColor(colours[self._kind]))
        painter.drawEllipse(QRectF(6, 6, 8, 8))
