"""TermIndex: on which pages a word stands, in memory, for a library of up to MOST_PAGES pages.

It gives the candidates that full text would, in a tenth of a millisecond instead of eight. Words are hashes (store/
terms.py), 8 bytes for each word of a page: 1.4 kB a page of 170 different words. Larger libraries ask LanceDB's full
text, whose time hardly grows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.store.terms import PageTerms

MOST_PAGES = 32_768
_LARGEST = 1_500_000
_WORD_BITS, _WORD_MASK = 16, 0xFFFF
_LOOKED_AT = 6_000
"""Pages that the rarest words stand on; words more common than these add nothing to who is a candidate."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Part:
    """terms: uint32 (n,), sorted; uids: int32 (n,)."""

    terms: npt.NDArray[np.uint32]
    uids: npt.NDArray[np.int32]

    @staticmethod
    def of(terms: npt.NDArray[np.uint32], uids: npt.NDArray[np.int32]) -> "_Part":
        both = np.sort(terms.astype(np.uint64) << np.uint64(32) | uids.astype(np.uint64))  # a fifth of argsort's time
        return _Part((both >> np.uint64(32)).astype(np.uint32), (both & np.uint64(0xFFFFFFFF)).astype(np.int32))

    def pages(self, term: int) -> npt.NDArray[np.int32]:
        wanted = np.array([term], np.uint32)  # any other type would have all terms turned into it
        start, end = (int(np.searchsorted(self.terms, wanted, side)[0]) for side in ("left", "right"))
        return self.uids[start:end]


class TermIndex:
    """Not thread-safe for adding; reading meanwhile is."""

    def __init__(self) -> None:
        self._parts: tuple[_Part, ...] = ()

    def add(self, pages: PageTerms) -> None:
        """The words of these pages; parts are joined as a binary counter would, so each is moved a few times only."""
        new = _Part.of(pages.terms, np.repeat(pages.uids.astype(np.int32), pages.counts))
        parts = [*self._parts, new]
        while len(parts) > 1 and _joinable(*parts[-2:]):
            one, other = parts[-2:]
            joined = _Part.of(np.concatenate([one.terms, other.terms]), np.concatenate([one.uids, other.uids]))
            parts[-2:] = [joined]
        self._parts = tuple(parts)

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return sum(part.terms.nbytes + part.uids.nbytes for part in self._parts)

    def best(
        self, terms: Sequence[int], rarity: npt.NDArray[np.float32], allowed: Ints | None, limit: int
    ) -> list[int]:
        """Uids of up to `limit` pages with the most of these words, by their rarity; among `allowed` if given."""
        parts = self._parts
        found = {}
        for term, worth in zip(terms, rarity.tolist(), strict=True):
            found[term] = (np.concatenate([np.zeros(0, np.int32), *(part.pages(term) for part in parts)]), worth)
        uids: list[Ints] = []
        worths: list[float] = []
        looked_at = 0
        for pages, worth in sorted(found.values(), key=lambda one: len(one[0])):
            if looked_at and looked_at + len(pages) > _LOOKED_AT:
                break
            looked_at += len(pages)
            uids.append(pages.astype(np.int64) << _WORD_BITS | len(worths))
            worths.append(worth)
        if not looked_at:
            return []
        both = np.sort(np.concatenate(uids))
        every = both >> _WORD_BITS
        firsts = np.flatnonzero(np.diff(every, prepend=-1))
        every, sums = every[firsts], np.add.reduceat(np.array(worths)[both & _WORD_MASK], firsts)
        if allowed is not None:
            there = np.isin(every, allowed)
            every, sums = every[there], sums[there]
        if len(every) > limit > 0:
            best = sums >= np.partition(sums, len(sums) - limit)[len(sums) - limit]
            every, sums = every[best], sums[best]
        order = np.lexsort((every, -sums))[:limit]
        return [int(uid) for uid in every[order]]


def _joinable(one: _Part, other: _Part) -> bool:
    return len(one.terms) + len(other.terms) <= _LARGEST and len(one.terms) <= 2 * len(other.terms)
