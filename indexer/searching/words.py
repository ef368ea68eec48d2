"""TermIndex: on which pages a word stands, in memory, for a library of up to MOST_PAGES pages.

It gives the candidates that full text would, in a tenth of a millisecond instead of eight. Words are hashes (store/
terms.py), each held once with the pages it stands on after it, as an inverted index has them: 2 bytes a page, for they
are counted within their part. Larger libraries ask LanceDB's full text, whose time hardly grows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.store.terms import PageTerms

MOST_PAGES = 32_768
_LARGEST = 1_500_000
_HALF = np.uint64(32)
_WORD_BITS, _WORD_MASK = 16, 0xFFFF
_LOOKED_AT = 6_000
"""Pages that the rarest words stand on; words more common than these add nothing to who is a candidate."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Part:
    """terms: uint32 (t,), sorted, each once; starts: int32 (t + 1,), where each one's pages begin in `at`; at: (n,), of
    the smallest type, numbers in uids: int32 (p,), sorted."""

    terms: npt.NDArray[np.uint32]
    starts: npt.NDArray[np.int32]
    at: npt.NDArray[np.unsignedinteger]
    uids: npt.NDArray[np.int32]

    @staticmethod
    def of(pages: PageTerms) -> "_Part":
        uids = np.unique(pages.uids).astype(np.int32)
        at = np.searchsorted(uids, pages.uids.astype(np.int32)).astype(np.uint64)
        return _Part._sorted(_keys(pages.terms, np.repeat(at, pages.counts)), uids)

    @staticmethod
    def joined(one: "_Part", other: "_Part") -> "_Part":
        uids = np.union1d(one.uids, other.uids)
        return _Part._sorted(np.concatenate([part._keys_among(uids) for part in (one, other)]), uids)

    def _keys_among(self, uids: npt.NDArray[np.int32]) -> npt.NDArray[np.uint64]:
        at = np.searchsorted(uids, self.uids).astype(np.uint64)
        return _keys(np.repeat(self.terms, np.diff(self.starts)), at[self.at])

    @staticmethod
    def _sorted(keys: npt.NDArray[np.uint64], uids: npt.NDArray[np.int32]) -> "_Part":
        keys.sort()  # a fifth of argsort's time, and in its own room
        terms = (keys >> _HALF).astype(np.uint32)
        firsts = np.append(0, np.flatnonzero(terms[1:] != terms[:-1]) + 1)[: len(terms)]
        at = keys.astype(np.uint32).astype(np.min_scalar_type(max(0, len(uids) - 1)))  # the lower half
        return _Part(terms[firsts], np.append(firsts, len(terms)).astype(np.int32), at, uids)

    def pages(self, term: int) -> npt.NDArray[np.int32]:
        wanted = np.array([term], np.uint32)  # any other type would have all terms turned into it
        place = int(np.searchsorted(self.terms, wanted)[0])
        if place == len(self.terms) or self.terms[place] != wanted[0]:
            return self.uids[:0]
        found: npt.NDArray[np.int32] = self.uids[self.at[self.starts[place] : self.starts[place + 1]]]
        return found

    @property
    def size_bytes(self) -> int:
        return self.terms.nbytes + self.starts.nbytes + self.at.nbytes + self.uids.nbytes


def _keys(terms: npt.NDArray[np.uint32], at: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Term and page in one number each, in that order."""
    keys = terms.astype(np.uint64)
    keys <<= _HALF
    keys |= at
    return keys


class TermIndex:
    """Not thread-safe for adding; reading meanwhile is."""

    def __init__(self) -> None:
        self._parts: tuple[_Part, ...] = ()

    def add(self, pages: PageTerms) -> None:
        """The words of these pages; parts are joined as a binary counter would, so each is moved a few times only."""
        parts = [*self._parts, _Part.of(pages)]
        while len(parts) > 1 and _joinable(*parts[-2:]):
            parts[-2:] = [_Part.joined(*parts[-2:])]
        self._parts = tuple(parts)

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return sum(part.size_bytes for part in self._parts)

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
    return len(one.at) + len(other.at) <= _LARGEST and len(one.at) <= 2 * len(other.at)
