"""NothingFound: says that nothing is convincing, and offers one step (Enter) and others."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.theme.style import Theme
from app.views.small_controls import ElidedLabel


@dataclass(frozen=True)
class Step:
    """One thing to try: icon, what, why, and what it does."""

    icon: str
    what: str
    why: str
    do: Callable[[], None]


class NothingFound(QWidget):
    """Title, sentence, steps; the closest pages stand below it in the grid."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.steps: tuple[Step, ...] = ()
        self._icon = QLabel()
        self._icon.setFixedSize(56, 56)
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title, self._text = QLabel(), QLabel()
        self.title.setProperty("role", "heading")
        self.title.setWordWrap(True)
        self._text.setProperty("role", "meta")
        self._text.setWordWrap(True)
        head = QHBoxLayout()
        head.setSpacing(18)
        head.addWidget(self._icon)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.title)
        words.addWidget(self._text)
        head.addLayout(words, 1)
        self._sheet = QFrame()
        self._sheet.setObjectName("sheet")
        self._list = QVBoxLayout(self._sheet)
        self._list.setContentsMargins(1, 1, 1, 1)
        self._list.setSpacing(0)
        below = QHBoxLayout()
        self._below = QLabel(self.tr("Closest pages"))
        self._below.setProperty("role", "strong")
        meta = QLabel(self.tr("below the line"))
        meta.setProperty("role", "meta")
        rule = QFrame()
        rule.setObjectName("rule")
        below.addWidget(self._below)
        below.addWidget(meta)
        below.addWidget(rule, 1)
        self._closest = QWidget()
        self._closest.setLayout(below)
        below.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 14, 0, 0)
        column.setSpacing(14)
        column.addLayout(head)
        column.addWidget(self._sheet)
        column.addWidget(self._closest)
        theme.changed.connect(self._dress)
        self._dress()

    def say(self, title: str, text: str, steps: tuple[Step, ...], *, closest: bool) -> None:
        """Show this; the first step is the one that Enter takes."""
        self.title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._closest.setVisible(closest)
        while (item := self._list.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.steps = steps
        for position, step in enumerate(steps):
            self._list.addWidget(self._button(step, first=position == 0))
        self._sheet.setVisible(bool(steps))

    def take_first(self) -> bool:
        """Do the first step; False when there is none."""
        if not self.steps or not self.isVisible():
            return False
        self.steps[0].do()
        return True

    def _button(self, step: Step, *, first: bool) -> QPushButton:
        button = QPushButton()
        button.setObjectName("step")
        button.setProperty("first", first)
        button.setIcon(self._theme.icon(step.icon, "accent_text" if first else "text2"))
        button.setIconSize(QSize(16, 16))
        button.setText("  " + step.what)
        button.setAccessibleName(f"{step.what}, {step.why}")
        button.clicked.connect(step.do)
        row = QHBoxLayout(button)
        row.setContentsMargins(0, 0, 14, 0)
        why = ElidedLabel()
        why.setProperty("role", "meta")
        why.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        why.say(step.why)
        row.addSpacing(QFontMetrics(self._theme.font(13, 600)).horizontalAdvance(step.what) + 60)
        row.addWidget(why, 1)
        end = QLabel()
        if first:
            end.setText(self.tr("Enter"))
            end.setProperty("role", "key")
        else:
            end.setPixmap(self._theme.icon("chevron-right", "text2").pixmap(16, 16))
        row.addWidget(end, 0, Qt.AlignmentFlag.AlignVCenter)
        for label in (why, end):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        return button

    @Slot()
    def _dress(self) -> None:
        self._icon.setPixmap(self._theme.icon("search", "text2", 22).pixmap(22, 22))
        self._icon.setStyleSheet(f"background: {self._theme.tokens.mat}; border-radius: 28px;")
