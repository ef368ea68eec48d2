"""What the preview says while no page is picked: a hint with three keys."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app.theme.style import Theme


class NothingSelected(QWidget):
    """Paints an outline of a page, and says how to get one."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        picture = _Outline(theme)
        title = QLabel(self.tr("Pick a page to see it here"))
        title.setProperty("role", "strong")
        text = QLabel(self.tr("with the places that match your words"))
        text.setProperty("role", "meta")
        keys = QGridLayout()
        keys.setHorizontalSpacing(14)
        keys.setVerticalSpacing(8)
        for row, (key, does) in enumerate(
            (
                ("↑ ↓", self.tr("move between pages")),
                (self.tr("Space"), self.tr("look at the page in full")),
                (self.tr("Enter"), self.tr("open the file at that page")),
            )
        ):
            cap = QLabel(key)
            cap.setProperty("role", "key")
            said = QLabel(does)
            said.setProperty("role", "meta")
            keys.addWidget(cap, row, 0, Qt.AlignmentFlag.AlignLeft)
            keys.addWidget(said, row, 1)
        column = QVBoxLayout(self)
        column.addStretch(4)
        for part in (picture, title, text):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(16)
        holder = QWidget()
        holder.setLayout(keys)
        column.addWidget(holder, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(6)


class _Outline(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(90, 122)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        painter.setPen(QPen(QColor(tokens.line2), 1.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(6, 4, 78, 104), 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.line2))
        for at, wide in enumerate((46, 50, 36, 48)):
            painter.drawRoundedRect(QRectF(20, 24 + at * 16, wide, 5), 2.5, 2.5)
