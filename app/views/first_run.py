"""FirstRun: what an empty library shows: where to drop, which folders are near at hand, and what happens then."""

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.resources import app_icon
from app.theme.style import Theme
from app.views.paper_fan import PaperFan
from app.views.small_controls import ElidedLabel

_Places = QStandardPaths.StandardLocation


def suggested() -> list[tuple[str, str]]:
    """Name and path of folders people keep documents in, where they exist; none is ticked."""
    found = []
    for location in (_Places.DocumentsLocation, _Places.PicturesLocation, _Places.DownloadLocation):
        path = QStandardPaths.writableLocation(location)
        if path and Path(path).is_dir() and Path(path) != Path.home():
            found.append((QStandardPaths.displayName(location), path))
    return found


class FirstRun(QScrollArea):
    """Signals: add_requested(), the user picks a folder; start_requested(list of paths)."""

    add_requested = Signal()
    start_requested = Signal(list)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("first")
        self.setWidgetResizable(True)
        body = QWidget()
        self.setWidget(body)
        self._logo = QLabel()
        title = QLabel(self.tr("Find the page, and the place on it"))
        title.setProperty("role", "large")
        said = self.tr(
            "Pagebeam reads your PDFs and pictures on this computer and answers with the page itself, marked where "
            "it matches."
        )
        text = QLabel(said)
        text.setProperty("role", "lead")
        for label in (title, text):
            label.setWordWrap(True)
        head = QHBoxLayout()
        head.setSpacing(18)
        head.addWidget(self._logo, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.addWidget(title)
        words.addWidget(text)
        head.addLayout(words, 1)
        what = QLabel(self.tr("What should it read?"))
        what.setProperty("role", "title")
        promise = QLabel(self.tr("Originals are opened read-only and never moved or changed."))
        promise.setProperty("role", "meta")
        self._boxes: list[tuple[QCheckBox, str]] = []
        self.start = QPushButton(self.tr("Start reading"))
        self.start.setProperty("role", "primary")
        self.start.setEnabled(False)
        self.start.clicked.connect(self._start)
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addStretch(1)
        column.addLayout(head)
        column.addSpacing(22)
        column.addWidget(what)
        column.addWidget(promise)
        column.addSpacing(6)
        column.addWidget(self._drop_area())
        if places := suggested():
            column.addSpacing(8)
            column.addWidget(self._suggestions(places))
        column.addSpacing(10)
        column.addLayout(self._foot())
        column.addStretch(3)
        centre = QHBoxLayout(body)
        centre.setContentsMargins(32, 48, 32, 24)
        centre.addStretch(1)
        holder = QWidget()
        holder.setMaximumWidth(660)
        holder.setLayout(column)
        centre.addWidget(holder, 100)
        centre.addStretch(1)
        theme.changed.connect(self._dress)
        self._dress()

    def _drop_area(self) -> QFrame:
        area = QFrame()
        area.setObjectName("drop")
        column = QVBoxLayout(area)
        column.setContentsMargins(20, 18, 20, 18)
        column.setSpacing(8)
        column.addWidget(PaperFan(self._theme), 0, Qt.AlignmentFlag.AlignHCenter)
        say = QLabel(self.tr("Drop folders, PDFs or pictures here"))
        say.setProperty("role", "strong")
        column.addWidget(say, 0, Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()
        row.addStretch()
        either = QLabel(self.tr("or"))
        either.setProperty("role", "meta")
        self.choose = QPushButton(self.tr("Choose folder…"))
        self.choose.clicked.connect(self.add_requested)
        row.addWidget(either)
        row.addWidget(self.choose)
        row.addStretch()
        column.addLayout(row)
        return area

    def _suggestions(self, places: list[tuple[str, str]]) -> QFrame:
        sheet = QFrame()
        sheet.setObjectName("sheet")
        column = QVBoxLayout(sheet)
        column.setContentsMargins(16, 8, 16, 8)
        for name, path in places:
            box = QCheckBox(name)
            box.setStyleSheet("font-weight: 600;")
            box.setAccessibleDescription(path)
            box.toggled.connect(self._ticked)
            where = ElidedLabel()
            where.say(path)
            where.setProperty("role", "meta")
            row = QHBoxLayout()
            row.setSpacing(14)
            row.addWidget(box)
            row.addWidget(where, 1)
            column.addLayout(row)
            self._boxes.append((box, path))
        return sheet

    def _foot(self) -> QHBoxLayout:
        self._lock = QLabel()
        promise = QLabel(
            self.tr("Your files, your questions and the index stay on this computer. No account, no telemetry.")
        )
        promise.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._lock)
        row.addWidget(promise, 1)
        row.addWidget(self.start)
        return row

    @Slot()
    def _ticked(self) -> None:
        self.start.setEnabled(any(box.isChecked() for box, _ in self._boxes))

    @Slot()
    def _start(self) -> None:
        self.start_requested.emit([path for box, path in self._boxes if box.isChecked()])

    @Slot()
    def _dress(self) -> None:
        self._logo.setPixmap(app_icon().pixmap(44, 44))
        self._lock.setPixmap(self._theme.icon("lock", "text2").pixmap(16, 16))
        self.start.setVisible(bool(self._boxes))
