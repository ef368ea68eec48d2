"""Which pages show source code: told from their words, so that only those get vectors of the code task."""

import re
from collections.abc import Sequence

from indexer.encoder.encoder import VectorSpace
from indexer.protocol.values import Task

_FEWEST_WORDS = 10
_SHARE = 0.25
_WORDS = "def|import|return|class|func|fn|var|let|const"
_MARKS = re.compile(rf"[{{}}();=\[\]<>|&]|::|\w_\w|[a-z][A-Z]|^\W*(?:{_WORDS})$|^#")


def looks_like_code(words: Sequence[str]) -> bool:
    """Whether a quarter of the words carry marks that prose does not: brackets, operators, names_like_this."""
    if len(words) < _FEWEST_WORDS:
        return False
    return sum(_MARKS.search(word) is not None for word in words) >= _SHARE * len(words)


def suits(words: Sequence[str], space: VectorSpace) -> bool:
    """Whether a page of these words gets vectors in a space: the one for source code passes over others."""
    return space.task is not Task.CODE or looks_like_code(words)
