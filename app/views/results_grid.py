"""ResultsGrid: pages found, as cards that fill the row or as a list, with a line above the weaker ones."""

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyleOptionViewItem, QWidget

from app.models.results import Role
from app.views.grid_layout import Layout, lay_out, neighbour, rows_between
from app.views.page_delegate import PageDelegate
from app.views.page_parts import PageParts
from app.views.row_delegate import ROW, RowDelegate

_COLUMN_NAMES = 34
_PAINT_MS = 8
_Action = QAbstractItemView.CursorAction
_Index = QModelIndex | QPersistentModelIndex


class ResultsGrid(QListView):
    """Keeps Qt's selection, keyboard and accessibility of a list, and lays out by itself.

    Signal context_requested(index, global position)."""

    context_requested = Signal(QModelIndex, QPoint)

    def __init__(self, parts: PageParts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = parts
        self.cards, self.rows = PageDelegate(parts, self), RowDelegate(parts, self)
        self._as_list = False
        self._layout = Layout((), {}, 1, 0)
        self.line_title = self.tr("Weaker matches")
        self.line_text = self.tr("These pages fit your words no better than unrelated pages do")
        self.setItemDelegate(self.cards)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._context)

    def set_as_list(self, on: bool) -> None:
        """A list instead of cards."""
        self._as_list = on
        self.setItemDelegate(self.rows if on else self.cards)
        self.refresh()
        self.scrollTo(self.currentIndex())

    def refresh(self) -> None:
        """Lay out again: the text size or the kind of view changed."""
        self.scheduleDelayedItemsLayout()
        self.updateGeometries()
        self.viewport().update()

    def repaint_marks(self) -> None:
        """Marks changed on every card."""
        self.viewport().update()

    def doItemsLayout(self) -> None:
        """Qt's: the model or the width changed."""
        self._lay_out()
        QAbstractItemView.doItemsLayout(self)
        self.updateGeometries()
        self.viewport().update()

    def _lay_out(self) -> None:
        model = self.model()
        count = model.rowCount() if model is not None else 0
        breaks = tuple(row for row in range(count) if model.index(row, 0).data(Role.FIRST_WEAK))
        height = self._parts.theme.px(ROW) if self._as_list else self.cards.card_height()
        top = _COLUMN_NAMES if self._as_list else 0
        self._layout = lay_out(count, breaks, self.viewport().width(), height, cards=not self._as_list, top=top)

    def updateGeometries(self) -> None:
        """Qt's: how far one may scroll."""
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._layout.height - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(48)
        idle = bar.maximum() == 0
        if bar.property("idle") != idle:  # its place is always kept, so that nothing moves when it comes
            bar.setProperty("idle", idle)
            bar.style().unpolish(bar)
            bar.style().polish(bar)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the cards to the row."""
        super().resizeEvent(event)
        self._lay_out()
        self.updateGeometries()

    def verticalOffset(self) -> int:
        """Qt's."""
        return self.verticalScrollBar().value()

    def horizontalOffset(self) -> int:
        """Qt's."""
        return 0

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        """Qt's."""
        self.viewport().update()

    def visualRect(self, index: _Index) -> QRect:
        """Qt's: where a page is, in the viewport."""
        if not index.isValid() or index.row() >= len(self._layout.rects):
            return QRect()
        return self._layout.rects[index.row()].translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        """Qt's: the page at a point of the viewport."""
        place = point + QPoint(0, self.verticalOffset())
        for row in rows_between(self._layout, place.y(), place.y()):
            if self._layout.rects[row].contains(place):
                return self.model().index(row, 0)
        return QModelIndex()

    def scrollTo(
        self, index: _Index, _hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Qt's: show a page wholly."""
        rect = self.visualRect(index)
        if rect.isNull():
            return
        bar, high = self.verticalScrollBar(), self.viewport().height()
        if rect.top() < 8:
            bar.setValue(bar.value() + rect.top() - 8)
        elif rect.bottom() > high - 12:
            bar.setValue(bar.value() + min(rect.top() - 8, rect.bottom() - high + 12))

    def moveCursor(self, action: _Action, _modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Qt's: arrows, Home, End, Page Up and Down."""
        count = len(self._layout.rects)
        if not count:
            return QModelIndex()
        row = max(0, self.currentIndex().row())
        lines = max(1, self.viewport().height() // max(1, self._layout.rects[0].height()))
        match action:
            case _Action.MoveHome:
                row = 0
            case _Action.MoveEnd:
                row = count - 1
            case _Action.MoveLeft | _Action.MovePrevious:
                row = max(0, row - 1)
            case _Action.MoveRight | _Action.MoveNext:
                row = min(count - 1, row + 1)
            case _Action.MoveUp | _Action.MoveDown:
                row = neighbour(self._layout, row, up=action == _Action.MoveUp)
            case _:
                for _ in range(lines):
                    row = neighbour(self._layout, row, up=action == _Action.MovePageUp)
        return self.model().index(row, 0)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Qt's: select what lies under a rectangle; one page at most is selected here."""
        index = self.indexAt(rect.center()) if rect.width() <= 1 else self.indexAt(rect.topLeft())
        self.selectionModel().select(QItemSelection(index, index) if index.isValid() else QItemSelection(), command)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters and digits are commands (page_keys.py), never a search among names."""
        if event.text().isprintable() and event.text() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """A pointer that leaves takes its buttons along; after a drag Qt does not know which page it was on."""
        if event.type() in (QEvent.Type.Leave, QEvent.Type.HoverLeave):
            self.viewport().update()
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Only what is visible is painted, and pages that must be painted anew a few an event."""
        painter = QPainter(self.viewport())
        painted = self._parts.painted
        painted.begin(_PAINT_MS)
        offset = self.verticalOffset()
        if self._as_list and self._layout.rects:
            self.rows.heading(painter, QRectF(4, 4 - offset, self.viewport().width() - 8, _COLUMN_NAMES - 4))
        for rect in self._layout.headings.values():
            self._heading(painter, QRectF(rect.translated(0, -offset)))
        pointer = self.viewport().mapFromGlobal(self.cursor().pos()) if self.viewport().underMouse() else QPoint(-1, -1)
        seen = event.rect().adjusted(-8, -8, 8, 8).translated(0, offset)
        for row in rows_between(self._layout, seen.top(), seen.bottom()):
            here = self._layout.rects[row].translated(0, -offset)
            painted.owed = False
            self._item(painter, row, here, hovered=here.contains(pointer))
            if painted.owed:
                QTimer.singleShot(0, self, lambda part=here: self.viewport().update(part))
        painted.end()

    def _item(self, painter: QPainter, row: int, here: QRect, *, hovered: bool) -> None:
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        index = self.model().index(row, 0)
        option.rect = here
        option.state = QStyle.StateFlag.State_Enabled
        if self.selectionModel().isSelected(index):
            option.state |= QStyle.StateFlag.State_Selected
            if self.hasFocus():
                option.state |= QStyle.StateFlag.State_HasFocus
        if hovered:
            option.state |= QStyle.StateFlag.State_MouseOver
        self.itemDelegate().paint(painter, option, index)

    def _heading(self, painter: QPainter, rect: QRectF) -> None:
        theme = self._parts.theme
        painter.setFont(theme.font(12, 600))
        painter.setPen(QColor(theme.tokens.text2))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, self.line_title)
        used = QFontMetricsF(painter.font()).horizontalAdvance(self.line_title) + 10
        painter.setFont(theme.font(12))
        painter.setPen(QColor(theme.tokens.text3))
        metrics = QFontMetricsF(painter.font())
        text = metrics.elidedText(self.line_text, Qt.TextElideMode.ElideRight, max(0.0, rect.width() - used))
        painter.drawText(rect.adjusted(used, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
        used += metrics.horizontalAdvance(text) + 12
        if used < rect.width():
            painter.fillRect(
                QRectF(rect.x() + used, rect.center().y(), rect.width() - used, 1), QColor(theme.tokens.line)
            )

    def _context(self, point: QPoint) -> None:
        index = self.indexAt(point)
        if index.isValid():
            self.context_requested.emit(index, self.viewport().mapToGlobal(point))
