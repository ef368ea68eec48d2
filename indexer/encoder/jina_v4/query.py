"""A question for the network: what of it is encoded, and to which of its words each token belongs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.encoder.jina_v4.inputs import TextInput, prefix_for
from indexer.encoder.lite.query import MAX_WORDS, split
from indexer.protocol.values import QueryWord, Task

MAX_QUERY_TOKENS = 1024
"""A pasted text beyond this is not searched: each token is compared with every patch of every page. Writing without
spaces reaches it where MAX_WORDS does not."""


@dataclass(frozen=True, slots=True)
class QueryTokens:
    """ids with the prefix; word_of: int32 (tokens,), index into words, -1 for prefix, signs and stop words."""

    ids: tuple[int, ...]
    word_of: npt.NDArray[np.int32]
    words: tuple[QueryWord, ...]


def tokenize_query(text: str, text_input: TextInput, task: Task, left_out: Sequence[int] = ()) -> QueryTokens:
    """Words as Lite splits them, so that both encoders show a question alike; a question of signs is one word.

    Words that the user left out are not shown to the network at all. The empty question has no tokens.
    """
    words = tuple(unit.word for unit in split(text, left_out))
    if not words and text.strip():
        start = len(text) - len(text.lstrip())
        words = (QueryWord(text.strip(), start, start + len(text.strip()), 0 not in left_out),)
    kept = _kept_places(text, words, left_out)
    if not kept or not any(not text[place].isspace() for place in kept):
        return QueryTokens((), np.zeros(0, np.int32), words)
    shown = "".join(text[place] for place in kept)
    tokens = text_input.tokenize([shown], prefix_for(task, is_query=True), MAX_QUERY_TOKENS)[0]
    owner = _owners(len(text), words)[np.array(kept)]
    word_of = [_owner_of(owner, *place) for place in tokens.places]
    return QueryTokens(tokens.ids, np.array(word_of, np.int32), words)


def _kept_places(text: str, words: Sequence[QueryWord], left_out: Sequence[int]) -> list[int]:
    """Places of the characters that are encoded: without left-out words, up to the last word there is room for."""
    end = words[-1].end if len(words) == MAX_WORDS else len(text)
    gone = [words[index] for index in left_out if index < len(words)]
    return [place for place in range(end) if not any(word.start <= place < word.end for word in gone)]


def _owners(length: int, words: Sequence[QueryWord]) -> npt.NDArray[np.int32]:
    """For each character the searched word it belongs to, else -1."""
    owners = np.full(length, -1, np.int32)
    for index, word in enumerate(words):
        if word.searched:
            owners[word.start : word.end] = index
    return owners


def _owner_of(owner: npt.NDArray[np.int32], first: int, last: int) -> int:
    """The word that most of the characters first..last belong to; spaces and signs count for none."""
    inside = owner[max(0, first) : max(0, last)]
    inside = inside[inside >= 0]
    return int(np.bincount(inside).argmax()) if inside.size else -1
