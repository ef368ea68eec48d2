"""FoldersModel: the library's folders, how many pages each has and how far it has come."""

from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.names import file_name, path_parts
from app.wording import several
from indexer.protocol.values import FolderInfo

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class FolderRole(IntEnum):
    """What the sidebar asks for beside the name."""

    INFO = Qt.ItemDataRole.UserRole
    COUNT = Qt.ItemDataRole.UserRole + 1
    READING = Qt.ItemDataRole.UserRole + 2


class FoldersModel(QAbstractListModel):
    """One row a folder, as the engine tells them; counts change in place, so that nothing moves."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folders: tuple[FolderInfo, ...] = ()

    def show(self, folders: tuple[FolderInfo, ...]) -> None:
        """Take the folders as they are now."""
        if [f.folder_id for f in folders] == [f.folder_id for f in self._folders]:
            changed = [row for row, pair in enumerate(zip(folders, self._folders, strict=True)) if pair[0] != pair[1]]
            self._folders = folders
            for row in changed:
                self.dataChanged.emit(self.index(row), self.index(row))
            return
        self.beginResetModel()
        self._folders = folders
        self.endResetModel()

    def folders(self) -> tuple[FolderInfo, ...]:
        """All of them."""
        return self._folders

    def folder(self, folder_id: int) -> FolderInfo | None:
        """One of them, if it is still there."""
        return next((f for f in self._folders if f.folder_id == folder_id), None)

    def row_of(self, folder_id: int) -> int:
        """-1 when it is not here."""
        return next((row for row, f in enumerate(self._folders) if f.folder_id == folder_id), -1)

    def name(self, folder: FolderInfo) -> str:
        """What a folder is called; the files dropped one by one have no folder of their own."""
        own = file_name(folder.path.rstrip("/\\"))
        twins = sum(file_name(other.path.rstrip("/\\")) == own for other in self._folders)
        if own and twins > 1:  # two folders of one name are told apart by the folder they lie in
            return self.tr("{name} in {parent}").format(name=own, parent=path_parts(folder.path.rstrip("/\\"))[-2])
        return own or self.tr("Single files")

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Folders."""
        return 0 if parent.isValid() else len(self._folders)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A folder's values."""
        if not index.isValid() or index.row() >= len(self._folders):
            return None
        folder = self._folders[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.name(folder)
            case Qt.ItemDataRole.ToolTipRole:
                return self._state(folder)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self.name(folder)}, {self._state(folder)}"
            case FolderRole.INFO:
                return folder
            case FolderRole.READING:
                return folder.waiting > 0 and not folder.paused and folder.available
            case FolderRole.COUNT:
                if folder.waiting and folder.documents:
                    return f"{100 * (folder.documents - folder.waiting) // folder.documents} %"
                return f"{folder.pages:,}"
        return None

    def _state(self, folder: FolderInfo) -> str:
        lines = [folder.path] if folder.path else []
        lines.append(several(folder.pages, self.tr("1 page can be searched"), self.tr("{n} pages can be searched")))
        if folder.waiting:
            lines.append(
                several(
                    folder.waiting, self.tr("1 document is not read yet"), self.tr("{n} documents are not read yet")
                )
            )
        if folder.failed:
            lines.append(
                several(
                    folder.failed, self.tr("1 document could not be read"), self.tr("{n} documents could not be read")
                )
            )
        if not folder.available:
            lines.append(self.tr("Not connected. Its pages stay searchable."))
        if folder.paused:
            lines.append(self.tr("Paused"))
        return "\n".join(lines)
