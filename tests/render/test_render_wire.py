"""The wire believes nothing: every size and number is checked before it is used."""

import json
import os
import struct
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from indexer.documents.document import PageWords, RenderedPage
from indexer.protocol.values import TextSource
from indexer.render import wire

WORDS = PageWords(
    ("one", "zwö", "三"),
    np.asarray([[0, 0, 0.5, 0.5], [0.5, 0, 1, 0.5], [0, 0.5, 1, 1]], np.float32),
    np.asarray([0, 0, 1], np.int32),
    TextSource.TEXT_LAYER,
)
PAGE = RenderedPage(2, 3, 40.0, 30.0, np.arange(30 * 40 * 3, dtype=np.uint8).reshape(30, 40, 3), WORDS, True)


@pytest.fixture
def pipe() -> Iterator[tuple[wire.RawStream, wire.RawStream]]:
    reader, writer = os.pipe()
    ends = wire.open_raw(reader, "r"), wire.open_raw(writer, "w")
    yield ends
    for end in ends:
        end.close()


@pytest.mark.parametrize(
    "message",
    [
        wire.Settings(1, 2, 3, 4, 5, 6, background=True),
        wire.Ready(("rlimits", "seccomp")),
        wire.Job("pdf", 1, 0, 0, None, other_engine=False),
        wire.Job("pdf", 1, 0, 2_000_000, "geheim ✓", other_engine=True),
        wire.Opened(7, 0),
        wire.PageFailed(3, "page-broken", ""),
        wire.Failed("document-locked", ""),
        wire.Done(),
    ],
)
def test_messages_arrive_as_they_were_sent(pipe: tuple[wire.RawStream, wire.RawStream], message: wire.Message) -> None:
    wire.send(pipe[1], message, b"body")
    assert wire.receive(pipe[0], 4) == (message, bytearray(b"body"))


def test_pages_arrive_as_they_were_sent(pipe: tuple[wire.RawStream, wire.RawStream]) -> None:
    head, *body = wire.page_message(PAGE)
    wire.send(pipe[1], head, *body)
    message, received = wire.receive(pipe[0], wire.page_body_limit(30 * 40))
    assert isinstance(message, wire.Page)
    page = wire.page_from(message, received)
    assert (page.page, page.page_count, page.width, page.height, page.text_usable) == (2, 3, 40.0, 30.0, True)
    assert np.array_equal(page.pixels, PAGE.pixels)
    assert page.words.texts == WORDS.texts
    assert np.array_equal(page.words.boxes, WORDS.boxes)
    assert np.array_equal(page.words.lines, WORDS.lines)


def raw(number: int, head: bytes, body_bytes: int, magic: bytes = b"PBR1", head_bytes: int | None = None) -> bytes:
    return struct.pack("<4sBIQ", magic, number, len(head) if head_bytes is None else head_bytes, body_bytes) + head


@pytest.mark.parametrize(
    "data",
    [
        raw(8, b"{}", 0, magic=b"PBR2"),
        raw(99, b"{}", 0),
        raw(8, b"{}", 2**60),
        raw(8, b"", 0, head_bytes=2**31),
        raw(8, b"not json", 0),
        raw(8, b"[" * 60_000, 0),
        raw(8, b'{"more": 1}', 0),
        raw(4, b"{}", 0),
        raw(4, b'{"page_count": "7"}', 0),
        raw(4, b'{"page_count": true}', 0),
        raw(2, b'{"sandbox": [1]}', 0),
        b"\x80\x04\x95" + b"\x00" * 40,
    ],
)
def test_what_is_not_ours_is_refused(pipe: tuple[wire.RawStream, wire.RawStream], data: bytes) -> None:
    pipe[1].write(data)
    with pytest.raises(wire.WireError):
        wire.receive(pipe[0], 1000)


def test_an_end_in_the_middle_is_an_end(pipe: tuple[wire.RawStream, wire.RawStream]) -> None:
    pipe[1].write(raw(4, b'{"page_count": 7}', 100)[:-3])
    pipe[1].close()
    with pytest.raises(wire.WireEnded):
        wire.receive(pipe[0], 1000)


@pytest.mark.parametrize(
    "change",
    [
        {"pixel_columns": 41},
        {"pixel_columns": -40, "pixel_rows": -30},
        {"words": 2},
        {"words": 10**9},
        {"words": -1},
        {"page": 4},
        {"page": 0},
        {"width": 0.0},
        {"text_bytes": -1},
    ],
)
def test_heads_that_do_not_fit_their_bodies_are_refused(change: dict[str, int]) -> None:
    head, *body = wire.page_message(PAGE)
    with pytest.raises(wire.WireError):
        wire.page_from(replace(head, **change), bytearray(b"".join(body)))


@pytest.mark.parametrize("words", ["boxes", "lines", "texts", "white"])
def test_words_that_are_none_are_refused(words: str) -> None:
    head, pixels, boxes, lines, texts = wire.page_message(PAGE)
    if words == "boxes":
        boxes = np.full((3, 4), np.nan, "<f4").tobytes()
    if words == "lines":
        lines = np.asarray([1, 0, 0], "<i4").tobytes()
    if words == "texts":
        texts = b"\xff" * len(texts)
    if words == "white":
        texts = texts.replace(b"one", b"o e")
    with pytest.raises(wire.WireError):
        wire.page_from(head, bytearray(b"".join((pixels, boxes, lines, texts))))


def test_numbers_that_are_none_do_not_pass(pipe: tuple[wire.RawStream, wire.RawStream]) -> None:
    head = wire.page_message(replace(PAGE, width=float("nan")))[0]
    data = json.dumps({name: getattr(head, name) for name in head.__slots__})
    pipe[1].write(raw(5, data.encode(), 0))
    with pytest.raises(wire.WireError):
        wire.receive(pipe[0], 10)
