"""The wire between engine and renderer: a fixed prefix, a small JSON head, then raw bytes. Never pickle.

    prefix  magic "PBR1", message number (1 byte), head size (4 bytes), body size (8 bytes), little endian
    head    JSON object, at most HEAD_LIMIT bytes, with exactly the fields of the message's dataclass
    body    JOB: the path as the system spells it. PAGE: pixels, then boxes, lines and texts of the words.

What a renderer sends is not trusted: each size is checked before memory is taken for it, each number before use.
"""

import dataclasses
import io
import json
import math
import struct
import types
from dataclasses import dataclass
from typing import TypeAlias, TypeVar, get_args, get_origin

import numpy as np

from indexer.documents.document import PageWords, RenderedPage
from indexer.protocol.values import TextSource

_MAGIC = b"PBR1"
_PREFIX = struct.Struct("<4sBIQ")
HEAD_LIMIT = 64 * 1024
WORDS_LIMIT = 200_000
TEXT_LIMIT = 16 * 1024 * 1024
PATH_LIMIT = 64 * 1024
_WORD_BYTES = 4 * 4 + 4
_DETAIL_CHARACTERS = 200


class WireError(Exception):
    """What came is not what this wire carries; the renderer at its other end is not to be trusted any more."""


class WireEnded(Exception):  # noqa: N818 - an end is not an error: each side decides what it means
    """The other end is gone."""


RawStream: TypeAlias = io.FileIO
"""An unbuffered end of a pipe."""


