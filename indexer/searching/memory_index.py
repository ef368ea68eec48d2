"""MemoryIndex: the library's vectors in memory, in blocks, kept up with the store; and how common each word is.

Exact: every page is scored. 65 kB a page of 500 vectors, so this is for libraries up to some ten thousand pages.
"""

import logging
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.documents.folding import folded
from indexer.encoder.encoder import EncodedQuery, VectorSpace
from indexer.protocol.values import PageKey
from indexer.scoring.maxsim import block_maxima
from indexer.store.rows import StoredPage
from indexer.store.store import Store

_log = logging.getLogger(__name__)
_BLOCK_PAGES = 128


@dataclass(frozen=True, slots=True)
class IndexedPage:
    """A stored page and its words folded, in reading order: one snapshot of both."""

    stored: StoredPage
    words: tuple[str, ...]


class _Block:
    """Up to _BLOCK_PAGES pages with their arrays one after another; replaced, never changed."""

    def __init__(self, entries: Sequence[IndexedPage]) -> None:
        self.entries = entries
        pages = [entry.stored for entry in entries]
        self.keys = [page.key for page in pages]
        self.vectors = np.concatenate([page.vectors for page in pages])
        self.scales = np.concatenate([page.scales for page in pages])
        sizes = np.array([len(page.vectors) for page in pages], np.int64)
        ends = np.array([(page.kinds == 0).sum() for page in pages], np.int64)
        first = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        self.starts = (first, first + ends)
        self.counts = (ends, sizes - ends)


class MemoryIndex:
    """Thread-safe: searches work on a snapshot while pages come and go."""

    def __init__(self, store: Store, space: VectorSpace) -> None:
        self._store, self._space = store, space
        self._lock = threading.RLock()
        self._revision = -1
        self._pages: dict[PageKey, IndexedPage] = {}
        self._versions: dict[PageKey, str] = {}
        self._frequency: Counter[str] = Counter()
        self._blocks: dict[tuple[PageKey, ...], _Block] = {}

    def refresh(self) -> None:
        """Take over what changed in the store, whichever process wrote it; cheap when nothing did."""
        with self._lock:
            revision = self._store.revision(self._space)
            if revision == self._revision:
                return
            versions = self._store.versions(self._space)
            stale = [key for key, version in self._versions.items() if versions.get(key) != version]
            for key in stale:
                self._forget(key)
            for page in self._store.pages(self._space, versions.keys() - self._versions.keys()):
                if isinstance(page, PageKey):
                    _log.warning("a stored page of document %d is damaged", page.document_id)
                    continue
                entry = IndexedPage(page, tuple(folded(word) for word in page.words.texts))
                self._pages[page.key] = entry
                self._versions[page.key] = versions[page.key]
                self._frequency.update(set(entry.words))
            self._rebuild()
            self._revision = revision

    def page(self, key: PageKey) -> IndexedPage | None:
        """One page, None when it is gone."""
        with self._lock:
            return self._pages.get(key)

    def __len__(self) -> int:
        return len(self._pages)

    def rarity(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """Inverse document frequency of each word in this library (as BM25 has it)."""
        with self._lock:
            pages = max(1, len(self._pages))
            found = np.array([self._frequency[folded(word)] for word in words], np.float32)
        result: npt.NDArray[np.float32] = np.log(1 + (pages - found + 0.5) / (found + 0.5)).astype(np.float32)
        return result

    def maxima(self, query: EncodedQuery) -> tuple[list[PageKey], npt.NDArray[np.float32]]:
        """Every page's best dot product per query vector: keys, and float32 (pages, m)."""
        with self._lock:
            blocks = list(self._blocks.values())
        keys = [key for block in blocks for key in block.keys]
        parts = [
            block_maxima(query.vectors, query.kinds, block.vectors, block.scales, block.starts, block.counts)
            for block in blocks
        ]
        return keys, np.concatenate(parts) if parts else np.zeros((0, len(query.vectors)), np.float32)

    def _forget(self, key: PageKey) -> None:
        self._frequency.subtract(set(self._pages.pop(key).words))
        del self._versions[key]

    def _rebuild(self) -> None:
        keys = list(self._pages)
        groups = [tuple(keys[at : at + _BLOCK_PAGES]) for at in range(0, len(keys), _BLOCK_PAGES)]
        old, self._blocks = self._blocks, {}
        for group in groups:
            pages = [self._pages[key] for key in group]
            known = old.get(group)
            same = known is not None and all(a is b for a, b in zip(known.entries, pages, strict=True))
            self._blocks[group] = known if known is not None and same else _Block(pages)
