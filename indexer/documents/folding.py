"""Words folded for exact comparison: case, accents and surrounding signs away."""

import functools
import unicodedata
from collections.abc import Sequence

_SIGNS = " .,;:!?()[]{}<>\"'`´“”„«»‘’*_|/\\…"


@functools.lru_cache(maxsize=200_000)
def folded(word: str) -> str:
    """`Énergie,` and `energie` are the same word; signs inside (SF-1008) stay."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)).casefold()
    return plain.strip(_SIGNS)


def folded_each(words: Sequence[str]) -> tuple[str, ...]:
    """A page's words folded, all at once where they are ASCII, which takes a tenth of the time."""
    together = "\n".join(words)
    if not together.isascii() or together.count("\n") != len(words) - 1:
        return tuple(folded(word) for word in words)
    return tuple(word.strip(_SIGNS) for word in together.lower().split("\n"))
