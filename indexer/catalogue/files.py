"""The catalogue's documents as files on the disk: found, changed, moved, gone, out of reach."""

from collections.abc import Iterable, Sequence

from indexer.catalogue.database import Database, path_in, path_out
from indexer.catalogue.records import KnownFile, rewritten_version_of, version_of
from indexer.documents.fingerprint import Fingerprint

_KNOWN = "path, size, modified_ns, changed_ns, inode, device, content, available"
_OTHER_TIMES = "size <> excluded.size OR modified_ns <> excluded.modified_ns"
_OTHER_VERSION = "version <> excluded.version"


class FileRows(Database):
    """What the watcher compares with the disk."""

    def known(self, folder_id: int, below: str = "") -> dict[str, KnownFile]:
        """A folder's documents by path; with `below` only that path itself and what lies under it."""
        sql, values = f"SELECT {_KNOWN} FROM documents WHERE folder_id = ?", [folder_id]
        if not below:
            return _known(self._rows(sql, *values))
        under = path_in(below.rstrip("/\\"))
        return _known(
            self._rows(
                f"{sql} AND (path = ? OR (path > ? AND path < ?) OR (path > ? AND path < ?))",
                *values,
                *(under, f"{under}/", f"{under}0", f"{under}\\", f"{under}]"),  # "0" and "]" come after "/" and "\"
            )
        )

    def elsewhere(self, seen: Fingerprint) -> list[str]:
        """Paths of documents, in any folder, that were this very file when they were looked at last."""
        rows = self._rows(
            "SELECT path FROM documents WHERE inode = ? AND device = ? AND size = ? AND modified_ns = ?",
            *(seen.inode, seen.device, seen.size_bytes, seen.modified_ns),
        )
        return [path_out(r[0]) for r in rows]

    def content_of(self, path: str) -> str:
        """The hash of the document's content when it was read; "" when it was not, or is unknown."""
        rows = self._rows("SELECT content FROM documents WHERE path = ?", path_in(path))
        return str(rows[0][0]) if rows else ""

    def found(self, folder_id: int, files: Iterable[tuple[str, Fingerprint]]) -> int:
        """New and changed files become waiting; gives how many. Unchanged ones stay as they are."""
        changed = 0
        with self._transaction():
            for path, seen in files:
                changed += self._found(folder_id, path, seen, version_of(seen), _OTHER_TIMES)
        return changed

    def rewritten(self, folder_id: int, files: Iterable[tuple[str, Fingerprint]]) -> None:
        """Their content changed though size and time are what they were: they become waiting, as a new version."""
        with self._transaction():
            for path, seen in files:
                self._found(folder_id, path, seen, rewritten_version_of(seen), _OTHER_VERSION)

    def _found(self, folder_id: int, path: str, seen: Fingerprint, version: str, differs: str) -> int:
        row = self._db.execute(
            "INSERT INTO documents (folder_id, path, state, version, size, modified_ns, changed_ns, inode, device)"
            " VALUES (?, ?, 'waiting', ?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET state = 'waiting',"
            " version = excluded.version, size = excluded.size, modified_ns = excluded.modified_ns,"
            " changed_ns = excluded.changed_ns, inode = excluded.inode, device = excluded.device, attempts = 0,"
            " failure = NULL, content = '', available = 1,"
            " wait_until = CASE state WHEN 'waiting' THEN wait_until ELSE 0 END"  # of a file that does not settle
            f" WHERE {differs} RETURNING document_id",
            (
                *(folder_id, path_in(path), version, seen.size_bytes, seen.modified_ns, seen.changed_ns),
                *(seen.inode, seen.device),
            ),
        ).fetchone()
        if row is None:
            return 0
        self._db.execute("DELETE FROM page_failures WHERE document_id = ?", row)
        return 1

    def adopt(self, files: Iterable[tuple[str, Fingerprint]]) -> None:
        """These files are what they were, though the system calls them otherwise now; they are within reach."""
        with self._transaction():
            self._db.executemany(
                "UPDATE documents SET changed_ns = ?, inode = ?, device = ?, available = 1 WHERE path = ?",
                [(seen.changed_ns, seen.inode, seen.device, path_in(path)) for path, seen in files],
            )

    def out_of_reach(self, paths: Iterable[str]) -> None:
        """The disk of these files is away: nothing of them is forgotten, and nothing is read until it is back."""
        with self._transaction():
            self._db.executemany(
                "UPDATE documents SET available = 0 WHERE path = ?", [(path_in(path),) for path in paths]
            )

    def moved(self, folder_id: int, moves: Iterable[tuple[str, str, Fingerprint]]) -> int:
        """Documents have new paths (old, new, as it lies there now); nothing is embedded again. Gives how many: not
        those whose old path is unknown or whose new one is taken. All in one transaction: each waits for the disk,
        and a folder that is moved may hold thousands."""
        count = 0
        with self._transaction():
            for old, new, seen in moves:
                if not self._db.execute("SELECT 1 FROM documents WHERE path = ?", (path_in(new),)).fetchone():
                    count += self._db.execute(
                        "UPDATE documents SET path = ?, folder_id = ?, changed_ns = ?, available = 1 WHERE path = ?",
                        (path_in(new), folder_id, seen.changed_ns, path_in(old)),
                    ).rowcount
        return count

    def gone(self, paths: Sequence[str]) -> list[int]:
        """Documents that are no longer on the disk are forgotten; gives their ids."""
        ids: list[int] = []
        with self._transaction():
            for path in paths:
                row = self._db.execute(
                    "DELETE FROM documents WHERE path = ? RETURNING document_id", (path_in(path),)
                ).fetchone()
                if row:
                    ids.append(int(row[0]))
        return ids


def _known(rows: list[tuple[object, ...]]) -> dict[str, KnownFile]:
    return {
        path_out(path): KnownFile(
            Fingerprint(int(size), int(modified), int(changed), int(inode), int(device)),  # type: ignore[call-overload]
            str(content),
            bool(available),
        )
        for path, size, modified, changed, inode, device, content, available in rows
    }
