"""Ward pooling: a page's vectors merged into few, so that a scan over a million pages stays possible.

Hierarchical: the clusters of a large factor are unions of those of a small one. Measured in the search design: bits of
means of 3 vectors keep 0.96 to 0.97 of the exact best ten pages among a hundred candidates, of 9 vectors 0.92 to 0.98.
"""

import numpy as np
import numpy.typing as npt

from indexer.compiled import compiled

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


def cuts(vectors: Floats, counts: tuple[int, ...]) -> list[Labels]:
    """Cluster numbers (n,) for each wanted number of clusters (largest first), nested; all fewer than n + 1.

    vectors: float32 (n, size), n >= 1.
    """
    n = len(vectors)
    squares = (vectors * vectors).sum(axis=1)
    distances = vectors @ vectors.T  # in place from here: a page of 5,000 vectors needs 100 MB for it
    distances *= -2
    distances += squares[:, None]
    distances += squares[None, :]
    np.maximum(distances, 0, out=distances)
    pairs, heights = chain(distances)
    order = np.argsort(heights, kind="stable")
    ordered = pairs[order]
    return [labels_after(ordered, n, max(0, n - count)) for count in counts]


@compiled
def chain(distances: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """Ward's merges by nearest-neighbour chains: pairs of members (n - 1, 2) and squared heights (n - 1,), unordered.

    distances: squared Euclidean float32 (n, n); overwritten.
    """
    n = distances.shape[0]
    pairs = np.zeros((max(n - 1, 0), 2), np.int64)
    heights = np.zeros(max(n - 1, 0), np.float32)
    sizes = np.ones(n, np.float32)
    alive = np.ones(n, np.bool_)
    path = np.zeros(n + 1, np.int64)
    length = 0
    for step in range(n - 1):
        kept = 0
        for i in range(length):  # rounding may have merged a cluster that the path went through
            if alive[path[i]]:
                path[kept] = path[i]
                kept += 1
        length = kept
        if length == 0:
            for i in range(n):
                if alive[i]:
                    path[0] = i
                    break
            length = 1
        while True:
            a = path[length - 1]
            best, b = np.float32(np.inf), -1
            if length > 1:  # on a tie the chain turns back, else it would never end
                b = path[length - 2]
                best = distances[a, b]
            for i in range(n):
                if alive[i] and i != a and distances[a, i] < best:
                    best, b = distances[a, i], i
            if (length > 1 and b == path[length - 2]) or length == n:
                break
            path[length] = b
            length += 1
        length = max(0, length - 2)
        pairs[step, 0], pairs[step, 1], heights[step] = a, b, best
        size_a, size_b = sizes[a], sizes[b]
        for i in range(n):
            if alive[i] and i != a and i != b:
                total = size_a + size_b + sizes[i]
                new = (
                    (size_a + sizes[i]) * distances[a, i] + (size_b + sizes[i]) * distances[b, i] - sizes[i] * best
                ) / total
                distances[b, i] = new
                distances[i, b] = new
        sizes[b] = size_a + size_b
        alive[a] = False
    return pairs, heights


@compiled
def labels_after(pairs: npt.NDArray[np.int64], n: int, merges: int) -> Labels:
    """The first so many merges done: the clusters' numbers, from 0 on by first member, (n,)."""
    parent = np.arange(n)
    for step in range(merges):
        a, b = pairs[step, 0], pairs[step, 1]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        parent[a] = b
    labels = np.empty(n, np.int64)
    number_of = np.full(n, -1, np.int64)
    count = 0
    for i in range(n):
        root = i
        while parent[root] != root:
            root = parent[root]
        if number_of[root] < 0:
            number_of[root] = count
            count += 1
        labels[i] = number_of[root]
    return labels
