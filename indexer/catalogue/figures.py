"""Counts and times over the catalogue: what lies below a folder, and what reading took on this computer so far."""

import os
from itertools import pairwise

from indexer.catalogue.database import Database, path_in, path_out
from indexer.protocol.values import DocumentKind, SubfolderInfo

_PAUSE_S = 60.0
"""A longer time between two documents was not spent reading."""
_RECENT = 200


class FigureRows(Database):
    """Reads only."""

    def subfolders(self, folder_id: int, path: str) -> tuple[SubfolderInfo, ...]:
        """The folders directly below `path` with the documents and pages read in each and below it, by name."""
        start = path_in(path.rstrip(os.sep) + os.sep)
        rows = self._rows(
            "SELECT substr(rest, 1, instr(rest, ?1) - 1), count(*), sum(pages_done),"
            " max(instr(substr(rest, instr(rest, ?1) + 1), ?1) > 0) FROM (SELECT substr(path, length(?2) + 1)"
            " AS rest, pages_done FROM documents WHERE folder_id = ?3 AND pages_done > 0"
            " AND substr(path, 1, length(?2)) = ?2) WHERE instr(rest, ?1) > 0 GROUP BY 1 ORDER BY 1",
            os.sep,
            start,
            folder_id,
        )
        return tuple(SubfolderInfo(path_out(start + str(r[0])), int(r[1]), int(r[2]), bool(r[3])) for r in rows)

    def read_already(self) -> dict[str, tuple[int, int]]:
        """Every document that was read: its time of change and size then."""
        rows = self._rows("SELECT path, modified_ns, size FROM documents WHERE state = 'indexed'")
        return {path_out(r[0]): (int(r[1]), int(r[2])) for r in rows}

    def pages_per_document(self) -> dict[DocumentKind, float]:
        """The mean over the documents read, by kind."""
        rows = self._rows("SELECT kind, avg(pages_done) FROM documents WHERE pages_done > 0 GROUP BY kind")
        return {DocumentKind(r[0]): float(r[1]) for r in rows if r[0]}

    def page_count(self) -> int:
        """All pages read."""
        return int(self._rows("SELECT coalesce(sum(pages_done), 0) FROM documents")[0][0])

    def seconds_per_page(self, least: int) -> float | None:
        """Measured over the documents read last, pauses left out; None before `least` pages were."""
        rows = self._rows(
            "SELECT indexed_at, pages_done FROM documents WHERE pages_done > 0 ORDER BY indexed_at DESC LIMIT ?",
            _RECENT,
        )
        took, pages = 0.0, 0
        for (later, count), (earlier, _) in pairwise(rows):
            if 0 <= later - earlier <= _PAUSE_S:
                took, pages = took + later - earlier, pages + count
        return took / pages if pages >= least else None
