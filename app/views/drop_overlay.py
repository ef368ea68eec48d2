"""DropOverlay: shown while files are dragged over the window: keep up to date, or read once; what was counted."""

import os
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, QRunnable, Qt, QThreadPool, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import resources
from app.names import file_name
from app.theme.style import Theme
from app.wording import several

_COUNT_UP_TO = 20_000


class DropOverlay(QWidget):
    """Covers all but the sidebar. `watch` tells which zone is chosen; the window hands on where the pointer is."""

    _counted = Signal(int, int, list)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._turn = 0
        self._paths: list[str] = []
        self.watch = True
        self.title, self._text = QLabel(), QLabel(self.tr("Originals stay where they are and are not changed"))
        self.title.setProperty("role", "large")
        self._keep = _Zone(theme, "eye", self.tr("Keep up to date"))
        self._once = _Zone(theme, "layers", self.tr("Read once"))
        hints = QHBoxLayout()
        hints.setSpacing(8)
        hints.addStretch()
        for key, does in ((self.tr("Alt"), self.tr("to read once")), (self.tr("Esc"), self.tr("to cancel"))):
            for text, role in ((key, "key"), (does, "meta")):
                label = QLabel(text)
                label.setProperty("role", role)
                hints.addWidget(label)
            hints.addSpacing(12)
        hints.addStretch()
        zones = QHBoxLayout()
        zones.setSpacing(20)
        zones.addStretch()
        zones.addWidget(self._keep)
        zones.addWidget(self._once)
        zones.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(40, 40, 40, 40)
        column.setSpacing(8)
        column.addStretch(2)
        for part in (self.title, self._text):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(20)
        column.addLayout(zones)
        column.addStretch(3)
        column.addLayout(hints)
        self._counted.connect(self._tell_count)
        self.hide()

    def offer(self, paths: Sequence[str]) -> None:
        """Show what would be dropped; its files are counted meanwhile."""
        self._say(paths, [path for path in paths if "." not in file_name(path)[1:]])
        self._paths = list(paths)
        self._turn += 1
        for zone in (self._keep, self._once):
            zone.count(self.tr("Counting…"))
        QThreadPool.globalInstance().start(_Count(self._counted, self._turn, list(paths)))
        self.choose(watch=True)
        self.raise_()
        self.show()

    def _say(self, paths: Sequence[str], folders: Sequence[str]) -> None:
        """Which of the paths are folders is guessed from their names until the pool has looked at the disk."""
        files = len(paths) - len(folders)
        parts = []
        if folders:
            parts.append(several(len(folders), self.tr("1 folder"), self.tr("{n} folders")))
        if files:
            parts.append(several(files, self.tr("1 file"), self.tr("{n} files")))
        self.title.setText(self.tr("Drop {what}").format(what=self.tr(" and ").join(parts)))
        watches = self.tr("Watches the folders and reads whatever is new or has changed.")
        once = self.tr("Adds the pages as they are now and does not watch the folders.")
        if len(folders) == 1:
            watches = self.tr("Watches “{name}” and reads whatever is new or has changed.")
            watches = watches.format(name=file_name(folders[0].rstrip("/")))
            once = self.tr("Adds the pages as they are now and does not watch the folder.")
        self._keep.say(watches if folders else self.tr("Reads the files now and again when they change."))
        self._once.say(once)
        self._once.setVisible(bool(folders))

    def follow(self, point: QPoint, *, alt: bool) -> None:
        """The pointer is here (in the overlay), with or without Alt."""
        over_once = self._once.isVisible() and self._once.geometry().contains(point)
        self.choose(watch=not (alt or over_once))

    def choose(self, *, watch: bool) -> None:
        """Light one zone."""
        self.watch = watch
        self._keep.light(watch)
        self._once.light(not watch)

    @Slot(int, int, list)
    def _tell_count(self, turn: int, files: int, folders: list[str]) -> None:
        if turn == self._turn:
            self._say(self._paths, folders)
            text = several(files, self.tr("1 file"), self.tr("{n} files"))
            if files >= _COUNT_UP_TO:
                text = self.tr("more than {n} files").format(n=f"{_COUNT_UP_TO:,}")
            for zone in (self._keep, self._once):
                zone.count(text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The window stays visible behind it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(self._theme.tokens.side)
        ground.setAlphaF(0.93)
        painter.fillRect(self.rect(), ground)
        pen = QPen(QColor(self._theme.tokens.accent), 2, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([5, 3])
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(16, 16, -16, -16), 12, 12)


class _Zone(QWidget):
    def __init__(self, theme: Theme, icon: str, title: str) -> None:
        super().__init__()
        self.setObjectName("zone")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme, self._name = theme, icon
        self.setFixedWidth(300)
        self._icon = QLabel()
        self._icon.setFixedSize(54, 54)
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        name = QLabel(title)
        name.setProperty("role", "title")
        self._text, self._files = QLabel(), QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._text.setMinimumHeight(44)
        self._files.setProperty("role", "strong")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 28, 24, 20)
        column.setSpacing(8)
        for part in (self._icon, name):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._text)
        column.addSpacing(10)
        column.addWidget(self._files, 0, Qt.AlignmentFlag.AlignHCenter)

    def say(self, text: str) -> None:
        self._text.setText(text)

    def count(self, text: str) -> None:
        self._files.setText(text)

    def light(self, on: bool) -> None:
        tokens = self._theme.tokens
        ground, ink = (tokens.accent, "#FFFFFF") if on else (tokens.mat, tokens.text)
        self._icon.setStyleSheet(f"background: {ground}; border-radius: 12px;")
        self._icon.setPixmap(resources.pixmap(self._name, ink, 24, self.devicePixelRatioF()))
        self.setProperty("chosen", on)
        self.style().unpolish(self)
        self.style().polish(self)


class _Count(QRunnable):
    """Counts files in a pool; a folder too large to count is said to be so."""

    def __init__(self, counted: object, turn: int, paths: list[str]) -> None:
        super().__init__()
        self._counted, self._turn, self._paths = counted, turn, paths

    def run(self) -> None:
        total, folders = 0, []
        for path in self._paths:
            if not os.path.isdir(path):
                total += 1
                continue
            folders.append(path)
            for _, _, names in os.walk(path):
                total += sum(not name.startswith(".") for name in names)
                if total >= _COUNT_UP_TO:
                    break
        with_limit = min(total, _COUNT_UP_TO)
        try:
            self._counted.emit(self._turn, with_limit, folders)  # type: ignore[attr-defined]
        except RuntimeError:
            return  # the window is gone
