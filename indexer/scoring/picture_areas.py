"""Where on a page there may be a picture: the largest part of it, inside its text, that no running text covers.

Only the words and where they stand are asked, for that is what is stored of a page. The labels of a chart or a map
stand in short lines, so they do not break it up; margins and the empty end of a page are outside the text and no
picture. What lies there is not looked at: an empty part in the middle of a page counts too.
"""

import numpy as np
import numpy.typing as npt

from indexer.documents.document import PageWords

RUNNING = 4
"""A line of so many words is running text, a shorter one may be a label."""
_CELLS = 50
_LEAST_WIDTH, _LEAST_HEIGHT, _LEAST_AREA = 0.15, 0.07, 0.06
"""Of the page: gaps between paragraphs and beside headings are smaller, charts and photographs larger."""

Floats = npt.NDArray[np.float32]


def picture_area(words: PageWords) -> Floats | None:
    """The part of the page, float32 (4,) normalised; None where running text leaves no room for a picture.

    A page without any running text has no such part either: all of it may be the picture, so its words say more.
    """
    lines = [words.boxes[words.lines == line] for line in np.unique(words.lines)]
    running = [_around(boxes) for boxes in lines if len(boxes) >= RUNNING]
    if not running:
        return None
    free = np.zeros((_CELLS, _CELLS), np.bool_)
    free[_cells(_around(words.boxes))] = True
    for box in running:
        free[_cells(box)] = False
    return largest_free(free)


def largest_free(free: npt.NDArray[np.bool_]) -> Floats | None:
    """The largest rectangle of free cells, as a box; None where none is as large as a picture. free: (n, n)."""
    count = len(free)
    best = _LEAST_AREA * count * count
    found: tuple[int, int, int, int] | None = None
    for top in range(count):
        open_columns = np.logical_and.accumulate(free[top:], axis=0)  # (rows from here, columns)
        runs = np.zeros(open_columns.shape, np.int64)  # free columns in a row that end here
        length = np.zeros(len(open_columns), np.int64)
        for column in range(count):
            length = np.where(open_columns[:, column], length + 1, 0)
            runs[:, column] = length
        heights = np.arange(1, len(runs) + 1)[:, None]
        areas = runs * heights
        areas[(runs < _LEAST_WIDTH * count) | (heights < _LEAST_HEIGHT * count)] = 0
        row, column = divmod(int(areas.argmax()), count)
        if areas[row, column] > best:
            best, width = float(areas[row, column]), int(runs[row, column])
            found = (column + 1 - width, top, column + 1, top + row + 1)
    return None if found is None else (np.array(found, np.float64) / count).astype(np.float32)


def _around(boxes: Floats) -> Floats:
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _cells(box: Floats) -> tuple[slice, slice]:
    """The cells that a box touches."""
    x0, y0, x1, y1 = (float(value) * _CELLS for value in box)
    return slice(int(y0), int(np.ceil(y1))), slice(int(x0), int(np.ceil(x1)))
