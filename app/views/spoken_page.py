"""What a page's marks are in words, for those who do not see them."""

from collections import Counter

from PySide6.QtCore import QCoreApplication

from app.painting.marks import is_there
from app.wording import several
from indexer.protocol.values import PageResult, QueryWord, Region, WordMatch

_CONTEXT = "SpokenPage"


def spoken(result: PageResult, words: tuple[QueryWord, ...]) -> str:
    """`winter, strong, upper middle and 10 exact words; cost, not on this page.`"""
    if result.weak:
        return QCoreApplication.translate(_CONTEXT, "No clear match")
    said = [_word(match, words[match.word].text) for match in result.words if match.word < len(words)]
    return "; ".join(said)


def _word(match: WordMatch, text: str) -> str:
    translate = QCoreApplication.translate
    if not is_there(match):
        return translate(_CONTEXT, "{word}, not on this page").format(word=text)
    strong = translate(_CONTEXT, "strong") if match.exact or match.strength >= 0.75 else translate(_CONTEXT, "weak")
    places = Counter(_place(region) for region in (match.regions or match.exact)[:4])
    parts = [text, strong, *(place for place, _ in places.most_common(2))]
    said = ", ".join(parts)
    if match.exact:
        count = several(len(match.exact), translate(_CONTEXT, "1 exact word"), translate(_CONTEXT, "{n} exact words"))
        said = translate(_CONTEXT, "{said} and {count}").format(said=said, count=count)
    return said


def _place(region: Region) -> str:
    translate = QCoreApplication.translate
    x, y = (region.x0 + region.x1) / 2, (region.y0 + region.y1) / 2
    down = (translate(_CONTEXT, "upper"), translate(_CONTEXT, "middle"), translate(_CONTEXT, "lower"))[
        min(2, int(y * 3))
    ]
    across = (translate(_CONTEXT, "left"), translate(_CONTEXT, "middle"), translate(_CONTEXT, "right"))[
        min(2, int(x * 3))
    ]
    return f"{down} {across}" if down != across else across
