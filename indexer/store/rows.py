"""One page as rows of the three tables and back: int8 vectors with one f16 scale each, a checksum over each row."""

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.documents.document import PageWords
from indexer.encoder.encoder import EncodedPage, VectorSpace
from indexer.protocol.values import PageKey, TextSource
from indexer.store.arrays import packed, unpacked
from indexer.store.codes import Cuts, Means, page_codes
from indexer.store.schema import CODES, PAGES, PATCHES
from indexer.store.terms import searchable, terms

_REGION_STEPS = 65535
_FEWEST = 1e-12


@dataclass(frozen=True, slots=True)
class PageRow:
    """What is stored of one page in one vector space."""

    key: PageKey
    version: str
    encoded: EncodedPage
    words: PageWords


@dataclass(frozen=True, slots=True)
class PagePlaces:
    """A page without its vectors: its words, and where each vector lies. kinds: uint8 (n,), regions: float32 (n, 4).

    joined: the words, one a line; boxes: float32 (w, 4), lines: int32 (w,), of each, as in PageWords.
    """

    key: PageKey
    kinds: npt.NDArray[np.uint8]
    regions: npt.NDArray[np.float32]
    grid: tuple[int, int] | None
    joined: str
    boxes: npt.NDArray[np.float32]
    lines: npt.NDArray[np.int32]
    source: TextSource

    @property
    def words(self) -> PageWords:
        """The words, taken apart when they are asked for: of most pages shown only a line is."""
        texts = tuple(self.joined.split("\n")) if self.joined else ()
        return PageWords(texts, self.boxes, self.lines, self.source)

    def line_at(self, word: int) -> str:
        """The text of the line that one of the words stands in."""
        line = self.lines[word]
        start, end = int(np.searchsorted(self.lines, line)), int(np.searchsorted(self.lines, line, "right"))
        return " ".join(self.joined.split("\n", end)[start:end])


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page whole. vectors: int8 (n, size), scales: float32 (n,); single: float32 (single_size,)."""

    key: PageKey
    single: npt.NDArray[np.float32]
    vectors: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]
    kinds: npt.NDArray[np.uint8]
    regions: npt.NDArray[np.float32]
    grid: tuple[int, int] | None
    words: PageWords


def to_records(
    row: PageRow, uid: int, space: VectorSpace, means: Means, cuts: Cuts | None = None
) -> dict[str, dict[str, Any]]:
    """Rows for the three tables by part. Raises ValueError on vectors that are not finite or not as wide as asked."""
    encoded = row.encoded
    _check(encoded, space)
    scales = (np.abs(encoded.vectors).max(axis=1, initial=0.0) / 127).astype(np.float16)
    whole = np.rint(encoded.vectors / np.maximum(scales.astype(np.float32), _FEWEST)[:, None])
    whole = np.clip(whole, -127, 127).astype(np.int8)
    found = terms(row.words.texts)
    key: dict[str, Any] = {"uid": uid, "document_id": row.key.document_id, "page": row.key.page, "version": row.version}
    records: dict[str, dict[str, Any]] = {
        PAGES: {
            **key,
            "single": encoded.single.astype(np.float16),
            "text": searchable(row.words.texts),
            "data": _packed_places(encoded, row.words),
        },
        PATCHES: {
            "uid": uid,
            "words_end": int((encoded.kinds == 0).sum()),
            "data": packed([whole.tobytes(), scales.tobytes(), found.tobytes()]),
            "terms": found,
        },
    }
    for record in records.values():
        record["checksum"] = checksum(record)
    key["source"] = str(row.words.source)
    return records | {CODES: code_record(key, encoded.vectors, encoded.kinds, encoded.single, means, cuts)}


def code_record(
    key: Mapping[str, Any],
    vectors: npt.NDArray[np.float32],
    kinds: npt.NDArray[np.uint8],
    single: npt.NDArray[np.float32],
    means: Means,
    cuts: Cuts | None = None,
) -> dict[str, Any]:
    """A row for `codes`. key: uid, document_id, page, version, source; anything else in it is not looked at."""
    codes = page_codes(vectors, kinds, single, means, cuts)
    record = {name: key[name] for name in ("uid", "document_id", "page", "version", "source")}
    record |= {"means": means.number, "single": codes.single.tobytes()}
    for name, level in (("fine", codes.fine), ("coarse", codes.coarse)):
        record |= {name: level.codes.ravel(), f"{name}_counts": np.array(level.counts, np.int16)}
    return record | {"checksum": checksum(record)}


def checksum(record: Mapping[str, Any]) -> bytes:
    """BLAKE2b over everything in a row: the database itself reads flipped bits without a word."""
    digest = hashlib.blake2b(digest_size=16)
    for name, value in sorted(record.items()):
        if name in ("checksum", "_rowid"):
            continue
        data = value.tobytes() if isinstance(value, np.ndarray) else value
        digest.update(name.encode())
        digest.update(data if isinstance(data, (bytes, memoryview)) else str(data).encode())
        digest.update(b"\0")
    return digest.digest()


def patches_of(
    record: Mapping[str, Any], size: int
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32], npt.NDArray[np.uint32]]:
    """Vectors int8 (n, size), scales (n,) and terms of a row of `patches`. Raises ValueError when they do not fit."""
    return patches_in(np.frombuffer(record["data"], np.uint8), record["words_end"], size)


def patches_in(
    data: npt.NDArray[np.uint8], words_end: int, size: int
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32], npt.NDArray[np.uint32]]:
    """The same of a row's packed `data`, its vectors and terms where they lie there."""
    pieces, vectors, scales, terms = data[:16].view(np.uint32).tolist() if len(data) >= 16 else (0, 0, 0, 0)
    count, scales_at, terms_at = vectors // size, 16 + vectors, 16 + vectors + scales
    if (pieces, vectors, scales, terms % 4, terms_at + terms) != (3, count * size, 2 * count, 0, len(data)):
        raise ValueError(f"{pieces} pieces of {vectors}, {scales} and {terms} in {len(data)} bytes")
    if not 0 <= words_end <= count:
        raise ValueError(f"{count} vectors, {words_end} of words")
    whole = data[16:scales_at].view(np.int8).reshape(count, size)
    return whole, data[scales_at:terms_at].view(np.float16).astype(np.float32), data[terms_at:].view(np.uint32)


