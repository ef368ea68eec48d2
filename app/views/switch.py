"""Switch: on or off at once, as a slider with two places; and the rows of a settings page that hold such controls."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.theme.style import Theme

_WIDE, _HIGH, _RING = 36, 20, 3


class Switch(QAbstractButton):
    """A check box by another face; Space and click turn it."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        theme.changed.connect(lambda: self.setFixedSize(self.sizeHint()))
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        """With room for the ring of focus."""
        return QSize(self._theme.px(_WIDE) + 2 * _RING, self._theme.px(_HIGH) + 2 * _RING)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Track, knob, ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens, on = self._theme.tokens, self.isChecked()
        high = self._theme.px(_HIGH)
        track = QRectF(_RING, _RING, self._theme.px(_WIDE), high)
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRoundedRect(track.adjusted(-2, -2, 2, 2), high / 2 + 2, high / 2 + 2)
        painter.setPen(Qt.PenStyle.NoPen if on else QPen(QColor(tokens.line3), 1))
        painter.setBrush(QColor(tokens.accent if on else tokens.line2))
        painter.drawRoundedRect(track.adjusted(0.5, 0.5, -0.5, -0.5), high / 2, high / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#FFFFFF" if on else tokens.text2))
        side = high - 7
        left = track.right() - side - 3.5 if on else track.left() + 3.5
        painter.drawEllipse(QRectF(left, track.y() + 3.5, side, side))


class SettingRows(QFrame):
    """Rows with a line between them: what it is, what it means, and its control at the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sheet")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 4, 16, 4)
        self._column.setSpacing(0)

    def add(self, title: str, meaning: str, *controls: QWidget) -> QLabel:
        """One more row; gives the label of its meaning."""
        if self._column.count():
            rule = QFrame()
            rule.setObjectName("rule")
            self._column.addWidget(rule)
        name, said = QLabel(title), QLabel(meaning)
        name.setProperty("role", "strong")
        said.setProperty("role", "meta")
        said.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addStretch()
        words.addWidget(name)
        words.addWidget(said)
        words.addStretch()
        row = QHBoxLayout()
        row.setContentsMargins(0, 9, 0, 9)
        row.setSpacing(12)
        row.addLayout(words, 1)
        for control in controls:
            row.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        self._column.addLayout(row)
        return said
