"""The vision tower's attention windows as an order of merged cells, so that windows need no loop and no padding.

Windows at a page's right and bottom edge are smaller. Putting all windows of one size next to each other, over all
pages of a batch, makes each size one batched attention call per block (at most four sizes a page shape).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Grid: TypeAlias = tuple[int, int]
"""Merged cells of a page: rows, columns."""


@dataclass(frozen=True, slots=True)
class WindowOrder:
    """order: cell numbers (pages one after another, each row by row) in window order; inverse: the way back.

    groups: (windows, cells in each), in order. rows, columns: of each cell on its page, in window order.
    """

    order: npt.NDArray[np.int64]
    inverse: npt.NDArray[np.int64]
    groups: tuple[tuple[int, int], ...]
    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]


@lru_cache(maxsize=64)
def window_order(grids: tuple[Grid, ...], window: int) -> WindowOrder:
    """Order the cells of a batch; `window` is a window's side in cells."""
    by_size: dict[int, list[npt.NDArray[np.int64]]] = {}
    offset = 0
    for rows, columns in grids:
        cells = np.arange(rows * columns).reshape(rows, columns) + offset
        for top in range(0, rows, window):
            for left in range(0, columns, window):
                one = cells[top : top + window, left : left + window].reshape(-1)
                by_size.setdefault(one.size, []).append(one)
        offset += rows * columns
    sizes = sorted(by_size, reverse=True)
    order = np.concatenate([one for size in sizes for one in by_size[size]])
    inverse = np.empty_like(order)
    inverse[order] = np.arange(order.size)
    places = np.concatenate([_places(grid) for grid in grids])[order]
    groups = tuple((len(by_size[size]), size) for size in sizes)
    return WindowOrder(order, inverse, groups, places[:, 0], places[:, 1])


def _places(grid: Grid) -> npt.NDArray[np.int64]:
    """(cells, 2): row and column of each cell."""
    return np.stack(np.divmod(np.arange(grid[0] * grid[1]), grid[1]), axis=1)
