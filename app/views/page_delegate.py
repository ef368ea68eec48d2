"""PageDelegate paints one page as a card: the page on its mat with marks, name, page, words found, score bar."""

from enum import Enum

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QToolTip, QWidget

from app import resources
from app.models.results import Role
from app.names import path_parts
from app.views.page_parts import PageParts
from indexer.protocol.values import PageResult, QueryWord

MAT = 256
_INSET = 10
_BUTTON = 28

_Index = QModelIndex | QPersistentModelIndex


class _Spot(Enum):
    """What on a card can be clicked beside the card."""

    OPEN = 0
    REVEAL = 1
    UNFOLD = 2


class PageDelegate(QStyledItemDelegate):
    """Signals: open_requested(result); reveal_requested(result); unfold_requested(document id)."""

    open_requested = Signal(object)
    reveal_requested = Signal(object)
    unfold_requested = Signal(int)

    def __init__(self, parts: PageParts, parent: QWidget) -> None:
        super().__init__(parent)
        self.parts = parts

    def card_height(self) -> int:
        """Mat, name, page, bar."""
        return MAT + 8 + self.parts.theme.px(20) + self.parts.theme.px(18) + 5 + 6

    def sizeHint(self, option: QStyleOptionViewItem, _index: _Index) -> QSize:
        """The grid decides the width."""
        return QSize(option.rect.width(), self.card_height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """One card."""
        result: PageResult = index.data(Role.RESULT)
        words: tuple[QueryWord, ...] = index.data(Role.WORDS)
        card = QRectF(option.rect)
        mat = _mat(card)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self._mat(painter, mat, option)
        page = self.parts.place(mat.adjusted(_INSET, _INSET, -_INSET, -_INSET), result)
        self.parts.page(painter, page, result, words)
        missing = self.parts.misses_isolated(result, words)
        if missing:
            self._pill(painter, page.center(), self.tr("No “{word}” here").format(word=missing))
        if folded := int(index.data(Role.FOLDED)):
            self._pill(painter, self._folded_pill(mat, folded).center(), self._more(folded))
        if option.state & QStyle.StateFlag.State_MouseOver:
            for at, icon in enumerate(("external-link", "folder")):
                self._button(painter, _button(mat, at), icon)
        self._text(painter, card, index, result, faded=bool(missing))
        if words:
            bar = QRectF(card.x(), card.bottom() - 8, card.width(), 5)
            self.parts.bar(painter, bar, result, words, float(index.data(Role.BAR_SCORE)))
        painter.restore()

    def _mat(self, painter: QPainter, mat: QRectF, option: QStyleOptionViewItem) -> None:
        tokens = self.parts.theme.tokens
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.mat))
        painter.drawRoundedRect(mat, 10, 10)
        state = option.state
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRoundedRect(mat.adjusted(-3, -3, 3, 3), 12, 12)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QPen(QColor(tokens.line2), 1))
            painter.drawRoundedRect(mat.adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)

    def _pill(self, painter: QPainter, centre: QPointF, text: str) -> None:
        tokens = self.parts.theme.tokens
        painter.setFont(self.parts.theme.font(12, 500))
        width = QFontMetricsF(painter.font()).horizontalAdvance(text) + 18
        pill = QRectF(centre.x() - width / 2, centre.y() - 11, width, 22)
        painter.setPen(QPen(QColor(tokens.line2), 1))
        painter.setBrush(QColor(tokens.raised))
        painter.drawRoundedRect(pill, 11, 11)
        painter.setPen(QColor(tokens.text))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _folded_pill(self, mat: QRectF, folded: int) -> QRectF:
        width = QFontMetricsF(self.parts.theme.font(12, 500)).horizontalAdvance(self._more(folded)) + 18
        return QRectF(mat.right() - width - 8, mat.bottom() - 30, width, 22)

    def _more(self, folded: int) -> str:
        return self.tr("+1 page") if folded == 1 else self.tr("+{n} pages").format(n=folded)

    def _button(self, painter: QPainter, box: QRectF, icon: str) -> None:
        tokens = self.parts.theme.tokens
        painter.setPen(QPen(QColor(tokens.line2), 1))
        painter.setBrush(QColor(tokens.raised))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(QPointF(box.x() + 6, box.y() + 6), resources.pixmap(icon, tokens.text, 16, ratio))

    def _text(self, painter: QPainter, card: QRectF, index: _Index, result: PageResult, *, faded: bool) -> None:
        theme, tokens = self.parts.theme, self.parts.theme.tokens
        row = QRectF(card.x(), card.y() + MAT + 6, card.width(), theme.px(20))
        painter.setFont(theme.font(13, 600))
        painter.setPen(QColor(tokens.text3 if faded else tokens.text))
        metrics = QFontMetricsF(painter.font())
        name = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideMiddle, row.width())
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, name)
        row = QRectF(card.x(), row.bottom(), card.width(), theme.px(18))
        painter.setFont(theme.font(12, 500))
        painter.setPen(QColor(tokens.text3 if faded else tokens.text2))
        page = self.tr("Page {n}").format(n=result.key.page)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, page)
        used = QFontMetricsF(painter.font()).horizontalAdvance(page) + 8
        painter.setFont(theme.font(12))
        found = str(index.data(Role.FOUND))
        metrics = QFontMetricsF(painter.font())
        right = metrics.horizontalAdvance(found) + 8
        painter.setPen(QColor(tokens.text2))
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, found)
        parts = path_parts(result.path)
        folder = metrics.elidedText(
            parts[-2] if len(parts) > 1 else "", Qt.TextElideMode.ElideRight, max(0.0, row.width() - used - right)
        )
        painter.setPen(QColor(tokens.text3))
        painter.drawText(row.adjusted(used, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, folder)

    def editorEvent(
        self, event: QEvent, _model: QAbstractItemModel, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        """Open and Reveal on a card, and the pill that opens a document's other pages."""
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton:
            spot = self._hit(event.position(), option, index)
            if spot is not None:
                if event.type() == QEvent.Type.MouseButtonRelease:
                    self._act(spot, index.data(Role.RESULT))
                return True
        return False

    def _act(self, spot: _Spot, result: PageResult) -> None:
        if spot is _Spot.OPEN:
            self.open_requested.emit(result)
        elif spot is _Spot.REVEAL:
            self.reveal_requested.emit(result)
        else:
            self.unfold_requested.emit(result.key.document_id)

    def _hit(self, point: QPointF, option: QStyleOptionViewItem, index: _Index) -> _Spot | None:
        mat = _mat(QRectF(option.rect))
        if _button(mat, 0).contains(point):
            return _Spot.OPEN
        if _button(mat, 1).contains(point):
            return _Spot.REVEAL
        folded = int(index.data(Role.FOLDED))
        return _Spot.UNFOLD if folded and self._folded_pill(mat, folded).contains(point) else None

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        """Figures over the score bar, what a button does over a button, the path elsewhere."""
        if not index.isValid():
            return False
        words = index.data(Role.WORDS)
        if words and event.pos().y() > option.rect.bottom() - 16:
            text = self.parts.figures(index.data(Role.RESULT), words, float(index.data(Role.BEST_SCORE)))
        else:
            said = {
                _Spot.OPEN: self.tr("Open at this page (Enter)"),
                _Spot.REVEAL: self.tr("Show in its folder (Ctrl+Enter)"),
                _Spot.UNFOLD: self.tr("Show the document's other pages"),
            }
            spot = self._hit(QPointF(event.pos()), option, index)
            text = said[spot] if spot is not None else str(index.data(Qt.ItemDataRole.ToolTipRole))
        QToolTip.showText(event.globalPos(), text, view)
        return True


def _mat(card: QRectF) -> QRectF:
    return QRectF(card.x(), card.y(), card.width(), MAT)


def _button(mat: QRectF, at: int) -> QRectF:
    """Open is the first from the left, both at the top right."""
    return QRectF(mat.right() - 8 - (2 - at) * (_BUTTON + 4) + 4, mat.y() + 8, _BUTTON, _BUTTON)
