"""Areas: one word's similarity map over a page's grid, turned into a soft fill and an outline.

1. A Gaussian of 0.45 cell over the grid.
2. Two doublings, each bilinear between cell centres: together a quadratic B-spline, smooth and without overshoot.
3. Where words overlap the strongest owns the place, so that colours meet at a border and never mix.
4. The outline runs where the strength is LINE; areas under one cell are dropped.

Everything is in page coordinates 0..1, so a page is painted at any size from the same areas.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainterPath, QPolygonF

from indexer.protocol.values import SimilarityMap

LINE = 0.585
_BLUR_CELLS = 0.45
_DOUBLINGS = 2
_STEEP = 8
"""How fast a word's strength falls where another is stronger; high, so that the fills end at the border."""
_EDGE_CELLS = 1.5
"""The soft edge outside the outline."""

Maps = tuple[tuple[int, SimilarityMap], ...]


@dataclass(frozen=True)
class Areas:
    """One word's areas on one page. `field` is grey: strength * 255, only where this word is the strongest."""

    word: int
    field: QImage
    outline: QPainterPath
    boxes: tuple[QRectF, ...]
    """Around each area, strongest first."""
    extent: QRectF
    """Around all of them with their soft edges; outside it there is nothing to fill."""
    cell_width: float
    """Of the grid, as a share of the page's width."""


def areas(maps: Maps) -> tuple[Areas, ...]:
    """The areas of every word on one page."""
    return tuple(areas_one_by_one(maps))


def areas_one_by_one(maps: Maps) -> Iterator[Areas]:
    """The same, a word at a time: about 11 ms of a slow processor each, for a grid of 38 rows and 27 columns."""
    fine = [smooth(similarity) for _, similarity in maps]
    for at, (word, similarity) in enumerate(maps):
        own = _owned(fine[at], [other for i, other in enumerate(fine) if i != at])
        loops = [loop for loop in outlines(own, round(LINE * 255)) if _cells(loop) >= 1]
        yield _areas(word, own, loops, similarity)


def smooth(similarity: SimilarityMap) -> QImage:
    """Steps 1 and 2: a grey image, four times the grid in each direction."""
    rows, columns = similarity.rows, similarity.columns
    if rows < 1 or columns < 1 or len(similarity.values) != rows * columns:
        raise ValueError(f"{len(similarity.values)} values for a grid of {rows} rows and {columns} columns")
    blurred = _blurred(similarity.values, rows, columns)
    image = QImage(blurred, columns, rows, columns, QImage.Format.Format_Grayscale8).copy()
    for _ in range(_DOUBLINGS):
        size = image.size() * 2
        image = image.scaled(
            size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        ).convertToFormat(QImage.Format.Format_Grayscale8)
    return image


def _blurred(values: bytes, rows: int, columns: int) -> bytes:
    side = math.exp(-1 / (2 * _BLUR_CELLS**2))
    middle, side = 1 / (1 + 2 * side), side / (1 + 2 * side)
    across: list[list[float]] = []
    for y in range(rows):
        row = values[y * columns : (y + 1) * columns]
        left, right = row[:1] + row[:-1], row[1:] + row[-1:]
        across.append([middle * v + side * (a + b) for v, a, b in zip(row, left, right, strict=True)])
    above, below = across[:1] + across[:-1], across[1:] + across[-1:]
    return bytes(
        min(255, round(middle * v + side * (a + b)))
        for row, up, down in zip(across, above, below, strict=True)
        for v, a, b in zip(row, up, down, strict=True)
    )


def rows_of(image: QImage) -> list[bytes]:
    """A grey image's rows, without the padding that Qt puts at their ends."""
    data, stride, width = bytes(image.constBits()), image.bytesPerLine(), image.width()
    return [data[y * stride : y * stride + width] for y in range(image.height())]


def _owned(image: QImage, others: Sequence[QImage]) -> QImage:
    """Step 3: the strength, pushed under the line by as much as another word is stronger."""
    others = [other for other in others if other.size() == image.size()]
    if not others:
        return image
    line = round(LINE * 255)
    rows = []
    rivals = [rows_of(other) for other in others]
    for y, row in enumerate(rows_of(image)):
        most = rivals[0][y] if len(rivals) == 1 else bytes(map(max, *(rival[y] for rival in rivals)))
        rows.append(
            bytes([min(v, max(0, line + _STEEP * (v - m))) if m else v for v, m in zip(row, most, strict=True)])
        )
    width = image.width()
    return QImage(b"".join(rows), width, image.height(), width, QImage.Format.Format_Grayscale8).copy()


