"""Where each image vector lies on its page, for whole pages, pooled vectors and overlapping crops."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from indexer.protocol.quality import CROP_OVERLAP, crop_side

Box: TypeAlias = tuple[float, float, float, float]
"""x0, y0, x1, y1 as fractions of the page."""
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)

Regions: TypeAlias = npt.NDArray[np.float32]


def grid_regions(rows: int, columns: int, pooling: int = 1, box: Box = WHOLE) -> Regions:
    """float32 (rows * ceil(columns / pooling), 4): cells row by row, `pooling` neighbours of a row as one box."""
    x0, y0, x1, y1 = box
    left = np.arange(0, columns, pooling)
    right = np.minimum(left + pooling, columns)
    top, start = np.meshgrid(np.arange(rows), left, indexing="ij")
    _, stop = np.meshgrid(np.arange(rows), right, indexing="ij")
    fractions = np.stack([start / columns, top / rows, stop / columns, (top + 1) / rows], axis=-1).reshape(-1, 4)
    size = np.array([x1 - x0, y1 - y0] * 2)
    regions: Regions = (fractions * size + np.array([x0, y0] * 2)).astype(np.float32)
    return regions


def crop_boxes(crops: int) -> list[Box]:
    """Crops x crops boxes that cover the page, row by row, neighbours overlapping."""
    if crops < 2:
        return []
    side = crop_side(crops)
    starts = [index * side * (1 - CROP_OVERLAP) for index in range(crops)]
    return [(x, y, min(1.0, x + side), min(1.0, y + side)) for y in starts for x in starts]


def pixel_box(box: Box, height: int, width: int) -> tuple[slice, slice]:
    """Rows and columns of a box in a picture, one pixel at least."""
    x0, y0, x1, y1 = box
    top, left = min(int(y0 * height), height - 1), min(int(x0 * width), width - 1)
    return slice(top, max(top + 1, round(y1 * height))), slice(left, max(left + 1, round(x1 * width)))


def exact_box(box: Box, height: int, width: int) -> Box:
    """The box that `pixel_box` really cuts, so that places in a crop are right to the pixel."""
    rows, columns = pixel_box(box, height, width)
    return columns.start / width, rows.start / height, columns.stop / width, rows.stop / height
