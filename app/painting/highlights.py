"""Marks painted on a page: multiplied fills in each word's colour, a line around areas, an underline under exact words.

One scale for all words and pages (strength 0.2 is background, 0.95 the best place), so an absent word looks absent.
Pages that are dark themselves are lightened instead of darkened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen, QTransform

from app.painting.areas import LINE, Areas, Maps
from app.painting.marks import LEAST_STRENGTH, MOST_AREAS, Mark, Shown, colour_numbers, marks
from app.settings import PaletteChoice
from app.theme.tokens import PLAIN_COLOURS, WordColours, word_colours
from indexer.protocol.values import QueryWord, WordMatch

_FULL_AT = 0.70
_BOX_RADIUS, _AREA_RADIUS = 1.8, 3.0
_LINE_ALPHA = 0.95
_AREAS_ONLY_UNDER, _TABS_FROM = 96, 250
_MOST_ON_CARDS = 3
"""Places of one word on a page drawn less than 250 wide, where marks three pixels high would touch each other."""
_TAB = 14
_TAB_NEEDS = 18
"""An area this high on screen carries its number without hiding the print beside it."""
_LARGE_CELL_PX = 60
_DEFAULT_AMOUNT = 0.62
THIN = 0.4
"""Fills of the dark palette are thinner, so that print under them can be read; their lines are wider instead."""
_CLEAR = QColor(0, 0, 0, 0)


@dataclass(frozen=True)
class Look:
    """How marks are painted: theme, isolated words, strength 0..1, what is shown, whether the page is dark."""

    dark: bool = False
    only: frozenset[int] | None = None
    amount: float = _DEFAULT_AMOUNT
    shown: Shown = Shown.AREAS
    dark_page: bool = False
    tabs: bool = True
    palette: str = PaletteChoice.STANDARD
    areas: tuple[Areas, ...] = field(default=())
    """Of the words' similarity maps, for encoders that see a grid."""


def alpha(strength: float, amount: float = _DEFAULT_AMOUNT) -> float:
    """How strongly a place is filled, 0..1: nothing under the threshold, a smooth step above it."""
    x = min(1.0, max(0.0, (strength - LEAST_STRENGTH) / (_FULL_AT - LEAST_STRENGTH)))
    return x * x * (3 - 2 * x) * (0.28 + 0.44 * amount)


def maps_of(matches: Sequence[WordMatch], words: Sequence[QueryWord], only: frozenset[int] | None) -> Maps:
    """The similarity maps to be turned into areas: those of the coloured words that are shown."""
    numbers = colour_numbers(words)
    return tuple(
        (match.word, match.map)
        for match in matches
        if match.map is not None and match.word in numbers and (only is None or match.word in only)
    )


def paint(
    painter: QPainter, page: QRectF, matches: tuple[WordMatch, ...], words: Sequence[QueryWord], look: Look
) -> None:
    """Paint every word's places onto the page drawn at `page`."""
    numbers = colour_numbers(words)
    painter.save()
    painter.setClipRect(page.adjusted(-_TAB, -_TAB, _TAB, _TAB), Qt.ClipOperation.IntersectClip)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    brush = _Brush(painter, page, look)
    if look.shown is Shown.AREAS:
        for found in look.areas:
            if found.word in numbers:
                brush.areas(found, numbers[found.word])
    elif look.shown is Shown.CELLS:
        for word, similarity in maps_of(matches, words, look.only):
            brush.cells(similarity.values, similarity.rows, similarity.columns, numbers[word])
    most = MOST_AREAS if page.width() >= _TABS_FROM else _MOST_ON_CARDS
    chosen = [mark for mark in marks(matches, look.only, look.shown, most) if mark.word in numbers]
    for mark in chosen:
        if mark.exact:
            brush.word(mark, numbers[mark.word])
        else:
            brush.area(mark, numbers[mark.word])
    if look.tabs and page.width() >= _TABS_FROM:
        large = [mark for mark in chosen if (mark.y1 - mark.y0) * page.height() >= _TAB_NEEDS]
        for corner, number in _tabs(large, look.areas if look.shown is Shown.AREAS else (), numbers):
            brush.tab(corner, number)
    painter.restore()


def _tabs(chosen: Sequence[Mark], areas: Sequence[Areas], numbers: dict[int, int]) -> list[tuple[QPointF, int]]:
    """Corners, in page coordinates, of the two strongest areas of each word."""
    corners = [
        (box.topLeft(), numbers[found.word]) for found in areas if found.word in numbers for box in found.boxes[:2]
    ]
    left = dict.fromkeys(numbers, 2)
    for mark in reversed(chosen):
        if not mark.exact and mark.strength >= LINE and left[mark.word]:
            left[mark.word] -= 1
            corners.append((QPointF(mark.x0, mark.y0), numbers[mark.word]))
    return corners


