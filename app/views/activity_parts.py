"""The parts of Activity that change while documents are read."""

from collections import deque

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from app.names import file_name, path_parts
from app.theme.style import Theme
from app.views.small_controls import ElidedLabel
from app.wording import several, wait_sentence
from indexer.protocol.messages import Progress
from indexer.protocol.values import FolderInfo

_SAMPLES = 120
_LARGE = 120
"""Per cent of the usual size of text from which a bar is short."""
_BAR, _SMALL_BAR = 92, 28
_STATE, _STATE_MOST = 118, 176


class ReadingNow(QFrame):
    """The document being read, its page, and pages a second over the last samples, as measured."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._what, self._name, self._place, self._rate = QLabel(), ElidedLabel(), ElidedLabel(), QLabel()
        self._what.setProperty("role", "meta")
        self._name.setProperty("role", "strong")
        self._place.setProperty("role", "meta")
        self._rate.setProperty("role", "strong")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._curve = _Curve(theme)
        low = QHBoxLayout()
        low.addWidget(self._curve, 1)
        low.addWidget(self._rate)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(3)
        for part in (self._what, self._name, self._place):
            column.addWidget(part)
        column.addSpacing(4)
        column.addWidget(self._bar)
        column.addLayout(low)
        self._rest()

    def show_progress(self, progress: Progress) -> None:
        """Take what the engine says."""
        waiting = progress.documents_total - progress.documents_done
        if waiting <= 0 or (progress.paused and not progress.reading):
            self._rest(paused=progress.paused and waiting > 0)
            return
        if progress.reason and not progress.paused:
            self._what.setText(self.tr("Waiting: {reason}").format(reason=wait_sentence(progress.reason)))
        else:
            self._what.setText(self.tr("Paused") if progress.paused else self.tr("Reading now"))
        self._name.say(file_name(progress.reading) or self.tr("The next document"))
        folder = path_parts(progress.reading)[-2] if len(path_parts(progress.reading)) > 1 else ""
        place = self.tr("Page {n}   {folder}").format(n=progress.page, folder=folder) if progress.page else folder
        self._place.say(place)
        self._bar.setRange(0, max(1, progress.documents_total))
        self._bar.setValue(progress.documents_done)
        for part in (self._bar, self._place, self._curve, self._rate):
            part.show()
        self._curve.add(progress.pages_per_s)
        known = progress.pages_per_s and not (progress.paused or progress.reason)
        self._rate.setText(self.tr("{n} pages/s").format(n=f"{progress.pages_per_s:.1f}") if known else "")

    def _rest(self, *, paused: bool = False) -> None:
        self._what.setText(self.tr("Paused") if paused else self.tr("Nothing to read"))
        self._name.say(self.tr("Reading goes on when you resume") if paused else self.tr("Everything is up to date"))
        for part in (self._bar, self._place, self._curve, self._rate):
            part.hide()


class _Curve(QWidget):
    """Pages a second, the newest at the right."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._values: deque[float] = deque(maxlen=_SAMPLES)
        self.setFixedHeight(30)

    def add(self, value: float) -> None:
        self._values.append(value)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if len(self._values) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(self.rect()).adjusted(1, 4, -4, -2)
        top = max(self._values) or 1.0
        step = room.width() / (len(self._values) - 1)
        points = [
            QPointF(room.x() + at * step, room.bottom() - v / top * room.height()) for at, v in enumerate(self._values)
        ]
        line = QPainterPath(points[0])
        for point in points[1:]:
            line.lineTo(point)
        under = QPainterPath(line)
        under.lineTo(room.bottomRight())
        under.lineTo(room.bottomLeft())
        accent = QColor(self._theme.tokens.accent)
        soft = QColor(accent)
        soft.setAlphaF(0.12)
        painter.fillPath(under, soft)
        painter.setPen(QPen(accent, 1.5))
        painter.drawPath(line)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        painter.drawEllipse(points[-1], 2.5, 2.5)


class FolderLine(QWidget):
    """One folder: icon, name, bar, pages, what it waits for."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon, self._name, self._pages, self._state = QLabel(), ElidedLabel(), QLabel(), ElidedLabel()
        self._name.setMinimumWidth(60)
        self._pages.setProperty("role", "meta")
        self._state.setProperty("role", "meta")
        self._state.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._pages.setMinimumWidth(52)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self._name, 1)
        for part in (self._bar, self._pages, self._state):
            row.addWidget(part)

    def show_folder(self, folder: FolderInfo, name: str, left: str) -> None:
        """Counts as they are now; `left` is the time left when it is this folder's alone."""
        done = folder.documents - folder.waiting
        complete = folder.waiting == 0
        icon, role = ("circle-check", "ok") if complete else ("folder", "text2")
        of_many = self.tr("{done} of {n} documents").replace("{done}", f"{done:,}")
        state = (
            self.tr("Done") if complete else (left or several(folder.documents, self.tr("0 of 1 document"), of_many))
        )
        if folder.paused and not complete:
            icon, state = "pause", self.tr("Paused")
        if not folder.available:
            icon, role, state = (
                "unplug",
                "warn",
                self.tr("Not connected") if folder.answers else self.tr("Does not answer"),
            )
        self._icon.setPixmap(self._theme.icon(icon, role).pixmap(16, 16))
        self._name.say(name)
        self._name.setToolTip(folder.path)
        self._bar.setRange(0, max(1, folder.documents))
        self._bar.setValue(done if folder.documents else 1)
        role_now = "done" if complete else ""
        if self._bar.property("role") != role_now:
            self._bar.setProperty("role", role_now)
            self._bar.style().unpolish(self._bar)
            self._bar.style().polish(self._bar)
        self._pages.setText(f"{folder.pages:,}")
        self._bar.setFixedWidth(_BAR if self._theme.px(100) <= _LARGE else _SMALL_BAR)  # so that all rows are alike
        self._state.setFixedWidth(min(self._theme.px(_STATE), _STATE_MOST))
        self._state.say(state)
