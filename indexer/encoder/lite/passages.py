"""Where a page's words are cut into passages, the contexts in which they are embedded.

A passage ends where a sentence or at least a line ends, so that nothing is embedded twice: windows of 256 pieces that
overlapped by a quarter cost a third more and found pages no better (../shared/bench, nDCG@5 of the words alone 0.756,
of passages 0.758). all-MiniLM-L6-v2 was trained on texts of up to 128 pieces.
"""

from collections.abc import Sequence

PASSAGE_PIECES = 126
"""With the two special ones 128."""
_ENDS = (".", "!", "?", ":", ";", "。", "！", "？")
_ABBREVIATION = 2
"""A word of so many signs with a stop is more often short for something than an end."""


def passage_ranges(
    texts: Sequence[str], lines: Sequence[int], pieces: Sequence[int], most: int = PASSAGE_PIECES
) -> list[range]:
    """The words of each passage, in order, one after another. pieces: how many each word has, none more than `most`."""
    result: list[range] = []
    start, size = 0, 0
    for at, count in enumerate(pieces):
        size += count
        if size > most:
            end = _cut(texts, lines, start, at)
            result.append(range(start, end))
            size = sum(pieces[end : at + 1])
            start = end
    if start < len(pieces):
        result.append(range(start, len(pieces)))
    return result


def _cut(texts: Sequence[str], lines: Sequence[int], start: int, end: int) -> int:
    """The best place before `end`, in the second half: a sentence's end that ends a line, a sentence's, a line's."""
    best, worth = end, 0
    for at in range(end - 1, start + (end - start) // 2 - 1, -1):
        sentence = texts[at].endswith(_ENDS) and len(texts[at]) > _ABBREVIATION
        here = 2 * sentence + (lines[at + 1] != lines[at])
        if here > worth:
            best, worth = at + 1, here
    return best
