"""Recognition takes a bounded amount of memory, and what is done for that costs no words."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from indexer.documents.document import PageWords, RenderedPage
from indexer.encoder.lite.bounded import InBands, bands, prepared
from indexer.encoder.lite.words import page_words

LINES = 40


def full_page() -> Image.Image:
    """A4 at 180 dpi, full of lines of small type, so that some of them lie on the seams of bands."""
    page = Image.new("RGB", (1488, 2105), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(28)
    for number in range(LINES):
        draw.text(
            (90, 40 + 34 * number), f"number {1000 + number} of the winter heating costs in October", "black", font
        )
    return page


def test_no_line_is_lost_on_a_seam():
    pixels = np.asarray(full_page())
    assert len(bands(*prepared(pixels).shape[2:])) > 2
    words = page_words(RenderedPage(1, 1, 1488, 2105, pixels, PageWords(), False)).texts
    assert [word for word in words if word.isdecimal()] == [str(1000 + number) for number in range(LINES)]
    assert words.count("heating") == LINES


def test_letters_higher_than_a_band_are_read():
    poster = Image.new("RGB", (1400, 1300), "white")
    draw = ImageDraw.Draw(poster)
    for number, word in enumerate(("HARBOUR", "TURNIPS", "LANTERN")):
        draw.text((60, 60 + 400 * number), word, "black", ImageFont.load_default(260))
    pixels = np.asarray(poster)
    assert page_words(RenderedPage(1, 1, 1400, 1300, pixels, PageWords(), False)).texts == (
        "HARBOUR",
        "TURNIPS",
        "LANTERN",
    )


def test_bands_put_together_are_what_the_whole_would_be():
    values = np.random.default_rng(1).random((1, 3, 1472, 1024), np.float32) * 0.02  # nothing is likely a line
    sizes = []

    def smoothing(part):
        """Looks at ten rows above and below each pixel."""
        sizes.append(part.shape[2] * part.shape[3])
        above = np.cumsum(np.pad(part.mean(1, keepdims=True), ((0, 0), (0, 0), (11, 10), (0, 0)), mode="edge"), axis=2)
        return above[:, :, 21:] - above[:, :, :-21]

    whole = smoothing(values)
    del sizes[:]
    assert np.allclose(InBands(smoothing)(values), whole, atol=2e-4)
    assert len(sizes) > 2
    assert max(sizes) < 450_000


@pytest.mark.parametrize("thick", [20, 80, 120, 400])
def test_letters_of_any_height_are_looked_for_with_a_bounded_number_of_pixels(thick):
    values = np.zeros((1, 3, 1472, 1024), np.float32)
    values[:, :, 500 : 500 + thick, 100:900] = 1.0
    sizes = []

    def seeing(part):
        """As a network that finds the letters where they are, if it sees them whole."""
        sizes.append(part.shape[2] * part.shape[3])
        return part.mean(1, keepdims=True)

    found = InBands(seeing)(values)
    assert found.shape == (1, 1, 1472, 1024)
    assert np.abs(found[0, 0] - values[0, 0]).mean() < 0.01
    assert max(sizes) < 550_000


@pytest.mark.parametrize("size", [(40, 2000), (2000, 40), (2000, 2000), (1, 1), (128, 128)])
def test_a_picture_of_any_shape_is_looked_at_with_a_bounded_number_of_pixels(size):
    found = prepared(np.zeros((*size, 3), np.uint8))
    rows, columns = found.shape[2:]
    assert rows % 32 == columns % 32 == 0
    assert rows * columns < 1_700_000
    assert min(rows, columns) >= 32
    assert [stop for _, stop in bands(rows, columns)][-1] == rows


TAKES = """
import resource, sys
import numpy as np
from PIL import Image
from indexer.encoder.lite.words import recognise
recognise(np.full((64, 64, 3), 255, np.uint8))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert recognise(np.asarray(Image.open(sys.argv[1]))).texts
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1000)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counted in kilobytes there")
def test_a_large_scan_takes_little_more_memory_than_a_small_one(tmp_path):
    full_page().save(tmp_path / "page.png")
    ended = subprocess.run(
        [sys.executable, "-c", TAKES, str(tmp_path / "page.png")], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) < 300, "megabytes"
