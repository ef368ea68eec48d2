"""Words and phrases that stand literally on a page, folded: case and accents do not matter."""

from collections.abc import Sequence

from indexer.documents.document import PageWords
from indexer.protocol.values import QueryWord, Region
from indexer.searching.folding import folded

_MOST = 50


def words_present(texts: Sequence[str], words: PageWords) -> list[bool]:
    """For each word or phrase, whether it stands on the page."""
    there = {folded(word) for word in words.texts}
    return [folded(text) in there if " " not in text else bool(phrase_places(text, words)) for text in texts]


def phrase_places(phrase: str, words: PageWords) -> list[range]:
    """Where the words of a phrase stand one after another: ranges of indexes into the page's words."""
    wanted = [fold for word in phrase.split() if (fold := folded(word))]
    if not wanted:
        return []
    page = [folded(word) for word in words.texts]
    starts = [at for at, word in enumerate(page) if word == wanted[0]]
    return [range(at, at + len(wanted)) for at in starts if page[at : at + len(wanted)] == wanted][:_MOST]


def exact_words(word: QueryWord, words: PageWords) -> tuple[Region, ...]:
    """Boxes of the places where a question's word or phrase stands; one box a place, strength 1."""
    regions = []
    for place in phrase_places(word.text, words):
        boxes = words.boxes[list(place)]
        low, high = boxes[:, :2].min(axis=0).round(4), boxes[:, 2:].max(axis=0).round(4)
        regions.append(Region(float(low[0]), float(low[1]), float(high[0]), float(high[1]), 1.0))
    return tuple(regions)
