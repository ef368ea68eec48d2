"""Words and phrases that stand literally on a page, folded: case and accents do not matter."""

import contextlib
import itertools
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
    if len(wanted) == 1:
        found = (at for at, word in enumerate(page) if word == wanted[0])
        return [range(at, at + 1) for at in itertools.islice(found, _MOST)]
    places: list[range] = []
    at = -1
    with contextlib.suppress(ValueError):  # index() finds the next one without looking at each word in Python
        while len(places) < _MOST:
            at = page.index(wanted[0], at + 1)
            if list(page[at : at + len(wanted)]) == wanted:
                places.append(range(at, at + len(wanted)))
    return places


def words_in(places: Sequence[range]) -> npt.NDArray[np.int64]:
    """The words of each place of one phrase, by their indexes: (places, words of the phrase)."""
    starts = np.array([place.start for place in places], np.int64)
    return starts[:, None] + np.arange(len(places[0]) if places else 0)


def boxes_of(places: Sequence[range], page_boxes: npt.NDArray[np.float32]) -> tuple[Region, ...]:
    """One box around each place of one phrase, strength 1. page_boxes: float32 (n, 4), of the page's words."""
    if not places:
        return ()
    boxes = page_boxes[words_in(places)]
    sides = np.concatenate([boxes[:, :, :2].min(axis=1), boxes[:, :, 2:].max(axis=1)], axis=1).round(4).tolist()
    return tuple(Region(x0, y0, x1, y1, 1.0) for x0, y0, x1, y1 in sides)
