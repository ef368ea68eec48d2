"""The page large at the right: its name, what can be done with it, and its marks."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from app.names import path_parts
from app.painting import highlights
from app.theme.style import Theme
from indexer.protocol.values import PageKey, PageResult, QueryWord

_MARGIN = 14


class PageCanvas(QWidget):
    """The page fitted into the pane, on its mat, with marks."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.result: PageResult | None = None
        self.words: tuple[QueryWord, ...] = ()
        self.image: QImage | None = None
        self.only: frozenset[int] | None = None
        self.amount = 0.62
        self.bare = False
        self.setMinimumSize(200, 200)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def page_rect(self) -> QRectF:
        """Where the page is drawn."""
        if self.result is None:
            return QRectF()
        room = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        width, height = max(self.result.width, 1), max(self.result.height, 1)
        scale = min(room.width() / width, room.height() / height)
        size = QSize(max(1, round(width * scale)), max(1, round(height * scale)))
        left, top = room.center().x() - size.width() / 2, room.center().y() - size.height() / 2
        return QRectF(round(left), round(top), size.width(), size.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Mat, page, marks; or the hint when nothing is selected."""
        painter = QPainter(self)
        tokens = self._theme.tokens
        painter.fillRect(self.rect(), QColor(tokens.mat if self.result else tokens.content))
        if self.result is None:
            painter.setPen(QColor(tokens.text3))
            hint = self.tr("Pick a page to see it here\nwith the places that match your words")
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, hint)
            return
        page = self.page_rect()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(page.adjusted(-1, -1, 1, 1), QColor(0, 0, 0, 40))
        painter.fillRect(page, QColor("#FFFFFF"))
        if self.image is not None:
            painter.drawImage(page, self.image)
        if not self.bare:
            matches = self.result.words
            dark, only, amount = self._theme.dark, self.only, self.amount
            highlights.paint(painter, page, matches, self.words, dark=dark, only=only, amount=amount)


class PageViewer(QWidget):
    """Signals: picture_wanted(key, width), open_requested(result), reveal_requested(result), copy_requested(key)."""

    picture_wanted = Signal(object, int)
    open_requested = Signal(object)
    reveal_requested = Signal(object)
    copy_requested = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preview")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.canvas = PageCanvas(theme)
        self._name, self._place = QLabel(), QLabel()
        self._name.setProperty("role", "title")
        self._place.setProperty("role", "meta")
        for label in (self._name, self._place):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setMinimumWidth(10)
        self._open, self._reveal = QPushButton(self.tr("Open")), QPushButton(self.tr("Reveal"))
        self._copy = QPushButton(self.tr("Copy text"))
        self._open.setProperty("role", "primary")
        self._open.clicked.connect(lambda: self.open_requested.emit(self.canvas.result))
        self._reveal.clicked.connect(lambda: self.reveal_requested.emit(self.canvas.result))
        self._copy.clicked.connect(self._ask_copy)
        self._amount = QSlider(Qt.Orientation.Horizontal)
        self._amount.setRange(0, 100)
        self._amount.setValue(62)
        self._amount.setAccessibleName(self.tr("Strength of the highlights"))
        self._amount.valueChanged.connect(self._set_amount)
        self._lay_out()
        self.clear()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        head = QVBoxLayout()
        head.setContentsMargins(16, 0, 16, 0)
        buttons = QHBoxLayout()
        for button in (self._open, self._reveal, self._copy):
            buttons.addWidget(button)
        buttons.addStretch()
        head.addWidget(self._name)
        head.addWidget(self._place)
        head.addLayout(buttons)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 4, 16, 10)
        foot.addWidget(QLabel(self.tr("Highlights")))
        foot.addWidget(self._amount)
        column.addLayout(head)
        column.addWidget(self.canvas, 1)
        column.addLayout(foot)

    def show_page(self, result: PageResult, words: tuple[QueryWord, ...]) -> None:
        """Show this page; its picture is asked for."""
        same = self.canvas.result is not None and self.canvas.result.key == result.key
        self.canvas.result, self.canvas.words = result, words
        if not same:
            self.canvas.image = None
        parts = path_parts(result.path)
        self._name.setText(parts[-1])
        folder = " › ".join(parts[-3:-1])
        place = self.tr("Page {n} of {m}   {folder}")
        self._place.setText(place.format(n=result.key.page, m=result.page_count, folder=folder))
        self._place.setToolTip(result.path)
        self._open.setText(self.tr("Open at page {n}").format(n=result.key.page))
        self._enable(True)
        self.canvas.update()
        self._want_picture()

    def set_picture(self, key: PageKey, image: QImage) -> None:
        """The picture asked for; one of another page is dropped."""
        if self.canvas.result is not None and self.canvas.result.key == key:
            self.canvas.image = image
            self.canvas.update()

    def set_isolation(self, only: frozenset[int] | None) -> None:
        """Paint these words alone."""
        self.canvas.only = only
        self.canvas.update()

    def clear(self) -> None:
        """Nothing is selected."""
        self.canvas.result, self.canvas.image = None, None
        self._name.setText("")
        self._place.setText("")
        self._enable(False)
        self.canvas.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A wider pane shows a sharper picture."""
        super().resizeEvent(event)
        self._want_picture()

    def _want_picture(self) -> None:
        if self.canvas.result is not None:
            width = self.canvas.page_rect().width() * self.devicePixelRatioF()
            # in steps, so that dragging the splitter does not draw a picture for every pixel
            self.picture_wanted.emit(self.canvas.result.key, max(400, -(-int(width) // 200) * 200))

    def _enable(self, on: bool) -> None:
        for part in (self._open, self._reveal, self._copy, self._amount):
            part.setVisible(on)

    @Slot(int)
    def _set_amount(self, value: int) -> None:
        self.canvas.amount = value / 100
        self.canvas.update()

    @Slot()
    def _ask_copy(self) -> None:
        if self.canvas.result is not None:
            self.copy_requested.emit(self.canvas.result.key)
