"""The question's words as coloured chips. Hovering isolates a word, clicking keeps it so, Alt-click leaves it out."""

from collections import Counter

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QEnterEvent, QFocusEvent, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QToolButton, QWidget

from app.painting.marks import colour_numbers, is_there, steps
from app.theme.style import Theme
from app.views.flow_layout import FlowLayout
from app.views.small_controls import ElidedLabel
from app.wording import right_to_left, several
from indexer.protocol.values import PageResult, QueryWord, WordMatch

_HEIGHT, _BADGE, _STEP_WIDTH, _STEP_GAP = 28, 16, 2.6, 1.2
_INACTIVE = 0.45
_HINT_FROM = 600


class Chip(QToolButton):
    """One word. Signals: hovered(word, on); left_out(word)."""

    hovered = Signal(int, bool)
    left_out = Signal(int)

    def __init__(self, theme: Theme, index: int, word: QueryWord, number: int, *, missing: bool) -> None:
        super().__init__()
        self._theme, self.word, self._number = theme, index, number
        self.missing = missing
        self.inactive = False
        self.match: WordMatch | None = None
        self.setText(f"“{word.text}”" if word.quoted else word.text)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Badge, word, five steps."""
        self.setFont(self._theme.font(13, 500))
        self.ensurePolished()
        text = self._metrics_width()
        return QSize(round(7 + _BADGE + 7 + text + 9 + 5 * (_STEP_WIDTH + _STEP_GAP) + 9), self._theme.px(_HEIGHT))

    def _metrics_width(self) -> int:
        return QFontMetrics(self._theme.font(13, 500)).horizontalAdvance(self.text())

    def enterEvent(self, event: QEnterEvent) -> None:
        """Isolate while the pointer is here."""
        self.hovered.emit(self.word, True)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Back to all words."""
        self.hovered.emit(self.word, False)
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keyboard isolates as the pointer does."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.hovered.emit(self.word, True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Back to all words."""
        super().focusOutEvent(event)
        self.hovered.emit(self.word, False)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Alt-click leaves the word out of the question."""
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.left_out.emit(self.word)
        else:
            super().mousePressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Badge with the number, word, and how strong it is on the selected page."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens, colours = self._theme.tokens, self._theme.word(self._number)
        lit = (self.isChecked() or self.underMouse() or self.hasFocus()) and not self.missing
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(colours.chip_ink if lit else QColor(tokens.line2), 1.5 if lit else 1))
        if self.missing:
            painter.setPen(QPen(QColor(tokens.line3), 1, Qt.PenStyle.DashLine))
        painter.setBrush(colours.chip_ground if lit else QColor(tokens.content))
        painter.drawRoundedRect(box, 7, 7)
        if self.inactive and not lit:
            painter.setOpacity(_INACTIVE)
        badge = QRectF(8, (self.height() - _BADGE) / 2, _BADGE, _BADGE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.line2) if self.missing else colours.fill)
        painter.drawRoundedRect(badge, 4, 4)
        painter.setFont(self._theme.font(10.5, 700))
        painter.setPen(QColor(tokens.text2) if self.missing else colours.digit)
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(self._number + 1))
        painter.setFont(self._theme.font(13, 500))
        painter.setPen(colours.chip_ink if lit else QColor(tokens.text2 if self.missing else tokens.text))
        words = QRectF(badge.right() + 7, 0, self._metrics_width() + 2, self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())
        self._bar(painter, words.right() + 7, colours.fill)

    def _bar(self, painter: QPainter, left: float, fill: QColor) -> None:
        full = steps(self.match)
        painter.setPen(Qt.PenStyle.NoPen)
        for step in range(5):
            painter.setBrush(fill if step < full and not self.missing else QColor(self._theme.tokens.line2))
            box = QRectF(left + step * (_STEP_WIDTH + _STEP_GAP), self.height() / 2 - 5, _STEP_WIDTH, 10)
            painter.drawRoundedRect(box, 1, 1)


class QueryTokens(QWidget):
    """Signals: isolated(frozenset of word indexes, or None for all); left_out(word index)."""

    isolated = Signal(object)
    left_out = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words: tuple[QueryWord, ...] = ()
        self._result: PageResult | None = None
        self._found = 0
        self._pages: dict[int, int] = {}
        self._hovered: int | None = None
        self.chips: list[Chip] = []
        self._body = QWidget()
        self._body.setObjectName("content")
        self._flow = FlowLayout(self._body, 6, 6)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._body)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the chips in it have it
        self._scroll.viewport().installEventFilter(self)
        self.hint = ElidedLabel()
        self.hint.setProperty("role", "meta")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self._scroll, 1)
        row.addWidget(self.hint, 0, Qt.AlignmentFlag.AlignVCenter)
        theme.changed.connect(self._rebuild)
        self._rebuild()

    def show_words(self, words: tuple[QueryWord, ...], results: tuple[PageResult, ...] = ()) -> None:
        """Show the words of a question that found these pages; nothing is isolated."""
        good = [result for result in results if not result.weak]
        there = Counter(match.word for result in good for match in result.words if is_there(match))
        self._pages = {index: max(there[index], word.pages) for index, word in enumerate(words)}
        self._words, self._found, self._result = words, len(good) or len(results), None
        self._rebuild()

    def show_page(self, result: PageResult | None) -> None:
        """The bars tell of this page."""
        self._result = result
        matches = {match.word: match for match in result.words} if result is not None and not result.weak else {}
        for chip in self.chips:
            chip.match = matches.get(chip.word)
            chip.setToolTip(self._tip(chip))
            chip.update()

    def pick(self, number: int) -> None:
        """Isolate the n-th chip, from 1, or none of them with 0; the same number again ends it."""
        for position, chip in enumerate(self.chips, 1):
            chip.setChecked(position == number and not chip.isChecked())

    @property
    def pinned(self) -> bool:
        """Whether a word is kept isolated."""
        return any(chip.isChecked() for chip in self.chips)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Chips wrap to two rows, then scroll; a narrow row has no room for the hint."""
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """The hint keeps its width whatever it says, so that no chip moves under the pointer; chips come first."""
        absent = self._absent_hint()
        for text in (self._usual_hint(), absent) if absent else (self._usual_hint(),):
            hint = self.hint.fontMetrics().horizontalAdvance(text) + 8
            room = self.width() - hint - 12
            has_room = room >= 120 and self._flow.heightForWidth(room) <= self._flow.heightForWidth(
                max(120, self.width())
            )
            if has_room:
                break
        self.hint.setFixedWidth(hint)
        self.hint.setVisible(has_room and self.width() >= _HINT_FROM)
        width = room if self.hint.isVisibleTo(self) else self.width()
        wanted, most = self._flow.heightForWidth(max(120, width)), 2 * self._theme.px(_HEIGHT) + 6
        self._scroll.setFixedHeight(max(1, min(wanted, most)))
        always, never = Qt.ScrollBarPolicy.ScrollBarAsNeeded, Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self._scroll.setVerticalScrollBarPolicy(always if wanted > most else never)

    @Slot()
    def _rebuild(self) -> None:
        for chip in self.chips:
            chip.blockSignals(True)  # as one is hidden the pointer enters the next, whose word may be gone already
        self.chips, self._hovered = [], None
        while (item := self._flow.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        # chips stand in the order in which the question is read
        rtl = right_to_left(" ".join(word.text for word in self._words))
        self._body.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LayoutDirectionAuto)
        numbers = colour_numbers(self._words)
        beyond = sum(word.searched for word in self._words) - len(numbers)
        for index, word in enumerate(self._words):
            if index in numbers:
                self._flow.addWidget(self._chip(index, word, numbers[index]))
            elif not word.searched:
                self._flow.addWidget(self._plain(word.text))
        if beyond > 0:
            self._flow.addWidget(self._plain(f"+{beyond}"))
        for part in self._body.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if self._flow.indexOf(part) >= 0:
                part.show()  # a part that is not shown yet has no size, and the rows would be one pixel high
        self.setVisible(bool(self._words))
        self.show_page(self._result)
        self._say()
        self._fit()

    def _chip(self, index: int, word: QueryWord, number: int) -> Chip:
        chip = Chip(
            self._theme, index, word, number, missing=(self._found > 0 or word.quoted) and self._pages.get(index) == 0
        )
        chip.hovered.connect(self._hover)
        chip.toggled.connect(self._tell)
        chip.left_out.connect(self.left_out)
        chip.setAccessibleName(self.tr("{word}, word {n}").format(word=word.text, n=number + 1))
        self.chips.append(chip)
        return chip

    def _plain(self, text: str) -> QLabel:
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("role", "meta")
        label.setFixedHeight(self._theme.px(_HEIGHT))
        return label

    def _tip(self, chip: Chip) -> str:
        word = self._words[chip.word]
        lines = []
        counts = {"word": word.text, "n": self._pages.get(chip.word, 0), "m": self._found}
        if self._found == 1:
            only = self.tr("{word} is on the page found") if counts["n"] else self.tr("{word} is not on the page found")
            lines.append(only.format(**counts))
        else:
            lines.append(self.tr("{word} is on {n} of {m} pages").format(**counts))
        if chip.match is not None:
            strong = self.tr("strong") if chip.match.strength >= 0.75 or chip.match.exact else self.tr("weak")
            if not is_there(chip.match):
                lines.append(self.tr("This page: not here"))
            else:
                exact = several(len(chip.match.exact), self.tr("1 exact word"), self.tr("{n} exact words"))
                lines.append(self.tr("This page: {strong}, {exact}").format(strong=strong, exact=exact))
        lines.append(self.tr("Alt-click leaves it out"))
        return "\n".join(lines)

    def _say(self) -> None:
        alone = [self._words[chip.word].text for chip in self.chips if chip.isChecked() or chip.word == self._hovered]
        if alone:
            self.hint.say(self.tr("Showing “{word}” only").format(word="”, “".join(alone)))
        else:
            self.hint.say(self._absent_hint() or self._usual_hint())
        self.hint.setToolTip(self.hint.whole)

    def _absent_hint(self) -> str:
        """Which words are on no page; "" where there is none."""
        absent = [self._words[chip.word].text for chip in self.chips if chip.missing]
        if len(absent) == 1:
            return self.tr("“{word}” is on no page").format(word=absent[0])
        if absent and len(absent) == len(self.chips):
            return self.tr("None of these words is on a page")
        return self.tr("“{words}” are on no page").format(words="”, “".join(absent)) if absent else ""

    def _usual_hint(self) -> str:
        return self.tr("Hover a word to see it alone, click to keep it")

    @Slot(int, bool)
    def _hover(self, word: int, on: bool) -> None:
        if not on and self._hovered != word:
            return
        self._hovered = word if on else None
        self._tell()

    @Slot()
    def _tell(self) -> None:
        pinned = {chip.word for chip in self.chips if chip.isChecked()}
        chosen = {self._hovered} if self._hovered is not None else pinned
        for chip in self.chips:
            chip.inactive = bool(chosen) and chip.word not in chosen
            chip.update()
        self._say()
        self.isolated.emit(frozenset(chosen) or None)
