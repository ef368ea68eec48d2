"""The question's words as coloured chips. Hovering isolates a word, clicking keeps it so."""

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.painting.highlights import colour_numbers
from app.theme.style import Theme
from app.theme.tokens import word_colours
from indexer.protocol.values import QueryWord


class Chip(QToolButton):
    """One word. Signal hovered(word, on)."""

    hovered = Signal(int, bool)

    def __init__(self, word: int, text: str, number: int, style: str) -> None:
        super().__init__()
        self.word = word
        self.setText(f"{number + 1}  {text}")
        self.setCheckable(True)
        self.setStyleSheet(style)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Isolate while the pointer is here."""
        self.hovered.emit(self.word, True)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Back to all words."""
        self.hovered.emit(self.word, False)
        super().leaveEvent(event)


class QueryTokens(QWidget):
    """Signal isolated(frozenset of word indexes, or None for all)."""

    isolated = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words: tuple[QueryWord, ...] = ()
        self._hovered: int | None = None
        self.chips: list[Chip] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        theme.changed.connect(self._rebuild)

    def show_words(self, words: tuple[QueryWord, ...]) -> None:
        """Show these words; nothing is isolated."""
        self._words = words
        self._rebuild()

    @Slot()
    def _rebuild(self) -> None:
        while (item := self._row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self.chips, self._hovered = [], None
        numbers = colour_numbers(self._words)
        absent = []
        for index, word in enumerate(self._words):
            if index not in numbers:
                plain = QLabel(word.text)
                plain.setProperty("role", "meta")
                self._row.addWidget(plain)
                continue
            chip = Chip(index, word.text, numbers[index], self._style(numbers[index], missing=word.pages == 0))
            chip.hovered.connect(self._hover)
            chip.toggled.connect(self._tell)
            chip.setToolTip(self.tr("{word} stands on {n} of the pages found").format(word=word.text, n=word.pages))
            chip.setAccessibleName(word.text)
            self._row.addWidget(chip)
            self.chips.append(chip)
            if word.pages == 0:
                absent.append(word.text)
        self._row.addStretch()
        if self._words:
            hint = self.tr("“{word}” is on no page").format(word=absent[0]) if absent else ""
            label = QLabel(hint or self.tr("Hover a word to see it alone, click to keep it"))
            label.setProperty("role", "meta")
            self._row.addWidget(label)

    def _style(self, number: int, *, missing: bool) -> str:
        colours = word_colours(number, dark=self._theme.dark)
        tokens = self._theme.tokens
        border = f"1px dashed {tokens.line3}" if missing else f"1px solid {colours.fill.name()}"
        ink = tokens.text3 if missing else tokens.text
        return (
            f"QToolButton {{ border: {border}; border-left: 6px solid {colours.fill.name()}; border-radius: 7px;"
            f" padding: 4px 10px; font-weight: 500; color: {ink}; background: {tokens.content}; }}"
            f"QToolButton:checked, QToolButton:hover, QToolButton:focus {{ background: {colours.chip_ground.name()};"
            f" color: {colours.chip_ink.name()}; border-color: {colours.chip_ink.name()}; }}"
        )

    @Slot(int, bool)
    def _hover(self, word: int, on: bool) -> None:
        self._hovered = word if on else None
        self._tell()

    @Slot()
    def _tell(self) -> None:
        pinned = {chip.word for chip in self.chips if chip.isChecked()}
        chosen = {self._hovered} if self._hovered is not None else pinned
        self.isolated.emit(frozenset(chosen) or None)