def places_of(data: bytes | memoryview, key: PageKey) -> PagePlaces:
    """The packed data of a row of `pages`; raises ValueError when its shapes do not fit."""
    regions, kinds, boxes, lines, words, grid_text, source = unpacked(data)
    joined = str(words, "utf-8", "surrogatepass")
    grid = _grid(bytes(grid_text))
    each = np.frombuffer(kinds, np.uint8).copy()
    count = joined.count("\n") + 1 if joined else 0
    if (len(boxes), len(lines)) != (8 * count, 4 * count):
        raise ValueError(f"{count} words, {len(boxes)} bytes of boxes, {len(lines)} of lines")
    return PagePlaces(
        key,
        each,
        _boxes(regions) if len(regions) or not len(each) or grid is None else grid_regions(*grid),
        grid,
        joined,
        _boxes(boxes),
        np.frombuffer(lines, np.int32).copy(),
        TextSource(str(source, "ascii")),
    )


def _packed_places(encoded: EncodedPage, words: PageWords) -> bytes:
    return packed(
        [
            b"" if _follows_grid(encoded) else _steps(encoded.regions),
            encoded.kinds.astype(np.uint8).tobytes(),
            _steps(words.boxes),
            words.lines.astype(np.int32).tobytes(),
            "\n".join(words.texts).encode("utf-8", "surrogatepass"),
            json.dumps(encoded.grid).encode(),
            str(words.source).encode(),
        ]
    )


@functools.lru_cache(maxsize=256)
def _grid(text: bytes) -> tuple[int, int] | None:
    shape: Sequence[int] | None = json.loads(text)
    return (shape[0], shape[1]) if shape else None


@functools.lru_cache(maxsize=256)
def grid_regions(rows: int, columns: int) -> npt.NDArray[np.float32]:
    """The boxes of a grid over the whole page, row by row: float32 (rows * columns, 4)."""
    y, x = np.divmod(np.arange(rows * columns), columns)
    boxes = np.stack([x / columns, y / rows, (x + 1) / columns, (y + 1) / rows], axis=1)
    return boxes.astype(np.float32)


def _check(encoded: EncodedPage, space: VectorSpace) -> None:
    widths = (encoded.single.shape[-1], encoded.vectors.shape[-1])
    if widths != (space.single_size, space.vector_size):
        raise ValueError(f"vectors of {widths}, the space has {(space.single_size, space.vector_size)}")
    if not (np.isfinite(encoded.vectors).all() and np.isfinite(encoded.single).all()):
        raise ValueError("vectors are not finite")
    if len(encoded.kinds) != len(encoded.vectors) or len(encoded.regions) != len(encoded.vectors):
        raise ValueError(f"{len(encoded.vectors)} vectors, {len(encoded.kinds)} kinds, {len(encoded.regions)} regions")
    if (np.diff(encoded.kinds.astype(np.int16)) < 0).any():
        raise ValueError("kinds must not decrease")


def _follows_grid(encoded: EncodedPage) -> bool:
    if encoded.grid is None or len(encoded.regions) != encoded.grid[0] * encoded.grid[1]:
        return False
    return bool(np.allclose(encoded.regions, grid_regions(*encoded.grid), atol=1e-4))


def _steps(boxes: npt.NDArray[np.float32]) -> bytes:
    return np.rint(np.clip(boxes, 0, 1) * _REGION_STEPS).astype(np.uint16).tobytes()


def _boxes(data: memoryview) -> npt.NDArray[np.float32]:
    return (np.frombuffer(data, np.uint16).reshape(-1, 4) / np.float32(_REGION_STEPS)).astype(np.float32, copy=False)
