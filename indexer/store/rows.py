"""One page as a row of the vector table and back: int8 vectors with one f16 scale each, a checksum over all of it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from indexer.documents.document import PageWords
from indexer.encoder.encoder import EncodedPage, VectorSpace
from indexer.protocol.values import PageKey, TextSource

_REGION_STEPS = 65535


@dataclass(frozen=True, slots=True)
class PageRow:
    """What is stored of one page in one vector space."""

    key: PageKey
    version: str
    encoded: EncodedPage
    words: PageWords


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as search needs it. vectors: int8 (n, size), scales: float32 (n,); the first `words_end` are kind 0."""

    key: PageKey
    single: npt.NDArray[np.float32]
    vectors: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]
    kinds: npt.NDArray[np.uint8]
    regions: npt.NDArray[np.float32]
    grid: tuple[int, int] | None
    words: PageWords


def schema(space: VectorSpace) -> pa.Schema:
    """The table's columns. Plain binary for the arrays: read whole, never searched inside by the database."""
    columns = [("document_id", pa.int64()), ("page", pa.int32()), ("version", pa.string())]
    columns += [("single", pa.list_(pa.float16(), space.single_size))]
    columns += [(name, pa.large_binary()) for name in ("vectors", "scales", "kinds", "regions", "boxes", "lines")]
    columns += [
        ("grid", pa.string()),
        ("words", pa.large_string()),
        ("source", pa.string()),
        ("checksum", pa.binary(16)),
    ]
    return pa.schema(columns)


def to_record(row: PageRow, space: VectorSpace) -> dict[str, Any]:
    """A row for the database. Raises ValueError on vectors that are not finite or not as wide as the space's."""
    encoded = row.encoded
    widths = (encoded.single.shape[-1], encoded.vectors.shape[-1])
    if widths != (space.single_size, space.vector_size):
        raise ValueError(f"vectors of {widths}, the space has {(space.single_size, space.vector_size)}")
    if not (np.isfinite(encoded.vectors).all() and np.isfinite(encoded.single).all()):
        raise ValueError("vectors are not finite")
    scales = np.abs(encoded.vectors).max(axis=1, initial=0.0) / 127
    whole = np.rint(encoded.vectors / np.maximum(scales, 1e-12)[:, None]).astype(np.int8)
    record: dict[str, Any] = {
        "document_id": row.key.document_id,
        "page": row.key.page,
        "version": row.version,
        "single": encoded.single.astype(np.float16),
        "vectors": whole.tobytes(),
        "scales": scales.astype(np.float16).tobytes(),
        "kinds": encoded.kinds.astype(np.uint8).tobytes(),
        "regions": _steps(encoded.regions),
        "boxes": _steps(row.words.boxes),
        "lines": row.words.lines.astype(np.int32).tobytes(),
        "grid": json.dumps(encoded.grid),
        "words": "\n".join(row.words.texts),
        "source": str(row.words.source),
    }
    record["checksum"] = checksum(record)
    return record


def checksum(record: dict[str, Any]) -> bytes:
    """BLAKE2b over everything in a row: the database itself reads flipped bits without a word."""
    digest = hashlib.blake2b(digest_size=16)
    for name, value in sorted(record.items()):
        if name == "checksum":
            continue
        if name == "single":
            value = np.asarray(value, np.float16).tobytes()
        digest.update(name.encode() + (value if isinstance(value, bytes) else str(value).encode()) + b"\0")
    return digest.digest()


def from_record(record: dict[str, Any], vector_size: int) -> StoredPage:
    """A row read back; raises ValueError when its checksum or its shapes do not fit."""
    if checksum(record) != record["checksum"]:
        raise ValueError("a stored page is damaged")
    texts = tuple(record["words"].split("\n")) if record["words"] else ()
    grid: Sequence[int] | None = json.loads(record["grid"])
    return StoredPage(
        PageKey(record["document_id"], record["page"]),
        np.asarray(record["single"], np.float32),
        np.frombuffer(record["vectors"], np.int8).reshape(-1, vector_size),
        np.frombuffer(record["scales"], np.float16).astype(np.float32),
        np.frombuffer(record["kinds"], np.uint8),
        _boxes(record["regions"]),
        (grid[0], grid[1]) if grid else None,
        PageWords(
            texts, _boxes(record["boxes"]), np.frombuffer(record["lines"], np.int32), TextSource(record["source"])
        ),
    )


def _steps(boxes: npt.NDArray[np.float32]) -> bytes:
    return np.rint(np.clip(boxes, 0, 1) * _REGION_STEPS).astype(np.uint16).tobytes()


def _boxes(data: bytes) -> npt.NDArray[np.float32]:
    return (np.frombuffer(data, np.uint16).reshape(-1, 4) / np.float32(_REGION_STEPS)).astype(np.float32)
