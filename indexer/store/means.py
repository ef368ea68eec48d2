"""The means that codes' bits are about: stored, numbered, renewed as the library grows.

Word vectors lie in a narrow cone; bits about their mean tell more than bits about zero (search design, section 3). A
library's first pages know little of its mean, so it is taken again when the library has grown fourfold, up to 65,536
pages; every code says which means it was made with, so old and new codes are searched side by side.
"""

from typing import Any

import numpy as np

from indexer.encoder.encoder import VectorSpace
from indexer.store.arrays import arrow_table
from indexer.store.codes import KINDS, Means, no_means
from indexer.store.schema import MEANS, schema, table_name
from indexer.store.tables import Tables

FIRST, GROWTH, LAST = 64, 4, 65_536
"""Pages at which means are taken: 64, 256, ... 65,536."""


def read_means(tables: Tables, space: VectorSpace) -> list[Means]:
    """All means so far, by number; number 0 (about zero) always is."""
    found = [no_means(space.vector_size, space.single_size)]
    table = tables.get(table_name(MEANS, space.name))
    if table is not None:
        rows = table.search().to_arrow().sort_by("number").to_pylist()
        found += [_means(row, space) for row in rows]
    return found


def write_means(tables: Tables, space: VectorSpace, means: Means) -> None:
    """Add means."""
    name = table_name(MEANS, space.name)
    table = tables.get(name, schema(MEANS, space))
    row = {
        "number": means.number,
        "pages": means.pages,
        "vectors": means.vectors.ravel(),
        "single": means.single,
    }
    table.add(arrow_table([row], schema(MEANS, space)))
    tables.synced(name)


def due(means: Means, pages: int) -> bool:
    """Whether the library has grown enough for new means."""
    wanted = FIRST if means.pages == 0 else means.pages * GROWTH
    return pages >= wanted <= LAST


def _means(row: dict[str, Any], space: VectorSpace) -> Means:
    vectors = np.asarray(row["vectors"], np.float32).reshape(KINDS, space.vector_size)
    return Means(int(row["number"]), int(row["pages"]), vectors, np.asarray(row["single"], np.float32))
