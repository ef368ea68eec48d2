"""Reader: what can be read of a library, by the engine that writes it and by any other program."""

import contextlib
import logging
import random
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from indexer.encoder.encoder import VectorSpace
from indexer.protocol.values import PageKey
from indexer.store.arrays import flat, lengths, one_array
from indexer.store.codes import Means
from indexer.store.data_files import Located
from indexer.store.means import read_means
from indexer.store.row_reader import RowReader
from indexer.store.rows import StoredPage, checksum, patches_of, places_of
from indexer.store.schema import CODES, PAGES, PATCHES, table_name
from indexer.store.tables import Tables
from indexer.store.terms import PageTerms
from indexer.store.values import Room, Values, new_room

_log = logging.getLogger(__name__)
_BATCH = 64
_CODE_ROWS = 8192
_FEW_TERMS = 256


class Reader:
    """Thread-safe."""

    def __init__(self, location: Path | str, *, read_only: bool = True, options: dict[str, str] | None = None) -> None:
        """Open. `options` go to the object store (region, endpoint, keys). Raises DATA_UNREADABLE."""
        self.tables = Tables(location, read_only=read_only, options=options)
        self._lock = threading.RLock()
        self._means: dict[str, Means] = {}
        self._readers: dict[str, RowReader] = {}

    def versions(self, space: VectorSpace) -> dict[PageKey, str]:
        """Which pages are stored, and in which version of their document."""
        table = self._table(CODES, space)
        if table is None:
            return {}
        found = table.search().select(["uid", "document_id", "page", "version"]).to_arrow().sort_by("uid")
        columns = (found[name].to_pylist() for name in ("document_id", "page", "version"))
        return {PageKey(document, page): version for document, page, version in zip(*columns, strict=True)}

    def pages(self, space: VectorSpace, keys: Collection[PageKey] | None = None) -> Iterator[StoredPage | PageKey]:
        """Stored pages whole, all or those asked for; a damaged one comes as its bare key."""
        chosen = self._newest(space, keys)
        for some in _batches(list(chosen)):
            yield from self._whole_pages(space, some, chosen)

    def pages_in_version(
        self, space: VectorSpace, document_id: int, version: str, pages: Collection[int]
    ) -> Iterator[StoredPage]:
        """Pages of one document whole, by their numbers, as they are stored in this version and undamaged."""
        table = self._table(CODES, space)
        if table is None or not pages:
            return
        query = table.search().where(f"document_id = {int(document_id)}").select(["uid", "page", "version"])
        rows = query.to_arrow().sort_by("uid").to_pylist()
        newest = {row["page"]: row for row in rows if row["page"] in pages}
        keys = {r["uid"]: PageKey(document_id, r["page"]) for r in newest.values() if r["version"] == version}
        for some in _batches(list(keys)):
            for page in self._whole_pages(space, some, keys):
                if not isinstance(page, PageKey):
                    yield page

    def _whole_pages(
        self, space: VectorSpace, uids: Sequence[int], keys: Mapping[int, PageKey]
    ) -> Iterator[StoredPage | PageKey]:
        words = {row["uid"]: row for row in self.rows(PAGES, space, uids)}
        patches = {row["uid"]: row for row in self.rows(PATCHES, space, uids)}
        for uid in uids:
            try:
                yield _whole(words[uid], patches[uid], space)
            except (ValueError, KeyError, IndexError):
                yield keys[uid]

    def rows(
        self, part: str, space: VectorSpace, uids: Sequence[int], columns: Sequence[str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Rows of a table by uid, in any order, arrays as numpy as they were when written.

        Those that are gone or cannot be read do not come.
        """
        return self._row_reader(part, space).rows(uids, columns)

    def values(self, part: str, space: VectorSpace, uids: Sequence[int], room: Room = new_room) -> Values:
        """The packed data of rows of `pages` or `patches` by uid; with `patches` how many vectors are of words.

        In any order; those that are gone or cannot be read do not come. The fastest way to read many rows.
        """
        return self._row_reader(part, space).values(uids, room)

    def locate(self, part: str, space: VectorSpace, uids: Sequence[int]) -> tuple[Located, npt.NDArray[np.int64]]:
        """Where the packed data of rows lies on a disk here, and the uids that `values` has to be asked for."""
        return self._row_reader(part, space).locate(uids)

    @property
    def is_near(self) -> bool:
        """Whether the library lies on a disk here, so that reading a row again costs next to nothing."""
        return self.tables.folder is not None

    def prepare(self, space: VectorSpace) -> None:
        """Look up where the newest rows lie, so that the next `values` need not; nothing where none were asked for."""
        for part in (PATCHES, PAGES):
            if (reader := self._readers.get(table_name(part, space.name))) is not None:
                reader.prepare()

    def _row_reader(self, part: str, space: VectorSpace) -> RowReader:
        name = table_name(part, space.name)
        folder = None if self.tables.folder is None else self.tables.folder / f"{name}.lance"
        number = "words_end" if part == PATCHES else None
        with self._lock if name not in self._readers else contextlib.nullcontext():
            return self._readers.setdefault(name, RowReader(lambda: self._table(part, space), folder, number))

    def page_terms(self, space: VectorSpace, uids: npt.NDArray[np.int64]) -> PageTerms:
        """The terms of pages, uids sorted; those that are gone do not come. Many are read in one go."""
        table = self._table(PATCHES, space)
        if table is None or not len(uids):
            return PageTerms(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint32))
        if len(uids) <= _FEW_TERMS:
            rows = list(self.rows(PATCHES, space, uids.tolist(), ["uid", "terms"]))
            each = [row["terms"] for row in rows]
            return PageTerms(
                np.array([row["uid"] for row in rows], np.int64),
                np.array([len(one) for one in each], np.int64),
                np.concatenate([np.zeros(0, np.uint32), *each]),
            )
        query = table.search().where(f"uid >= {uids[0]} AND uid <= {uids[-1]}").select(["uid", "terms"])
        found = query.to_arrow()
        there, column = found["uid"].to_numpy().astype(np.int64), one_array(found["terms"])
        counts, terms = lengths(column), flat(column)
        wanted = np.isin(there, uids)
        return PageTerms(there[wanted], counts[wanted], terms[np.repeat(wanted, counts)])

    def code_rows(self, space: VectorSpace, after: int, level: str) -> Iterator[pa.Table]:
        """Arrow rows of `codes` with a row id above `after` and the codes of one level, a few thousand at a time."""
        table = self._table(CODES, space)
        if table is None:
            return
        columns = ["uid", "document_id", "page", "source", "means", "single", level, f"{level}_counts"]
        query = table.search().select(columns).with_row_id(True)
        if after >= 0:
            query = query.where(f"_rowid > {after}")
        for batch in query.to_batches(_CODE_ROWS):
            if batch.num_rows:
                yield pa.Table.from_batches([batch])

    def code_row_ids(self, space: VectorSpace) -> npt.NDArray[np.int64]:
        """Row ids of `codes`, sorted: which pages there are."""
        table = self._table(CODES, space)
        if table is None:
            return np.zeros(0, np.int64)
        found = table.search().select(["uid"]).with_row_id(True).to_arrow()["_rowid"].to_numpy()
        return np.sort(found.astype(np.int64))

    def count(self, space: VectorSpace) -> int:
        """How many rows of codes there are."""
        table = self._table(CODES, space)
        return 0 if table is None else int(table.count_rows())

    def all_means(self, space: VectorSpace) -> list[Means]:
        """All means that codes' bits may be about; number n is at place n."""
        return read_means(self.tables, space)

    def text_search(
        self, space: VectorSpace, words: Sequence[str], limit: int, documents: Sequence[int] | None = None
    ) -> list[int]:
        """Uids of the pages that full text puts first for any of these words, folded; among `documents` if given."""
        if not words or limit < 1:
            return []
        from indexer.store.lance import MatchQuery

        return self._text(space, MatchQuery(" ".join(words), "text"), limit, documents) or []

    def phrase_search(self, space: VectorSpace, words: Sequence[str]) -> list[int]:
        """Uids of all pages on which these words, folded, stand one after another."""
        if not words:
            return []
        from indexer.store.lance import MatchQuery, PhraseQuery

        query = PhraseQuery(" ".join(words), "text") if len(words) > 1 else MatchQuery(words[0], "text")
        found = self._text(space, query, max(1, self.count(space)), None)
        return self._containing(space, " ".join(words)) if found is None else found

    def _text(self, space: VectorSpace, query: Any, limit: int, documents: Sequence[int] | None) -> list[int] | None:
        table = self._table(PAGES, space)
        if table is None:
            return []
        try:
            search = table.search(query, query_type="fts").select(["uid", "_score"]).limit(limit)
            if documents is not None:
                search = search.where(f"document_id IN ({','.join(str(int(i)) for i in documents)})", prefilter=True)
            return [int(uid) for uid in search.to_arrow()["uid"].to_pylist()]
        except Exception:  # noqa: BLE001 (a broken text index must not end a search)
            _log.warning("the text index cannot be searched", exc_info=True)
            return None

    def _containing(self, space: VectorSpace, text: str) -> list[int]:
        """The slow way, for when the text index is broken."""
        escaped = text.replace("'", "''")
        table = self._table(PAGES, space)
        found = table.search().where(f"contains(text, ' {escaped} ')").select(["uid"]).to_arrow()
        return [int(uid) for uid in found["uid"].to_pylist()]

    def means(self, space: VectorSpace) -> Means:
        """What new codes' bits are about."""
        if space.name not in self._means:
            self._means[space.name] = read_means(self.tables, space)[-1]
        return self._means[space.name]

    def forget_means(self, space: VectorSpace) -> None:
        """New ones were written."""
        self._means.pop(space.name, None)

    def revision(self, space: VectorSpace) -> int:
        """A number that changes with every write, by whatever process."""
        return self.tables.version(table_name(CODES, space.name))

    def size_bytes(self) -> int:
        """What the tables take on disk."""
        return self.tables.size_bytes()

    def verify(self, space: VectorSpace) -> Iterator[PageKey | None]:
        """Check the rows of every page, in all three tables, against their checksums, a few at a time: the key of a
        damaged one, None for a good one, or one that was written anew or dropped since the round began.

        For a slow round in the background; the caller drops what is damaged and has its document read again. It begins
        anywhere: one that is cut short whenever the machine is switched off would leave out the same pages each time.
        """
        chosen = self._newest(space, None)
        uids = list(chosen)
        first = random.randrange(len(uids) or 1)  # noqa: S311 (nothing secret)
        for some in _batches(uids[first:] + uids[:first]):
            good = self._good(space, some, chosen)
            for uid in some:  # a second look: it may have been about to be coded anew
                fine = uid in good or uid not in self._newest(space, [chosen[uid]]) or self._good(space, [uid], chosen)
                yield None if fine else chosen[uid]

    def _good(self, space: VectorSpace, uids: Sequence[int], keys: Mapping[int, PageKey]) -> set[int]:
        """Those whose rows are whole in all three tables."""
        coded = {row["uid"] for row in self.rows(CODES, space, uids) if checksum(row) == row["checksum"]}
        whole = zip(uids, self._whole_pages(space, uids, keys), strict=True)
        return {uid for uid, page in whole if uid in coded and not isinstance(page, PageKey)}

    def _newest(self, space: VectorSpace, keys: Collection[PageKey] | None) -> dict[int, PageKey]:
        """The uid and key of the newest row of every page wanted, in order of writing."""
        documents = None if keys is None else {key.document_id for key in keys}
        found = self._where_documents(space, documents)
        if found is None:
            return {}
        columns = (found[name].to_pylist() for name in ("uid", "document_id", "page"))
        newest = {PageKey(document, page): uid for uid, document, page in sorted(zip(*columns, strict=True))}
        wanted = None if keys is None else set(keys)
        return {uid: key for key, uid in newest.items() if wanted is None or key in wanted}

    def _where_documents(self, space: VectorSpace, document_ids: Collection[int] | None) -> Any:
        """uid, document_id, page of these documents' pages, of all for None; None when there are none."""
        table = self._table(CODES, space)
        if table is None or (document_ids is not None and not document_ids):
            return None
        query = table.search().select(["uid", "document_id", "page"])
        if document_ids is not None:
            query = query.where(f"document_id IN ({','.join(str(int(i)) for i in sorted(document_ids))})")
        return query.to_arrow()

    def _table(self, part: str, space: VectorSpace) -> Any:
        return self.tables.get(table_name(part, space.name))


def _batches(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(uids), _BATCH):
        yield uids[at : at + _BATCH]


def _whole(words: dict[str, Any], patches: dict[str, Any], space: VectorSpace) -> StoredPage:
    """Raises ValueError when a checksum or a shape does not fit."""
    for record in (words, patches):
        if checksum(record) != record["checksum"]:
            raise ValueError("a stored page is damaged")
    places = places_of(words["data"], PageKey(words["document_id"], words["page"]))
    vectors, scales, _ = patches_of(patches, space.vector_size)
    if len(vectors) != len(places.kinds):
        raise ValueError("a stored page is damaged")
    single = words["single"].astype(np.float32)
    return StoredPage(places.key, single, vectors, scales, places.kinds, places.regions, places.grid, places.words)
