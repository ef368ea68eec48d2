"""What is asked of the catalogue: failures, what results tell of their pages, and what a search is limited to."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from indexer.catalogue.database import Database, path_in, path_out
from indexer.catalogue.records import PageInfo
from indexer.protocol.errors import ErrorReport
from indexer.protocol.values import DocumentKind, FailureInfo, Filters, PageKey, TextSource

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_EVERYTHING = Filters()
_FARTHEST_S = 9e9
_KEYS_AT_ONCE = 256
"""Values a statement may have: 999 in old libraries."""


class LookupRows(Database):
    """Reads only."""

    def failures(self, most: int = -1) -> tuple[FailureInfo, ...]:
        """Documents and pages that could not be read, the newest first; `most` of them, or all."""
        rows = self._rows(
            "SELECT document_id, path, failure, 0 FROM documents WHERE state = 'failed' UNION ALL"
            " SELECT document_id, path, f.failure, f.page FROM page_failures f JOIN documents USING (document_id)"
            " WHERE state <> 'ignored' ORDER BY 1 DESC, 4 LIMIT ?",
            most,
        )
        infos = []
        for document_id, path, failure, page in rows:
            why = msgspec.json.decode(str(failure), type=ErrorReport)
            infos.append(
                FailureInfo(
                    int(document_id), path_out(path), why.code, why.title, why.message, int(page), why.can_retry
                )
            )
        return tuple(infos)

    def failure_count(self) -> int:
        """How long that list is."""
        rows = self._rows(
            "SELECT (SELECT count(*) FROM documents WHERE state = 'failed') + (SELECT count(*) FROM page_failures f"
            " JOIN documents USING (document_id) WHERE state <> 'ignored')"
        )
        return int(rows[0][0])

    def document_ids(self) -> set[int]:
        """Every document there is."""
        return {int(r[0]) for r in self._rows("SELECT document_id FROM documents")}

    def writes(self) -> int:
        """A number that changes with everything written since the catalogue was opened."""
        with self._lock:
            return self._db.total_changes

    def page_versions(self) -> dict[PageKey, str]:
        """Every indexed page with the version of its document when it was read."""
        return {
            PageKey(int(r[0]), int(r[1])): str(r[2]) for r in self._rows("SELECT document_id, page, version FROM pages")
        }

    def documents_matching(self, filters: Filters) -> "npt.NDArray[np.int64] | None":
        """Ids of the documents a search is limited to; None for all."""
        tests, values = self._tests(filters)
        if not tests:
            return None
        rows = self._rows(f"SELECT json_group_array(document_id) FROM documents WHERE {' AND '.join(tests)}", *values)
        import numpy as np  # not for an engine that only starts

        return np.array(msgspec.json.decode(str(rows[0][0]), type=list[int]), np.int64)

    def _tests(self, filters: Filters) -> tuple[list[str], list[object]]:
        """Conditions on documents, and their values."""
        tests: list[str] = []
        values: list[object] = []
        for column, chosen in (
            ("folder_id", filters.folder_ids),
            ("kind", filters.kinds),
            ("document_id", filters.document_ids),
        ):
            if chosen:
                tests.append(f"{column} IN ({','.join('?' * len(chosen))})")
                values.extend(chosen)
        if filters.path_prefix:
            tests.append("substr(path, 1, ?) = ?")
            values += [len(path_in(filters.path_prefix)), path_in(filters.path_prefix)]
        if filters.modified_from_s is not None:
            tests.append("modified_ns >= ?")
            values.append(_ns(filters.modified_from_s))
        if filters.modified_to_s is not None:
            tests.append("modified_ns <= ?")
            values.append(_ns(filters.modified_to_s))
        return tests, values

    def page_info(self, keys: Sequence[PageKey]) -> list[PageInfo | None]:
        """What results tell of these pages; None for a page that is gone.

        Many pages in one row: with each row the interpreter's lock is given away and waited for.
        """
        infos: dict[PageKey, PageInfo] = {}
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            some = keys[start : start + _KEYS_AT_ONCE]
            rows = self._rows(
                f"WITH wanted(of_document, number) AS (VALUES {','.join(['(?, ?)'] * len(some))})"
                " SELECT json_group_array(json_array(of_document, number, path, page_count, width, height, thumbnail,"
                " kind, folder_id, modified_ns, text_source)) FROM wanted"
                " CROSS JOIN pages ON pages.document_id = of_document AND pages.page = number"
                " JOIN documents ON documents.document_id = of_document",
                *[number for key in some for number in (key.document_id, key.page)],
            )
            told = msgspec.json.decode(str(rows[0][0]))
            infos |= {PageKey(row[0], row[1]): _info(row[2:]) for row in told}
        return [infos.get(key) for key in keys]

    def recent(self, k: int, filters: Filters = _EVERYTHING) -> list[PageKey]:
        """First pages of the documents indexed last, among those that the filters allow."""
        tests, values = self._tests(filters)
        rows = self._rows(
            "SELECT document_id, (SELECT min(page) FROM pages p WHERE p.document_id = d.document_id) FROM documents d"
            f" WHERE {' AND '.join(['pages_done > 0', *tests])} ORDER BY indexed_at DESC LIMIT ?",
            *values,
            k,
        )
        return [PageKey(int(r[0]), int(r[1])) for r in rows]


def _ns(seconds: float) -> int:
    """As the catalogue holds times, which are whole numbers of 64 bits."""
    return int(max(-_FARTHEST_S, min(_FARTHEST_S, seconds)) * 1e9)


def _info(row: Sequence[Any]) -> PageInfo:
    path, page_count, width, height, thumbnail, kind, folder_id, modified_ns, source = row
    return PageInfo(
        path_out(path),
        int(page_count),
        float(width),
        float(height),
        str(thumbnail),
        DocumentKind(kind),
        int(folder_id),
        int(modified_ns) / 1e9,
        TextSource(source),
    )
