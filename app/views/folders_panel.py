"""The sidebar: the library's folders with counts, adding and forgetting one."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout
from PySide6.QtWidgets import QWidget as Widget

from app.names import file_name
from indexer.protocol.values import FolderInfo


class FoldersPanel(Widget):
    """Signals: add_requested(path), remove_requested(folder id), chosen(folder id, 0 for all), activity_requested()."""

    add_requested = Signal(str)
    remove_requested = Signal(int)
    chosen = Signal(int)
    activity_requested = Signal()

    def __init__(self, parent: Widget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Folders"))
        self.list.currentItemChanged.connect(self._choose)
        title = QLabel(self.tr("Library"))
        title.setProperty("role", "section")
        add = QPushButton(self.tr("Add folder…"))
        add.clicked.connect(self._add)
        self._forget = QPushButton(self.tr("Forget"))
        self._forget.setToolTip(self.tr("Forget the chosen folder. Your documents stay where they are."))
        self._forget.clicked.connect(self._remove)
        self._forget.setEnabled(False)
        self.activity = QPushButton(self.tr("Activity"))
        self.activity.setProperty("role", "flat")
        self.activity.clicked.connect(self.activity_requested)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 16, 10, 10)
        row = QHBoxLayout()
        row.addWidget(add)
        row.addWidget(self._forget)
        for part in (title, self.list):
            column.addWidget(part)
        column.addLayout(row)
        column.addWidget(self.activity)

    def show_folders(self, folders: tuple[FolderInfo, ...]) -> None:
        """Counts as the engine says them; the choice stays."""
        wanted = self.current()
        self.list.blockSignals(True)
        self.list.clear()
        self._row(self.tr("All pages"), sum(folder.pages for folder in folders), 0)
        for folder in folders:
            name = file_name(folder.path) or self.tr("Single files")
            if not folder.available:
                name = self.tr("{name} (not connected)").format(name=name)
            self._row(name, folder.pages, folder.folder_id, folder.path)
        rows = [self.list.item(i).data(Qt.ItemDataRole.UserRole) for i in range(self.list.count())]
        self.list.setCurrentRow(rows.index(wanted) if wanted in rows else 0)
        self.list.blockSignals(False)

    def current(self) -> int:
        """The chosen folder's id, 0 for the whole library."""
        item = self.list.currentItem()
        return int(item.data(Qt.ItemDataRole.UserRole)) if item else 0

    def show_failures(self, count: int) -> None:
        """How many documents could not be read, on the activity button."""
        self.activity.setText(self.tr("Activity ({n})").format(n=count) if count else self.tr("Activity"))

    def _row(self, name: str, pages: int, folder_id: int, path: str = "") -> None:
        item = QListWidgetItem(f"{name}   {pages:,}")
        item.setData(Qt.ItemDataRole.UserRole, folder_id)
        item.setToolTip(path)
        self.list.addItem(item)

    @Slot()
    def _choose(self) -> None:
        self._forget.setEnabled(self.current() > 0)
        self.chosen.emit(self.current())

    @Slot()
    def _add(self) -> None:
        path = QFileDialog.getExistingDirectory(self, self.tr("Add a folder"))
        if path:
            self.add_requested.emit(path)

    @Slot()
    def _remove(self) -> None:
        if self.current():
            self.remove_requested.emit(self.current())
