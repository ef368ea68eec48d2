"""Documents of generated text for soak.py: many pages that are quick to read, so that a long run fits into an hour.

    python tests/endurance/make_pages.py FOLDER --documents 40 --pages 25 --words 40

Each PDF has so many pages of so many words, made up from 4,000 syllable words with a few common ones between them; no
two pages are alike. What such pages leave out: text recognition, large pictures, and the 500 vectors of a full page
(40 words give about 35). Store, catalogue, renderers and the encoder are used as with any document.
"""

import argparse
import random
import sys
from pathlib import Path

import pymupdf

_SYLLABLES = ("ba", "den", "kor", "li", "mar", "no", "pel", "ras", "su", "tin")
_COMMON = ("the", "of", "and", "in", "with", "for")
_SIZES = (9, 8, 7, 6, 5, 4)
"""Points; the first in which a page's words fit on it: text that does not fit would not be there at all."""


def word(dice: random.Random) -> str:
    """A made-up word, or now and then a common one."""
    if dice.random() < 0.15:
        return dice.choice(_COMMON)
    return "".join(dice.choice(_SYLLABLES) for _ in range(dice.randrange(2, 5)))


def make(path: Path, pages: int, words: int, dice: random.Random) -> None:
    """Write one PDF. Raises ValueError where so many words do not fit on a page."""
    document = pymupdf.open()
    for _ in range(pages):
        text = " ".join(word(dice) for _ in range(words))
        page, box = document.new_page(width=420, height=595), pymupdf.Rect(30, 30, 390, 565)
        if not any(page.insert_textbox(box, text, fontsize=size) >= 0 for size in _SIZES):
            raise ValueError(f"{words} words do not fit on a page")
    document.save(path)
    document.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=40)
    parser.add_argument("--pages", type=int, default=25, help="of each document (25)")
    parser.add_argument("--words", type=int, default=40, help="of each page (40)")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    dice = random.Random(chosen.seed)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    try:
        for number in range(chosen.documents):
            make(chosen.folder / f"generated-{number:04d}.pdf", chosen.pages, chosen.words, dice)
    except ValueError as problem:
        parser.error(str(problem))
    return 0


if __name__ == "__main__":
    sys.exit(main())
