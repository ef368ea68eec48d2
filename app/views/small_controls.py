"""Small controls used in several places: the zoom buttons, one of a few as segments or as a menu."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QWidget

from app.theme.style import Theme


class ZoomButtons(QFrame):
    """Buttons smaller, fit, larger, and the width of the pane; the owner connects them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("zoom")
        self.smaller, self.fit, self.larger, self.width_fits = (QToolButton() for _ in range(4))
        self.smaller.setToolTip(self.tr("Smaller (−)"))
        self.smaller.setAccessibleName(self.tr("Smaller"))
        self.fit.setToolTip(self.tr("The whole page (Ctrl+0)"))
        self.fit.setText(self.tr("Fit"))
        self.larger.setToolTip(self.tr("Larger (+)"))
        self.larger.setAccessibleName(self.tr("Larger"))
        self.width_fits.setToolTip(self.tr("As wide as the pane (W)"))
        self.width_fits.setAccessibleName(self.tr("As wide as the pane"))
        self.width_fits.setCheckable(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 2, 3, 2)
        row.setSpacing(2)
        for button in (self.smaller, self.fit, self.larger, self.width_fits):
            row.addWidget(button)
        theme.changed.connect(self._dress)
        self._dress()

    @Slot()
    def _dress(self) -> None:
        self.smaller.setIcon(self._theme.icon("minus", "text"))
        self.larger.setIcon(self._theme.icon("plus", "text"))
        self.width_fits.setIcon(self._theme.icon("page-width", "text"))
        words = QFontMetrics(self._theme.font(13, 500))  # the widest of its texts, so that nothing moves
        said = (self.tr("Fit"), self.tr("Width"), self.tr("{n} %").format(n=2800))
        wide = max(words.horizontalAdvance(text) for text in said) + 6
        self.fit.setStyleSheet(f"min-width: {wide}px; max-width: {wide}px;")


class ElidedLabel(QLabel):
    """One line of plain text, shortened in the middle where it does not fit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.whole = ""
        """All of the text."""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setMinimumWidth(20)

    def say(self, text: str) -> None:
        """Show this, as much as fits."""
        self.whole = text
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, another part of the text."""
        super().resizeEvent(event)
        self._elide()

    def sizeHint(self) -> QSize:
        """As wide as the whole text, which may not be there."""
        return QSize(self.fontMetrics().horizontalAdvance(self.whole) + 4, super().sizeHint().height())

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self.whole, Qt.TextElideMode.ElideMiddle, self.width())
        if shown != self.text():
            self.setText(shown)


class Segments(QFrame):
    """One of a few. Signal chosen(position)."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, choices: tuple[tuple[str, str, str], ...], parent: QWidget | None = None) -> None:
        """choices: icon ("" for none), text ("" for none), tooltip."""
        super().__init__(parent)
        self.setObjectName("segments")
        self._theme, self._choices = theme, choices
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(1)
        self.buttons: list[QToolButton] = []
        for position, (_, text, tip) in enumerate(choices):
            button = QToolButton()
            button.setCheckable(True)
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(text or tip)
            button.setToolButtonStyle(
                Qt.ToolButtonStyle.ToolButtonTextBesideIcon if text else Qt.ToolButtonStyle.ToolButtonIconOnly
            )
            self._group.addButton(button, position)
            row.addWidget(button)
            self.buttons.append(button)
        self.buttons[0].setChecked(True)
        self._group.idClicked.connect(self.chosen)
        theme.changed.connect(self._dress)
        self._dress()

    def pick(self, position: int) -> None:
        """Show this one as chosen; chosen() is not sent."""
        self.buttons[position].setChecked(True)

    def set_texts(self, on: bool) -> None:
        """Without texts in narrow panes where there are icons."""
        for button, (icon, text, _) in zip(self.buttons, self._choices, strict=True):
            button.setText(text if on or not icon else "")

    @Slot()
    def _dress(self) -> None:
        for button, (icon, _, _) in zip(self.buttons, self._choices, strict=True):
            if icon:
                button.setIcon(self._theme.icon(icon, "text"))


class Choice(QPushButton):
    """One of a few, in a menu that the button names. Signal chosen(value)."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, meaning: str, choices: Sequence[tuple[object, str]]) -> None:
        """choices: value, text. The first is chosen."""
        super().__init__()
        self._theme = theme
        self.setProperty("role", "choice")
        self.setToolTip(meaning)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands behind the text
        self._menu = QMenu(self)  # shown by hand, as a button that has a menu keeps room for an arrow of its own
        self._menu.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.clicked.connect(self._open)
        self._group = QActionGroup(self._menu)
        for value, text in choices:
            action = QAction(text, self._menu)
            action.setCheckable(True)
            action.setData(value)
            self._group.addAction(action)
            self._menu.addAction(action)
        self._group.triggered.connect(self._take)
        self._say(self._group.actions()[0])
        theme.changed.connect(self._dress)
        self._dress()

    @property
    def actions_offered(self) -> list[QAction]:
        """What the menu offers, in its order."""
        return self._group.actions()

    @Slot()
    def _open(self) -> None:
        self._menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    @Slot(QAction)
    def _take(self, action: QAction) -> None:
        self._say(action)
        self.chosen.emit(action.data())

    def _say(self, action: QAction) -> None:
        action.setChecked(True)
        self.setText(action.text())
        self.setAccessibleName(action.text())
        self.setAccessibleDescription(self.toolTip())

    @Slot()
    def _dress(self) -> None:
        self.setIcon(self._theme.icon("chevron-down", "text2", 14))
