"""Warming: what the first search would wait for is done before it comes.

A search that nobody asked for reads the codes, looks up how the data files are laid out, and loads the machine code,
which another process has made (machine_code.py). Later searches find all of it there.
"""

import numpy as np

from indexer.encoder.encoder import WINDOW_KIND, WORD_KIND, EncodedQuery, VectorSpace
from indexer.protocol.values import QueryWord
from indexer.searching.memory_index import MemoryIndex, allowed_pages
from indexer.searching.places import Finder, Scale, shown_pages
from indexer.searching.ranking import Ranker

_SHOWN = 4


def warm(index: MemoryIndex, space: VectorSpace) -> None:
    """Search once, for nothing."""
    snapshot, query = index.refresh(), nothing_asked(space)
    ranking = Ranker(index, index.store, space).rank(query, snapshot, allowed_pages(snapshot, None, (), None), _SHOWN)
    finder = Finder(ranking.asked, Scale.of(ranking))
    for shown in shown_pages(index.store, space, ranking.pages):
        finder.places(shown)


def nothing_asked(space: VectorSpace) -> EncodedQuery:
    """A question that nobody asked."""
    vectors = np.eye(3, space.vector_size, dtype=np.float32)
    return EncodedQuery(
        "",
        np.ones(space.single_size, np.float32),
        vectors,
        np.array([WORD_KIND, WORD_KIND, WINDOW_KIND], np.uint8),
        np.full(3, 1 / 3, np.float32),
        (QueryWord("a", 0, 1, True),),
        np.array([0, 0, -1], np.int32),
    )
