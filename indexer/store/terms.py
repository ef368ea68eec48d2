"""Which words a page has, as hashes: enough to count how common a word is and to see whether it stands on a page."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.documents.folding import folded

Terms = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class PageTerms:
    """The terms of many pages. uids, counts: int64 (p,); terms: uint32, those of one page after those of another."""

    uids: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    terms: Terms


NO_WORD = "\u2400"
"""Stands for a word that folds to nothing, so that two words beside it are no phrase."""


def term(word: str) -> int:
    """The hash of a word, folded, in 32 bits: among a million words one in four thousand shares its hash."""
    return zlib.crc32(folded(word).encode("utf-8", "surrogatepass"))


def terms(words: Iterable[str]) -> Terms:
    """The distinct words of a page, as sorted hashes: uint32 (n,)."""
    return np.unique(np.fromiter((term(word) for word in set(words) if folded(word)), np.uint32))


def searchable(words: Iterable[str]) -> str:
    """A page's words folded, with one space around each: what full text looks in, phrases included."""
    return f" {' '.join(folded(word) or NO_WORD for word in words)} "
