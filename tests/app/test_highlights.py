"""Marks on pages: where they lie, what leaves none, and that print under them can be read."""

import itertools
import math

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from app.painting import highlights
from app.painting.area_source import AreaSource
from app.painting.areas import areas, outlines, smooth
from app.painting.highlights import Look
from app.painting.marks import Shown, marks, steps
from app.thumbnails.loader import is_dark
from indexer.protocol.values import QueryWord, Region, SimilarityMap, WordMatch

WORDS = (QueryWord("a", 0, 1, True), QueryWord("b", 2, 3, True))
WHITE = Qt.GlobalColor.white


def painted(*matches, look=None, width=100, height=200):
    """A white page with these marks; not square, so that mixed-up axes are seen."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(WHITE)
    painter = QPainter(image)
    highlights.paint(painter, QRectF(image.rect()), tuple(matches), WORDS, look or Look())
    painter.end()
    return image


def test_a_mark_lies_where_its_word_stands_on_both_axes(qapp):
    image = painted(WordMatch(0, 1, 1, exact=(Region(0.5, 0.25, 0.8, 0.35, 1),)))
    assert image.pixelColor(65, 60) != WHITE
    for x, y in ((45, 60), (85, 60), (65, 45), (65, 75), (60, 130)):
        assert image.pixelColor(x, y) == WHITE


def test_a_weak_place_and_an_isolated_out_word_leave_no_mark(qapp):
    weak = painted(WordMatch(0, 0.4, 1, regions=(Region(0.1, 0.1, 0.9, 0.9, 0.49),)))
    exact = WordMatch(0, 1, 1, exact=(Region(0.1, 0.1, 0.9, 0.9, 1),))
    other = painted(exact, look=Look(only=frozenset({1})))
    for image in (weak, other):
        assert image.pixelColor(50, 100) == WHITE
    assert painted(exact).pixelColor(50, 100) != WHITE


def test_print_under_a_mark_stays_dark_and_a_dark_page_is_lightened(qapp):
    for ground, look, lighter in ((0xFF1B1B1B, Look(), False), (0xFF1B1B1B, Look(dark_page=True), True)):
        image = QImage(50, 50, QImage.Format.Format_RGB32)
        image.fill(ground)
        painter = QPainter(image)
        match = WordMatch(0, 1, 1, exact=(Region(0, 0, 1, 1, 1),))
        highlights.paint(painter, QRectF(image.rect()), (match,), WORDS, look)
        painter.end()
        assert (image.pixelColor(25, 25).lightness() > 0x1B) == lighter


def test_contrast_of_print_under_every_colour_is_as_designed():
    def luminance(colour):
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    from app.settings import PaletteChoice
    from app.theme.tokens import word_colours

    for number, palette in itertools.product(range(6), PaletteChoice):
        filled = highlights.alpha(1.0) * (highlights.THIN if palette == PaletteChoice.HIGH_CONTRAST else 1)
        fill = word_colours(number, dark=False, palette=palette).fill
        paper = [1 - filled * (1 - part) for part in (fill.redF(), fill.greenF(), fill.blueF())]
        print_ = [0x1B / 255 * part for part in paper]
        assert (luminance(paper) + 0.05) / (luminance(print_) + 0.05) >= 4.5


def test_the_very_word_owns_a_box_that_two_words_claim_and_neighbours_become_one_area():
    box = Region(0.1, 0.1, 0.2, 0.12, 0.9)
    beside = Region(0.205, 0.1, 0.3, 0.12, 0.8)
    found = marks((WordMatch(0, 1, 1, regions=(box,)), WordMatch(1, 1, 1, exact=(box,))), None)
    assert [(mark.word, mark.exact) for mark in found] == [(1, True)]
    found = marks((WordMatch(0, 1, 1, regions=(box, beside)),), None)
    assert [(mark.x0, mark.x1) for mark in found] == [(0.1, 0.3)]
    assert marks((WordMatch(0, 1, 1, regions=(box,)),), None, Shown.WORDS) == ()


def test_steps_of_a_word():
    assert [steps(WordMatch(0, strength, 0)) for strength in (0, 0.2, 0.5, 0.95)] == [0, 0, 2, 5]
    assert steps(WordMatch(0, 0.3, 0, exact=(Region(0, 0, 1, 1, 1),))) == 5
    assert steps(None) == 0


def grid(middle_x, middle_y, wide, top=250, rows=38, columns=27):
    """A hill on a background of 60."""

    def value(x, y):
        return 60 + (top - 60) * math.exp(-(((x + 0.5 - middle_x) / wide) ** 2 + ((y + 0.5 - middle_y) / wide) ** 2))

    return SimilarityMap(rows, columns, bytes(round(value(x, y)) for y in range(rows) for x in range(columns)))


def test_an_area_of_a_grid_lies_where_the_grid_is_strong(qapp):
    maps = ((0, grid(20, 9, 3)),)
    found = areas(maps)[0]
    assert len(found.boxes) == 1
    middle = found.boxes[0].center()
    assert middle.x() == pytest.approx(20 / 27, abs=0.02)
    assert middle.y() == pytest.approx(9 / 38, abs=0.02)
    image = painted(WordMatch(0, 1, 1, map=maps[0][1]), look=Look(areas=(found,)), width=270, height=380)
    assert image.pixelColor(200, 90) != WHITE
    assert image.pixelColor(200, 290) == WHITE
    assert image.pixelColor(70, 90) == WHITE


def test_words_on_a_grid_meet_at_a_border_and_do_not_overlap(qapp):
    first, second = areas(((0, grid(10, 10, 5)), (1, grid(15, 10, 5))))
    both = first.outline.intersected(second.outline).boundingRect()
    assert both.width() * both.height() < 1 / (27 * 38)
    assert first.boxes[0].right() == pytest.approx(second.boxes[0].left(), abs=1 / 27)


def test_areas_come_between_events_newest_first_and_are_kept(qtbot):
    source = AreaSource()
    older, newer = ((0, grid(10, 10, 5)),), ((0, grid(15, 20, 4)), (1, grid(5, 30, 4)))
    assert source.get(older) == ()
    with qtbot.waitSignal(source.arrived, timeout=60_000):
        assert source.get(newer) == ()
    assert [found.word for found in source.get(newer)] == [0, 1]
    qtbot.waitUntil(lambda: len(source.get(older)) == 1, timeout=60_000)
    assert source.get(newer) is source.get(newer)
    assert source.get(()) == ()


def test_a_single_cell_and_a_flat_grid_give_no_area(qapp):
    speck = SimilarityMap(4, 4, bytes([255 if at == 5 else 0 for at in range(16)]))
    assert areas(((0, speck),))[0].boxes == ()
    assert areas(((0, SimilarityMap(4, 4, bytes([100] * 16))),))[0].boxes == ()
    with pytest.raises(ValueError, match="15 values"):
        smooth(SimilarityMap(4, 4, bytes(15)))


def test_an_outline_goes_round_everything_at_the_level_and_around_holes(qapp):
    image = QImage(bytes([200] * 12 + [200, 0, 0, 200] + [200] * 4), 4, 5, 4, QImage.Format.Format_Grayscale8)
    loops = outlines(image, 150)
    assert len(loops) == 2
    xs = [x for loop in loops for x, _ in loop]
    assert min(xs) < 0.5
    assert max(xs) > 3.5


def test_a_dark_page_is_known(qapp):
    page = QImage(40, 60, QImage.Format.Format_RGB32)
    page.fill(0xFF202020)
    assert is_dark(page)
    page.fill(0xFFFFFFFF)
    assert not is_dark(page)