class _Brush:
    """One painter on one page at one size."""

    def __init__(self, painter: QPainter, page: QRectF, look: Look) -> None:
        self._painter, self._page, self._look = painter, page, look
        self._small = page.width() < _TABS_FROM
        self._lines = page.width() >= _AREAS_ONLY_UNDER
        self._least_px = 3.0 if self._lines else 1.5
        self._blend = (
            QPainter.CompositionMode.CompositionMode_Screen
            if look.dark_page
            else QPainter.CompositionMode.CompositionMode_Multiply
        )

    def areas(self, found: Areas, number: int) -> None:
        """A grid's areas: a soft fill and one outline, both resampled from the grid."""
        if not found.boxes:
            return
        colours = self._colours(number)
        thin = THIN if self._look.palette == PaletteChoice.HIGH_CONTRAST else 1.0
        most = (
            alpha(1.0, self._look.amount)
            * thin
            * (0.6 if found.cell_width * self._page.width() > _LARGE_CELL_PX else 1)
        )
        tinted = QImage(found.field.constBits(), found.field.width(), found.field.height(),
                        found.field.bytesPerLine(), QImage.Format.Format_Indexed8)  # fmt: skip
        table = []
        for value in range(256):
            tint = QColor(self._fill_colour(colours))
            tint.setAlphaF(min(1.0, alpha(value / 255, self._look.amount) / alpha(1.0, self._look.amount) * most))
            table.append(tint.rgba())
        tinted.setColorTable(table)
        painter = self._painter
        scale = QTransform(self._page.width(), 0, 0, self._page.height(), self._page.x(), self._page.y())
        part = QTransform.fromScale(tinted.width(), tinted.height()).mapRect(found.extent)
        painter.setCompositionMode(self._blend)
        painter.drawImage(
            scale.mapRect(found.extent), tinted.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied), part
        )
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        if self._lines:
            painter.setPen(self._line(colours))
            painter.setBrush(_CLEAR)
            painter.drawPath(scale.map(found.outline))

    def cells(self, values: bytes, rows: int, columns: int, number: int) -> None:
        """The grid as it is: one square a cell."""
        wide, high = self._page.width() / columns, self._page.height() / rows
        colours = self._colours(number)
        for at, value in enumerate(values):
            if value / 255 > LEAST_STRENGTH:
                y, x = divmod(at, columns)
                box = QRectF(self._page.x() + x * wide, self._page.y() + y * high, wide - 1, high - 1)
                self._fill(box, colours, alpha(value / 255, self._look.amount), 0, number)

    def area(self, mark: Mark, number: int) -> None:
        """A box that means the word: fill by strength, a line around it where it is strong."""
        box, colours = self._place(mark), self._colours(number)
        filled = alpha(mark.strength, self._look.amount)
        large = box.height() > _LARGE_CELL_PX
        self._fill(box, colours, filled * (0.6 if large else 1), _AREA_RADIUS, number)
        if mark.strength >= LINE and self._lines and box.height() >= 5 and self._look.shown is Shown.AREAS:
            self._painter.setPen(self._line(colours))
            self._painter.setBrush(_CLEAR)
            self._painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), _AREA_RADIUS, _AREA_RADIUS)

    def word(self, mark: Mark, number: int) -> None:
        """The very word: the same fill and an underline."""
        box, colours = self._place(mark), self._colours(number)
        self._fill(box, colours, alpha(1.0, self._look.amount), _BOX_RADIUS, number)
        if self._lines and box.height() >= 4:
            line = self._line(colours)
            under = QRectF(box.left(), box.bottom() - line.widthF() / 2, box.width(), line.widthF())
            self._painter.fillRect(under, line.color())

    def tab(self, corner: QPointF, number: int) -> None:
        """The word's number on the corner of an area."""
        painter, colours = self._painter, self._colours(number)
        x = self._page.x() + corner.x() * self._page.width() - _TAB * 0.7
        y = self._page.y() + corner.y() * self._page.height() - _TAB * 0.85
        box = QRectF(QPointF(max(self._page.x() - 4, x), max(self._page.y() - 4, y)), QSizeF(_TAB, _TAB))
        painter.setPen(QPen(QColor("#FFFFFF"), 1))
        painter.setBrush(colours.fill)
        painter.drawRoundedRect(box, 3.5, 3.5)
        font = QFont(painter.font())
        font.setPixelSize(10)
        font.setWeight(QFont.Weight.Bold)
        painter.setFont(font)
        painter.setPen(colours.digit)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(number + 1))

    def _colours(self, number: int) -> WordColours:
        return word_colours(number, dark=self._look.dark, palette=self._look.palette)

    def _fill_colour(self, colours: WordColours) -> QColor:
        return colours.dark_ink if self._look.dark_page else colours.fill

    def _line(self, colours: WordColours) -> QPen:
        line = QColor(colours.dark_ink if self._look.dark_page else colours.line)
        line.setAlphaF(_LINE_ALPHA)
        wide = 2.0 if self._look.palette == PaletteChoice.HIGH_CONTRAST else 1.25
        return QPen(line, wide * 0.72 if self._small else wide)

    def _fill(self, box: QRectF, colours: WordColours, filled: float, radius: float, number: int) -> None:
        """Multiply, so that print under the mark stays as dark as it was."""
        if filled <= 0:
            return
        if self._look.palette == PaletteChoice.HIGH_CONTRAST:
            filled *= THIN
        tint = QColor(self._fill_colour(colours))
        tint.setAlphaF(filled)
        painter = self._painter
        painter.setCompositionMode(self._blend)
        if self._small:  # corners of a mark a few pixels high cannot be seen, and rectangles are quicker
            painter.fillRect(box, tint)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tint)
            painter.drawRoundedRect(box, radius, radius)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        if number >= PLAIN_COLOURS:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.line))
            brush = painter.brush()
            brush.setStyle(Qt.BrushStyle.BDiagPattern)
            painter.setBrush(brush)
            painter.drawRoundedRect(box, radius, radius)

    def _place(self, mark: Mark) -> QRectF:
        page = self._page
        box = QRectF(
            page.x() + mark.x0 * page.width(),
            page.y() + mark.y0 * page.height(),
            (mark.x1 - mark.x0) * page.width(),
            (mark.y1 - mark.y0) * page.height(),
        )
        missing = self._least_px - box.height()
        if missing > 0:  # on a thumbnail a line of print is a hair: keep it visible
            box.adjust(0, -missing / 2, 0, missing / 2)
        return box
