"""PageZoom: how large a page is drawn and which part of it is seen; pure arithmetic, tested without a screen."""

from enum import Enum

from PySide6.QtCore import QPointF, QRectF, QSizeF

MARGIN = 16
"""Pixels of the mat around a page that is seen whole."""
_MOST = 8.0
_MOST_PX = 16_000
"""The longest side a page is drawn with: beyond it painters lose their way, and pictures their sharpness."""


class Fit(Enum):
    """What decides the size of a page."""

    PAGE = "page"
    WIDTH = "width"
    FREE = "free"


class PageZoom:
    """All sizes in pixels of the widget. A page that is larger than its room is seen around `centre`, a point of the
    page from (0, 0) at the top left to (1, 1). How a page fits (`fit`) stays when its room changes, and `usual` when
    another page takes its place."""

    def __init__(self, fit: Fit = Fit.PAGE) -> None:
        self.fit = self.usual = fit
        self.room = self.page = QSizeF(1, 1)
        self.centre = QPointF(0.5, 0.5)
        self._factor = 1.0

    @property
    def factor(self) -> float:
        """How large the page is drawn: 1 where the whole of it just fits its room."""
        if self.fit is Fit.PAGE:
            return 1.0
        return self._for_width() if self.fit is Fit.WIDTH else self._factor

    @property
    def whole(self) -> bool:
        """Whether all of the page is seen."""
        return self.factor <= 1.001

    def rect(self) -> QRectF:
        """Where the page is drawn."""
        scale = self._whole_scale() * self.factor
        size = QSizeF(max(1, round(self.page.width() * scale)), max(1, round(self.page.height() * scale)))
        left = _start(size.width(), self.room.width(), self.centre.x())
        top = _start(size.height(), self.room.height(), self.centre.y())
        return QRectF(QPointF(round(left), round(top)), size)

    def another_page(self) -> None:
        """It fits as the last one did before that was zoomed by hand; its top is seen first."""
        self.fit = self.usual
        self.centre = QPointF(0.5, 0.5 if self.fit is Fit.PAGE else 0.0)

    def fit_page(self) -> None:
        """The whole page."""
        self.fit = self.usual = Fit.PAGE
        self.centre = QPointF(0.5, 0.5)

    def fit_width(self) -> None:
        """As wide as its room; its top is seen, or what was in the middle."""
        self.centre = QPointF(0.5, 0.0 if self.whole else self.centre.y())
        self.fit = self.usual = Fit.WIDTH

    def zoom_by(self, factor: float, at: QPointF) -> None:
        """Larger or smaller around a point of the room."""
        before = self.rect()
        spot = QPointF((at.x() - before.x()) / before.width(), (at.y() - before.y()) / before.height())
        self._set(self.factor * factor)
        after = self.rect().size()
        self.centre = QPointF(
            spot.x() + (self.room.width() / 2 - at.x()) / after.width(),
            spot.y() + (self.room.height() / 2 - at.y()) / after.height(),
        )

    def look_at(self, spot: QPointF, factor: float) -> None:
        """See this point of the page in the middle, at least so large."""
        if self.factor < factor:
            self._set(factor)
        self.centre = spot

    def pan(self, by: QPointF) -> None:
        """Move the page, as if it were taken hold of; not beyond its edges."""
        size = self.rect().size()
        self.centre = QPointF(
            _moved(self.centre.x(), by.x(), size.width(), self.room.width()),
            _moved(self.centre.y(), by.y(), size.height(), self.room.height()),
        )

    def _set(self, factor: float) -> None:
        inner, whole = self._inner(), self._whole_scale()
        filled = max(inner.width() / self.page.width(), inner.height() / self.page.height()) / whole
        longest = max(self.page.width(), self.page.height()) * whole
        most = min(max(_MOST, 2 * filled), max(1.0, _MOST_PX / longest))
        self._factor = min(most, max(1.0, factor))
        self.fit = Fit.FREE if self._factor > 1.001 else Fit.PAGE

    def _whole_scale(self) -> float:
        room = self._inner()
        return min(room.width() / self.page.width(), room.height() / self.page.height())

    def _for_width(self) -> float:
        wide = self._inner().width() / self.page.width()
        return min(wide, max(self._whole_scale(), _MOST_PX / self.page.height())) / self._whole_scale()

    def _inner(self) -> QSizeF:
        return QSizeF(max(1.0, self.room.width() - 2 * MARGIN), max(1.0, self.room.height() - 2 * MARGIN))


def _start(size: float, room: float, centre: float) -> float:
    """Where the page begins so that its point `centre` lies in the middle; no more margin than needed."""
    if size <= room - 2 * MARGIN + 1:
        return (room - size) / 2
    return min(float(MARGIN), max(room - size - MARGIN, room / 2 - centre * size))


def _moved(centre: float, by: float, size: float, room: float) -> float:
    """The new centre; one beyond what can be seen in the middle would make the next move seem to do nothing."""
    least = min(0.5, (room / 2 - MARGIN) / size)
    return min(1 - least, max(least, centre - by / size))
