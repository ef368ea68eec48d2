"""What every decoder inside a renderer offers: a document with pages, each drawn at a size.

pdf.py, flow.py and image.py each open their kinds; worker.py neither knows nor cares which.
"""

import abc
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.documents.document import PageWords, Pixels


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """One page drawn: as RenderedPage, without its number."""

    width: float
    height: float
    pixels: Pixels
    words: PageWords
    text_usable: bool
    partial: bool = False


class Decoder(abc.ABC):
    """An open document."""

    page_count: int
    left_out: int = 0
    """Pages beyond the limit, or pictures of an animation beyond the first: in the file, but not given."""

    @abc.abstractmethod
    def read(self, page: int, page_pixels: int, recognition_pixels: int) -> DrawnPage:
        """Page `page` (from 1) at `page_pixels`, or at `recognition_pixels` where its words must be recognised.

        Raises RenderProblem, or whatever the library raises: the worker tells the parent that the page is broken.
        """

    @abc.abstractmethod
    def picture(self, page: int, width_px: int) -> DrawnPage:
        """Page `page` at a given width, without words."""

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Let go of the file."""


def no_pictures() -> npt.NDArray[np.float32]:
    """No boxes, (0, 4)."""
    return np.zeros((0, 4), np.float32)
