"""The library's two networks, that which finds lines and that which reads them, within a bounded amount of memory.

Finding takes 200 MB a megapixel, and the library gives that network pictures of up to 3 megapixels, or far more where a
picture is long and narrow (its shorter side is brought to 736 pixels): 670 MB were measured for one page. So it gets
the picture at 1.5 megapixels at most (an A4 page at 125 dpi), in bands one above the other, and the bands of its
answer, which says for each pixel how likely it belongs to a line, are put together again before lines are looked for
in it: a line on the seam of two bands is whole. A band cannot tell letters of more than twice the rows that it sees
beyond its seam (a sign, a poster), so a look at the whole picture at a fifth of the pixels comes first, and bands see
as much as its largest letters need (the network tells of the inner half of a line). Lines are then read from the
picture as it was.

Measured over 16 scans, photos and screenshots: an engine that reads scans takes 760 MB at the peak instead of 1,300,
finding takes less than half the time, and the words are the same but for a few signs. Photos, which were taken for
pictures of large letters and looked at as a whole, took 340 MB for a moment and take 160, for the same words.
"""

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from indexer.freeing import give_back_freed

_MOST_PIXELS = 1_500_000
_SHORTER_SIDE = 736
"""The library's own choice: smaller pictures are made larger, so that small type is found."""
_BAND_PIXELS = 300_000
_MARGIN = 32
"""Rows that a band looks at beyond its own on either side."""
_MOST_MARGIN = 128
"""With more a picture is looked at several times over. It is looked at as a whole then, at a third of its pixels: most
often it has no letters at all, but the sky or a wall."""
_COARSE_PIXELS = 500_000
_LEAST_ROWS = 96
"""Of a band that sees much beyond its own rows."""
_LIKELY = 0.3
"""The library's own: from here on a pixel belongs to a line."""
_STEP = 32
"""Height and width must be multiples of this for the network."""

_LINES = 8
"""After so many lines memory is given back, which takes a tenth of the time of reading one."""

Floats = npt.NDArray[np.float32]


def prepared(picture: npt.NDArray[np.uint8]) -> Floats:
    """(height, width, 3) to (1, 3, rows, columns) as the network wants it: -1 to 1, sides multiples of 32."""
    height, width = picture.shape[:2]
    wanted = max(1.0, _SHORTER_SIDE / min(height, width))
    ratio = min(wanted, math.sqrt(_MOST_PIXELS / (height * width)))
    rows, columns = (max(_STEP, round(side * ratio / _STEP) * _STEP) for side in (height, width))
    values = cv2.resize(picture, (columns, rows)).transpose(2, 0, 1)[None].astype(np.float32)
    values *= 2 / 255
    values -= 1
    return values


class InBands:
    """Stands in for the network: the same answer, (1, 1, rows, columns), worked out band by band."""

    def __init__(self, network: Callable[[Floats], Any]) -> None:
        self._network = network

    def __call__(self, values: Floats) -> Floats:
        """values: (1, 3, rows, columns)."""
        rows, columns = values.shape[2:]
        margin = self._margin(values)
        if margin > _MOST_MARGIN:
            return self._coarsely(values)
        answer = np.empty((1, 1, rows, columns), np.float32)
        for first, stop in bands(rows, columns, margin):
            above, below = max(0, first - margin), min(rows, stop + margin)
            found = self._network(np.ascontiguousarray(values[:, :, above:below]))
            answer[:, :, first:stop] = found[:, :, first - above : stop - above]
            give_back_freed()
        return answer

    def _coarsely(self, values: Floats) -> Floats:
        """The whole picture at once, with fewer pixels, and the answer made as large as asked for."""
        rows, columns = values.shape[2:]
        found = self._network(_smaller(values, _COARSE_PIXELS))
        give_back_freed()
        answer: Floats = cv2.resize(found[0, 0], (columns, rows), interpolation=cv2.INTER_LINEAR)[None, None]
        return answer

    def _margin(self, values: Floats) -> int:
        """How many rows beyond its own a band must see, so that it can tell the largest letters."""
        rows, columns = values.shape[2:]
        small = _smaller(values, _BAND_PIXELS)
        found = self._network(small)[0, 0]
        _, _, boxes, _ = cv2.connectedComponentsWithStats((found > _LIKELY).astype(np.uint8))
        height, width = small.shape[2:]
        sides = boxes[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]] / (width / columns, height / rows)
        largest = float(sides.min(axis=1).max(initial=0.0))
        return max(_MARGIN, math.ceil(largest / _STEP) * _STEP)


def _smaller(values: Floats, pixels: int) -> Floats:
    """The same picture with so many pixels at most."""
    rows, columns = values.shape[2:]
    ratio = math.sqrt(pixels / (rows * columns))
    if ratio >= 1:
        return values
    height, width = (max(_STEP, round(side * ratio / _STEP) * _STEP) for side in (rows, columns))
    small = cv2.resize(values[0].transpose(1, 2, 0), (width, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small.transpose(2, 0, 1)[None])


class GivingBack:
    """Stands in for the network that reads lines. No two are of the same length, so what is freed after one does not
    fit the next: a page of 60 lines left 80 MB behind."""

    def __init__(self, network: Any) -> None:
        self._network, self._lines = network, 0

    def __call__(self, values: Floats) -> Any:
        """One line, whatever the network makes of it."""
        self._lines += 1
        if self._lines % _LINES == 0:
            give_back_freed()
        return self._network(values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)


def bands(rows: int, columns: int, margin: int = _MARGIN) -> list[tuple[int, int]]:
    """First row and the one after the last of each band; about equal, each of a multiple of 32 rows but the last."""
    own = _BAND_PIXELS // columns - 2 * (margin - _MARGIN)
    count = math.ceil(rows / max(_STEP if margin == _MARGIN else _LEAST_ROWS, own))
    height = math.ceil(rows / count / _STEP) * _STEP
    return [(first, min(rows, first + height)) for first in range(0, rows, height)]
