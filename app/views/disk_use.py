"""DiskUse: where models are kept, and what models and vectors take on disk, a colour for each."""

from pathlib import PurePath

from PySide6.QtCore import QRectF, Qt, QUrl, Slot
from PySide6.QtGui import QColor, QDesktopServices, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.theme.style import Theme
from app.views.flow_layout import FlowLayout
from app.views.small_controls import ElidedLabel
from app.wording import size_word
from indexer.protocol.values import EncoderInfo

_SHADES = (1.0, 0.62, 0.38, 0.2)
"""Of the accent: colours of words belong to words."""


class DiskUse(QFrame):
    """Sizes as the engine measured them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sheet")
        self._theme, self._folder = theme, ""
        heading, self.place = QLabel(self.tr("Where models are kept")), ElidedLabel()
        heading.setProperty("role", "strong")
        self.place.setProperty("role", "meta")
        self.show_folder = QPushButton(self.tr("Show"))
        self.show_folder.setToolTip(self.tr("Open this folder"))
        self.show_folder.clicked.connect(self._show)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(heading)
        words.addWidget(self.place)
        first = QHBoxLayout()
        first.addLayout(words, 1)
        first.addWidget(self.show_folder)
        rule = QFrame()
        rule.setObjectName("rule")
        use, self.total = QLabel(self.tr("Disk use")), QLabel()
        use.setProperty("role", "strong")
        self.total.setProperty("role", "meta")
        second = QHBoxLayout()
        second.addWidget(use, 1)
        second.addWidget(self.total)
        self._bar, self._names = _Bar(theme), QWidget()
        self._flow = FlowLayout(self._names, 16, 4)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addLayout(first)
        column.addWidget(rule)
        column.addLayout(second)
        column.addWidget(self._bar)
        column.addWidget(self._names)
        self.hide()

    def show_encoders(self, infos: tuple[EncoderInfo, ...]) -> None:
        """What each takes."""
        kept = next((info for info in infos if info.folder), None)
        if kept is None:
            return
        self._folder = str(PurePath(kept.folder).parent)
        self.place.say(self._folder)
        parts: list[tuple[str, int]] = []
        for info in infos:
            name = {"name": info.name}
            parts.append((self.tr("Model {name}").format(**name), info.model_bytes + info.partial_bytes))
            parts.append((self.tr("Index {name}").format(**name), info.vectors_bytes))
        parts = [part for part in parts if part[1] > 0]
        total = sum(size for _, size in parts)
        told = self.tr("{size} in all, {free} free").format(size=size_word(total), free=size_word(kept.free_bytes))
        self.total.setText(told)
        self._bar.show_parts(tuple(size for _, size in parts))
        while (item := self._flow.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for at, (text, size) in enumerate(parts):
            label = _Name(self._theme, at, f"{text} {size_word(size)}")
            self._flow.addWidget(label)
            label.show()
        self.show()

    @Slot()
    def _show(self) -> None:
        folder = next((p for p in (self._folder, str(PurePath(self._folder).parent)) if p), "")
        QDesktopServices.openUrl(QUrl.fromLocalFile(folder))


def _shade(theme: Theme, at: int) -> QColor:
    colour = QColor(theme.tokens.accent)
    colour.setAlphaF(_SHADES[min(at, len(_SHADES) - 1)])
    return colour


class _Name(QLabel):
    """What one part of the bar is."""

    def __init__(self, theme: Theme, at: int, text: str) -> None:
        super().__init__(text)
        self._theme, self._at = theme, at
        self.setProperty("role", "meta")
        self.setContentsMargins(14, 0, 0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_shade(self._theme, self._at))
        painter.drawRoundedRect(QRectF(0, self.height() / 2 - 4, 8, 8), 2, 2)


class _Bar(QWidget):
    """Proportions."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._sizes: tuple[int, ...] = ()
        self.setFixedHeight(10)

    def show_parts(self, sizes: tuple[int, ...]) -> None:
        self._sizes = sizes
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.tokens.line))
        painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        total, left = sum(self._sizes), 0.0
        for at, size in enumerate(self._sizes):
            wide = max(3.0, self.width() * size / total)
            painter.setBrush(_shade(self._theme, at))
            painter.drawRoundedRect(QRectF(left, 0, min(wide, self.width() - left) - 1.5, self.height()), 4, 4)
            left += wide
