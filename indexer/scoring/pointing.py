"""Where on a page a question matches: pure functions over one page's similarities."""

import numpy as np
import numpy.typing as npt

from indexer.encoder.encoder import WORD_KIND, EncodedQuery
from indexer.protocol.values import Region

Floats = npt.NDArray[np.float32]

BACKGROUND_STRENGTH, BEST_STRENGTH = 0.2, 0.95
_SPAN = 12
"""Word vectors in a row that are looked at together: about a sentence's worth of words that carry meaning."""


def strengths(similarity: Floats, background: Floats, best: Floats) -> Floats:
    """Similarities (m, n) on the question's scale: 0.2 at a query vector's background, 0.95 at its best, cut to 0..1.

    background, best: (m,), the same for all pages of one question, so that an absent word looks absent.
    """
    room = np.maximum(best - background, 0.05)[:, None]
    scaled = BACKGROUND_STRENGTH + (BEST_STRENGTH - BACKGROUND_STRENGTH) * (similarity - background[:, None]) / room
    result: Floats = np.clip(scaled, 0, 1).astype(np.float32)
    return result


def word_regions(strength: Floats, regions: Floats, limit: int = 24, least: float = 0.35) -> tuple[Region, ...]:
    """One query word's places, strongest first. strength: (n,), regions: (n, 4)."""
    strong = np.flatnonzero(strength >= least)
    order = strong[np.argsort(-strength[strong], kind="stable")[:limit]]
    return _regions(regions[order], strength[order])


def best_regions(
    strength: Floats, query: EncodedQuery, kinds: npt.NDArray[np.uint8], regions: Floats, limit: int = 5
) -> tuple[Region, ...]:
    """The page's best places for the whole question, strongest first.

    A run of word vectors is good when many of the question's words are matched well within it; the place told is the
    part of it that lies on its strongest line. strength: (m, n) as from strengths().
    """
    asked = np.flatnonzero(query.kinds == WORD_KIND)
    words = np.flatnonzero(kinds == WORD_KIND)
    if len(asked) == 0 or len(words) == 0:
        return ()
    weights = query.weights[asked] / max(float(query.weights[asked].sum()), 1e-9)
    field = np.clip(strength[np.ix_(asked, words)] - 0.3, 0, None) ** 2 * weights[:, None]
    spans = _span_maxima(field).sum(axis=0)
    told = np.sqrt(spans) + 0.3
    boxes: list[Floats] = []
    values: list[float] = []
    free = spans.copy()
    while len(boxes) < limit and free.max() > 0:
        start = int(free.argmax())
        run = np.arange(start, min(start + _SPAN, len(words)))
        boxes.append(_strongest_line(field[:, run].max(axis=0), regions[words[run]]))
        values.append(min(told[start], 1.0))
        free[max(0, start - _SPAN + 1) : start + _SPAN] = 0
    return _regions(np.array(boxes, np.float32).reshape(-1, 4), np.array(values, np.float32))


def _strongest_line(value: Floats, boxes: Floats) -> Floats:
    """The box around the words that matter on the line that matters most."""
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    on_line = (middle[:, None] >= boxes[None, :, 1]) & (
        middle[:, None] <= boxes[None, :, 3]
    )  # [j, i]: j lies on i's line
    line = int((on_line * value[:, None]).sum(axis=0).argmax())
    members = on_line[:, line] & (value >= 0.25 * value.max())
    if not members.any():
        members = np.arange(len(value)) == value.argmax()
    chosen = boxes[members]
    result: Floats = np.concatenate([chosen[:, :2].min(axis=0), chosen[:, 2:].max(axis=0)])
    return result


def _span_maxima(field: Floats) -> Floats:
    """For each place the largest value of the _SPAN places from it on, row by row: (m, n) -> (m, n)."""
    padded = np.pad(field, ((0, 0), (0, _SPAN - 1)))
    width = 1
    while width < _SPAN:  # spans of 1, 2, 4, 8 and then 12 from two of 8
        step = min(width, _SPAN - width)
        padded = np.maximum(padded[:, : padded.shape[1] - step], padded[:, step:])
        width += step
    return padded


def _regions(boxes: Floats, strength: Floats) -> tuple[Region, ...]:
    corners = np.round(boxes.astype(np.float64), 4).tolist()
    values = np.round(strength.astype(np.float64), 3).tolist()
    return tuple(Region(x0, y0, x1, y1, value) for (x0, y0, x1, y1), value in zip(corners, values, strict=True))
