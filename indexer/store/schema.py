"""The three tables of a vector space, and their layout's number.

pages: the words with their places, regions, the single vector; patches: int8 vectors with one f16 scale each;
codes: pooled bits. A row of each belongs to one `uid`, which is never used again: a page written anew has a new one.
A page is there when its row in codes is, which is written last and deleted first. A fourth, tiny table keeps the means
that the codes' bits are about.

Stable row ids are asked for when a table is made: without, a compaction changes them and old ones find nothing, without
a word.
"""

from typing import Final

import pyarrow as pa

from indexer.encoder.encoder import VectorSpace

LAYOUT: Final = 2
"""1: one table a space, named `pages-<space>`."""
PAGES, PATCHES, CODES, MEANS = "pages", "patches", "codes", "means"
PARTS: Final = (PATCHES, PAGES, CODES)
"""In the order of writing; deleting goes the other way."""
STABLE: Final = {"new_table_enable_stable_row_ids": "true"}

_RAW = {b"lance-encoding:compression": b"none"}
_KEY = [("uid", pa.int64()), ("document_id", pa.int64()), ("page", pa.int32()), ("version", pa.string())]


def table_name(part: str, space_name: str) -> str:
    """A table's name: part, layout, space."""
    return f"{part}_{LAYOUT}-{space_name}"


def old_table_name(space_name: str) -> str:
    """The one table of layout 1."""
    return f"pages-{space_name}"


def schema(part: str, space: VectorSpace) -> pa.Schema:
    """The columns of a table. What the database never looks into is packed into one binary value a row (`data`).

    A hundred rows are taken from one column in half the time that a column each for vectors, scales and terms needs;
    left uncompressed, in a third of that. `terms` stand alone as well, to be counted without reading the vectors.
    """
    checksum = [("checksum", pa.binary(16))]
    match part:
        case "pages":
            columns = [*_KEY, ("single", pa.list_(pa.float16(), space.single_size)), ("text", pa.string())]
            return pa.schema([*columns, pa.field("data", pa.large_binary(), metadata=_RAW), *checksum])
        case "patches":
            columns = [
                ("uid", pa.int64()),
                ("words_end", pa.int32()),
                pa.field("data", pa.large_binary(), metadata=_RAW),
            ]
            return pa.schema([*columns, ("terms", pa.list_(pa.uint32())), *checksum])
        case "codes":
            columns = [*_KEY, ("source", pa.string()), ("means", pa.int32()), ("single", pa.binary(16))]
            for level in ("fine", "coarse"):
                columns += [(level, pa.list_(pa.uint64())), (f"{level}_counts", pa.list_(pa.int16(), 4))]
            return pa.schema(columns + checksum)
        case "means":
            columns = [("number", pa.int32()), ("pages", pa.int64()), ("vectors", pa.list_(pa.float32()))]
            return pa.schema([*columns, ("single", pa.list_(pa.float32()))])
    raise ValueError(f"no table {part}")
