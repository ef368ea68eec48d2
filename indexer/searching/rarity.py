"""How common each word is in the library: counted over hashes of the words of at most 20,000 pages, in 8 MB."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from indexer.store.terms import PageTerms, term

MOST_PAGES = 20_000
_SLOTS = 1 << 21


class WordCounts:
    """Pages a word stands on. Not thread-safe for adding; reading meanwhile is."""

    def __init__(self) -> None:
        self.pages = 0
        self._counts = np.zeros(_SLOTS, np.int32)

    def add(self, pages: PageTerms) -> None:
        """Count the distinct words of these pages."""
        self.pages += len(pages.uids)
        slots = pages.terms % _SLOTS
        if len(slots) > _SLOTS // 64:
            self._counts += np.bincount(slots, minlength=_SLOTS).astype(np.int32)
        else:
            np.add.at(self._counts, slots, 1)

    @property
    def full(self) -> bool:
        """Whether enough pages were counted for the rest to change nothing."""
        return self.pages >= MOST_PAGES

    def rarity(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """Inverse document frequency of each word (as BM25 has it), float32 (n,)."""
        pages = max(1, self.pages)
        found = self._counts[np.array([term(word) % _SLOTS for word in words], np.int64)]
        result: npt.NDArray[np.float32] = np.log(1 + (pages - found + 0.5) / (found + 0.5)).astype(np.float32)
        return np.maximum(result, 0)
