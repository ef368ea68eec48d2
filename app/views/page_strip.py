"""PageStrip: one cell per page of the document, coloured by words; the matching pages; previous and next."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QToolTip, QVBoxLayout, QWidget

from app.painting.marks import colour_numbers, is_there, words_there
from app.views.page_parts import PageParts
from app.wording import pages_word, several
from indexer.protocol.values import PageResult, QueryWord

_CELL_HEIGHT, _CELL_MOST = 14, 44
_THUMBS = 5
_THUMB_HEIGHT = 66
_THUMB_MOST = 96


class PageStrip(QWidget):
    """Signals: page_requested(page); step_requested(-1 or 1)."""

    page_requested = Signal(int)
    step_requested = Signal(int)

    def __init__(self, parts: PageParts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = parts.theme
        self._full = self._small = self._with_thumbs = False
        self.count, self.place = QLabel(), QLabel()
        self.count.setProperty("role", "strong")
        self.place.setProperty("role", "meta")
        self.previous, self.following = QToolButton(), QToolButton()
        self.previous.setToolTip(self.tr("Previous matching page ( [ )"))
        self.previous.setAccessibleName(self.tr("Previous matching page"))
        self.following.setToolTip(self.tr("Next matching page ( ] )"))
        self.following.setAccessibleName(self.tr("Next matching page"))
        self.previous.clicked.connect(lambda: self.step_requested.emit(-1))
        self.following.clicked.connect(lambda: self.step_requested.emit(1))
        self.cells = _Cells(parts)
        self.cells.page_requested.connect(self.page_requested)
        self.thumbs = _Thumbs(parts)
        self.thumbs.page_requested.connect(self.page_requested)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.count)
        head.addStretch()
        for part in (self.place, self.previous, self.following):
            head.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 6, 16, 10)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.cells)
        column.addWidget(self.thumbs)
        self._theme.changed.connect(self._dress)
        self._dress()

    def show_document(self, result: PageResult, matching: tuple[PageResult, ...], words: tuple[QueryWord, ...]) -> None:
        """The document of this page; `matching` are its pages that answer the question, by page number."""
        here = next((n for n, page in enumerate(matching, 1) if page.key == result.key), 0)
        if words and matching:
            self.count.setText(
                several(len(matching), self.tr("1 matching page"), self.tr("{n} matching pages"))
                + self._of(result.page_count)
            )
            self.place.setText(self.tr("{n} of {m}").format(n=here, m=len(matching)) if here else "")
        else:
            self.count.setText(pages_word(result.page_count))
            self.place.setText(self.tr("{n} of {m}").format(n=result.key.page, m=result.page_count))
        more = len(matching) > 1 or (not words and result.page_count > 1)
        for button in (self.previous, self.following):
            button.setVisible(more)
        self.cells.show_document(result, matching, words)
        self.thumbs.show_pages(result, matching, words)
        self._with_thumbs = bool(words) and result.page_count > 1
        self._fit()
        self.cells.setVisible(result.page_count > 1)

    def set_full(self, on: bool) -> None:
        """With the page alone on screen its room is the page's."""
        self._full = on
        self._fit()

    def set_small(self, on: bool) -> None:
        """In a narrow or low pane its room is the page's, too."""
        self._small = on
        self._fit()

    def _fit(self) -> None:
        self.thumbs.setVisible(self._with_thumbs and not self._full and not self._small)

    def _of(self, pages: int) -> str:
        return self.tr(" of {n}").format(n=pages)

    @Slot()
    def _dress(self) -> None:
        self.previous.setIcon(self._theme.icon("chevron-left", "text"))
        self.following.setIcon(self._theme.icon("chevron-right", "text"))


