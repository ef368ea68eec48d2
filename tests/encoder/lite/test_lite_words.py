"""Words of a page without a text layer: recognised, in their places, upright."""

import numpy as np
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