def outlines(image: QImage, level: int) -> list[list[tuple[float, float]]]:
    """Closed lines around everything at or above `level`, in pixels of `image` (marching squares)."""
    width = image.width() + 2
    empty = bytes(width)
    rows = [empty, *(b"\0" + row + b"\0" for row in rows_of(image)), empty]
    inside = bytes(value >= level for value in range(256))
    following: dict[tuple[int, int, int], tuple[int, int, int]] = {}
    for y in range(len(rows) - 1):
        above, below = rows[y], rows[y + 1]
        if max(above) < level and max(below) < level:
            continue
        high, low = above.translate(inside), below.translate(inside)
        for x, (a, b, c, d) in enumerate(zip(high, high[1:], low[1:], low, strict=False)):
            case = a + 2 * b + 4 * c + 8 * d
            if 0 < case < 15:
                edges = ((x, y, 0), (x + 1, y, 1), (x, y + 1, 0), (x, y, 1))
                for start, end in _TURNS[case]:
                    following[edges[start]] = edges[end]
    return _loops(following, rows, level)


# Corners: 1 top left, 2 top right, 4 bottom right, 8 bottom left. Edges: 0 top, 1 right, 2 bottom, 3 left.
_TURNS: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((3, 0),), 2: ((0, 1),), 3: ((3, 1),), 4: ((1, 2),), 5: ((3, 0), (1, 2)), 6: ((0, 2),), 7: ((3, 2),),
    8: ((2, 3),), 9: ((2, 0),), 10: ((0, 1), (2, 3)), 11: ((2, 1),), 12: ((1, 3),), 13: ((1, 0),), 14: ((0, 3),),
}  # fmt: skip


def _loops(
    following: dict[tuple[int, int, int], tuple[int, int, int]], rows: Sequence[bytes], level: int
) -> list[list[tuple[float, float]]]:
    loops = []
    while following:
        start, edge = following.popitem()
        loop = [_point(start, rows, level)]
        while edge != start:
            loop.append(_point(edge, rows, level))
            edge = following.pop(edge)
        loops.append(loop)
    return loops


def _point(edge: tuple[int, int, int], rows: Sequence[bytes], level: int) -> tuple[float, float]:
    """Where the level is crossed on an edge; one pixel of padding is taken off, pixel centres lie at halves."""
    x, y, upright = edge
    first, second = rows[y][x], rows[y + 1][x] if upright else rows[y][x + 1]
    way = (level - 0.5 - first) / (second - first) if second != first else 0.5
    return (x - 0.5, y + way - 0.5) if upright else (x + way - 0.5, y - 0.5)


def _cells(loop: Sequence[tuple[float, float]]) -> float:
    """The loop's size in cells of the grid."""
    turned = zip(loop, [*loop[1:], loop[0]], strict=True)
    pixels = abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in turned)) / 2
    return pixels / float(4**_DOUBLINGS)


def _areas(
    word: int, field: QImage, loops: Sequence[Sequence[tuple[float, float]]], similarity: SimilarityMap
) -> Areas:
    width, height = field.width(), field.height()
    outline = QPainterPath()
    found = []
    rows = rows_of(field)
    for loop in loops:
        points = [QPointF(min(1, max(0, x / width)), min(1, max(0, y / height))) for x, y in loop]
        polygon = QPolygonF([*points, points[0]])
        outline.addPolygon(polygon)
        box = polygon.boundingRect()
        left, right = int(box.left() * width), max(int(box.left() * width) + 1, int(box.right() * width))
        top, bottom = int(box.top() * height), max(int(box.top() * height) + 1, int(box.bottom() * height))
        found.append((max((max(row[left:right], default=0) for row in rows[top:bottom]), default=0), box))
    found.sort(key=lambda pair: -pair[0])
    across, down = _EDGE_CELLS / similarity.columns, _EDGE_CELLS / similarity.rows
    extent = outline.boundingRect().adjusted(-across, -down, across, down).intersected(QRectF(0, 0, 1, 1))
    return Areas(word, field, outline, tuple(box for _, box in found), extent, 1 / similarity.columns)
