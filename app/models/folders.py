"""FoldersModel: the library's folders and those below them, how many pages each has and how far it has come."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal, Slot

from app.names import file_name, path_parts
from app.wording import pages_word, several
from indexer.protocol.values import FolderInfo, SubfolderInfo

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_LOOK_MS = 2000
"""While pages are read, counts of folders below are asked for so often at most."""

Place = tuple[int, str]
"""A folder's id, and the path of a folder below it; "" for the whole folder."""
EVERYWHERE: Place = (0, "")


class FolderRole(IntEnum):
    """What the sidebar asks for beside the name."""

    INFO = Qt.ItemDataRole.UserRole
    COUNT = Qt.ItemDataRole.UserRole + 1
    READING = Qt.ItemDataRole.UserRole + 2
    PLACE = Qt.ItemDataRole.UserRole + 3
    DEPTH = Qt.ItemDataRole.UserRole + 4
    OPEN = Qt.ItemDataRole.UserRole + 5


@dataclass(frozen=True, slots=True)
class _Row:
    folder: FolderInfo
    below: SubfolderInfo | None
    depth: int

    @property
    def place(self) -> Place:
        return self.folder.folder_id, self.below.path if self.below is not None else ""


class FoldersModel(QAbstractListModel):
    """One row a folder, as the engine tells them; counts change in place, so that nothing moves.

    Signal wanted(folder id, path): the folders below this one should be asked for and given to show_below()."""

    wanted = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folders: tuple[FolderInfo, ...] = ()
        self._below: dict[Place, tuple[SubfolderInfo, ...]] = {}
        self._open: set[Place] = set()
        self._rows: list[_Row] = []
        self._asked: dict[int, int] = {}
        self._later = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._later.timeout.connect(self._look)

    def show(self, folders: tuple[FolderInfo, ...]) -> None:
        """Take the folders as they are now."""
        self._folders = folders
        self._lay_out()
        if not self._asked:
            self._look()
        elif not self._later.isActive():
            self._later.start()

    def show_below(self, folder_id: int, path: str, subfolders: tuple[SubfolderInfo, ...]) -> None:
        """Take the folders directly below one."""
        folder = self.folder(folder_id)
        place = folder_id, "" if folder is not None and folder.path == path else path
        if self._below.get(place) != subfolders:
            self._below[place] = subfolders
            self._lay_out()

    def set_open(self, row: int, on: bool) -> None:
        """Show the folders below this one, or not."""
        place = self._rows[row].place
        if self.data(self.index(row), FolderRole.OPEN) in (None, on):
            return
        if on:
            self._open.add(place)
            self._want(self._rows[row])
        else:
            self._open.discard(place)
        self._lay_out()

    def folders(self) -> tuple[FolderInfo, ...]:
        """All that the user added."""
        return self._folders

    def folder(self, folder_id: int) -> FolderInfo | None:
        """One of them, if it is still there."""
        return next((f for f in self._folders if f.folder_id == folder_id), None)

    def row_of(self, folder_id: int, path: str = "") -> int:
        """-1 when it is not here."""
        return next((row for row, one in enumerate(self._rows) if one.place == (folder_id, path)), -1)

    def name(self, folder: FolderInfo) -> str:
        """What a folder is called; the files dropped one by one have no folder of their own."""
        own = file_name(folder.path.rstrip("/\\"))
        twins = sum(file_name(other.path.rstrip("/\\")) == own for other in self._folders)
        if own and twins > 1:  # two folders of one name are told apart by the folder they lie in
            return self.tr("{name} in {parent}").format(name=own, parent=path_parts(folder.path.rstrip("/\\"))[-2])
        return own or self.tr("Single files")

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Folders shown."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A folder's values."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return file_name(row.below.path) if row.below is not None else self.name(row.folder)
            case Qt.ItemDataRole.ToolTipRole:
                return self._state(row)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self.data(index)}, {self._state(row)}"
            case FolderRole.INFO:
                return row.folder
            case FolderRole.PLACE:
                return row.place
            case FolderRole.DEPTH:
                return row.depth
            case FolderRole.OPEN:
                nested = row.below.nested if row.below is not None else bool(self._below.get(row.place))
                return row.place in self._open if nested else None
            case FolderRole.READING:
                folder = row.folder
                return row.below is None and folder.waiting > 0 and not folder.paused and folder.available
            case FolderRole.COUNT:
                return self._count(row)
        return None

    def _count(self, row: _Row) -> str:
        if row.below is not None:
            return f"{row.below.pages:,}"
        folder = row.folder
        if folder.waiting and folder.documents:
            return f"{100 * (folder.documents - folder.waiting) // folder.documents} %"
        return f"{folder.pages:,}"

    def _lay_out(self) -> None:
        """The rows anew; without a reset where the same folders stand in the same order."""
        rows: list[_Row] = []
        for folder in self._folders:
            self._add(rows, _Row(folder, None, 0))
        if [row.place for row in rows] == [row.place for row in self._rows]:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def _add(self, rows: list[_Row], row: _Row) -> None:
        rows.append(row)
        if row.place in self._open:
            for below in self._below.get(row.place, ()):
                self._add(rows, _Row(row.folder, below, row.depth + 1))

    @Slot()
    def _look(self) -> None:
        """Ask for what lies below every folder whose pages changed, as far as it is shown."""
        for row in self._rows:
            folder = row.folder
            shown = row.below is None or row.place in self._open
            if folder.path and shown and self._asked.get(folder.folder_id) != folder.pages:
                self._want(row)
        self._asked = {folder.folder_id: folder.pages for folder in self._folders}

    def _want(self, row: _Row) -> None:
        self.wanted.emit(row.folder.folder_id, row.below.path if row.below is not None else row.folder.path)

    def _state(self, row: _Row) -> str:
        folder = row.folder
        if row.below is not None:
            documents = several(row.below.documents, self.tr("1 document"), self.tr("{n} documents"))
            return "\n".join((row.below.path, f"{documents}, {pages_word(row.below.pages)}"))
        lines = [folder.path] if folder.path else []
        lines.append(several(folder.pages, self.tr("1 page can be searched"), self.tr("{n} pages can be searched")))
        for count, one, many in (
            (folder.waiting, self.tr("1 document is not read yet"), self.tr("{n} documents are not read yet")),
            (folder.failed, self.tr("1 document could not be read"), self.tr("{n} documents could not be read")),
        ):
            if count:
                lines.append(several(count, one, many))
        if not folder.available:
            lines.append(
                self.tr("Not connected. Its pages stay searchable.")
                if folder.answers
                else self.tr("Its disk does not answer. Its pages stay searchable.")
            )
        if folder.paused:
            lines.append(self.tr("Paused"))
        return "\n".join(lines)
