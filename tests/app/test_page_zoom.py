"""How large a page is drawn and which part is seen, for pages and panes of all shapes."""

import pytest
from PySide6.QtCore import QPointF, QSizeF

from app.views.page_zoom import MARGIN, Fit, PageZoom

PANE = QSizeF(456, 600)
A4, SLIDE, TILL_ROLL, BANNER = QSizeF(595, 842), QSizeF(960, 540), QSizeF(200, 8000), QSizeF(8000, 200)


def zoomed(page, room=PANE, fit=Fit.PAGE):
    zoom = PageZoom(fit)
    zoom.room, zoom.page = room, page
    zoom.another_page()
    return zoom


@pytest.mark.parametrize("page", [A4, SLIDE, TILL_ROLL, BANNER])
def test_a_whole_page_keeps_its_shape_within_the_margins(page):
    rect = zoomed(page).rect()
    assert rect.left() + 0.5 >= MARGIN
    assert rect.top() + 0.5 >= MARGIN
    assert rect.right() <= PANE.width() - MARGIN + 0.5
    assert rect.bottom() <= PANE.height() - MARGIN + 0.5
    long, short = max(rect.width(), rect.height()), min(rect.width(), rect.height())
    assert short == pytest.approx(
        max(1, long * min(page.width(), page.height()) / max(page.width(), page.height())), abs=1
    )


@pytest.mark.parametrize("page", [A4, SLIDE, TILL_ROLL, BANNER])
def test_a_page_as_wide_as_its_pane_is_so_and_begins_at_its_top(page):
    rect = zoomed(page, fit=Fit.WIDTH).rect()
    wide = PANE.width() - 2 * MARGIN
    assert rect.width() == pytest.approx(min(wide, 16_000 / page.height() * page.width()), abs=1)
    if rect.height() > PANE.height() - 2 * MARGIN:
        assert rect.top() == MARGIN


def test_a_wider_pane_keeps_the_width_fitted_and_the_next_page_too():
    zoom = zoomed(A4, fit=Fit.WIDTH)
    zoom.room = QSizeF(900, 600)
    assert zoom.rect().width() == 900 - 2 * MARGIN
    zoom.zoom_by(2, QPointF(450, 300))
    assert zoom.fit is Fit.FREE
    zoom.another_page()
    assert zoom.fit is Fit.WIDTH


def test_zooming_keeps_what_lies_under_the_pointer():
    zoom = zoomed(A4)
    at = QPointF(150, 220)
    before = zoom.rect()
    zoom.zoom_by(3, at)
    after = zoom.rect()
    assert (at.x() - after.x()) / after.width() == pytest.approx((at.x() - before.x()) / before.width(), abs=0.01)
    assert (at.y() - after.y()) / after.height() == pytest.approx((at.y() - before.y()) / before.height(), abs=0.01)


@pytest.mark.parametrize("page", [TILL_ROLL, BANNER])
def test_a_page_of_any_shape_can_be_read(page):
    zoom = zoomed(page)
    for _ in range(60):
        zoom.zoom_by(1.25, QPointF(200, 300))
    assert min(zoom.rect().width(), zoom.rect().height()) >= 380


def test_zooming_out_ends_at_the_whole_page_and_in_at_a_size_that_can_be_painted():
    zoom = zoomed(TILL_ROLL)
    for _ in range(60):
        zoom.zoom_by(1.25, QPointF(200, 300))
    assert zoom.rect().height() <= 16_001
    assert zoom.rect().width() > 60
    for _ in range(60):
        zoom.zoom_by(0.8, QPointF(200, 300))
    assert zoom.fit is Fit.PAGE
    assert zoom.rect() == zoomed(TILL_ROLL).rect()


def test_a_page_moved_beyond_its_edge_comes_back_at_once():
    zoom = zoomed(A4, fit=Fit.WIDTH)
    zoom.pan(QPointF(0, -5000))
    bottom = zoom.rect()
    assert bottom.bottom() == pytest.approx(PANE.height() - MARGIN, abs=1)
    zoom.pan(QPointF(0, 10))
    assert zoom.rect().top() == pytest.approx(bottom.top() + 10, abs=1)


def test_a_place_is_brought_to_the_middle_without_shrinking_the_page():
    zoom = zoomed(A4, fit=Fit.WIDTH)
    zoom.look_at(QPointF(0.5, 0.5), 1.0)
    assert zoom.fit is Fit.WIDTH
    assert zoom.rect().center().y() == pytest.approx(PANE.height() / 2, abs=1)
    zoom.fit_page()
    zoom.look_at(QPointF(0.2, 0.3), 2.0)
    assert zoom.factor == 2.0
