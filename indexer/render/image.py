"""Pictures, through Pillow and pillow-heif: the decoder chosen by content, the size looked at before memory is taken.

Only the decoders named here are reachable, whatever a file is called: Pillow left to itself would hand EPS to
Ghostscript and open PSD, FITS or BLP behind a .png name. A picture cut short is shown as far as it goes, and said
to be partial. Of GIF and other animated pictures the first frame is the page; each frame of a TIFF is a page. What
Pillow cannot open MuPDF may: TIFF of unusual depth, PNG with too much beside the picture.
"""

import contextlib
import importlib
import io
import struct
import warnings
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFile, TiffImagePlugin

from indexer.documents.document import PageWords, Pixels
from indexer.protocol.errors import ErrorCode
from indexer.render import flow
from indexer.render.decoder import Decoder, DrawnPage
from indexer.render.ink import is_blank
from indexer.render.problem import RenderProblem, is_memory_failure
from indexer.render.sizes import scale_for, scale_for_width

_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "DIB", "AVIF", "JPEG2000", "PPM")
_PLUGINS = ("Png", "Jpeg", "WebP", "Tiff", "Gif", "Bmp", "Avif", "Jpeg2K", "Ppm")
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_PREVIEWED = ("MPO", "JPEG", "HEIF")
"""Here further pictures are previews, depth maps and other eyes of the same photograph."""
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = tuple(_TURNS[number] for number in (5, 6, 7, 8))
_MOST_FRAMES = 20_000
_OTHERS = ((b"II*\x00", "tiff"), (b"MM\x00*", "tiff"), (b"\x89PNG", "png"))
_SAMPLE_FORMAT, _UNSIGNED, _FLOATS = 339, 1, 3
_PHOTOMETRIC, _WHITE_IS_ZERO = 262, 0
_TOPS = (255.0, 4095.0, 65535.0)
"""What is white: 12 bits are what many scanners have, and 16 what files have room for."""
_DEEP_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")


def open_picture(path: str, head: bytes, picture_pixels: int, max_pages: int) -> Decoder:
    """A picture file, by whatever reads it. Raises RenderProblem PICTURE_TOO_LARGE, DOCUMENT_BROKEN."""
    try:
        return ImageDocument(path, head, picture_pixels, max_pages)
    except RenderProblem as problem:
        other = next((name for magic, name in _OTHERS if head.startswith(magic)), "")
        if problem.code is not ErrorCode.DOCUMENT_BROKEN or not other:
            raise
        columns, rows = _told_size(path, head)
        if columns * rows > picture_pixels:
            raise RenderProblem(ErrorCode.PICTURE_TOO_LARGE, f"{columns} x {rows} pixels") from problem
        return flow.open_picture(path, other, max_pages)


class ImageDocument(Decoder):
    """A picture file, or what is in one. Raises RenderProblem PICTURE_TOO_LARGE or DOCUMENT_BROKEN when it cannot be
    opened."""

    def __init__(self, source: str | bytes, head: bytes, picture_pixels: int, max_pages: int) -> None:
        self._source, self._head, self._pixels_limit = source, head, picture_pixels
        self._given_back = False
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            self._image = self._open()
            frames = self._frames()
        except Exception as problem:
            raise _told(problem, ErrorCode.DOCUMENT_BROKEN) from problem
        self._check_size()
        self.page_count = min(frames, max_pages) if self._image.format == "TIFF" else 1
        self.left_out = frames - self.page_count if self._image.format not in _PREVIEWED else 0

    def _frames(self) -> int:
        """How many pictures the file has. A GIF is walked through for that, and may be cut short behind the first; so
        may a TIFF, whose list of pictures then ends with one that cannot be shown, so that somebody is told.
        """
        try:
            return max(1, int(getattr(self._image, "n_frames", 1)))
        except Exception as problem:
            if is_memory_failure(problem):
                raise
        self._image.close()
        self._image = self._open()
        count = 1
        with contextlib.suppress(Exception):
            while self._image.format == "TIFF" and count < _MOST_FRAMES:
                self._image.seek(count)
                count += 1
        broken = self._image.format == "TIFF"
        self._image.close()
        self._image = self._open()
        return count + broken

    def _open(self) -> Image.Image:
        """Read the header, no pixels. Pillow's own check is off meanwhile: ours comes next, and tells the size."""
        Image.MAX_IMAGE_PIXELS = None
        try:
            return self._open_by_content()
        finally:
            Image.MAX_IMAGE_PIXELS = self._pixels_limit

    def _open_by_content(self) -> Image.Image:
        head = self._head
        brands = {head[8:12], *(head[i : i + 4] for i in range(16, 64, 4))}
        if head[4:8] == b"ftyp" and not _HEIF_BRANDS.isdisjoint(brands):
            import pillow_heif

            pillow_heif.register_heif_opener()
            return Image.open(self._file(), formats=("HEIF", "AVIF"))
        for plugin in _PLUGINS:  # by name: Image.open would import every decoder it has to find one
            importlib.import_module(f"PIL.{plugin}ImagePlugin")
        return Image.open(self._file(), formats=_FORMATS)

    def _file(self) -> str | io.BytesIO:
        return io.BytesIO(self._source) if isinstance(self._source, bytes) else self._source

    def read(self, page: int, page_pixels: int, recognition_pixels: int) -> DrawnPage:
        """See Decoder. A picture has no words of its own, so it comes at `recognition_pixels` whatever it shows."""
        del page_pixels
        return self._draw(page, lambda width, height: scale_for(width, height, recognition_pixels, 1.0))

    def picture(self, page: int, width_px: int) -> DrawnPage:
        """See Decoder. Never larger than the picture is."""
        return self._draw(page, lambda width, height: min(1.0, scale_for_width(width, height, width_px)))

    def close(self) -> None:
        """See Decoder."""
        self._image.close()

    def _draw(self, page: int, scale: Callable[[int, int], float]) -> DrawnPage:
        try:
            partial = self._load(page, scale)
            image = self._image
            turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
            size = self._full_size or image.size
            width, height = size[::-1] if turn in _SIDEWAYS else size
            factor = scale(width, height)
            upright = _opaque(image)
            wanted = max(1, int(size[0] * factor)), max(1, int(size[1] * factor))
            if wanted != upright.size:
                upright = upright.resize(wanted, Image.Resampling.LANCZOS, reducing_gap=2.0)
            upright = upright if turn is None else upright.transpose(turn)
        except RenderProblem:
            raise
        except Exception as problem:
            raise _told(problem, ErrorCode.PAGE_BROKEN) from problem
        pixels: Pixels = np.array(upright, np.uint8)
        if self.page_count == 1:
            self._give_back()
        blank = is_blank(pixels)
        if blank and partial:
            raise RenderProblem(ErrorCode.PAGE_BROKEN, "cut short")
        return DrawnPage(width, height, pixels, PageWords(), blank, partial)

    def _give_back(self) -> None:
        """Decoded, a photo takes 36 MB; its file is opened anew should it be wanted again."""
        self._image.close()
        self._given_back = True

    def _load(self, page: int, scale: Callable[[int, int], float]) -> bool:
        """Decode; True where the file ends before the picture does and the rest was left grey or black."""
        self._seek(page, scale)
        try:
            self._image.load()
        except (OSError, SyntaxError, ValueError, EOFError) as problem:
            if is_memory_failure(problem):
                raise
        else:
            return False
        self._image.close()
        self._image = self._open()
        self._seek(page, scale)
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            self._image.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
        return True

    def _seek(self, page: int, scale: Callable[[int, int], float]) -> None:
        """Go to the page, look at its size, and let a JPEG be decoded at a fraction of it where that is enough."""
        self._full_size: tuple[int, int] | None = None
        if self._given_back:
            self._image, self._given_back = self._open(), False
        if self.page_count > 1:
            self._image.seek(page - 1)
        self._check_size()
        if self._image.format not in ("JPEG", "MPO"):
            return
        columns, rows = self._image.size
        factor = max(scale(columns, rows), scale(rows, columns))
        self._full_size = columns, rows
        self._image.draft(None, (round(columns * factor), round(rows * factor)))

    def _check_size(self) -> None:
        columns, rows = self._image.size
        if columns * rows > self._pixels_limit:
            raise RenderProblem(ErrorCode.PICTURE_TOO_LARGE, f"{columns} x {rows} pixels")


