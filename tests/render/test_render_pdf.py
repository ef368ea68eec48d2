"""Pages come upright, with their words where they are seen, from whichever engine can show them."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from indexer.documents.document import RenderedPage
from indexer.protocol.values import DocumentKind, TextSource
from indexer.render.ink import is_blank
from indexer.render.mupdf import load_mupdf
from indexer.render.pdfium import PdfiumDocument
from indexer.render.pool import RenderPool

Make = Callable[..., Path]
BLOCK = (60.0, 150.0, 340.0, 200.0)


def read_one(pool: RenderPool, path: Path) -> RenderedPage:
    (page,) = pool.read(path, DocumentKind.PDF)
    assert isinstance(page, RenderedPage)
    return page


def ink_box(page: RenderedPage) -> list[float]:
    """The box around everything dark on the page, normalised."""
    rows, columns = np.nonzero(page.pixels.min(axis=2) < 128)
    height, width, _ = page.pixels.shape
    return [columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height]


def assert_same_place(box: list[float], ink: list[float]) -> None:
    """Word boxes are as high as the font, so ink lies within; at both ends of a word it reaches the box."""
    assert box[0] - 0.01 <= ink[0]
    assert box[1] - 0.01 <= ink[1]
    assert box[2] + 0.01 >= ink[2]
    assert box[3] + 0.01 >= ink[3]
    assert (box[2] - box[0]) * (box[3] - box[1]) < 3 * (ink[2] - ink[0]) * (ink[3] - ink[1])


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_word_boxes_lie_on_their_pixels_however_the_page_is_turned(
    pool: RenderPool, make_pdf: Make, rotation: int
) -> None:
    page = read_one(pool, make_pdf(["HHHHHHHH"], rotation=rotation))
    assert page.words.texts == ("HHHHHHHH",)
    assert page.words.source == TextSource.TEXT_LAYER
    assert page.text_usable
    height, width, _ = page.pixels.shape
    assert (width > height) == (rotation in (90, 270)) == (page.width > page.height)
    assert_same_place(page.words.boxes[0].tolist(), ink_box(page))


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_second_engine_gives_the_same_words_in_the_same_places(make_pdf: Make, rotation: int) -> None:
    path = make_pdf(["HHHHHHHH"], rotation=rotation)
    drawn = PdfiumDocument(str(path), None, 10).read(1, 400_000, 400_000)
    page = RenderedPage(1, 1, drawn.width, drawn.height, drawn.pixels, drawn.words, drawn.text_usable)
    assert page.words.texts == ("HHHHHHHH",)
    assert_same_place(page.words.boxes[0].tolist(), ink_box(page))


def test_ordinary_documents_need_the_first_engine_only(make_pdf: Make) -> None:
    code = (
        "import sys\nfrom indexer.render.pdf import PdfDocument\n"
        "document = PdfDocument(sys.argv[1], None, 10)\n"
        "print([document.read(page, 400_000, 400_000).words.texts for page in (1, 2)], 'pypdfium2' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(make_pdf(["one", "two"]))],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stdout == "[('one',), ('two',)] False\n", run.stderr


def test_cropped_pages_keep_words_and_pixels_together(pool: RenderPool, make_pdf: Make, tmp_path: Path) -> None:
    mupdf = load_mupdf()
    document = mupdf.open(make_pdf(["HHHHHHHH"]))
    document[0].insert_text((300, 590), "outside")
    document[0].set_cropbox(mupdf.Rect(20, 50, 300, 200))
    document.save(tmp_path / "cropped.pdf")
    page = read_one(pool, tmp_path / "cropped.pdf")
    assert page.words.texts == ("HHHHHHHH",)
    assert (page.width, page.height) == (280, 150)
    assert_same_place(page.words.boxes[0].tolist(), ink_box(page))


def test_words_come_line_by_line_with_ligatures_apart(pool: RenderPool, tmp_path: Path) -> None:
    document = load_mupdf().open()
    page = document.new_page(width=400, height=600)
    page.insert_text((40, 100), ["first line here", "second one"], fontsize=20)
    document.save(tmp_path / "lines.pdf")
    words = read_one(pool, tmp_path / "lines.pdf").words
    assert words.text() == "first line here\nsecond one"
    assert words.lines.tolist() == [0, 0, 0, 1, 1]


def test_a_blank_page_is_usable_with_no_words(pool: RenderPool, make_pdf: Make) -> None:
    page = read_one(pool, make_pdf([""]))
    assert is_blank(page.pixels)
    assert page.text_usable
    assert page.words.texts == ()


@pytest.mark.parametrize("size", [(14_400, 14_400), (14_400, 20), (3, 3), (100_000, 100_000)])
def test_pages_of_any_size_are_drawn_within_the_limit(pool: RenderPool, tmp_path: Path, size: tuple[int, int]) -> None:
    document = load_mupdf().open()
    document.new_page(width=size[0], height=size[1])
    document.save(tmp_path / "odd.pdf")
    height, width, _ = read_one(pool, tmp_path / "odd.pdf").pixels.shape
    assert 1 <= width * height <= 420_000
    assert width / height == pytest.approx(size[0] / size[1], rel=0.2)


def test_documents_cut_short_or_with_a_wrong_table_are_repaired(pool: RenderPool, make_pdf: Make) -> None:
    path = make_pdf(["one", "two"])
    content = path.read_bytes()
    for name, damaged in (
        ("cut.pdf", content[: int(len(content) * 0.9)]),
        ("shifted.pdf", b"\x00junk\r\n" * 60 + content),
        ("table.pdf", content.replace(b"startxref\n", b"startxref\n9")),
    ):
        other = path.with_name(name)
        other.write_bytes(damaged)
        assert len(list(pool.read(other, DocumentKind.PDF))) == 2, name


def test_what_only_the_second_engine_reads_is_read(pool: RenderPool, shared: Path) -> None:
    path = shared / "corpus" / "bad" / "format-corpus__T02-02_007_page-tree-wrong-count.pdf"
    outcomes = list(pool.read(path, DocumentKind.PDF))
    assert isinstance(outcomes[0], RenderedPage)
    assert len(outcomes[0].words.texts) == 2
