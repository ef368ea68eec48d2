"""A question of very many vectors (200 words, a picture of 768 patches, a page as the question) made shorter.

Vectors of one kind that say nearly the same are replaced by their mean, which weighs what they weighed together.
"""

import numpy as np
import numpy.typing as npt

from indexer.store.pooling import cuts

Floats = npt.NDArray[np.float32]
Kinds = npt.NDArray[np.uint8]


def compact(vectors: Floats, kinds: Kinds, weights: Floats, most: int) -> tuple[Floats, Kinds, Floats]:
    """At most about `most` vectors (m, size) with kinds (m,) and weights (m,); the same arrays when they are few."""
    if len(vectors) <= most:
        return vectors, kinds, weights
    parts = []
    for kind in np.unique(kinds):
        here = kinds == kind
        count = max(1, round(most * float(here.mean())))
        parts.append((*_pooled(vectors[here], weights[here], count), kind))
    lengths = [len(part[0]) for part in parts]
    return (
        np.concatenate([part[0] for part in parts]),
        np.repeat(np.array([part[2] for part in parts], np.uint8), lengths),
        np.concatenate([part[1] for part in parts]),
    )


def _pooled(vectors: Floats, weights: Floats, count: int) -> tuple[Floats, Floats]:
    if len(vectors) <= count:
        return vectors, weights
    (labels,) = cuts(vectors, (count,))
    total = np.bincount(labels, weights).astype(np.float32)
    sums = np.zeros((len(total), vectors.shape[1]), np.float32)
    np.add.at(sums, labels, vectors * weights[:, None])
    return (sums / np.maximum(total, 1e-9)[:, None]).astype(np.float32), total
