"""Document, Page and their words: plain values handed between the parts of the engine."""

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from indexer.protocol.values import TextSource

Pixels: TypeAlias = npt.NDArray[np.uint8]
"""height x width x 3, RGB, the upright page."""


def _no_boxes() -> npt.NDArray[np.float32]:
    return np.zeros((0, 4), np.float32)


@dataclass(frozen=True, slots=True)
class PageWords:
    """The words of a page in reading order, with where they stand.

    texts: n words, none empty, no white space inside.
    boxes: float32 (n, 4), x0 y0 x1 y1 normalised to the upright page, origin top left.
    lines: int32 (n,), the number of the line a word stands in, from 0, never decreasing.
    """

    texts: tuple[str, ...] = ()
    boxes: npt.NDArray[np.float32] = field(default_factory=_no_boxes)
    lines: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    source: TextSource = TextSource.NONE

    def __post_init__(self) -> None:
        if self.boxes.shape != (len(self.texts), 4) or self.lines.shape != (len(self.texts),):
            raise ValueError(f"{len(self.texts)} words, boxes {self.boxes.shape}, lines {self.lines.shape}")

    def text(self) -> str:
        """The words as text, one line a line."""
        rows: list[list[str]] = []
        last = -1
        for word, line in zip(self.texts, self.lines.tolist(), strict=True):
            if line != last:
                rows.append([])
                last = line
            rows[-1].append(word)
        return "\n".join(" ".join(row) for row in rows)


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """One page as it came from the renderer, upright.

    width, height: of the page in points (pictures: pixels), only their ratio matters.
    words: of the text layer; `text_usable` is false where they must be recognised from the pixels instead.
    partial: the page was shown, but parts of it could not be (truncated picture, missing object).
    """

    page: int
    page_count: int
    width: float
    height: float
    pixels: Pixels
    words: PageWords
    text_usable: bool
    partial: bool = False
