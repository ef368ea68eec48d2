"""A page, or a part of one, as the question: its stored vectors within the part become the question's vectors.

Nothing is encoded, so it works for every encoder and at once. Vectors whose middle lies in the part are taken, evenly
thinned where there are many; those of one kind weigh 1 together, as a question's do.
"""

import numpy as np
import numpy.typing as npt

from indexer.encoder.encoder import EncodedQuery
from indexer.protocol.values import Region
from indexer.store.rows import StoredPage

_MOST_OF_A_KIND = 128

Floats = npt.NDArray[np.float32]


def page_as_question(page: StoredPage, part: Region | None) -> EncodedQuery:
    """A question without words; without vectors when the part is blank."""
    chosen = _inside(page.regions, part)
    chosen = np.concatenate(
        [_thinned(chosen[page.kinds[chosen] == kind]) for kind in np.unique(page.kinds)] or [chosen]
    )
    vectors = page.vectors[chosen].astype(np.float32) * page.scales[chosen, None]
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    kinds = page.kinds[chosen]
    weights = np.zeros(len(kinds), np.float32)
    for kind in np.unique(kinds):
        weights[kinds == kind] = 1 / (kinds == kind).sum()
    nobody = np.full(len(kinds), -1, np.int32)
    return EncodedQuery("", page.single, vectors, kinds, weights, (), nobody)


def _inside(regions: Floats, part: Region | None) -> npt.NDArray[np.int64]:
    if part is None:
        return np.arange(len(regions), dtype=np.int64)
    x, y = (regions[:, 0] + regions[:, 2]) / 2, (regions[:, 1] + regions[:, 3]) / 2
    return np.flatnonzero((x >= part.x0) & (x <= part.x1) & (y >= part.y0) & (y <= part.y1))


def _thinned(chosen: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    if len(chosen) <= _MOST_OF_A_KIND:
        return chosen
    return chosen[np.linspace(0, len(chosen) - 1, _MOST_OF_A_KIND).round().astype(np.int64)]
