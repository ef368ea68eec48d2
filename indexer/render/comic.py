"""Comics: a zip of pictures, each a page, in the order in which people count.

Read with our own picture decoder and not by MuPDF, which knows neither WebP nor AVIF, takes macOS's notes beside the
pictures for pictures, and looks at no size before it takes memory.
"""

import re
import zipfile

from indexer.protocol.errors import ErrorCode
from indexer.render.decoder import Decoder, DrawnPage
from indexer.render.image import ImageDocument
from indexer.render.problem import RenderProblem

_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".png", ".webp", ".gif", ".jp2", ".avif", ".bmp", ".tif", ".tiff", ".heic")
_PICTURE_BYTES = 200_000_000
_NOT_COMICS = ("META-INF/container.xml", "[Content_Types].xml", "mimetype")
_FAILURES = (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError)


def is_comic(path: str, head: bytes) -> bool:
    """Whether a book is a zip of pictures and nothing that says otherwise."""
    if not head.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            return names.isdisjoint(_NOT_COMICS) and bool(_pictures(archive))
    except _FAILURES:
        return False


class ComicDocument(Decoder):
    """An open comic. Raises RenderProblem."""

    def __init__(self, path: str, picture_pixels: int, max_pages: int) -> None:
        self._pixels_limit = picture_pixels
        try:
            self._archive = zipfile.ZipFile(path)
        except _FAILURES as problem:
            raise RenderProblem(ErrorCode.DOCUMENT_BROKEN) from problem
        every = _pictures(self._archive)
        self._entries = every[:max_pages]
        self.page_count = len(self._entries)
        self.left_out = len(every) - self.page_count
        if not self.page_count:
            raise RenderProblem(ErrorCode.DOCUMENT_NO_PAGES)

    def read(self, page: int, page_pixels: int, recognition_pixels: int) -> DrawnPage:
        """See Decoder."""
        return self._picture(page).read(1, page_pixels, recognition_pixels)

    def picture(self, page: int, width_px: int) -> DrawnPage:
        """See Decoder."""
        return self._picture(page).picture(1, width_px)

    def close(self) -> None:
        """See Decoder."""
        self._archive.close()

    def _picture(self, page: int) -> ImageDocument:
        entry = self._entries[page - 1]
        if entry.file_size > _PICTURE_BYTES:
            raise RenderProblem(ErrorCode.PICTURE_TOO_LARGE, f"{entry.file_size // 1_000_000} MB")
        try:
            data = self._archive.read(entry)
        except _FAILURES as problem:
            raise RenderProblem(ErrorCode.PAGE_BROKEN) from problem
        try:
            return ImageDocument(data, data[:4096], self._pixels_limit, 1)
        except RenderProblem as problem:
            broken = problem.code is ErrorCode.DOCUMENT_BROKEN
            raise RenderProblem(ErrorCode.PAGE_BROKEN if broken else problem.code, problem.detail) from problem


def _pictures(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The pictures in it, page 2 before page 10; what macOS puts beside them is none."""
    found = []
    for entry in archive.infolist():
        *folders, name = entry.filename.split("/")
        if name.lower().endswith(_SUFFIXES) and not name.startswith(".") and "__MACOSX" not in folders:
            found.append(entry)
    return sorted(found, key=lambda entry: _counted(entry.filename))


def _counted(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", name.lower())
    return [(int(part), "") if part.isascii() and part.isdigit() else (-1, part) for part in parts]
