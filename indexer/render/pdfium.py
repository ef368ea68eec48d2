"""Pages drawn by PDFium, the second engine: for what MuPDF cannot open, or shows blank.

Slower with words (one call a character through ctypes), so only asked where MuPDF failed.
"""

import ctypes
from collections.abc import Iterator
from typing import Any

import numpy as np

from indexer.documents.document import PageWords, Pixels
from indexer.protocol.errors import ErrorCode
from indexer.render.decoder import Decoder, DrawnPage, no_pictures
from indexer.render.problem import RenderProblem
from indexer.render.sizes import scale_for, scale_for_width
from indexer.render.text_layer import RawWord, is_usable, text_layer

_CHARACTERS_LIMIT = 100_000


class PdfiumDocument(Decoder):
    """A PDF that PDFium opened. Forms are not initialised: init_forms() hangs on a file of the corpus measured."""

    def __init__(self, path: str, password: str | None, max_pages: int) -> None:
        import pypdfium2

        self._pdfium = pypdfium2
        self._document = pypdfium2.PdfDocument(path, password=password)
        self.page_count = min(len(self._document), max_pages)
        self.left_out = len(self._document) - self.page_count

    def read(self, page: int, page_pixels: int, recognition_pixels: int) -> DrawnPage:
        """See Decoder."""
        loaded = self._document[page - 1]
        try:
            width, height = _size(loaded)
            pixels = _draw(loaded, scale_for(width, height, page_pixels))
            layer = text_layer(self._words(loaded, width, height), (0, 0, width, height))
            usable = is_usable(layer, pixels, no_pictures())
            if not usable:
                pixels = _draw(loaded, scale_for(width, height, recognition_pixels))
        finally:
            loaded.close()
        return DrawnPage(width, height, pixels, layer.words, usable)

    def picture(self, page: int, width_px: int) -> DrawnPage:
        """See Decoder."""
        loaded = self._document[page - 1]
        try:
            width, height = _size(loaded)
            pixels = _draw(loaded, scale_for_width(width, height, width_px))
        finally:
            loaded.close()
        return DrawnPage(width, height, pixels, PageWords(), text_usable=False)

    def close(self) -> None:
        """See Decoder."""
        self._document.close()

    def _words(self, page: Any, width: float, height: float) -> Iterator[RawWord]:
        """Words in the order of the content, boxes in points of the upright page from its top left."""
        raw = self._pdfium.raw
        text = page.get_textpage()
        to_device = _to_device(raw, page, width, height)
        word: list[str] = []
        box: list[float] = []
        line = 0
        for index in range(min(text.count_chars(), _CHARACTERS_LIMIT)):
            character = chr(min(raw.FPDFText_GetUnicode(text, index), 0x10FFFF))
            if not character.isspace():
                left, bottom, right, top = text.get_charbox(index, loose=True)
                word.append(character)
                box += [*to_device(left, top), *to_device(right, bottom)]
                continue
            if word:
                yield _word("".join(word), box, line)
                word, box = [], []
            line += character in "\r\n"
        if word:
            yield _word("".join(word), box, line)
        text.close()


def _word(text: str, corners: list[float], line: int) -> RawWord:
    return RawWord(min(corners[::2]), min(corners[1::2]), max(corners[::2]), max(corners[1::2]), text, (0, line))


def _to_device(raw: Any, page: Any, width: float, height: float) -> Any:
    """A function from page space to points from the top left of the upright page, rotation included."""
    fine = 16  # FPDF_PageToDevice gives whole numbers

    def convert(x: float, y: float) -> tuple[float, float]:
        device_x, device_y = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page, 0, 0, round(width * fine), round(height * fine), 0, x, y, device_x, device_y)
        return device_x.value / fine, device_y.value / fine

    return convert


def _size(page: Any) -> tuple[float, float]:
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        raise RenderProblem(ErrorCode.PAGE_BROKEN, "no area")
    return width, height


def _draw(page: Any, scale: float) -> Pixels:
    bitmap = page.render(scale=scale, rev_byteorder=True)
    pixels = bitmap.to_numpy()[:, :, :3]
    if pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    copy = np.ascontiguousarray(pixels)
    bitmap.close()
    return copy