class _Cells(QWidget):
    """One cell a page; in long documents one cell for several."""

    page_requested = Signal(int)

    def __init__(self, parts: PageParts) -> None:
        super().__init__()
        self._parts = parts
        self._page, self._pages = 1, 1
        self._matching: dict[int, PageResult] = {}
        self._words: tuple[QueryWord, ...] = ()
        self.setFixedHeight(_CELL_HEIGHT + 6)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Pages of this document"))

    def show_document(self, result: PageResult, matching: tuple[PageResult, ...], words: tuple[QueryWord, ...]) -> None:
        self._page, self._pages, self._words = result.key.page, max(1, result.page_count), words
        self._matching = {page.key.page: page for page in matching}
        self.update()

    def _cell(self, at: int, cells: int) -> QRectF:
        wide = min(float(_CELL_MOST), (self.width() - 4) / cells)
        gap = 3 if wide > 9 else (1 if wide > 3 else 0)
        return QRectF(2 + at * wide, 3, max(1.0, wide - gap), _CELL_HEIGHT)

    def _cells(self) -> int:
        return min(self._pages, max(1, (self.width() - 4) // 3))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens, cells = self._parts.theme.tokens, self._cells()
        numbers = colour_numbers(self._words)
        painter.setPen(Qt.PenStyle.NoPen)
        for at in range(cells):
            first, last = at * self._pages // cells + 1, (at + 1) * self._pages // cells
            box = self._cell(at, cells)
            painter.setBrush(QColor(tokens.mat if not self._parts.theme.dark else tokens.hover))
            painter.drawRoundedRect(box, 2, 2)
            found = [self._matching[page] for page in range(first, last + 1) if page in self._matching]
            if found:
                self._colour(painter, box, max(found, key=lambda page: page.score), numbers)
            if first <= self._page <= last:
                painter.setPen(QPen(QColor(tokens.accent), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), 3, 3)
                painter.setPen(Qt.PenStyle.NoPen)

    def _colour(self, painter: QPainter, box: QRectF, page: PageResult, numbers: dict[int, int]) -> None:
        """Bands from the bottom up, one a word that is there, as high as it is strong."""
        only = self._parts.only
        shown = [m for m in page.words if m.word in numbers and is_there(m) and (only is None or m.word in only)]
        high = box.height() / max(1, len(numbers) if only is None else len(only))
        y = box.bottom()
        for match in shown:
            part = high * (1.0 if match.exact else max(0.4, match.strength))
            y -= part
            painter.setBrush(self._parts.theme.word(numbers[match.word]).fill)
            painter.drawRect(QRectF(box.x(), y, box.width(), part))

    def _page_at(self, x: float) -> int:
        cells = self._cells()
        wide = min(float(_CELL_MOST), (self.width() - 4) / cells)
        at = min(cells - 1, max(0, int((x - 2) / wide)))
        inside = range(at * self._pages // cells + 1, (at + 1) * self._pages // cells + 1)
        return next((page for page in inside if page in self._matching), inside.start)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.page_requested.emit(self._page_at(event.position().x()))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tr("Page {n}").format(n=self._page_at(event.pos().x())), self)
            return True
        return super().event(event)


class _Thumbs(QWidget):
    """The matching pages around the one shown."""

    page_requested = Signal(int)

    def __init__(self, parts: PageParts) -> None:
        super().__init__()
        self._parts = parts
        self._shown: list[PageResult] = []
        self._page = 0
        self._words: tuple[QueryWord, ...] = ()
        self.setFixedHeight(_THUMB_HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        parts.thumbnails.arrived.connect(self.update)

    def show_pages(self, result: PageResult, matching: tuple[PageResult, ...], words: tuple[QueryWord, ...]) -> None:
        at = next((n for n, page in enumerate(matching) if page.key.page >= result.key.page), len(matching) - 1)
        first = max(0, min(at - _THUMBS // 2, len(matching) - _THUMBS))
        self._shown = list(matching[first : first + _THUMBS])
        self._page, self._words = result.key.page, words
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, _THUMB_HEIGHT)

    def _room(self, at: int) -> QRectF:
        wide = min(self.width() / _THUMBS, _THUMB_MOST)
        return QRectF(at * wide, 0, wide - 6, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        theme, tokens = self._parts.theme, self._parts.theme.tokens
        asked = sum(word.searched for word in self._words)
        for at, result in enumerate(self._shown):
            room = self._room(at)
            page = self._parts.place(QRectF(room.x() + 3, 3, room.width() - 38, room.height() - 6), result)
            page.moveLeft(room.x() + 3)
            self._parts.page(painter, page, result, self._words)
            current = result.key.page == self._page
            if current:
                painter.setPen(QPen(QColor(tokens.accent), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(page.adjusted(-2, -2, 2, 2), 3, 3)
            text = QPointF(page.right() + 7, room.y() + theme.px(16))
            painter.setFont(theme.font(12, 600 if current else 400))
            painter.setPen(QColor(tokens.text))
            painter.drawText(text, str(result.key.page))
            if asked:
                painter.setFont(theme.font(12))
                painter.setPen(QColor(tokens.text3))
                there = "–" if result.weak else f"{words_there(result)}/{asked}"
                painter.drawText(text + QPointF(0, theme.px(16)), there)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for at, result in enumerate(self._shown):
            if self._room(at).contains(event.position()):
                self.page_requested.emit(result.key.page)