def _told_size(path: str, head: bytes) -> tuple[int, int]:
    """Columns and rows of a PNG or TIFF by its header alone. Raises RenderProblem where it has none, or numbers with a
    point, which MuPDF takes for others."""
    if head.startswith(b"\x89PNG"):
        if head[12:16] != b"IHDR":
            raise RenderProblem(ErrorCode.DOCUMENT_BROKEN)
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    try:
        tags = TiffImagePlugin.ImageFileDirectory_v2(head[:8])
        with open(path, "rb") as file:
            file.seek(tags.next)
            tags.load(file)
        if _FLOATS in tags.get(_SAMPLE_FORMAT, ()):
            raise RenderProblem(ErrorCode.DOCUMENT_BROKEN)
        return int(tags[256]), int(tags[257])
    except (OSError, ValueError, KeyError, TypeError, SyntaxError, struct.error) as problem:
        raise RenderProblem(ErrorCode.DOCUMENT_BROKEN) from problem


def _told(problem: Exception, otherwise: ErrorCode) -> RenderProblem:
    if isinstance(problem, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return RenderProblem(ErrorCode.PICTURE_TOO_LARGE, "more pixels than allowed")
    if is_memory_failure(problem):
        return RenderProblem(ErrorCode.RENDER_MEMORY)
    if isinstance(problem, ImportError):
        return RenderProblem(ErrorCode.INTERNAL, "a part of Pagebeam is missing")
    return RenderProblem(otherwise)


def _opaque(image: Image.Image) -> Image.Image:
    """Any mode as RGB on white paper, so that black letters on nothing stay readable."""
    if image.mode in _DEEP_MODES:
        return _shallow(image)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(with_alpha, mask=with_alpha.getchannel("A"))
        return paper
    return image.convert("RGB")


def _shallow(image: Image.Image) -> Image.Image:
    """16 or 32 bits a pixel brought to 8: up to 16 by the range that is used, the rest by what is there."""
    values = np.asarray(image)
    if image.format == "TIFF" and image.mode == "I":
        told = getattr(image, "tag_v2", {}).get(_SAMPLE_FORMAT, (_UNSIGNED,))
        values = values.view(np.uint32) if told[0] == _UNSIGNED else values
    if values.dtype.kind == "f":
        values = np.nan_to_num(values.astype(np.float32))
    low, high = float(values.min()), float(values.max())
    if values.dtype.kind in "iu" and low >= 0:
        low, high = 0.0, next((top for top in _TOPS if high <= top), high)
    scaled = (values.astype(np.float32) - low) * (255.0 / max(high - low, 1e-9))
    if image.format == "TIFF" and getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        scaled = 255.0 - scaled  # Pillow does so itself with 8 bits
    return Image.fromarray(scaled.clip(0, 255).astype(np.uint8)).convert("RGB")
