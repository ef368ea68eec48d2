"""Exactness: which of a question's words stand literally on a page, told from the hashes stored with its patches."""

import numpy as np
import numpy.typing as npt

from indexer.documents.folding import folded
from indexer.encoder.encoder import WORD_KIND, EncodedQuery
from indexer.store.terms import term

Floats = npt.NDArray[np.float32]


class Exactness:
    """How much of a question stands literally on a page."""

    def __init__(self, query: EncodedQuery) -> None:
        words = query.kinds == WORD_KIND
        weights = np.zeros(len(query.words) + 1, np.float32)  # the last is for vectors that belong to no word
        np.add.at(weights, query.word_of[words], query.weights[words])
        self._weights = weights[:-1] / max(float(weights.sum()), 1e-9)
        hashes = [[term(one) for one in word.text.split() if folded(one)] for word in query.words]
        self.terms = np.unique(np.array([one for word in hashes for one in word], np.int64))
        lengths = [len(word) for word in hashes]
        self._of_word = np.repeat(np.arange(len(hashes)), lengths)
        self._at = np.searchsorted(self.terms, np.array([one for word in hashes for one in word], np.int64))

    def there(self, present: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Whether all terms of each word or phrase are on each page, bool (p, w). present: each term, bool (p, t)."""
        missing = np.zeros((len(present), len(self._weights)), np.bool_)
        pages, at = np.nonzero(~present[:, self._at])
        missing[pages, self._of_word[at]] = True
        return ~missing

    def shares(self, there: npt.NDArray[np.bool_]) -> Floats:
        """The share of the question's weight whose words are on each page, float32 (p,)."""
        return there.astype(np.float32) @ self._weights
