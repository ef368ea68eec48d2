"""PageCanvas: one page on its mat with its marks; zoom, pan, and the page as a picture for copying."""

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.painting import highlights
from app.painting.marks import marks
from app.views.page_parts import PageParts
from app.views.page_zoom import Fit, PageZoom
from app.views.small_controls import ZoomButtons
from indexer.protocol.values import PageResult, QueryWord

_STEP = 1.25
_AREA_ZOOM = 2.0


class PageCanvas(QWidget):
    """Signals: size_changed(), the page is drawn larger or smaller; opened(), it was double-clicked."""

    size_changed = Signal()
    opened = Signal()

    def __init__(self, parts: PageParts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = parts
        self.result: PageResult | None = None
        self.words: tuple[QueryWord, ...] = ()
        self.image: QImage | None = None
        self.problem = ""
        self.bare = False
        self._dark_page = False
        self.zoom = PageZoom(Fit.WIDTH if parts.settings.values.fit_width else Fit.PAGE)
        self._grabbed: QPointF | None = None
        self._scaled: tuple[tuple[int, QSize], QPixmap] | None = None
        self._ring: int | None = None
        self.setMinimumSize(160, 160)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.zoom_buttons = ZoomButtons(parts.theme, self)
        self.zoom_buttons.smaller.clicked.connect(lambda: self.zoom_by(1 / _STEP))
        self.zoom_buttons.fit.clicked.connect(self.fit)
        self.zoom_buttons.larger.clicked.connect(lambda: self.zoom_by(_STEP))
        self.zoom_buttons.width_fits.clicked.connect(self.toggle_width)
        self.zoom_buttons.hide()
        parts.theme.changed.connect(self._place_buttons)

    def show_page(self, result: PageResult | None, words: tuple[QueryWord, ...]) -> None:
        """Another page, or the same one with other marks (then picture and zoom stay)."""
        same = result is not None and self.result is not None and self.result.key == result.key
        self.result, self.words, self._ring, self.problem = result, words, None, ""
        if not same:
            self.image, self._scaled, self._dark_page = None, None, False
            self._measure()
            self.zoom.another_page()
            self._see_strongest()
        self.zoom_buttons.setVisible(result is not None)
        self._say_zoom()
        self.update()

    def set_image(self, image: QImage, *, dark_page: bool) -> None:
        """The picture asked for; its shape is the page's true one."""
        self.image, self._dark_page, self._scaled = image, dark_page, None
        self._measure()
        self.update()

    def _measure(self) -> None:
        self.zoom.room = QSizeF(self.size())
        if self.image is not None and self.image.height():
            self.zoom.page = QSizeF(self.image.size())
        elif self.result is not None:
            self.zoom.page = QSizeF(max(self.result.width, 1.0), max(self.result.height, 1.0))

    def page_rect(self) -> QRectF:
        """Where the page is drawn."""
        return self.zoom.rect() if self.result is not None else QRectF()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Larger or smaller around a point of the widget (its middle when None)."""
        if self.result is not None:
            self.zoom.zoom_by(factor, at if at is not None else QPointF(self.rect().center()))
            self._zoomed()

    @Slot()
    def fit(self) -> None:
        """The whole page, and so the pages that follow."""
        self._parts.settings.set(fit_width=False)
        self.zoom.fit_page()
        self._zoomed()

    @Slot()
    def toggle_width(self) -> None:
        """As wide as the pane, and so the pages that follow; once more for the whole page."""
        if self.zoom.fit is Fit.WIDTH:
            self.fit()
            return
        from_whole = self.zoom.fit is Fit.PAGE
        self._parts.settings.set(fit_width=True)
        self.zoom.fit_width()
        if from_whole:
            self._see_strongest()
        self._zoomed()

    def _see_strongest(self) -> None:
        """Of a page that is not seen whole, its strongest place rather than its top."""
        if not self.zoom.whole and self.result is not None and not self.result.weak and (places := self._places()):
            self.zoom.look_at(QPointF(0.5, places[0].center().y()), 1.0)

    def next_area(self, step: int) -> None:
        """Look at the next (or, with -1, the previous) of the page's places, strongest first."""
        if self.result is None or self.result.weak:
            return
        places = self._places()
        if not places:
            return
        self._ring = 0 if self._ring is None and step > 0 else ((self._ring or 0) + step) % len(places)
        if not self.zoom.whole or places[self._ring].height() < 0.02:
            self.zoom.look_at(places[self._ring].center(), 1.0 if self.zoom.fit is Fit.WIDTH else _AREA_ZOOM)
        self._zoomed()

    def set_bare(self, on: bool) -> None:
        """The page without marks, while H is held."""
        self.bare = on
        self.update()

    def picture(self, *, with_marks: bool) -> QImage | None:
        """The page as it is, for copying; None while its picture is not there."""
        if self.image is None or self.result is None:
            return None
        copy = self.image.copy()
        if with_marks and not self.result.weak:
            painter = QPainter(copy)
            look = self._parts.look(self.result, self.words, dark_page=self._dark_page)
            highlights.paint(painter, QRectF(copy.rect()), self.result.words, self.words, look)
            painter.end()
        return copy

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Mat, page, marks; or what to do when nothing is selected."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        tokens = self._parts.theme.tokens
        painter.fillRect(self.rect(), QColor(tokens.mat))
        if self.result is None:
            return
        page = self.page_rect()
        self._parts.shadow(painter, page)
        painter.fillRect(page, QColor("#FFFFFF"))
        if self.image is not None:
            painter.drawPixmap(page.topLeft(), self._fitted(page, painter.device().devicePixelRatioF()))
        elif (small := self._parts.thumbnails.get(self.result.thumbnail, 512)) is not None:
            painter.drawPixmap(page, small, QRectF(small.rect()))
        if not self.bare and self.words and not self.result.weak:
            look = self._parts.look(self.result, self.words, dark_page=self._dark_page)
            highlights.paint(painter, page, self.result.words, self.words, look)
        if self._parts.theme.dark:
            painter.fillRect(page, QColor(0, 0, 0, 18))
        self._paint_ring(painter, page)
        if self.problem:
            painter.setPen(QColor("#4E5663"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(page.adjusted(20, 20, -20, -20), flags, self.problem)

    def _paint_ring(self, painter: QPainter, page: QRectF) -> None:
        places = self._places() if self._ring is not None else []
        if self._ring is not None and self._ring < len(places):
            box = places[self._ring]
            shown = QRectF(page.x() + box.x() * page.width(), page.y() + box.y() * page.height(),
                           box.width() * page.width(), box.height() * page.height())  # fmt: skip
            painter.setPen(QPen(QColor(self._parts.theme.tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(shown.adjusted(-5, -5, 5, 5), 5, 5)

    def _places(self) -> list[QRectF]:
        if self.result is None:
            return []
        found = marks(self.result.words, self._parts.only, self._parts.shown)
        boxes = [QRectF(QPointF(m.x0, m.y0), QPointF(m.x1, m.y1)) for m in reversed(found)]
        grids = self._parts.look(self.result, self.words, dark_page=False).areas
        return [box for areas in grids for box in areas.boxes] + boxes

    def _fitted(self, page: QRectF, ratio: float) -> QPixmap:
        """The picture at the size painted, kept, because marks change far more often than the size does."""
        assert self.image is not None
        size = (page.size() * ratio).toSize()
        key = (self.image.cacheKey(), size)
        if self._scaled is None or self._scaled[0] != key:
            image = self.image.scaled(
                size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            pixmap = QPixmap.fromImage(image)
            pixmap.setDevicePixelRatio(ratio)
            self._scaled = (key, pixmap)
        return self._scaled[1]

    def _zoomed(self) -> None:
        self._say_zoom()
        self.update()
        self.size_changed.emit()

    def _say_zoom(self) -> None:
        fit = self.zoom.fit
        free = self.tr("{n} %").format(n=round(self.zoom.factor * 100))
        self.zoom_buttons.fit.setText(
            self.tr("Fit") if fit is Fit.PAGE else self.tr("Width") if fit is Fit.WIDTH else free
        )
        self.zoom_buttons.width_fits.setChecked(fit is Fit.WIDTH)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A wider pane shows a sharper picture."""
        super().resizeEvent(event)
        self._measure()
        self._place_buttons()
        self.size_changed.emit()

    @Slot()
    def _place_buttons(self) -> None:
        size = self.zoom_buttons.sizeHint()
        self.zoom_buttons.setGeometry(
            self.width() - size.width() - 12, self.height() - size.height() - 12, size.width(), size.height()
        )

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl and wheel zoom; the wheel alone moves a zoomed page."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(_STEP if event.angleDelta().y() > 0 else 1 / _STEP, event.position())
        elif not self.zoom.whole:
            move = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 2
            self._pan(QPointF(move))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the page."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.LeftButton and not self.zoom.whole:
            self._grabbed = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move it."""
        if self._grabbed is not None:
            self._pan(event.position() - self._grabbed)
            self._grabbed = event.position()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go."""
        self._grabbed = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Open the document at this page."""
        if self.result is not None:
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Page Up, Page Down, Home and End move a page that is not seen whole."""
        screen, all_of_it = self.height() * 0.9, self.page_rect().height()
        moves = {
            Qt.Key.Key_Left: QPointF(60, 0),
            Qt.Key.Key_Right: QPointF(-60, 0),
            Qt.Key.Key_Up: QPointF(0, 60),
            Qt.Key.Key_Down: QPointF(0, -60),
            Qt.Key.Key_PageUp: QPointF(0, screen),
            Qt.Key.Key_PageDown: QPointF(0, -screen),
            Qt.Key.Key_Home: QPointF(0, all_of_it),
            Qt.Key.Key_End: QPointF(0, -all_of_it),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is not None and not self.zoom.whole:
            self._pan(move)
        else:
            super().keyPressEvent(event)

    def _pan(self, by: QPointF) -> None:
        self.zoom.pan(by)
        self.update()
