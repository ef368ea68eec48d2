"""Words folded for exact comparison: case, accents and surrounding signs away."""

import functools
import unicodedata


@functools.lru_cache(maxsize=200_000)
def folded(word: str) -> str:
    """`Énergie,` and `energie` are the same word; signs inside (SF-1008) stay."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)).casefold()
    return plain.strip(" .,;:!?()[]{}<>\"'`´“”„«»‘’*_|/\\…")
