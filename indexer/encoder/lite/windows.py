"""Which words of a page the windows lie over. No heavy imports: search asks too."""

WINDOW_WORDS, WINDOW_STRIDE = 16, 5
"""Of 6 to 48 words, 8 to 24 found pages equally well (../shared/bench, 300 manual pages); 16 pointed best."""
_MAX_WINDOWS = 160


def window_ranges(words: int) -> list[range]:
    """The words of each window, in order; on a very full page they stand farther apart. None for no words."""
    if words == 0:
        return []
    stride = max(WINDOW_STRIDE, -(-words // _MAX_WINDOWS))
    starts = range(0, min(words, max(1, words - WINDOW_WORDS + stride)), stride)
    return [range(start, min(start + WINDOW_WORDS, words)) for start in starts]
