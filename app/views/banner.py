"""Banner: a quiet box above the results: what happened, what it means, and a button where one can act on it."""

from enum import StrEnum

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.theme.style import Theme
from app.wording import several


class Kind(StrEnum):
    """How it looks."""

    INFO = "info"
    WARN = "warn"
    ERROR = "error"


_ICONS = {
    Kind.INFO: ("info", "accent_text"),
    Kind.WARN: ("triangle-alert", "warn"),
    Kind.ERROR: ("triangle-alert", "error"),
}


class Banner(QFrame):
    """Hidden until something is said. Signals: acted(), its button was pressed; closed(), the user has read it."""

    acted = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._theme, self._kind = theme, Kind.INFO
        self._icon, self._title, self._text, self._countdown = QLabel(), QLabel(), QLabel(), QLabel()
        self._title.setProperty("role", "strong")
        self._countdown.setProperty("role", "warn")
        for label in (self._title, self._text, self._countdown):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.button = QPushButton()
        self.button.clicked.connect(self.acted)
        self._close = QToolButton()
        self._close.setToolTip(self.tr("Close"))
        self._close.setAccessibleName(self.tr("Close this message"))
        self._close.clicked.connect(self._shut)
        words = QVBoxLayout()
        words.setSpacing(1)
        for label in (self._title, self._text, self._countdown):
            words.addWidget(label)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignVCenter)
        self._left_s = 0
        self._passing = False
        self._said: tuple[str, str, Kind, str] | None = None
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self._tick)
        theme.changed.connect(self._dress)
        self.hide()

    def say(
        self,
        title: str,
        text: str = "",
        *,
        kind: Kind = Kind.WARN,
        button: str = "",
        wait_s: int = 0,
        passing: bool = False,
    ) -> None:
        """Show this, plain text; `button` only where there is something to do; `wait_s` counts down. `passing`: of one
        act of the user, and gone with the next (go_on)."""
        self._passing = passing
        said = (title, text, kind, button)
        if not wait_s and said == self._said and self.isVisible():
            return  # said ten times a second while pages are read; dressing costs milliseconds
        self._said, self._kind = said, kind
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self.button.setProperty("role", "primary" if kind is not Kind.INFO else "")
        self._left_s = wait_s
        self._say_left()
        self._second.start() if wait_s else self._second.stop()
        self._close.setVisible(kind is not Kind.INFO)
        self.setProperty("kind", kind.value)
        self._dress()
        self.show()

    def go_on(self) -> None:
        """The user does something else: what was said of one act only goes."""
        if self._passing:
            self.hide()

    def text(self) -> str:
        """What was said last."""
        return " ".join(part for part in (self._title.text(), self._text.text(), self._countdown.text()) if part)

    @Slot()
    def _tick(self) -> None:
        self._left_s = max(0, self._left_s - 1)
        self._say_left()

    def _say_left(self) -> None:
        self._countdown.setText(
            several(
                self._left_s,
                self.tr("Trying again by itself in 1 second"),
                self.tr("Trying again by itself in {n} seconds"),
            )
            if self._left_s
            else ""
        )
        self._countdown.setVisible(self._left_s > 0)

    @Slot()
    def _shut(self) -> None:
        self.hide()
        self.closed.emit()

    @Slot()
    def _dress(self) -> None:
        icon, role = _ICONS[self._kind]
        self._icon.setPixmap(self._theme.icon(icon, role, 18).pixmap(18, 18))
        self._close.setIcon(self._theme.icon("x", "text2"))
        for part in (self, self.button):
            part.style().unpolish(part)
            part.style().polish(part)
