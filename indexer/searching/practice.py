"""Practice: a small library of made-up pages, asked once, so that all machine code that search needs is made.

Machine code is made for each kind of argument anew, so real rows in real files are written and asked: a page of words
and windows, as Lite has them, and one of patches on a grid.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.documents.document import PageWords
from indexer.encoder.encoder import WINDOW_KIND, WORD_KIND, EncodedPage, VectorSpace
from indexer.protocol.values import PageKey, Task, TextSource
from indexer.scoring.picture_areas import picture_area
from indexer.scoring.pointing import nearest_box
from indexer.searching.memory_index import FINE_PAGES, MemoryIndex, allowed_pages, candidates
from indexer.searching.warming import nothing_asked, warm
from indexer.store.rows import PageRow
from indexer.store.schema import PATCHES
from indexer.store.store import Store

_SPACE = VectorSpace("practice", "1", Task.RETRIEVAL, 128, 128)
Floats = npt.NDArray[np.float32]
_WORDS, _PER_LINE, _GRID = 60, 6, (6, 8)


def practise(folder: Path) -> None:
    """Write the pages into an empty folder, and ask. Raises OSError."""
    store = Store(folder)
    store.put(_SPACE, [_page_of_words(), _page_of_patches()])
    for fine_pages in (FINE_PAGES, 0):  # as a small library has its codes, and as a large one
        index = MemoryIndex(store, _SPACE, fine_pages)
        warm(index, _SPACE)
        snapshot = index.refresh()
        everything = allowed_pages(snapshot, None, (), None)
        candidates(snapshot, nothing_asked(_SPACE), everything, 1, 1)  # chosen among more pages than are wanted
        store.values(PATCHES, _SPACE, index.now.segments[0].uids.tolist())
    words = _page_of_words().words
    picture_area(words)
    nearest_box(words.boxes, 0.5, 0.5)


def _page_of_words() -> PageRow:
    at = np.arange(_WORDS)
    lines = (at // _PER_LINE).astype(np.int32)
    left, top = at % _PER_LINE / _PER_LINE, lines / (lines[-1] + 1)
    boxes = np.stack([left, top, left + 0.1, top + 0.05], axis=1).astype(np.float32)
    words = PageWords(tuple(f"word{number}" for number in at.tolist()), boxes, lines, TextSource.TEXT_LAYER)
    windows = len(set(lines.tolist()))
    kinds = np.array([WORD_KIND] * _WORDS + [WINDOW_KIND] * windows, np.uint8)
    return _row(1, np.concatenate([boxes, boxes[::_PER_LINE]]), kinds, words, None)


def _page_of_patches() -> PageRow:
    rows, columns = _GRID
    top, left = np.repeat(np.arange(rows) / rows, columns), np.tile(np.arange(columns) / columns, rows)
    regions = np.stack([left, top, left + 1 / columns, top + 1 / rows], axis=1).astype(np.float32)
    return _row(2, regions, np.full(len(regions), WORD_KIND, np.uint8), PageWords(), _GRID)


def _row(
    document: int, regions: Floats, kinds: npt.NDArray[np.uint8], words: PageWords, grid: tuple[int, int] | None
) -> PageRow:
    vectors = np.random.default_rng(document).standard_normal((len(kinds), _SPACE.vector_size)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    encoded = EncodedPage(vectors.mean(axis=0), vectors, regions, kinds, grid)
    return PageRow(PageKey(document, 1), "1", encoded, words)
