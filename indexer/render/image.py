"""Pictures, through Pillow and pillow-heif: the decoder chosen by content, the size looked at before memory is taken.

Only the decoders named here are reachable, whatever a file is called: Pillow left to itself would hand EPS to
Ghostscript and open PSD, FITS or BLP behind a .png name. A picture cut short is shown as far as it goes, and said
to be partial. Of GIF and other animated pictures the first frame is the page; each frame of a TIFF is a page.
"""

import importlib
import warnings
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFile

from indexer.documents.document import PageWords, Pixels
from indexer.protocol.errors import ErrorCode
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
_DEEP_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")


class ImageDocument(Decoder):
    """A picture file. Raises RenderProblem PICTURE_TOO_LARGE or DOCUMENT_BROKEN when it cannot be opened."""

    def __init__(self, path: str, head: bytes, picture_pixels: int, max_pages: int) -> None:
        self._path, self._head, self._pixels_limit = path, head, picture_pixels
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            self._image = self._open()
            frames = _frames(self._image)
        except Exception as problem:
            raise _told(problem, ErrorCode.DOCUMENT_BROKEN) from problem
        self._check_size()
        self.page_count = min(frames, max_pages) if self._image.format == "TIFF" else 1
        self.left_out = frames - self.page_count if self._image.format not in _PREVIEWED else 0

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
            return Image.open(self._path, formats=("HEIF", "AVIF"))
        for plugin in _PLUGINS:  # by name: Image.open would import every decoder it has to find one
            importlib.import_module(f"PIL.{plugin}ImagePlugin")
        return Image.open(self._path, formats=_FORMATS)

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
        blank = is_blank(pixels)
        if blank and partial:
            raise RenderProblem(ErrorCode.PAGE_BROKEN, "cut short")
        return DrawnPage(width, height, pixels, PageWords(), blank, partial)

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


def _frames(image: Image.Image) -> int:
    """How many pictures the file has; a GIF is walked through for that, and may be cut short behind the first."""
    try:
        return max(1, int(getattr(image, "n_frames", 1)))
    except (OSError, SyntaxError, ValueError, EOFError) as problem:
        if is_memory_failure(problem) or image.format == "TIFF":
            raise
        image.seek(0)
        return 1


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
    """16 or 32 bits a pixel brought to 8: by the type's range for 16 bits, by what is there for the rest."""
    values = np.asarray(image)
    if values.dtype.kind == "f":
        values = np.nan_to_num(values.astype(np.float32))
    low, high = float(values.min()), float(values.max())
    if values.dtype.kind in "iu" and low >= 0:
        low, high = 0.0, 65535.0 if high > 255 and high <= 65535 else max(high, 255.0)
    scaled = (values.astype(np.float32) - low) * (255.0 / max(high - low, 1e-9))
    return Image.fromarray(scaled.clip(0, 255).astype(np.uint8)).convert("RGB")
