"""A screen of pages is painted a few an event, copied afterwards, and only where it is seen."""

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, QPixmap

from app.painting.area_source import AreaSource
from app.settings import Settings
from app.thumbnails.loader import Thumbnails
from app.views.grid_layout import lay_out, rows_between
from app.views.page_parts import PageParts
from app.views.painted_pages import PaintedPages
from indexer.protocol.values import DocumentKind, PageKey, PageResult, QueryWord, Region, WordMatch

WORDS = (QueryWord("a", 0, 1, True),)


@pytest.fixture
def parts(qapp, theme, tmp_path):
    """With one thumbnail in its folder."""
    thumbnails = Thumbnails()
    thumbnails.folder = tmp_path
    picture = QImage(60, 80, QImage.Format.Format_RGB32)
    picture.fill(0xFFFFFFFF)
    picture.save(str(tmp_path / "a.png"))
    return PageParts(theme, Settings(tmp_path / "settings.toml"), thumbnails, AreaSource())


def found(number):
    match = WordMatch(0, 1, 1, exact=(Region(0.2, 0.2, 0.8, 0.4, 1),))
    return PageResult(PageKey(number, 1), "/a.pdf", 1, 1.0, False, 60, 80, "a.png", DocumentKind.PDF, 1, words=(match,))


def paint(parts, result):
    """The page as it appears."""
    image = QImage(200, 200, QImage.Format.Format_RGB32)
    image.fill(0xFF888888)
    painter = QPainter(image)
    parts.page(painter, QRectF(40, 40, 90, 120), result, WORDS)
    painter.end()
    return image


def test_a_page_painted_before_is_copied_and_is_the_same(qtbot, parts):
    result = found(1)
    paint(parts, result)
    qtbot.waitUntil(lambda: parts.thumbnails.get("a.png", 128) is not None)
    first = paint(parts, result)
    parts.painted.begin(1)
    qtbot.waitUntil(lambda: not parts.painted.may_paint())  # no time for anything new
    assert paint(parts, result) == first
    assert first.pixelColor(85, 76).saturation() > 50  # the mark of its word


def test_a_page_without_its_turn_shows_what_it_was_and_is_owed(qtbot, parts):
    result, other = found(1), found(2)
    paint(parts, result)
    qtbot.waitUntil(lambda: parts.thumbnails.get("a.png", 128) is not None)
    first = paint(parts, result)
    parts.painted.begin(1)
    qtbot.waitUntil(lambda: not parts.painted.may_paint())
    parts.painted.owed = False
    parts.only = frozenset({7})  # other marks
    assert paint(parts, result) == first
    assert parts.painted.owed
    assert paint(parts, other).pixelColor(85, 76).getRgb()[:3] == (255, 255, 255)  # paper until its turn
    parts.painted.end()
    assert paint(parts, result) != first


def test_only_the_newest_pictures_are_kept():
    pages = PaintedPages()
    for number in range(500):
        pages.put(number, "marks", None, QPixmap())
    assert pages.get(0, "marks") is None
    assert pages.before(0) is None
    assert pages.get(499, "marks") is not None


@pytest.mark.parametrize("cards", [True, False])
def test_rows_in_sight_are_found_without_looking_at_ten_thousand(cards):
    layout = lay_out(10_000, (25,), 900, 300, cards=cards)
    for top, bottom in ((0, 700), (40_000, 40_700), (layout.height - 50, layout.height), (-500, -400)):
        seen = [row for row, rect in enumerate(layout.rects) if rect.bottom() >= top and rect.y() <= bottom]
        rows = rows_between(layout, top, bottom)
        assert set(seen) <= set(rows)
        assert len(rows) <= len(seen) + 2 * layout.columns
