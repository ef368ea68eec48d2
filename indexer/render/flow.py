"""Books, plain text and SVG, through MuPDF: what has no fixed pages is laid out on one fixed size.

Nothing outside the file is loaded: MuPDF is given no archive to look in, and ignores references to the network.
"""

import os
from typing import Any

from indexer.protocol.errors import ErrorCode
from indexer.render.decoder import Decoder
from indexer.render.mupdf import MupdfDocument, load_mupdf
from indexer.render.problem import RenderProblem, is_memory_failure

_BOOK_PAGE = (420, 595, 11)  # A5 in points, and the size of its letters
_TEXT_PAGE = (595, 842, 11)  # A4: 80 columns fit
_TEXT_BYTES = 20_000_000
"""Text beyond is a log or a table of data: tens of thousands of pages that nobody looks for page by page."""


def open_book(path: str, head: bytes, max_pages: int) -> Decoder:
    """EPUB, MOBI, FB2, XPS or CBZ. Raises RenderProblem."""
    width, height, size = _BOOK_PAGE
    return _opened(path, _book_type(path, head), max_pages, width=width, height=height, fontsize=size)


def open_text(path: str, max_pages: int) -> Decoder:
    """Text as it stands, Markdown as it is meant. Raises RenderProblem."""
    if os.path.getsize(path) > _TEXT_BYTES:
        raise RenderProblem(ErrorCode.FILE_TOO_LARGE, f"{_TEXT_BYTES // 1_000_000} MB")
    width, height, size = _TEXT_PAGE
    return _opened(path, "txt", max_pages, width=width, height=height, fontsize=size)


def is_svg(head: bytes) -> bool:
    """Whether a file that begins so is an SVG drawing."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<svg" in head.lower()


def open_svg(path: str, max_pages: int) -> Decoder:
    """An SVG drawing, one page. Raises RenderProblem."""
    return _opened(path, "svg", max_pages)


def _opened(path: str, filetype: str, max_pages: int, **layout: Any) -> Decoder:
    mupdf = load_mupdf()
    try:
        document = MupdfDocument(mupdf.open(path, filetype=filetype, **layout), max_pages)
    except Exception as problem:
        if is_memory_failure(problem):
            raise
        raise RenderProblem(ErrorCode.DOCUMENT_BROKEN) from problem
    if document.page_count == 0:
        raise RenderProblem(ErrorCode.DOCUMENT_NO_PAGES)
    return document


def _book_type(path: str, head: bytes) -> str:
    if head[60:68] in (b"BOOKMOBI", b"TEXtREAd"):
        return "mobi"
    if b"<FictionBook" in head:
        return "fb2"
    suffix = os.path.splitext(path)[1].lower()
    return {".xps": "xps", ".oxps": "xps", ".cbz": "cbz"}.get(suffix, "epub")
