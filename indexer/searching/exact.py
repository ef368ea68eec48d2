"""Words and phrases that stand literally on a page, folded: case and accents do not matter."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from indexer.documents.document import PageWords
from indexer.documents.folding import folded, folded_each
from indexer.protocol.values import Region

_MOST = 50


class Standing:
    """Where words or phrases stand on a page, at most 50 places each.

    words: for each phrase the indexes on the page, int64, of the words of its places; boxes: one around each place,
    strength 1.
    """

    def __init__(self, wanted: Sequence[Sequence[str]], page: PageWords) -> None:
        """wanted: phrases as `folded_phrase` gives them; none stands anywhere when it is empty."""
        starts = _starts(wanted, page.texts)
        places = [
            [range(start, start + len(words)) for start in here] for words, here in zip(wanted, starts, strict=True)
        ]
        self.words = [np.array([at for place in some for at in place], np.int64) for some in places]
        boxes = iter(_boxes([place for some in places for place in some], page.boxes))
        self.boxes = [tuple([next(boxes) for _ in some]) for some in places]


def folded_phrase(text: str) -> list[str]:
    """The words of a phrase, folded."""
    return [fold for word in text.split() if (fold := folded(word))]


def _starts(wanted: Sequence[Sequence[str]], texts: Sequence[str]) -> list[list[int]]:
    """Where on the page each phrase begins."""
    if not any(wanted):
        return [[] for _ in wanted]
    page = folded_each(texts)
    where: dict[str, list[int]] = {words[0]: [] for words in wanted if words}
    for at, word in enumerate(page):  # once for all phrases: a question may have hundreds
        if word in where:
            where[word].append(at)
    return [
        [at for at in where[words[0]] if len(words) == 1 or list(page[at : at + len(words)]) == words][:_MOST]
        if words
        else []
        for words in wanted
    ]


def _boxes(places: Sequence[range], page_boxes: npt.NDArray[np.float32]) -> list[Region]:
    if not places:
        return []
    boxes = page_boxes[[at for place in places for at in place]]
    firsts = np.cumsum([0, *(len(place) for place in places[:-1])])
    sides = np.concatenate(
        [np.minimum.reduceat(boxes[:, :2], firsts), np.maximum.reduceat(boxes[:, 2:], firsts)], axis=1
    )
    return [Region(x0, y0, x1, y1, 1.0) for x0, y0, x1, y1 in sides.astype(np.float64).round(4).tolist()]
