"""The catalogue's folders and their counts."""

import logging

from indexer.catalogue.database import Database, path_in, path_out
from indexer.catalogue.safekeeping import KeptFolder, keep_folders
from indexer.protocol.values import FolderInfo

_log = logging.getLogger(__name__)


class FolderRows(Database):
    """Folders the user added, and "", which holds single files."""

    def add_folder(self, path: str, *, watched: bool) -> int:
        """The folder's id; the same path twice is the same folder."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO folders (path, watched) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET "
                "watched = max(watched, excluded.watched)",
                (path_in(path), watched),
            )
            row = self._db.execute("SELECT folder_id FROM folders WHERE path = ?", (path_in(path),)).fetchone()
        return int(row[0])

    def remove_folder(self, folder_id: int) -> list[int]:
        """Forget a folder and its documents; gives the ids of the documents removed."""
        with self._transaction():
            gone = [
                int(r[0])
                for r in self._db.execute("SELECT document_id FROM documents WHERE folder_id = ?", (folder_id,))
            ]
            self._db.execute("DELETE FROM folders WHERE folder_id = ?", (folder_id,))
        return gone

    def set_folder(self, folder_id: int, *, paused: bool | None = None, available: bool | None = None) -> None:
        """Change what is given."""
        with self._transaction():
            self._db.execute(
                "UPDATE folders SET paused = coalesce(?, paused), available = coalesce(?, available)"
                " WHERE folder_id = ?",
                (paused, available, folder_id),
            )

    def keep_folders(self) -> None:
        """Write folders and single files down beside the catalogue, for the day when it is damaged."""
        singles = self._rows("SELECT d.path FROM documents d JOIN folders f USING (folder_id) WHERE f.path = ''")
        rows = self._rows("SELECT path, watched, paused FROM folders")
        kept = [
            KeptFolder(path_out(r[0]), bool(r[1]), bool(r[2]), () if r[0] else tuple(path_out(p[0]) for p in singles))
            for r in rows
        ]
        try:
            keep_folders(self._path, kept)
        except OSError as problem:  # it is a precaution; a full disk is told about elsewhere
            _log.warning("folders are not written down: %s", problem.strerror)

    def folders(self) -> tuple[FolderInfo, ...]:
        """Every folder with its counts; a document being read counts as waiting."""
        rows = self._rows(
            "SELECT f.folder_id, f.path, f.watched, f.available, f.paused, count(d.document_id),"
            " coalesce(sum(d.state = 'indexed'), 0), coalesce(sum(d.state IN ('waiting', 'reading')), 0),"
            " coalesce(sum(d.state = 'failed'), 0), coalesce(sum(d.state = 'ignored'), 0),"
            " coalesce(sum(d.pages_done), 0)"
            " FROM folders f LEFT JOIN documents d USING (folder_id) GROUP BY f.folder_id ORDER BY f.path"
        )
        return tuple(
            FolderInfo(
                int(r[0]), path_out(r[1]), bool(r[2]), bool(r[3]), bool(r[4]), int(r[5]), int(r[6]), int(r[7]),
                int(r[8]), int(r[9]), int(r[10]),
            )
            for r in rows
        )  # fmt: skip
