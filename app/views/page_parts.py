"""What cards and list rows paint alike: the page with its marks, the score bar and its figures."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from app.painting import highlights
from app.painting.area_source import AreaSource
from app.painting.highlights import Look
from app.painting.marks import Shown, colour_numbers, is_there
from app.settings import Settings
from app.theme.style import Theme
from app.thumbnails.loader import Thumbnails
from app.views.painted_pages import PaintedPages
from indexer.protocol.values import PageResult, QueryWord

_PAPER_IN_DARK = 18
"""Of 255: black over paper in the dark theme, which leaves its white at 93 %."""
_FADED = 0.16
_AROUND = 16
"""Room around a page for its shadow and for the numbers on its areas."""
_WEAK = 0.4
"""A weak page's bar is pale: beside other weak pages it may be the longest. So is the part of a word that is not on the
page: pages without it may have much that is near it."""


class PageParts(QObject):
    """Everything it paints is in memory or asked for; it never waits. `only` isolates words on every page."""

    def __init__(self, theme: Theme, settings: Settings, thumbnails: Thumbnails, areas: AreaSource) -> None:
        super().__init__()
        self.theme, self.settings = theme, settings
        self.thumbnails, self.areas = thumbnails, areas
        self.painted = PaintedPages()
        self.only: frozenset[int] | None = None
        self.shown = Shown.AREAS

    def place(self, room: QRectF, result: PageResult) -> QRectF:
        """Where the page is drawn: fitted into `room` with its true proportions."""
        scale = min(room.width() / max(result.width, 1), room.height() / max(result.height, 1))
        size = QSizeF(round(result.width * scale), round(result.height * scale))
        left = round(room.center().x() - size.width() / 2)
        return QRectF(left, round(room.center().y() - size.height() / 2), size.width(), size.height())

    def page(self, painter: QPainter, page: QRectF, result: PageResult, words: Sequence[QueryWord]) -> None:
        """Shadow, paper, picture, marks; a weak page carries none. Copied where it was painted so before."""
        ratio = painter.device().devicePixelRatioF()
        side = 64 * max(1, -(-int(max(page.width(), page.height()) * ratio) // 64))
        pixmap = self.thumbnails.get(result.thumbnail, side)
        dark_page = self.thumbnails.is_dark(result.thumbnail)
        look = self.look(result, words, dark_page=dark_page) if words and not result.weak else None
        same = (id(result), page.width(), page.height(), ratio)
        # `look` holds areas, which are long; that they have come is all that can change about them
        marks = (
            pixmap.cacheKey() if pixmap is not None else 0,
            self.theme.dark,
            self.only,
            (look.amount, look.shown, look.tabs, look.palette, len(look.areas)) if look is not None else None,
        )
        picture = self.painted.get(same, marks)
        if picture is None and not self.painted.may_paint():
            picture = self.painted.before(same)
            if picture is None:
                painter.fillRect(page, QColor("#FFFFFF"))
                return
        if picture is None:
            picture = QPixmap((page.size() + QSizeF(2 * _AROUND, 2 * _AROUND)).toSize() * ratio)
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            inner = QPainter(picture)
            inner.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
            self._paint(inner, QRectF(QPointF(_AROUND, _AROUND), page.size()), result, words, pixmap, look)
            inner.end()
            self.painted.put(same, marks, result, picture)
        painter.drawPixmap(page.topLeft() - QPointF(_AROUND, _AROUND), picture)

    def _paint(
        self,
        painter: QPainter,
        page: QRectF,
        result: PageResult,
        words: Sequence[QueryWord],
        pixmap: QPixmap | None,
        look: Look | None,
    ) -> None:
        self.shadow(painter, page)
        painter.fillRect(page, QColor("#FFFFFF"))
        if pixmap is not None:
            painter.drawPixmap(page, pixmap, QRectF(pixmap.rect()))
            if look is not None:
                highlights.paint(painter, page, result.words, words, look)
        if self.theme.dark:
            painter.fillRect(page, QColor(0, 0, 0, _PAPER_IN_DARK))
        if self.only and words and not any(m.word in self.only and is_there(m) for m in result.words):
            veil = QColor(self.theme.tokens.mat)
            veil.setAlphaF(0.5)
            painter.fillRect(page, veil)

    def look(self, result: PageResult, words: Sequence[QueryWord], *, dark_page: bool) -> Look:
        """How this page's marks are painted now."""
        values = self.settings.values
        return Look(
            dark=self.theme.dark,
            only=self.only,
            amount=values.highlight_strength / 100,
            shown=self.shown,
            dark_page=dark_page,
            tabs=values.number_tabs,
            palette=values.palette,
            areas=self.areas.get(highlights.maps_of(result.words, words, self.only)),
        )

    def shadow(self, painter: QPainter, page: QRectF) -> None:
        """Soft, as of paper on a desk: strips around it, which cost far less than wide lines do."""
        strength = 1.8 if self.theme.dark else 1.0
        around = page.translated(0, 1)
        for wide, opacity in ((5, 5), (3, 7), (2, 12), (1, 26)):
            shade = QColor(0, 0, 0, round(opacity * strength))
            outer = around.adjusted(-wide, -wide, wide, wide)
            for strip in (
                QRectF(outer.topLeft(), QSizeF(outer.width(), wide)),
                QRectF(outer.left(), around.bottom(), outer.width(), wide),
                QRectF(outer.left(), around.top(), wide, around.height()),
                QRectF(around.right(), around.top(), wide, around.height()),
            ):
                painter.fillRect(strip, shade)

    def misses_isolated(self, result: PageResult, words: Sequence[QueryWord]) -> str:
        """The isolated word that is not on this page, or ""."""
        if not self.only or not words or any(m.word in self.only and is_there(m) for m in result.words):
            return ""
        return words[min(self.only)].text

    def bar(self, painter: QPainter, bar: QRectF, result: PageResult, words: Sequence[QueryWord], full: float) -> None:
        """One segment per word; lengths add up to the score on a scale shared by all results, `full` fills it."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.tokens.line))
        painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)
        numbers = colour_numbers(words)
        total = sum(max(0.0, match.score) for match in result.words) or 1.0
        at = bar.x()
        for match in result.words:
            width = bar.width() * (result.score / (full or 1.0)) * (max(0.0, match.score) / total)
            if match.word in numbers and width > 2:
                fill = self.theme.word(numbers[match.word]).fill
                shown = self.only is None or match.word in self.only
                fill.setAlphaF((_WEAK if result.weak or not is_there(match) else 1.0) if shown else _FADED)
                painter.setBrush(fill)
                painter.drawRoundedRect(QRectF(at, bar.y(), width - 1.5, bar.height()), 1.5, 1.5)
            at += width

    def figures(self, result: PageResult, words: Sequence[QueryWord], best_score: float) -> str:
        """The numbers behind the bar."""
        lines = [self.tr("Score {n}, the best page has {m}").format(n=f"{result.score:.2f}", m=f"{best_score:.2f}")]
        lines += [
            self.tr("{word}: {n}").format(word=words[match.word].text, n=f"{match.score:.2f}")
            for match in result.words
            if match.word < len(words)
        ]
        return "\n".join(lines)
