"""PaperFan: three sheets of paper, one with marks; drawn, so that it is sharp and follows the theme."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.theme.style import Theme
from app.theme.tokens import word_colours


class PaperFan(QWidget):
    """Decoration of the drop area and the drop overlay."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedSize(230, 118)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Left, right, then the middle one on top."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._sheet(painter, 62, 62, -9, 62, 84, marks=False)
        self._sheet(painter, 170, 62, 8, 80, 58, marks=False)
        self._sheet(painter, 115, 58, 0, 70, 96, marks=True)

    def _sheet(
        self, painter: QPainter, x: float, y: float, turn: float, wide: float, high: float, *, marks: bool
    ) -> None:
        painter.save()
        painter.translate(x, y)
        painter.rotate(turn)
        page = QRectF(-wide / 2, -high / 2, wide, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 22))
        painter.drawRoundedRect(page.adjusted(-2, -1, 2, 3), 4, 4)
        painter.setPen(QPen(QColor(0, 0, 0, 40), 1))
        painter.setBrush(QColor("#FFFFFF"))
        painter.drawRoundedRect(page, 2, 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#D5D9E0"))
        rows = int((high - 18) / 8)
        for row in range(rows):
            share = (0.72, 0.64, 0.7, 0.5)[row % 4]
            painter.drawRoundedRect(QRectF(page.x() + 8, page.y() + 9 + row * 8, (wide - 10) * share, 2.6), 1.3, 1.3)
        if marks:
            for number, (left, top, w, h) in enumerate(
                ((12, 7, 22, 7), (20, 30, 30, 15), (34, 62, 20, 7), (9, 78, 26, 7))
            ):
                tint = QColor(word_colours(number, dark=False).fill)
                tint.setAlphaF(0.6)
                painter.setBrush(tint)
                painter.drawRoundedRect(QRectF(page.x() + left, page.y() + top, w, h), 2, 2)
        painter.restore()
