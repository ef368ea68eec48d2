"""DropOverlay: shown while files are dragged over the window: keep up to date, or read once; what that would take."""

import os
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, QRunnable, Qt, QThreadPool, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import resources
from app.names import file_name
from app.theme.style import Theme
from app.wording import duration_word, pages_word, several, size_word
from indexer.protocol.messages import Estimate


class DropOverlay(QWidget):
    """Covers all but the sidebar. `watch` tells which zone is chosen; the window hands on where the pointer is.

    Signal offered(paths): an estimate is wanted, to be given to show_estimate()."""

    offered = Signal(list)
    _looked = Signal(int, list)

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
        column.addSpacing(20)
        column.addWidget(self._pill(), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        column.addLayout(hints)
        self._looked.connect(self._tell_folders)
        self.hide()

    def _pill(self) -> QFrame:
        self.estimate = QLabel()
        self.estimate.setTextFormat(Qt.TextFormat.PlainText)
        self._clock = QLabel()
        self._estimate_box = QFrame()
        self._estimate_box.setObjectName("pill")
        row = QHBoxLayout(self._estimate_box)
        row.setContentsMargins(18, 10, 18, 10)
        row.setSpacing(10)
        row.addWidget(self._clock)
        row.addWidget(self.estimate)
        return self._estimate_box

    def offer(self, paths: Sequence[str]) -> None:
        """Show what would be dropped; its files are counted meanwhile by the engine."""
        self._say(paths, [path for path in paths if "." not in file_name(path)[1:]])
        self._paths = list(paths)
        self._turn += 1
        for zone in (self._keep, self._once):
            zone.count(self.tr("Counting…"))
        self._clock.setPixmap(self._theme.icon("clock", "text2").pixmap(16, 16))
        self._estimate_box.hide()
        QThreadPool.globalInstance().start(_Look(self._looked, self._turn, list(paths)))
        self.offered.emit(list(paths))
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

    @Slot(int, list)
    def _tell_folders(self, turn: int, folders: list[str]) -> None:
        if turn == self._turn:
            self._say(self._paths, folders)

    @Slot(object)
    def show_estimate(self, told: Estimate) -> None:
        """How many files and pages, how long reading them takes, and what it adds to the index; as far as known."""
        files = several(told.files, self.tr("1 file"), self.tr("{n} files"))
        if not told.complete:
            files = self.tr("more than {files}").format(files=files)
        if told.files == 0:
            files = self.tr("no file that Pagebeam reads")
        elif told.pages is not None and told.complete and told.pages:
            files = self.tr("{files}, about {pages} to read").format(files=files, pages=pages_word(told.pages))
        for zone in (self._keep, self._once):
            zone.count(files)
        said = []
        if told.complete and told.pages and told.seconds is not None and told.size_bytes is not None:
            spans = {"time": duration_word(max(1, told.seconds)), "size": size_word(told.size_bytes)}
            said.append(self.tr("On this computer: about {time}, {size} of index.").format(**spans))
        elif told.complete and told.files > told.known:
            said.append(self.tr("How long it takes is told when some pages have been read on this computer."))
        if told.known:
            one = self.tr("1 of the files is already in the library.")
            said.append(several(told.known, one, self.tr("{n} of the files are already in the library.")))
        self.estimate.setText("  ".join(said))
        self._estimate_box.setVisible(bool(said))

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


class _Look(QRunnable):
    """Which of the paths are folders; a share that is asleep may take seconds to say."""

    def __init__(self, looked: object, turn: int, paths: list[str]) -> None:
        super().__init__()
        self._looked, self._turn, self._paths = looked, turn, paths

    def run(self) -> None:
        folders = [path for path in self._paths if os.path.isdir(path)]
        try:
            self._looked.emit(self._turn, folders)  # type: ignore[attr-defined]
        except RuntimeError:
            return  # the window is gone
