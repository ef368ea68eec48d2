"""A question taken apart: its words and quoted phrases with their places, stop words, and what is left out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.encoder.lite.stop_words import STOP_WORDS
from indexer.protocol.values import QueryWord

MAX_WORDS = 200
"""More words than fit the model's window add nothing; the rest of a pasted text is not searched."""
_PART = re.compile(r'["“”„«]([^"“”„«»]+)["“”»]|(\S+)')
_EDGES = re.compile(r"^\W+|\W+$")


@dataclass(frozen=True, slots=True)
class Unit:
    """One QueryWord and the single words in it (several for a quoted phrase)."""

    word: QueryWord
    words: tuple[str, ...]


def split(text: str, left_out: Sequence[int] = ()) -> tuple[Unit, ...]:
    """The units of a question in order. Stop words are not searched, unless there is nothing else."""
    units: list[Unit] = []
    for match in _PART.finditer(text):
        if len(units) == MAX_WORDS:
            break
        quoted = match.group(1) is not None
        shown = match.group(1) if quoted else _EDGES.sub("", match.group(2))
        words = tuple(shown.split()) if quoted else (shown,)
        if not shown.strip():
            continue
        start = text.index(shown, match.start())
        searched = quoted or shown.casefold() not in STOP_WORDS
        units.append(Unit(QueryWord(shown, start, start + len(shown), searched, quoted), words))
    if not any(unit.word.searched for unit in units):
        units = [Unit(_with(unit.word, searched=True), unit.words) for unit in units]
    return tuple(
        Unit(_with(unit.word, searched=False), unit.words) if index in left_out else unit
        for index, unit in enumerate(units)
    )


def _with(word: QueryWord, *, searched: bool) -> QueryWord:
    return QueryWord(word.text, word.start, word.end, searched, word.quoted)
