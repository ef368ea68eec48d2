"""Words and phrases that stand literally on a page, folded: case and accents do not matter."""

import contextlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from indexer.documents.folding import folded
from indexer.protocol.values import Region

_MOST = 50


def phrase_places(phrase: str, page: Sequence[str]) -> list[range]:
    """Where the words of a phrase stand one after another: ranges of indexes into the page's words, given folded."""
    wanted = [fold for word in phrase.split() if (fold := folded(word))]
    if not wanted:
        return []
    places: list[range] = []
    at = -1
    with contextlib.suppress(ValueError):  # index() finds the next one without looking at each word in Python
        while len(places) < _MOST:
            at = page.index(wanted[0], at + 1)
            if list(page[at : at + len(wanted)]) == wanted:
                places.append(range(at, at + len(wanted)))
    return places


def boxes_of(places: Sequence[range], page_boxes: npt.NDArray[np.float32]) -> tuple[Region, ...]:
    """One box around the words of each place, strength 1. page_boxes: float32 (n, 4), normalised, the page's words."""
    regions = []
    for place in places:
        boxes = page_boxes[place.start : place.stop]
        low, high = boxes[:, :2].min(axis=0).round(4), boxes[:, 2:].max(axis=0).round(4)
        regions.append(Region(float(low[0]), float(low[1]), float(high[0]), float(high[1]), 1.0))
    return tuple(regions)
