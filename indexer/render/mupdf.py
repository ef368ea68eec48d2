"""Pages drawn by MuPDF: PDF, books, text and SVG.

One display list per page serves both drawing and words, so a page's content is parsed once, and both come upright:
the list is in the rotated page's own space.
"""

import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.documents.document import PageWords, Pixels
from indexer.protocol.errors import ErrorCode
from indexer.render.decoder import Decoder, DrawnPage
from indexer.render.problem import RenderProblem
from indexer.render.sizes import LARGEST_SIDE, scale_for, scale_for_width
from indexer.render.text_layer import RawWord, TextLayer, is_usable, text_layer

_STORE_PAGES = 16
"""MuPDF keeps up to 256 MB of decoded pictures and fonts (its TOOLS.store_size() is None): emptied so often."""


def load_mupdf() -> Any:
    """The pymupdf module, without what it would drag in.

    `import pymupdf` imports pymupdf.layout and pymupdf4llm, and those onnxruntime with its telemetry and 0.4 s of
    start-up. With both names blocked it goes on without: it expects an ImportError of either.
    """
    if "pymupdf" not in sys.modules:
        for name in ("pymupdf.layout", "pymupdf4llm"):
            sys.modules[name] = None  # type: ignore[assignment]
    import pymupdf

    # MuPDF's warnings quote the document
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    return pymupdf


class MupdfDocument(Decoder):
    """A document that MuPDF opened, with its password given. `is_text`: its words are what it consists of, so they are
    never looked for in the picture, however odd they are: base64 has as few vowels as a font with shuffled codes."""

    def __init__(self, document: Any, max_pages: int, *, is_text: bool = False) -> None:
        self._mupdf, self._is_text = load_mupdf(), is_text
        self._document = document
        self.page_count = min(document.page_count, max_pages)
        self.left_out = document.page_count - self.page_count

    def read(self, page: int, page_pixels: int, recognition_pixels: int) -> DrawnPage:
        """See Decoder."""
        drawing = self._drawing(page)
        rect = drawing.rect
        pixels = self._draw(drawing, scale_for(rect.width, rect.height, page_pixels))
        layer, pictures = self._text(drawing)
        usable = self._is_text or is_usable(layer, pixels, pictures)
        if not usable:
            pixels = self._draw(drawing, scale_for(rect.width, rect.height, recognition_pixels))
            self._mupdf.TOOLS.store_shrink(100)  # the scan as it was decoded serves no other page
        return DrawnPage(rect.width, rect.height, pixels, layer.words, usable)

    def picture(self, page: int, width_px: int) -> DrawnPage:
        """See Decoder."""
        drawing = self._drawing(page)
        rect = drawing.rect
        pixels = self._draw(drawing, scale_for_width(rect.width, rect.height, width_px))
        return DrawnPage(rect.width, rect.height, pixels, PageWords(), text_usable=False)

    def close(self) -> None:
        """See Decoder."""
        self._document.close()
        self._mupdf.TOOLS.store_shrink(100)  # nothing of it serves the next document

    def _drawing(self, page: int) -> Any:
        drawing = self._document.load_page(page - 1).get_displaylist()
        if page % _STORE_PAGES == 0:
            self._mupdf.TOOLS.store_shrink(100)
        width, height = drawing.rect.width, drawing.rect.height
        if not (width > 0 and height > 0):
            raise RenderProblem(ErrorCode.PAGE_BROKEN, "no area")
        if max(width, height) > LARGEST_SIDE:
            raise RenderProblem(ErrorCode.PICTURE_TOO_LARGE, f"{width:.0f} x {height:.0f} points")
        return drawing

    def _draw(self, drawing: Any, scale: float) -> Pixels:
        pixmap = drawing.get_pixmap(self._mupdf.Matrix(scale, scale))
        if pixmap.n != 3 or pixmap.width < 1 or pixmap.height < 1:
            raise RenderProblem(ErrorCode.PAGE_BROKEN, "no pixels")
        rows = np.frombuffer(pixmap.samples_mv, np.uint8).reshape(pixmap.height, pixmap.stride)
        return rows[:, : pixmap.width * 3].reshape(pixmap.height, pixmap.width, 3).copy()

    def _text(self, drawing: Any) -> tuple[TextLayer, npt.NDArray[np.float32]]:
        """The words (ligatures taken apart, unknown glyphs as U+FFFD), and the boxes of pictures, normalised."""
        mupdf = self._mupdf
        flags = mupdf.TEXT_PRESERVE_WHITESPACE | mupdf.TEXT_PRESERVE_IMAGES | mupdf.TEXT_MEDIABOX_CLIP
        found = mupdf.TextPage(drawing.get_textpage(flags=flags))
        rect = drawing.rect
        frame = (rect.x0, rect.y0, rect.x1, rect.y1)
        layer = text_layer(
            (
                RawWord(x0, y0, x1, y1, text, (block, line))
                for x0, y0, x1, y1, text, block, line, _ in found.extractWORDS()
            ),
            frame,
        )
        boxes = np.asarray([info["bbox"] for info in found.extractIMGINFO()], np.float32).reshape(-1, 4)
        size = np.asarray([rect.width, rect.height] * 2, np.float32)
        return layer, np.clip((boxes - np.asarray([rect.x0, rect.y0] * 2, np.float32)) / size, 0, 1)
