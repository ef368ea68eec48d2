"""From layout 1 (one table a space) to layout 2: the same vectors, no document read again.

Safe to be killed in: pages already converted are written again under the same keys, and the old table goes last.
"""

import json
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.documents.document import PageWords
from indexer.encoder.encoder import EncodedPage, VectorSpace
from indexer.protocol.values import PageKey, TextSource
from indexer.store.rows import PageRow, checksum
from indexer.store.schema import old_table_name

if TYPE_CHECKING:
    from indexer.store.store import Store

_log = logging.getLogger(__name__)
_AT_ONCE = 64
_STEPS = np.float32(65535)


def converted(store: "Store", space: VectorSpace) -> int:
    """Convert an old table of this space if there is one; gives how many pages. Damaged rows are read again later."""
    name = old_table_name(space.name)
    if name not in store.tables.names():
        return 0
    count = 0
    try:
        rows: list[PageRow] = []
        for record in _records(store.tables.get(name)):
            try:
                if checksum({**record, "single": np.asarray(record["single"], np.float16)}) != record["checksum"]:
                    raise ValueError("the checksum does not fit")
                rows.append(PageRow(_key(record), record["version"], *_page(record, space)))
            except (ValueError, KeyError, IndexError):
                _log.warning("page %d of document %d is damaged", record["page"], record["document_id"])
            if len(rows) == _AT_ONCE:
                store.put(space, rows)
                count, rows = count + len(rows), []
        store.put(space, rows)
        count += len(rows)
    except (OSError, RuntimeError, ValueError):  # LanceDB's words for a table that cannot be read
        _log.exception("the old table cannot be read on; its documents are read again")
    store.tables.drop(name)
    _log.info("%d pages were taken over from the old layout", count)
    return count


def _records(table: Any) -> Iterator[dict[str, Any]]:
    for batch in table.search().to_batches(_AT_ONCE):
        yield from batch.to_pylist()


def _key(record: dict[str, Any]) -> PageKey:
    return PageKey(record["document_id"], record["page"])


def _page(record: dict[str, Any], space: VectorSpace) -> tuple[EncodedPage, PageWords]:
    whole = np.frombuffer(record["vectors"], np.int8).reshape(-1, space.vector_size)
    scales = np.frombuffer(record["scales"], np.float16).astype(np.float32)
    texts = tuple(record["words"].split("\n")) if record["words"] else ()
    grid = json.loads(record["grid"])
    encoded = EncodedPage(
        np.asarray(record["single"], np.float32),
        whole * scales[:, None],
        _boxes(record["regions"]),
        np.frombuffer(record["kinds"], np.uint8),
        (grid[0], grid[1]) if grid else None,
    )
    lines = np.frombuffer(record["lines"], np.int32)
    return encoded, PageWords(texts, _boxes(record["boxes"]), lines, TextSource(record["source"]))


def _boxes(data: bytes) -> np.ndarray[Any, np.dtype[np.float32]]:
    return (np.frombuffer(data, np.uint16).reshape(-1, 4) / _STEPS).astype(np.float32)
