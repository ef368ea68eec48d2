"""Where on a page there may be a picture: the largest part of it, inside its text, that no running text covers.

Only the words and where they stand are asked, for that is what is stored of a page. The labels of a chart or a map
stand in short lines, so they do not break it up; margins and the empty end of a page are outside the text and no
picture. What lies there is not looked at: an empty part in the middle of a page counts too.
"""

import numpy as np
import numpy.typing as npt

from indexer.compiled import compiled
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
    sides = (_LEAST_WIDTH * count, _LEAST_HEIGHT * count, _LEAST_AREA * count * count)
    found = largest_rectangle(free, *sides)
    return None if found[2] == 0 else (found / count).astype(np.float32)


@compiled
def largest_rectangle(
    free: npt.NDArray[np.bool_], least_width: float, least_height: float, least_area: float
) -> npt.NDArray[np.float64]:
    """Left, top, right and bottom of the largest rectangle of free cells above these sizes; zeros for none.

    Of equal ones the first, row by row.
    """
    rows, columns = free.shape
    best = least_area
    found = np.zeros(4, np.float64)
    open_columns = np.empty(columns, np.bool_)
    for top in range(rows):
        open_columns[:] = True
        for bottom in range(top, rows):
            height = bottom - top + 1
            run = 0
            for column in range(columns):
                open_columns[column] &= free[bottom, column]
                run = run + 1 if open_columns[column] else 0
                if run >= least_width and height >= least_height and run * height > best:
                    best = np.float64(run * height)
                    found[0], found[1], found[2], found[3] = column + 1 - run, top, column + 1, bottom + 1
    return found


def _around(boxes: Floats) -> Floats:
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _cells(box: Floats) -> tuple[slice, slice]:
    """The cells that a box touches."""
    x0, y0, x1, y1 = (float(value) * _CELLS for value in box)
    return slice(int(y0), int(np.ceil(y1))), slice(int(x0), int(np.ceil(x1)))
