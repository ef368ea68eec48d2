"""How large a page is drawn: never more pixels than asked for, never absurdly enlarged, never less than a pixel."""

import math

LARGEST_ENLARGEMENT = 6.0
"""Of a point: 432 dpi. A stamp-sized page gains nothing from more."""
LONGEST_SIDE = 20_000
LARGEST_SIDE = 100_000_000
"""Of a page, in points: 35 km. What is larger is a lie, and numbers with it go wrong in the libraries."""
PREVIEW_PIXELS = 24_000_000
"""The most that a preview may have, however wide it is asked for."""


def scale_for(width: float, height: float, pixels: int, largest: float = LARGEST_ENLARGEMENT) -> float:
    """The factor from points to pixels with which a page of `width` x `height` has at most `pixels` pixels."""
    width, height = max(width, 1e-3), max(height, 1e-3)
    return min(math.sqrt(pixels / (width * height)), largest, LONGEST_SIDE / max(width, height))


def scale_for_width(width: float, height: float, width_px: int) -> float:
    """The factor with which a page is `width_px` wide, or as near as PREVIEW_PIXELS allows."""
    return min(width_px / max(width, 1e-3), scale_for(width, height, PREVIEW_PIXELS, math.inf))
