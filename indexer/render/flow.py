"""Books, plain text and SVG, through MuPDF: what has no fixed pages is laid out on one fixed size.

Nothing outside the file is loaded: MuPDF is given no archive to look in, and ignores references to the network.
"""

import os
import re
from typing import Any

from indexer.documents.plain_text import beginning, decoded
from indexer.protocol.errors import ErrorCode
from indexer.render import packed
from indexer.render.decoder import Decoder
from indexer.render.ink import is_blank
from indexer.render.mupdf import MupdfDocument, load_mupdf
from indexer.render.problem import RenderProblem, is_memory_failure

_BOOK_PAGE = (420, 595, 11)  # A5 in points, and the size of its letters
_TEXT_PAGE = (595, 842, 11)  # A4: 80 columns fit
_MARKDOWN = re.compile(r"^(#{1,6} |[-*+] |\d+\. |> |\||```)|\]\(", re.MULTILINE)
"""Without any of it a text is laid out as it stands, line by line."""
_LOOKED_AT_PX = 400
_TEXT_BYTES = 20_000_000
"""Text beyond is a log or a table of data: tens of thousands of pages that nobody looks for page by page."""


def open_book(path: str, head: bytes, suffix: str, max_pages: int) -> Decoder:
    """EPUB, MOBI, FB2 or XPS. Raises RenderProblem."""
    if packed.is_protected(path, head):
        raise RenderProblem(ErrorCode.DOCUMENT_PROTECTED)
    width, height, size = _BOOK_PAGE
    layout = {"width": width, "height": height, "fontsize": size}
    if head.startswith(b"PK") and (book := packed.packed_fiction(path)):
        return _opened(None, "fb2", max_pages, stream=book, **layout)
    return _opened(path, _book_type(head, suffix), max_pages, **layout)


def open_text(path: str, suffix: str, max_pages: int) -> Decoder:
    """Text as it stands, Markdown as it is meant. Raises RenderProblem."""
    if os.path.getsize(path) > _TEXT_BYTES:
        raise RenderProblem(ErrorCode.FILE_TOO_LARGE, f"{_TEXT_BYTES // 1_000_000} MB")
    width, height, size = _TEXT_PAGE
    with open(path, "rb") as file:
        text = decoded(file.read(_TEXT_BYTES))
    stream = b"\xef\xbb\xbf" + text.encode("utf-8", errors="replace") + b"\n"
    kind = "md" if suffix in (".md", ".markdown") and _MARKDOWN.search(text) else "txt"
    return _opened(None, kind, max_pages, stream=stream, width=width, height=height, fontsize=size)


def is_svg(head: bytes) -> bool:
    """Whether a file that begins so is an SVG drawing."""
    start = beginning(head).lower()
    return start.startswith("<") and "<svg" in start


def open_svg(path: str, max_pages: int) -> Decoder:
    """An SVG drawing, one page. Raises RenderProblem."""
    return _opened(path, "svg", max_pages)


def open_picture(path: str, filetype: str, max_pages: int) -> Decoder:
    """A picture ("tiff", "png") that Pillow cannot open. Raises RenderProblem, also where nothing is to be seen."""
    document = _opened(path, filetype, max_pages)
    drawn = document.picture(1, _LOOKED_AT_PX)
    if is_blank(drawn.pixels):
        raise RenderProblem(ErrorCode.DOCUMENT_BROKEN)
    return document


def _opened(path: str | None, filetype: str, max_pages: int, **layout: Any) -> Decoder:
    mupdf = load_mupdf()
    try:
        opened = mupdf.open(path, filetype=filetype, **layout)
        document = MupdfDocument(opened, max_pages, is_text=filetype in ("txt", "md"))
    except Exception as problem:
        if is_memory_failure(problem):
            raise
        raise RenderProblem(ErrorCode.DOCUMENT_BROKEN) from problem
    if document.page_count == 0:
        raise RenderProblem(ErrorCode.DOCUMENT_NO_PAGES)
    return document


def _book_type(head: bytes, suffix: str) -> str:
    if head[60:68] in (b"BOOKMOBI", b"TEXtREAd"):
        return "mobi"
    if "<fictionbook" in beginning(head).lower():
        return "fb2"
    return {".xps": "xps", ".oxps": "xps", ".cbz": "cbz", ".fb2": "fb2"}.get(suffix, "epub")
