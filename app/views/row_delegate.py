"""RowDelegate paints one page as a list row: thumbnail, name, snippet with words tinted, page, date and bar, words."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from PySide6.QtCore import QDateTime, QLocale, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QToolTip, QWidget

from app.models.results import Role
from app.names import path_parts
from app.painting import highlights
from app.painting.marks import colour_numbers, words_there
from app.views.page_parts import PageParts
from indexer.protocol.values import PageResult, QueryWord

ROW = 64
_RIGHT, _PAGE, _DATE_WIDTH = 300, 96, 100
"""Width of the columns page, date and words together, and of the first two; the name and snippet have the rest."""
_RIGHT_MOST = 0.6
"""Of a row, however large the text is."""

_BEFORE = 24
"""Letters of a long line that are shown before the first word of the question in it."""
_DATE = "d MMM yyyy"
"""The month as a word, because 2/3/2024 is read in two ways."""

_STRIP_WIDE, _STRIP_LEAST, _STRIP_MOST, _STRIP_SIDE = 300.0, 320.0, 800.0, 512
"""A strip's width, how wide the page is that it is cut from, and the size of that page's picture."""

_Index = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """The same facts as a card in one line."""

    def __init__(self, parts: PageParts, parent: QWidget) -> None:
        super().__init__(parent)
        self.parts = parts

    def sizeHint(self, option: QStyleOptionViewItem, _index: _Index) -> QSize:
        """The list decides the width."""
        return QSize(option.rect.width(), self.parts.theme.px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """One row."""
        result: PageResult = index.data(Role.RESULT)
        words: tuple[QueryWord, ...] = index.data(Role.WORDS)
        theme, tokens, row = self.parts.theme, self.parts.theme.tokens, QRectF(option.rect)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self._ground(painter, row, option)
        room = QRectF(row.x() + 8, row.y() + 7, 44, row.height() - 14)
        self.parts.page(painter, self.parts.place(room, result), result, words)
        missing = bool(self.parts.misses_isolated(result, words))
        left, right = row.x() + 66, self._columns_at(row)
        upper = QRectF(left, row.y() + row.height() / 2 - theme.px(20), right - left - 16, theme.px(20))
        painter.setFont(theme.font(13, 600))
        painter.setPen(QColor(tokens.text3 if missing else tokens.text))
        name = QFontMetricsF(painter.font()).elidedText(str(index.data()), Qt.TextElideMode.ElideMiddle, upper.width())
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter, name)
        self._snippet(painter, upper.translated(0, theme.px(20)), result, words)
        self._columns(painter, QRectF(right, upper.y(), row.right() - right - 12, theme.px(20)), index, result, words)
        painter.restore()

    def _ground(self, painter: QPainter, row: QRectF, option: QStyleOptionViewItem) -> None:
        tokens = self.parts.theme.tokens
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(tokens.accent_soft))
            if option.state & QStyle.StateFlag.State_HasFocus:
                painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRoundedRect(row.adjusted(1, 1, -1, -1), 8, 8)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(tokens.hover))
            painter.drawRoundedRect(row, 8, 8)
        else:
            painter.fillRect(QRectF(row.x() + 66, row.bottom() - 1, row.width() - 66, 1), QColor(tokens.line))

    def _snippet(self, painter: QPainter, line: QRectF, result: PageResult, words: tuple[QueryWord, ...]) -> None:
        theme, tokens = self.parts.theme, self.parts.theme.tokens
        painter.setFont(theme.font(13))
        metrics = QFontMetricsF(painter.font())
        numbers = {} if result.weak else colour_numbers(words)
        found = _pieces(result.snippet, tuple((words[i].text, i) for i in numbers))
        silent = not result.snippet or (bool(numbers) and all(word is None for _, word in found))
        if words and result.regions and silent and self._strip(painter, line, result, words):
            return
        at = line.x()
        for text, word in _from_the_first_word(found, metrics, line.width()):
            room = line.right() - at
            if room < 12:
                return
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            width = metrics.horizontalAdvance(shown)
            box = QRectF(at, line.y(), width + 1, line.height())
            painter.setPen(QColor(tokens.text2))
            if word is not None:
                colours = theme.word(numbers[word])
                painter.fillRect(box.adjusted(-1, 2, 1, -1), colours.chip_ground)
                painter.fillRect(QRectF(box.x() - 1, box.bottom() - 2, width + 2, 1.5), colours.fill)
                painter.setPen(colours.chip_ink)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)
            at += width
            if shown != text:
                return

    def _strip(self, painter: QPainter, line: QRectF, result: PageResult, words: tuple[QueryWord, ...]) -> bool:
        """Where no text matches: the page's strongest place, cut from its picture, with its marks; False while that
        is not there."""
        pixmap = self.parts.thumbnails.get(result.thumbnail, _STRIP_SIDE)
        if pixmap is None or pixmap.isNull():
            return False
        best = result.regions[0]
        shown = QRectF(line.x(), line.y() + 1, min(line.width(), _STRIP_WIDE), line.height() - 2)
        # the page so large that the place fills the strip, within what its picture has pixels for
        tall = result.height / max(1.0, result.width)
        fits = 0.9 * shown.width() / max(0.01, best.x1 - best.x0), shown.height() / max(0.01, best.y1 - best.y0) / tall
        page_width = min(_STRIP_MOST, max(_STRIP_LEAST, min(fits)))
        page_height = page_width * tall
        middle = QPointF((best.x0 + best.x1) / 2 * page_width, (best.y0 + best.y1) / 2 * page_height)
        left = min(max(0.0, middle.x() - shown.width() / 2), max(0.0, page_width - shown.width()))
        top = min(max(0.0, middle.y() - shown.height() / 2), max(0.0, page_height - shown.height()))
        painter.save()
        painter.setClipRect(shown)
        page = QRectF(shown.x() - left, shown.y() - top, page_width, page_height)
        painter.fillRect(shown, QColor("#FFFFFF"))
        painter.drawPixmap(page, pixmap, QRectF(pixmap.rect()))
        if not result.weak:
            look = self.parts.look(result, words, dark_page=self.parts.thumbnails.is_dark(result.thumbnail))
            highlights.paint(painter, page, result.words, words, replace(look, tabs=False))
        painter.restore()
        painter.setPen(QPen(QColor(self.parts.theme.tokens.line2), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(shown.adjusted(-0.5, -0.5, 0.5, 0.5))
        return True

    def _columns(
        self, painter: QPainter, line: QRectF, index: _Index, result: PageResult, words: tuple[QueryWord, ...]
    ) -> None:
        theme, tokens = self.parts.theme, self.parts.theme.tokens
        lower = line.translated(0, line.height())
        parts = path_parts(result.path)
        first, second = float(theme.px(_PAGE)), float(theme.px(_DATE_WIDTH))
        painter.setFont(theme.font(12, 500))
        painter.setPen(QColor(tokens.text))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, self.tr("Page {n}").format(n=result.key.page))
        painter.setFont(theme.font(12))
        metrics = QFontMetricsF(painter.font())
        painter.setPen(QColor(tokens.text2))
        folder = metrics.elidedText(parts[-2] if len(parts) > 1 else "", Qt.TextElideMode.ElideRight, first - 8)
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter, folder)
        date = QDateTime.fromSecsSinceEpoch(int(result.modified_s)).date()
        shown = QLocale().toString(date, _DATE)
        painter.drawText(line.adjusted(first, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, shown)
        if words:
            bar = QRectF(line.x() + first, lower.center().y() - 2.5, second - 12, 5)
            self.parts.bar(painter, bar, result, words, float(index.data(Role.BAR_SCORE)))
            asked = sum(word.searched for word in words)
            there = "–" if result.weak else f"{words_there(result)}/{asked}"
            painter.setFont(theme.font(12, 600))
            painter.setPen(QColor(tokens.text2))
            painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, there)

    def _columns_at(self, row: QRectF) -> float:
        """Where the columns at the right begin."""
        wide = min(float(self.parts.theme.px(_RIGHT)), _RIGHT_MOST * row.width())
        return max(row.x() + 200, row.right() - wide)

    def heading(self, painter: QPainter, line: QRectF) -> None:
        """The names of the columns, above the first row."""
        theme, tokens = self.parts.theme, self.parts.theme.tokens
        right, date = self._columns_at(line), self._columns_at(line) + theme.px(_PAGE)
        painter.setFont(theme.font(12, 500))
        painter.setPen(QColor(tokens.text2))
        metrics, last = QFontMetricsF(painter.font()), self.tr("Words")
        end = line.right() - 12 - metrics.horizontalAdvance(last) - 8
        for left, width, text in (
            (line.x() + 66, right - line.x() - 66, self.tr("Document")),
            (right, theme.px(_PAGE) - 8, self.tr("Page")),
            (date, end - date, self.tr("Date and match")),
        ):
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
            painter.drawText(QRectF(left, line.y(), width, line.height()), Qt.AlignmentFlag.AlignVCenter, shown)
        right_of = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(line.adjusted(0, 0, -12, 0), right_of, last)
        painter.setPen(QPen(QColor(tokens.line), 1))
        painter.drawLine(line.bottomLeft(), line.bottomRight())

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, _option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        """The figures and the path."""
        if not index.isValid():
            return False
        words = index.data(Role.WORDS)
        lines = [str(index.data(Qt.ItemDataRole.ToolTipRole))]
        if words:
            lines.append(self.parts.figures(index.data(Role.RESULT), words, float(index.data(Role.BEST_SCORE))))
        QToolTip.showText(event.globalPos(), "\n".join(lines), view)
        return True


def pieces(snippet: str, words: dict[str, int]) -> Iterator[tuple[str, int | None]]:
    """A snippet cut where the question's words stand, in the singular or with an ending, each with its index.

    >>> list(pieces("Heat pump costs", {"heat": 0, "cost": 1}))
    [('Heat', 0), (' pump ', None), ('costs', 1)]
    """
    stems = {_stem(word): index for word, index in words.items() if _stem(word)}
    if not stems:
        yield snippet, None
        return
    pattern = "|".join(re.escape(stem) for stem in sorted(stems, key=len, reverse=True))
    at = 0
    for match in re.finditer(rf"\b({pattern})\w{{0,3}}\b", snippet, re.IGNORECASE):
        if match.start() > at:
            yield snippet[at : match.start()], None
        yield match.group(0), stems.get(match.group(1).casefold())
        at = match.end()
    if at < len(snippet):
        yield snippet[at:], None


def _from_the_first_word(
    found: tuple[tuple[str, int | None], ...], metrics: QFontMetricsF, room: float
) -> tuple[tuple[str, int | None], ...]:
    """A snippet whose first word of the question would be cut off begins a little before that word."""
    before = found[0][0] if len(found) > 1 and found[0][1] is None else ""
    if metrics.horizontalAdvance(before + found[1][0] if before else "") < room * 0.6:
        return found
    return (("… " + before[-_BEFORE:].partition(" ")[2], None), *found[1:])


@lru_cache(maxsize=256)
def _pieces(snippet: str, words: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int | None], ...]:
    return tuple(pieces(snippet, dict(words)))


def _stem(word: str) -> str:
    folded = word.casefold()
    return folded[:-1] if len(folded) > 3 and folded.endswith("s") else folded
