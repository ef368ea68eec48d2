"""When a text layer can stand for its page, and when the words must be recognised from the picture instead."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from indexer.documents.document import RenderedPage
from indexer.protocol.values import DocumentKind
from indexer.render.mupdf import load_mupdf
from indexer.render.pool import RenderPool
from indexer.render.text_layer import RawWord, text_layer

PROSE = [
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "the",
    "lazy",
    "dog",
    "while",
    "nobody",
    "at",
    "all",
    "is",
    "looking",
    "at",
    "it",
    "tonight",
]


def prose_lines(count: int) -> list[str]:
    return [" ".join(PROSE[n % 5 : n % 5 + 9]) for n in range(count)]


def scan(lines: list[str]) -> bytes:
    """A picture of a page of text, as a scanner makes it."""
    image = Image.new("L", (1200, 1800), 250)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((100, 100 + number * 50), line, fill=10, font_size=36)
    file = io.BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


def page_of(pool: RenderPool, folder: Path, draw: object) -> RenderedPage:
    document = load_mupdf().open()
    draw(document.new_page(width=400, height=600))  # type: ignore[operator]
    document.save(folder / "page.pdf")
    (page,) = pool.read(folder / "page.pdf", DocumentKind.PDF)
    assert isinstance(page, RenderedPage)
    return page


def write(page: object, lines: list[str], *, hidden: bool = False) -> None:
    for number, line in enumerate(lines):
        page.insert_text((33, 44 + number * 16.67), line, fontsize=11.5, render_mode=3 if hidden else 0)  # type: ignore[attr-defined]


def test_plain_text_is_usable(pool: RenderPool, tmp_path: Path) -> None:
    assert page_of(pool, tmp_path, lambda page: write(page, prose_lines(20))).text_usable


def test_a_few_words_on_an_empty_page_are_usable(pool: RenderPool, tmp_path: Path) -> None:
    assert page_of(pool, tmp_path, lambda page: write(page, ["Chapter 1"])).text_usable


def test_a_scan_is_not_and_comes_large_for_recognition(pool: RenderPool, tmp_path: Path) -> None:
    lines = prose_lines(25)
    page = page_of(pool, tmp_path, lambda page: page.insert_image(page.rect, stream=scan(lines)))
    assert not page.text_usable
    assert page.pixels.shape[0] * page.pixels.shape[1] == pytest.approx(1_000_000, rel=0.02)


def test_a_scan_with_a_stamp_is_not(pool: RenderPool, tmp_path: Path) -> None:
    def draw(page: object) -> None:
        page.insert_image(page.rect, stream=scan(prose_lines(25)))  # type: ignore[attr-defined]
        write(page, ["Downloaded from the archive on 12 May 2021. All use subject to its terms and conditions. 000123"])

    assert not page_of(pool, tmp_path, draw).text_usable


def test_a_scan_with_its_recognised_text_beneath_is(pool: RenderPool, tmp_path: Path) -> None:
    def draw(page: object) -> None:
        page.insert_image(page.rect, stream=scan(prose_lines(25)))  # type: ignore[attr-defined]
        write(page, prose_lines(25), hidden=True)

    page = page_of(pool, tmp_path, draw)
    assert page.text_usable
    assert len(page.words.texts) > 150


def test_a_photograph_with_a_caption_is(pool: RenderPool, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (300, 600, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG")

    def draw(page: object) -> None:
        page.insert_image((40, 200, 360, 360), stream=file.getvalue())  # type: ignore[attr-defined]
        write(page, prose_lines(8))

    assert page_of(pool, tmp_path, draw).text_usable


def test_shuffled_letters_are_not(pool: RenderPool, tmp_path: Path) -> None:
    shifted = ["".join(chr(ord(c) - 29) if c.isalpha() else c for c in line) for line in prose_lines(20)]
    assert not page_of(pool, tmp_path, lambda page: write(page, shifted)).text_usable


def test_words_are_cleaned_and_those_off_the_page_are_dropped() -> None:
    raw = [
        RawWord(0, 0, 10, 10, "co\u00adop", (0, 0)),
        RawWord(20, 0, 30, 10, "two\u00a0parts", (0, 0)),
        RawWord(0, 20, 10, 30, "\ufffd\ue000\x01", (0, 1)),
        RawWord(0, 20, 10, 30, "(cid:12)(cid:7)", (0, 1)),
        RawWord(-50, 20, -10, 30, "left", (0, 1)),
        RawWord(float("nan"), 20, 10, 30, "nowhere", (0, 1)),
        RawWord(90, 40, 105, 50, "edge", (1, 0)),
    ]
    layer = text_layer(raw, (0, 0, 100, 100))
    assert layer.words.texts == ("coop", "two", "parts", "edge")
    assert layer.words.lines.tolist() == [0, 0, 0, 1]
    assert layer.words.boxes[3].tolist() == pytest.approx([0.9, 0.4, 1, 0.5])
    assert layer.unmapped_share == pytest.approx(5 / 22)


def test_the_cells_of_a_row_are_one_line_and_columns_of_text_are_not() -> None:
    cells = [RawWord(x, y, x + 8, y + 5, f"{x}-{y}", (0, x + y)) for y in (10, 20) for x in (10, 50, 80)]
    assert text_layer(cells, (0, 0, 100, 100)).words.lines.tolist() == [0, 0, 0, 1, 1, 1]
    columns = [RawWord(x, y, x + 30, y + 5, "word", (x, y)) for x in (10, 60) for y in (10, 20, 30)]
    assert text_layer(columns, (0, 0, 100, 100)).words.lines.tolist() == [0, 1, 2, 3, 4, 5]
