"""Where a page has ink: a coarse grid of cells, true where light and dark meet within the cell.

Plain surfaces of any colour are no ink; letters, lines and photographs are. text_layer.py compares this with where
the words stand; a page without ink is blank.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from indexer.documents.document import Pixels

Cells: TypeAlias = npt.NDArray[np.bool_]
"""cell_rows x cell_columns of one page."""

CELLS_ACROSS = 110
"""Cells along the page's shorter side: on A4 one cell is 2 mm, less than a line of text."""
_CONTRAST = 32
"""Of 255, between the darkest and the lightest pixel of a cell: above the noise of scanned paper and of JPEG."""


def ink_cells(pixels: Pixels) -> Cells:
    """The inked cells of a page, (cell_rows, cell_columns), for pixels (height, width, 3)."""
    height, width, _ = pixels.shape
    side = max(2, round(min(height, width) / CELLS_ACROSS))
    rows, columns = max(1, height // side), max(1, width // side)
    tall, wide = min(height, rows * side), min(width, columns * side)
    # All three channels: red and blue catch what is pure green or pure magenta on white. Rows of pixels first, whole as
    # they lie in memory, then columns one by one: a reduction over a few numbers at a time is what numpy is slow at.
    bands = np.ascontiguousarray(pixels[:tall, :wide]).reshape(rows, tall // rows, wide * 3)
    shape = (rows, columns, wide // columns, 3)
    lights, darks = bands.max(axis=1).reshape(shape), bands.min(axis=1).reshape(shape)
    light, dark = lights[:, :, 0], darks[:, :, 0]
    for column in range(1, shape[2]):
        light, dark = np.maximum(light, lights[:, :, column]), np.minimum(dark, darks[:, :, column])
    contrast = light - dark >= _CONTRAST  # both uint8, and light is never below dark
    inked: Cells = contrast[:, :, 0] | contrast[:, :, 1] | contrast[:, :, 2]
    return inked


def covered_cells(boxes: npt.NDArray[np.float32], shape: tuple[int, int]) -> Cells:
    """The cells that the boxes (n, 4), normalised, touch, for a grid of `shape` (cell_rows, cell_columns)."""
    rows, columns = shape
    covered = np.zeros(shape, np.bool_)
    scaled = boxes * np.asarray([columns, rows, columns, rows], np.float32)
    starts = np.floor(scaled[:, :2]).astype(np.int32)
    ends = np.ceil(scaled[:, 2:]).astype(np.int32)
    for (left, top), (right, bottom) in zip(starts.tolist(), ends.tolist(), strict=True):
        covered[top:bottom, left:right] = True
    return covered


def is_blank(pixels: Pixels) -> bool:
    """Whether nothing stands on the page: at most one cell in 4,000, so that a speck on a scan does not count."""
    inked = ink_cells(pixels)
    return int(inked.sum()) * 4000 <= inked.size
