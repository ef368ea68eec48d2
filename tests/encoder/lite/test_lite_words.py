"""Words of a page without a text layer: recognised, in their places, upright."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from indexer.documents.document import PageWords, RenderedPage
from indexer.encoder.lite.words import page_words
from indexer.protocol.values import TextSource


def rendered(picture: Image.Image, *, usable: bool = False) -> RenderedPage:
    pixels = np.asarray(picture.convert("RGB"))
    return RenderedPage(1, 1, picture.width, picture.height, pixels, PageWords(), usable)


def test_words_of_a_picture_are_found_where_they_stand():
    picture = Image.new("RGB", (900, 500), "white")
    ImageDraw.Draw(picture).text((450, 300), "Turnips", "black", ImageFont.load_default(60))
    words = page_words(rendered(picture))
    assert words.texts == ("Turnips",)
    assert words.source is TextSource.RECOGNITION
    x0, y0, x1, y1 = words.boxes[0]
    assert 0.45 < x0 < 0.55
    assert 0.65 < x1 < 0.85
    assert 0.55 < y0 < 0.68
    assert 0.65 < y1 < 0.80


def test_a_blank_picture_has_no_words():
    assert page_words(rendered(Image.new("RGB", (300, 300), "white"))).texts == ()


def test_a_usable_text_layer_is_taken_as_it_is():
    assert page_words(rendered(Image.new("RGB", (300, 300), "white"), usable=True)).source is TextSource.NONE


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_scan_that_lies_any_way_up_reads_the_same_and_every_word_has_its_own_box(degrees):
    upright = Image.new("RGB", (700, 400), "white")
    draw, font = ImageDraw.Draw(upright), ImageFont.load_default(34)
    draw.text((60, 60), "Winter heating costs", "black", font)
    draw.text((60, 200), "Repair before October", "black", font)
    words = page_words(rendered(upright.rotate(degrees, expand=True)))
    assert words.texts == ("Winter", "heating", "costs", "Repair", "before", "October")
    assert list(words.lines) == [0, 0, 0, 1, 1, 1]
    turned = Image.new("L", upright.size, 0)
    ImageDraw.Draw(turned).rectangle(draw.textbbox((60, 200), "Repair", font), fill=255)
    there = turned.rotate(degrees, expand=True).getbbox()
    size = np.tile(turned.rotate(degrees, expand=True).size, 2)
    assert np.allclose(words.boxes[3], np.asarray(there) / size, atol=0.05)
