"""Paints one page tile: the page on its mat with marks, name, page, words found, score bar."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.models.results import Role
from app.painting import highlights
from app.theme.style import Theme
from app.theme.tokens import word_colours
from app.thumbnails.loader import Thumbnails
from indexer.protocol.values import PageResult, QueryWord

CARD = QSize(226, 326)
GAP = QSize(16, 18)
_MAT = 256
_INSET = 10
_PRESENT = 0.5
_PICTURE = QSize(512, 512)

_Index = QModelIndex | QPersistentModelIndex


class PageDelegate(QStyledItemDelegate):
    """Everything it paints comes from the model and the thumbnail cache; it never waits."""

    def __init__(self, theme: Theme, thumbnails: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._thumbnails = theme, thumbnails
        self.only: frozenset[int] | None = None
        self.card = CARD

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        """The card and its gap."""
        return self.card + GAP

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """One card."""
        result: PageResult = index.data(Role.RESULT)
        words: tuple[QueryWord, ...] = index.data(Role.WORDS)
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        card = QRectF(area.topLeft(), self.card).translated(4, 4)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self._mat(painter, card, state)
        page = self._page(painter, card, result, words)
        self._absent(painter, page, result, words)
        folded = int(index.data(Role.FOLDED))
        if folded:
            more = self.tr("+1 page") if folded == 1 else self.tr("+{n} pages").format(n=folded)
            self._pill(painter, card, more)
        self._text(painter, card, index, result, words)
        self._bar(painter, card, index, result, words)
        painter.restore()

    def _mat(self, painter: QPainter, card: QRectF, state: QStyle.StateFlag) -> None:
        tokens = self._theme.tokens
        mat = QRectF(card.x(), card.y(), card.width(), _MAT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.mat))
        painter.drawRoundedRect(mat, 10, 10)
        ring = None
        if state & QStyle.StateFlag.State_Selected:
            ring = QPen(QColor(tokens.accent), 2)
        elif state & QStyle.StateFlag.State_MouseOver:
            ring = QPen(QColor(tokens.line2), 1)
        if ring is not None:
            painter.setPen(ring)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(mat.adjusted(-2, -2, 2, 2), 11, 11)

    def _page(self, painter: QPainter, card: QRectF, result: PageResult, words: tuple[QueryWord, ...]) -> QRectF:
        room = QRectF(card.x(), card.y(), card.width(), _MAT).adjusted(_INSET, _INSET, -_INSET, -_INSET)
        scale = min(room.width() / max(result.width, 1), room.height() / max(result.height, 1))
        size = QPointF(result.width * scale, result.height * scale)
        page = QRectF(room.center().x() - size.x() / 2, room.center().y() - size.y() / 2, size.x(), size.y())
        painter.setPen(QPen(QColor(0, 0, 0, 40), 1))
        painter.setBrush(QColor("#EFEFEF" if self._theme.dark else "#FFFFFF"))
        painter.drawRect(page)
        pixmap: QPixmap | None = self._thumbnails.get(result.thumbnail, _PICTURE)
        if pixmap is not None:
            painter.drawPixmap(page, pixmap, QRectF(pixmap.rect()))
            highlights.paint(painter, page, result.words, words, dark=self._theme.dark, only=self.only)
        return page

    def _pill(self, painter: QPainter, card: QRectF, text: str) -> None:
        tokens = self._theme.tokens
        width = painter.fontMetrics().horizontalAdvance(text) + 18
        pill = QRectF(card.right() - width - 8, card.y() + _MAT - 30, width, 22)
        painter.setPen(QPen(QColor(tokens.line2), 1))
        painter.setBrush(QColor(tokens.raised))
        painter.drawRoundedRect(pill, 11, 11)
        painter.setPen(QColor(tokens.text2))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _text(
        self, painter: QPainter, card: QRectF, index: _Index, result: PageResult, words: tuple[QueryWord, ...]
    ) -> None:
        tokens = self._theme.tokens
        font = QFont(painter.font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(tokens.text))
        row = QRectF(card.x(), card.y() + _MAT + 8, card.width(), 20)
        name = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideMiddle, int(row.width()))
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, name)
        font.setWeight(QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(QColor(tokens.text3))
        row.translate(0, 20)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, self.tr("Page {n}").format(n=result.key.page))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(row, right, self._found(result, words))

    def _found(self, result: PageResult, words: tuple[QueryWord, ...]) -> str:
        asked = sum(word.searched for word in words)
        if not asked:
            return ""
        if result.weak:
            return self.tr("no clear match")
        there = sum(bool(match.exact) or match.strength >= _PRESENT for match in result.words)
        return self.tr("all words") if there >= asked else self.tr("{n} of {m} words").format(n=there, m=asked)

    def _bar(
        self, painter: QPainter, card: QRectF, index: _Index, result: PageResult, words: tuple[QueryWord, ...]
    ) -> None:
        if not words:
            return
        bar = QRectF(card.x(), card.y() + _MAT + 54, card.width(), 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.tokens.line))
        painter.drawRoundedRect(bar, 2.5, 2.5)
        best = float(index.data(Role.BEST_SCORE)) or 1.0
        total = sum(match.score for match in result.words) or 1.0
        numbers = highlights.colour_numbers(words)
        at = bar.x()
        for match in result.words:
            width = bar.width() * (result.score / best) * (match.score / total)
            if match.word in numbers and width > 1.5:
                fill = word_colours(numbers[match.word], dark=self._theme.dark).fill
                fill.setAlphaF(1.0 if self.only is None or match.word in self.only else 0.16)
                painter.setBrush(fill)
                painter.drawRoundedRect(QRectF(at, bar.y(), width - 1.5, 5), 2, 2)
            at += width

    def _absent(self, painter: QPainter, page: QRectF, result: PageResult, words: tuple[QueryWord, ...]) -> None:
        if not self.only:
            return
        if any(m.word in self.only and (m.exact or m.strength >= _PRESENT) for m in result.words):
            return
        painter.fillRect(page, QColor(255, 255, 255, 128))
        text = self.tr("No “{word}” here").format(word=words[min(self.only)].text)
        painter.setPen(QColor("#15181D"))
        painter.drawText(page, Qt.AlignmentFlag.AlignCenter, text)
