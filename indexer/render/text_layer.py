"""A page's text layer: words made clean, and whether they can stand for what is seen on the page.

The rule, in order; the first that applies decides (figures in tests/render/test_render_text_layer.py):

1. A page without ink is usable, with whatever words it has (usually none).
2. No words on an inked page: not usable.
3. Too many characters that map to nothing (U+FFFD, private use, controls, "(cid:12)"), or that map to the wrong
   thing (mostly signs, or letters with hardly a vowel, as fonts with shuffled codes give): not usable.
4. A picture over most of the page, and words that cover little of its ink (a stamp on a scan): not usable.
5. Ink that looks like lines of text, much of it, and words that cover hardly any of it (text drawn as outlines,
   a page number on a picture of text): not usable.
6. Else usable.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.documents.document import PageWords, Pixels
from indexer.protocol.values import TextSource
from indexer.render.ink import covered_cells, ink_cells
from indexer.render.wire import TEXT_LIMIT, WORDS_LIMIT

_UNMAPPED_SHARE = 0.2
"""Bullets and formulas stay below 7 % on the real pages looked at; a font without mapping is near 100 %."""
_WORD_CHARACTERS = 256
_PAGE_CHARACTERS = TEXT_LIMIT // 8
"""Four bytes a character at most, and as much again to spare. No page that anybody reads comes near."""
_BLANK_SHARE = 1 / 4000
_PICTURE_SHARE = 0.6
_PICTURE_COVERED = 0.35
_PICTURE_WORDS_TRUSTED = 150
_SPARSE_COVERED = 0.05
_SPARSE_INK = 0.02
_LETTER_SHARE = 0.4
_VOWEL_SHARE = 0.25
"""Of the letters of the Latin alphabet: about 0.4 in European languages, 0.2 when shifted by a constant."""
_LETTERS_TO_JUDGE = 80
_LEADERS = dict.fromkeys(map(ord, "._-=|*\u00b7\u2026\u2013\u2014"))
_CID = re.compile(r"\(cid:\d+\)")
_UNMAPPED_CATEGORIES = frozenset({"Co", "Cn", "Cc", "Cs"})
_DROPPED = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))


@dataclass(frozen=True, slots=True)
class RawWord:
    """A word as a renderer gives it: box in any unit, and an identity of its line (equal while the line lasts)."""

    x0: float
    y0: float
    x1: float
    y1: float
    text: str
    line: tuple[int, int]


@dataclass(frozen=True, slots=True)
class TextLayer:
    """The clean words, and the share of their characters that map to nothing a person could type."""

    words: PageWords
    unmapped_share: float


def text_layer(raw: Iterable[RawWord], frame: tuple[float, float, float, float]) -> TextLayer:
    """Words normalised to `frame` (x0, y0, x1, y1 of the upright page), in the order given.

    Words whose middle lies outside the page are dropped (they cannot be seen), unmapped characters are removed.
    """
    left, top, right, bottom = frame
    width, height = max(right - left, 1e-6), max(bottom - top, 1e-6)
    texts: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    lines: list[int] = []
    characters = unmapped = 0
    last_line: tuple[int, int] | None = None
    for word in raw:
        x0, x1 = sorted(((word.x0 - left) / width, (word.x1 - left) / width))
        y0, y1 = sorted(((word.y0 - top) / height, (word.y1 - top) / height))
        if not (0 <= x0 + x1 <= 2 and 0 <= y0 + y1 <= 2):  # False for NaN too
            continue
        text, lost = _cleaned(word.text)
        characters += len(text) + lost
        unmapped += lost
        for part in (piece[:_WORD_CHARACTERS] for piece in text.split()):
            goes_on = word.line == last_line or (boxes and _stands_beside((x0, y0, x1, y1), boxes[-1]))
            last_line = word.line
            lines.append((lines[-1] if goes_on else lines[-1] + 1) if lines else 0)
            texts.append(part)
            boxes.append((x0, y0, x1, y1))
        if len(texts) >= WORDS_LIMIT or characters >= _PAGE_CHARACTERS:
            break
    kept = slice(0, WORDS_LIMIT)
    corners = np.clip(np.asarray(boxes[kept], np.float32).reshape(-1, 4), 0, 1)
    source = TextSource.TEXT_LAYER if texts else TextSource.NONE
    words = PageWords(tuple(texts[kept]), corners, np.asarray(lines[kept], np.int32), source)
    return TextLayer(words, unmapped / characters if characters else 0.0)


def _stands_beside(box: tuple[float, float, float, float], last: tuple[float, float, float, float]) -> bool:
    """Whether a word goes on in the row of the last one: the cells of a table are lines of their own to MuPDF."""
    overlap = min(box[3], last[3]) - max(box[1], last[1])
    lower, higher = sorted((box[3] - box[1], last[3] - last[1]))
    return box[0] >= last[2] and overlap > 0.6 * lower and higher < 2 * lower


def _cleaned(text: str) -> tuple[str, int]:
    """The text without what cannot be read, and how many characters that was."""
    if text.isascii() and text.isprintable() and "(cid:" not in text:
        return text, 0
    text = text.translate(_DROPPED)
    text, lost = _CID.subn("", text)
    kept = [c for c in text if c.isspace() or not (c == "\ufffd" or unicodedata.category(c) in _UNMAPPED_CATEGORIES)]
    return "".join(kept), lost + len(text) - len(kept)


def is_usable(layer: TextLayer, pixels: Pixels, pictures: npt.NDArray[np.float32]) -> bool:
    """Whether the text layer can stand for the page (the rule is in the module's docstring).

    pixels: the page, (height, width, 3). pictures: float32 (n, 4), normalised boxes of the pictures on it.
    """
    inked = ink_cells(pixels)
    ink = int(inked.sum())
    if ink <= inked.size * _BLANK_SHARE:
        return True
    if not layer.words.texts or layer.unmapped_share > _UNMAPPED_SHARE or _is_shuffled(layer.words.texts):
        return False
    covered = covered_cells(layer.words.boxes, inked.shape)
    covered_share = int((inked & covered).sum()) / ink
    characters = sum(map(len, layer.words.texts))
    over_pictures = covered_cells(pictures, inked.shape)
    if over_pictures.mean() >= _PICTURE_SHARE:
        ink_of_pictures = inked & over_pictures
        share = int((ink_of_pictures & covered).sum()) / max(1, int(ink_of_pictures.sum()))
        return share >= _PICTURE_COVERED
    sparse = covered_share < _SPARSE_COVERED and ink >= inked.size * _SPARSE_INK
    return not (sparse and characters < _PICTURE_WORDS_TRUSTED)


def _is_shuffled(texts: tuple[str, ...]) -> bool:
    """Whether the characters cannot be what is printed: mostly signs, or Latin letters with hardly a vowel."""
    text = unicodedata.normalize("NFD", "".join(texts).translate(_LEADERS).casefold())
    if len(text) < _LETTERS_TO_JUDGE:
        return False
    letters = sum(unicodedata.category(character)[0] in "LMN" for character in text)
    if letters < len(text) * _LETTER_SHARE:
        return True
    latin = [character for character in text if "a" <= character <= "z"]
    vowels = sum(character in "aeiouy" for character in latin)
    return len(latin) >= _LETTERS_TO_JUDGE and vowels < len(latin) * _VOWEL_SHARE