@dataclass(frozen=True, slots=True)
class Settings:
    """First message to a renderer: the limits it puts on itself (see RenderLimits), and its rank."""

    page_pixels: int
    recognition_pixels: int
    picture_pixels: int
    cpu_s: int
    memory_bytes: int
    max_pages: int
    background: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """The renderer's answer: which parts of the sandbox are in force, by name."""

    sandbox: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """Read a document from `first_page` on; or, with `width_px` > 0, that one page at that width.

    `page_pixels`: of each page that is read; 0 for as many as usual. `other_engine`: leave MuPDF out, it died on this
    page. The path travels in the body.
    """

    kind: str
    first_page: int
    width_px: int
    page_pixels: int
    password: str | None
    other_engine: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """The document is open and `page_count` pages of it can be asked for; `left_out` more pages, or pictures of an
    animation, are in it and will not come."""

    page_count: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page; pixels and words are in the body."""

    page: int
    page_count: int
    width: float
    height: float
    pixel_columns: int
    pixel_rows: int
    words: int
    text_bytes: int
    text_usable: bool
    partial: bool


@dataclass(frozen=True, slots=True)
class PageFailed:
    """One page cannot be shown; the next one follows."""

    page: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The document cannot be shown, or not further; nothing follows."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Done:
    """All pages asked for were sent."""


Message: TypeAlias = Settings | Ready | Job | Opened | Page | PageFailed | Failed | Done
_NUMBERS: dict[int, type[Message]] = {
    1: Settings,
    2: Ready,
    3: Job,
    4: Opened,
    5: Page,
    6: PageFailed,
    7: Failed,
    8: Done,
}
_NUMBER_OF = {kind: number for number, kind in _NUMBERS.items()}
_M = TypeVar("_M", bound=Message)


def send(stream: RawStream, message: Message, *body: bytes | memoryview) -> None:
    """Write one message. Raises WireEnded when the other end is gone."""
    head = json.dumps(dataclasses.asdict(message)).encode()
    size = sum(len(part) for part in body)
    try:
        for part in (_PREFIX.pack(_MAGIC, _NUMBER_OF[type(message)], len(head), size) + head, *body):
            rest = memoryview(part)
            while rest:
                rest = rest[stream.write(rest) or 0 :]
    except (OSError, ValueError) as problem:
        raise WireEnded from problem


def receive(stream: RawStream, body_limit: int) -> tuple[Message, bytearray]:
    """Read one message and its body. Raises WireEnded, or WireError for anything that is not one of ours."""
    magic, number, head_bytes, body_bytes = _PREFIX.unpack(_read(stream, _PREFIX.size))
    if magic != _MAGIC or number not in _NUMBERS or head_bytes > HEAD_LIMIT or body_bytes > body_limit:
        raise WireError(f"message {number}, head {head_bytes} bytes, body {body_bytes} bytes of at most {body_limit}")
    message = _parse(_NUMBERS[number], bytes(_read(stream, head_bytes)))
    return message, _read(stream, body_bytes)


def _read(stream: RawStream, size: int) -> bytearray:
    data = bytearray(size)
    rest = memoryview(data)
    while rest:
        try:
            got = stream.readinto(rest)
        except (OSError, ValueError) as problem:
            raise WireEnded from problem
        if not got:
            raise WireEnded
        rest = rest[got:]
    return data


def _parse(kind: type[_M], head: bytes) -> _M:
    try:
        found = json.loads(head)
    except (ValueError, RecursionError) as problem:
        raise WireError(f"{kind.__name__}: not JSON") from problem
    fields = {field.name: field.type for field in dataclasses.fields(kind)}
    if not isinstance(found, dict) or found.keys() != fields.keys():
        raise WireError(f"{kind.__name__}: other fields than expected")
    for name, wanted in fields.items():
        found[name] = _checked(kind.__name__, found[name], wanted)
    return kind(**found)


def _checked(message: str, value: object, wanted: object) -> object:
    """`value` if it is of the plain type `wanted`: int, float, str, bool, str | None or tuple[str, ...]."""
    if get_origin(wanted) is tuple and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if wanted is float and isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    allowed = get_args(wanted) if isinstance(wanted, types.UnionType) else (wanted,)
    if wanted is not float and type(value) in allowed:
        return value
    raise WireError(f"{message}: a field of the wrong type")


def page_message(page: RenderedPage) -> tuple[Page, bytes | memoryview, bytes, bytes, bytes]:
    """A page as it goes over the wire: its head, then the parts of its body."""
    words = page.words
    texts = "\n".join(words.texts).encode("utf-8", errors="replace")
    rows, columns, _ = page.pixels.shape
    head = Page(
        page=page.page,
        page_count=page.page_count,
        width=page.width,
        height=page.height,
        pixel_columns=columns,
        pixel_rows=rows,
        words=len(words.texts),
        text_bytes=len(texts),
        text_usable=page.text_usable,
        partial=page.partial,
    )
    pixels = np.ascontiguousarray(page.pixels).reshape(-1).data
    return head, pixels, words.boxes.astype("<f4").tobytes(), words.lines.astype("<i4").tobytes(), texts


def page_body_limit(pixels: int) -> int:
    """The largest body of a page of at most so many pixels."""
    return pixels * 3 + WORDS_LIMIT * _WORD_BYTES + TEXT_LIMIT


def page_from(head: Page, body: bytearray) -> RenderedPage:
    """The page that a renderer sent. Raises WireError where head and body do not fit each other."""
    pixel_bytes = head.pixel_columns * head.pixel_rows * 3
    boxes_end = pixel_bytes + head.words * 16
    lines_end = boxes_end + head.words * 4
    sizes = (head.page, head.pixel_columns, head.pixel_rows)
    if min(sizes) < 1 or head.page > head.page_count or not 0 <= head.words <= WORDS_LIMIT or head.text_bytes < 0:
        raise WireError("Page: a number out of range")
    if not (0 < head.width < 1e9 and 0 < head.height < 1e9) or len(body) != lines_end + head.text_bytes:
        raise WireError(f"Page: a body of {len(body)} bytes, announced {lines_end + head.text_bytes}")
    pixels = np.frombuffer(body, np.uint8, pixel_bytes).reshape(head.pixel_rows, head.pixel_columns, 3)
    boxes = np.frombuffer(body, "<f4", head.words * 4, pixel_bytes).reshape(-1, 4).astype(np.float32)
    lines = np.frombuffer(body, "<i4", head.words, boxes_end).astype(np.int32)
    try:
        texts = tuple(bytes(body[lines_end:]).decode("utf-8").split("\n")) if head.words else ()
    except UnicodeDecodeError as problem:
        raise WireError("Page: words that are not UTF-8") from problem
    if len(texts) != head.words or any(not text or text != "".join(text.split()) for text in texts):
        raise WireError("Page: words that are none")
    if not np.isfinite(boxes).all() or (boxes < 0).any() or (boxes > 1).any() or (np.diff(lines) < 0).any():
        raise WireError("Page: boxes or lines out of range")
    source = TextSource.TEXT_LAYER if head.words else TextSource.NONE
    words = PageWords(texts, boxes, lines, source)
    return RenderedPage(
        head.page, head.page_count, head.width, head.height, pixels, words, head.text_usable, head.partial
    )


def plain_detail(detail: str) -> str:
    """A renderer's words made fit for a sentence: short and printable."""
    return "".join(c for c in detail[:_DETAIL_CHARACTERS] if c.isprintable())


def open_raw(descriptor: int, mode: str) -> io.FileIO:
    """An unbuffered stream over a file descriptor, which it closes with itself."""
    return io.FileIO(descriptor, mode)
