"""Rows of the sidebar: a folder in the list, and the buttons that look like one."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app import resources
from app.models.folders import FolderRole
from app.theme.style import Theme
from indexer.protocol.values import FolderInfo

_ROW = 28
INDENT = 16
"""Of a folder below another."""
ARROW = 16
"""Width of the arrow before a folder."""
_ICON, _TEXT = 16, 40
"""Where a row's icon and text begin; before the icon stands the arrow that opens a folder."""
_Index = QModelIndex | QPersistentModelIndex


class FolderDelegate(QStyledItemDelegate):
    """Icon, name, and the count at the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        """One line."""
        return QSize(100, self._theme.px(_ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """One folder."""
        folder: FolderInfo = index.data(FolderRole.INFO)
        state = option.state
        opened = "folder-open" if index.data(FolderRole.OPEN) else "folder"
        icon = "unplug" if not folder.available else (opened if folder.path else "file-text")
        _paint_row(
            painter,
            self._theme,
            QRectF(option.rect),
            _pause_or(icon, folder),
            str(index.data()),
            str(index.data(FolderRole.COUNT)),
            chosen=bool(state & QStyle.StateFlag.State_Selected),
            hovered=bool(state & QStyle.StateFlag.State_MouseOver),
            faint=not folder.available or folder.paused,
            reading=bool(index.data(FolderRole.READING)),
            focused=bool(state & QStyle.StateFlag.State_HasFocus),
            depth=int(index.data(FolderRole.DEPTH)),
            opened=index.data(FolderRole.OPEN),
        )


def _pause_or(icon: str, folder: FolderInfo) -> str:
    """A paused folder shows that it is."""
    return "pause" if folder.paused else icon


class SidebarRow(QAbstractButton):
    """A row of the sidebar that is not a folder."""

    def __init__(self, theme: Theme, icon: str, text: str) -> None:
        super().__init__()
        self._theme, self._icon, self._count, self._badge = theme, icon, "", ""
        self.setText(text)
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(120, self._theme.px(_ROW))

    def set_count(self, count: str) -> None:
        """At the right."""
        self._count = count
        self.setAccessibleDescription(count)
        self.update()

    def set_badge(self, badge: str) -> None:
        """Beside the name, as a warning; "" for none."""
        self._badge = badge
        self.setAccessibleDescription(badge)
        self.update()

    @property
    def badge(self) -> str:
        """What the badge says."""
        return self._badge

    def nextCheckState(self) -> None:
        """Choosing again changes nothing; the panel unchecks."""
        if self.isCheckable():
            self.setChecked(True)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Like a folder, and the badge."""
        painter = QPainter(self)
        row = QRectF(self.rect())
        _paint_row(
            painter, self._theme, row, self._icon, self.text(), self._count,
            chosen=self.isChecked(), hovered=self.underMouse(), focused=self.hasFocus(),
        )  # fmt: skip
        if self._badge:
            painter.setFont(self._theme.font(11, 600))
            width = max(20.0, QFontMetricsF(painter.font()).horizontalAdvance(self._badge) + 12)
            text = QFontMetricsF(self._theme.font(13, 500)).horizontalAdvance(self.text())
            pill = QRectF(_TEXT + text + 10, row.center().y() - 9, width, 18)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.tokens.warn_ground))
            painter.drawRoundedRect(pill, 9, 9)
            painter.setPen(QColor(self._theme.tokens.warn))
            painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, self._badge)


def _paint_row(
    painter: QPainter,
    theme: Theme,
    row: QRectF,
    icon: str,
    text: str,
    count: str,
    *,
    chosen: bool = False,
    hovered: bool = False,
    faint: bool = False,
    reading: bool = False,
    focused: bool = False,
    depth: int = 0,
    opened: bool | None = None,
) -> None:
    """`opened`: whether the folders below are shown; None when there are none."""
    tokens = theme.tokens
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(tokens.accent), 2) if focused else Qt.PenStyle.NoPen)
    painter.setBrush(
        QColor(tokens.selected if chosen else tokens.hover) if chosen or hovered else Qt.BrushStyle.NoBrush
    )
    painter.drawRoundedRect(row.adjusted(1, 1, -1, -1), 6, 6)
    ink = tokens.text3 if faint else tokens.text
    ratio = painter.device().devicePixelRatioF()
    middle, left = round(row.center().y()), round(row.x() + depth * INDENT)
    if opened is not None:
        arrow = resources.pixmap("chevron-down" if opened else "chevron-right", tokens.text3, 12, ratio)
        painter.drawPixmap(left + 2, middle - 6, arrow)
    painter.drawPixmap(left + _ICON, middle - 8, resources.pixmap(icon, tokens.text2, 16, ratio))
    painter.setFont(theme.font(12, 600 if reading else 400))
    right = QFontMetricsF(painter.font()).horizontalAdvance(count) + 10
    painter.setPen(QColor(tokens.accent_text if reading else tokens.text2))
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
    painter.drawText(row.adjusted(0, 0, -10, 0), flags, count)
    painter.setFont(theme.font(13, 500))
    painter.setPen(QColor(ink))
    left += _TEXT
    name = QFontMetricsF(painter.font()).elidedText(
        text, Qt.TextElideMode.ElideMiddle, max(10.0, row.width() - left - right - 10)
    )
    painter.drawText(row.adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, name)
