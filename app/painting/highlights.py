"""Marks on a page: multiplied fills in each word's colour, a line around areas, an underline under exact words.

One scale for all words and pages (strength 0.2 is background, 0.95 the best place), so an absent word looks absent.
"""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from app.theme.tokens import COLOURED_WORDS, word_colours
from indexer.protocol.values import QueryWord, Region, WordMatch

_LOW, _HIGH, _LINE_AT = 0.50, 0.70, 0.585
_BOX_RADIUS = 1.8


def colour_numbers(words: Sequence[QueryWord]) -> dict[int, int]:
    """Which colour each searched word has: index in the question to number from 0; words beyond the ninth have none."""
    searched = [index for index, word in enumerate(words) if word.searched]
    return {index: number for number, index in enumerate(searched[:COLOURED_WORDS])}


def alpha(strength: float, amount: float = 0.62) -> float:
    """How strongly a place is filled, 0..1: nothing under the threshold, a smooth step above it."""
    x = min(1.0, max(0.0, (strength - _LOW) / (_HIGH - _LOW)))
    return x * x * (3 - 2 * x) * (0.28 + 0.44 * amount)


def paint(
    painter: QPainter,
    page: QRectF,
    matches: Sequence[WordMatch],
    words: Sequence[QueryWord],
    *,
    dark: bool,
    only: Collection[int] | None = None,
    amount: float = 0.62,
) -> None:
    """Paint every word's places onto the page drawn at `page`; `only` isolates words by their index."""
    numbers = colour_numbers(words)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for match in matches:
        if match.word not in numbers or (only is not None and match.word not in only):
            continue
        colours = word_colours(numbers[match.word], dark=dark)
        exact = {(region.x0, region.y0) for region in match.exact}
        for region in match.regions:
            if (round(region.x0, 3), round(region.y0, 3)) not in {(round(x, 3), round(y, 3)) for x, y in exact}:
                _area(painter, _place(page, region), colours.fill, colours.line, region.strength, amount)
        for region in match.exact:
            _word(painter, _place(page, region), colours.fill, colours.line, amount)
    painter.restore()


def _area(painter: QPainter, box: QRectF, fill: QColor, line: QColor, strength: float, amount: float) -> None:
    filled = alpha(strength, amount)
    if filled <= 0:
        return
    _fill(painter, box, fill, filled, 3.0)
    if strength >= _LINE_AT and box.height() >= 6:
        line.setAlphaF(0.95)
        painter.setPen(QPen(line, 1.25 if box.height() > 10 else 0.9))
        painter.setBrush(QColor(0, 0, 0, 0))
        painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), 3.0, 3.0)


def _word(painter: QPainter, box: QRectF, fill: QColor, line: QColor, amount: float) -> None:
    _fill(painter, box, fill, alpha(1.0, amount), _BOX_RADIUS)
    if box.height() >= 5:
        painter.setPen(QPen(line, 1.25))
        painter.drawLine(box.bottomLeft(), box.bottomRight())


def _fill(painter: QPainter, box: QRectF, fill: QColor, filled: float, radius: float) -> None:
    """Multiply, so that print under the mark stays as dark as it was."""
    tint = QColor(fill)
    tint.setAlphaF(filled)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
    painter.setPen(QColor(0, 0, 0, 0))
    painter.setBrush(tint)
    painter.drawRoundedRect(box, radius, radius)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)


def _place(page: QRectF, region: Region) -> QRectF:
    box = QRectF(
        page.x() + region.x0 * page.width(),
        page.y() + region.y0 * page.height(),
        (region.x1 - region.x0) * page.width(),
        (region.y1 - region.y0) * page.height(),
    )
    if box.height() < 3:  # on a thumbnail a line of print is a hair: keep it visible
        box.adjust(0, (box.height() - 3) / 2, 0, (3 - box.height()) / 2)
    return box
