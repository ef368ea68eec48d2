"""Where cards, list rows and headings lie: pure arithmetic, tested without a screen."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QRect

CARD_LEAST, CARD_MOST = 200, 280
GAP_ACROSS, GAP_DOWN = 16, 18
HEADING = 40
PAD = 4
"""Around everything: room for the ring of a selected card."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`rects` by row of the model; `headings` by the row they stand above; everything from the content's top left."""

    rects: tuple[QRect, ...]
    headings: dict[int, QRect]
    columns: int
    height: int


def lay_out(count: int, breaks: tuple[int, ...], width: int, item_height: int, *, cards: bool, top: int = 0) -> Layout:
    """`count` items in `width` pixels; a heading stands before every row in `breaks`.

    `top` pixels are kept above the first item (the list's column names)."""
    columns = max(1, (width - 2 * PAD + GAP_ACROSS) // (CARD_LEAST + GAP_ACROSS)) if cards else 1
    room = width - 2 * PAD
    wide = min(CARD_MOST, (room - GAP_ACROSS * (columns - 1)) // columns) if cards else room
    down = GAP_DOWN if cards else 0
    rects: list[QRect] = []
    headings: dict[int, QRect] = {}
    y = PAD + top
    edges = sorted({0, count, *(row for row in breaks if 0 <= row < count)})
    for first, last in pairwise(edges):
        if first in breaks:
            headings[first] = QRect(PAD, y, room, HEADING)
            y += HEADING + 4
        for offset in range(last - first):
            line, column = divmod(offset, columns)
            rects.append(QRect(PAD + column * (wide + GAP_ACROSS), y + line * (item_height + down), wide, item_height))
        y += -(-(last - first) // columns) * (item_height + down)
    return Layout(tuple(rects), headings, columns, y + PAD)


def rows_between(layout: Layout, top: int, bottom: int) -> range:
    """The rows that may reach into these heights, found without looking at all of them."""
    if not layout.rects:
        return range(0)
    high = layout.rects[0].height()
    first = bisect_left(layout.rects, top - high, key=lambda rect: rect.y())
    return range(first, bisect_right(layout.rects, bottom, key=lambda rect: rect.y()))


def neighbour(layout: Layout, row: int, *, up: bool) -> int:
    """The row above or below, in the column nearest to this one's; the same row at the edge."""
    here = layout.rects[row]
    others = [r for r, rect in enumerate(layout.rects) if (rect.y() < here.y() if up else rect.y() > here.y())]
    if not others:
        return row
    line = max(layout.rects[r].y() for r in others) if up else min(layout.rects[r].y() for r in others)
    on_line = [r for r in others if layout.rects[r].y() == line]
    return min(on_line, key=lambda r: abs(layout.rects[r].center().x() - here.center().x()))
