"""Which pages show source code: told from their words, so that only those get vectors of the code task."""

import re
from collections.abc import Sequence

_FEWEST_WORDS = 10
_SHARE = 0.25
_WORDS = "def|import|return|class|func|fn|var|let|const"
_MARKS = re.compile(rf"[{{}}();=\[\]<>|&]|::|\w_\w|[a-z][A-Z]|^\W*(?:{_WORDS})$|^#")


def looks_like_code(words: Sequence[str]) -> bool:
    """Whether a quarter of the words carry marks that prose does not: brackets, operators, names_like_this."""
    if len(words) < _FEWEST_WORDS:
        return False
    return sum(_MARKS.search(word) is not None for word in words) >= _SHARE * len(words)
