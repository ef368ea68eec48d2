"""The sidebar: the whole library, its folders with counts, and the way to Activity and Settings."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QMessageBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.models.folders import EVERYWHERE, FolderRole, FoldersModel, Place
from app.theme.style import Theme
from app.views.folder_rows import ARROW, INDENT, FolderDelegate, SidebarRow
from app.wording import pages_word
from indexer.protocol.values import FolderInfo

_Index = QModelIndex | QPersistentModelIndex


class FoldersPanel(QWidget):
    """Signals: add_requested(); remove_requested(folder id); pause_requested(folder id, paused); rescan_requested();
    reveal_requested(path); chosen(folder id, 0 for all); activity_requested(); settings_requested()."""

    add_requested = Signal()
    remove_requested = Signal(int)
    pause_requested = Signal(int, bool)
    rescan_requested = Signal()
    reveal_requested = Signal(str)
    chosen = Signal(int)
    activity_requested = Signal()
    settings_requested = Signal()

    def __init__(self, theme: Theme, model: FoldersModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme, self._model = theme, model
        self.all_pages = SidebarRow(theme, "layers", self.tr("All pages"))
        self.all_pages.setChecked(True)
        self.all_pages.clicked.connect(self.choose_all)
        self.add = QToolButton()
        self.add.setToolTip(self.tr("Add a folder (Ctrl+O)"))
        self.add.setAccessibleName(self.tr("Add a folder"))
        self.add.clicked.connect(self.add_requested)
        self.list = _FolderList()
        self.list.setModel(model)
        self.list.setItemDelegate(FolderDelegate(theme, self.list))
        self.list.setAccessibleName(self.tr("Folders"))
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._menu)
        self.list.forget_pressed.connect(self._forget_current)
        self.list.open_toggled.connect(model.set_open)
        self.list.selectionModel().selectionChanged.connect(self._picked)  # the keyboard's row is not yet a choice
        self.activity = SidebarRow(theme, "activity", self.tr("Activity"))
        self.activity.setCheckable(False)
        self.activity.clicked.connect(self.activity_requested)
        self.settings = QToolButton()
        self.settings.setToolTip(self.tr("Settings (Ctrl+,)"))
        self.settings.setAccessibleName(self.tr("Settings"))
        self.settings.clicked.connect(self.settings_requested)
        self._lay_out()
        model.modelReset.connect(self._restore)
        theme.changed.connect(self._dress)
        self._dress()
        self._current: Place = EVERYWHERE

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 14, 8, 0)
        column.setSpacing(2)
        column.addWidget(self._section(self.tr("Library")))
        column.addWidget(self.all_pages)
        column.addSpacing(14)
        head = QHBoxLayout()
        head.addWidget(self._section(self.tr("Folders")))
        head.addStretch()
        head.addWidget(self.add)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        rule = QFrame()
        rule.setObjectName("rule")
        column.addWidget(rule)
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 5, 4, 5)
        foot.addWidget(self.activity, 1)
        foot.addWidget(self.settings)
        column.addLayout(foot)

    def _section(self, text: str) -> QLabel:
        label = QLabel(text)
        label.setProperty("role", "section")
        label.setContentsMargins(8, 0, 0, 4)
        return label

    def show_folders(self, folders: tuple[FolderInfo, ...]) -> None:
        """Counts as the engine says them; the choice stays."""
        self._model.show(folders)
        self.all_pages.set_count(f"{sum(folder.pages for folder in folders):,}")

    def current(self) -> int:
        """The chosen folder's id, 0 for the whole library."""
        return self._current[0]

    def place(self) -> Place:
        """The chosen folder with the path below it; (0, "") for the whole library."""
        return self._current

    def current_name(self) -> str:
        """What the chosen folder is called, "" for the whole library."""
        row = self._model.row_of(*self._current)
        return str(self._model.index(row).data()) if row >= 0 else ""

    def show_failures(self, count: int) -> None:
        """How many documents could not be read, beside Activity."""
        self.activity.set_badge(str(count) if count else "")

    @Slot()
    def choose_all(self) -> None:
        """The whole library again."""
        self.list.setCurrentIndex(QModelIndex())
        self.list.clearSelection()
        self.all_pages.setChecked(True)
        if self._current != EVERYWHERE:
            self._current = EVERYWHERE
            self.chosen.emit(0)

    @Slot()
    def _picked(self) -> None:
        chosen = self.list.selectionModel().selectedIndexes()
        place: Place | None = chosen[0].data(FolderRole.PLACE) if chosen else None
        if place is not None and place != self._current:
            self._current = place
            self.all_pages.setChecked(False)
            self.chosen.emit(place[0])

    @Slot()
    def _restore(self) -> None:
        """After folders came or went: the chosen one is chosen still, or the one above it where that was closed."""
        row = self._model.row_of(*self._current)
        if row < 0 and self._current[1]:
            row = self._model.row_of(self._current[0])
        if row >= 0:
            self.list.setCurrentIndex(self._model.index(row))
        elif self._current != EVERYWHERE:
            self.choose_all()

    @Slot(QPoint)
    def _menu(self, point: QPoint) -> None:
        index = self.list.indexAt(point)
        folder: FolderInfo | None = index.data(FolderRole.INFO)
        if folder is None:
            return
        below = index.data(FolderRole.PLACE)[1]
        menu = QMenu(self)
        if folder.path:
            path = below or folder.path
            menu.addAction(self.tr("Show in the file manager"), lambda: self.reveal_requested.emit(path))
            menu.addAction(self.tr("Look for changes now"), self.rescan_requested.emit)
        if below:  # the rest is done to the folder that was added
            menu.popup(self.list.viewport().mapToGlobal(point))
            return
        pause = self.tr("Go on reading it") if folder.paused else self.tr("Pause reading it")
        menu.addAction(pause, lambda: self.pause_requested.emit(folder.folder_id, not folder.paused))
        menu.addSeparator()
        menu.addAction(self.tr("Forget…"), lambda: self._forget(folder))
        menu.popup(self.list.viewport().mapToGlobal(point))

    @Slot()
    def _forget_current(self) -> None:
        index = self.list.currentIndex()
        folder = index.data(FolderRole.INFO)
        if folder is not None and not index.data(FolderRole.PLACE)[1]:
            self._forget(folder)

    def _forget(self, folder: FolderInfo) -> None:
        """Ask first: reading a large folder again takes long."""
        box = QMessageBox(self)
        box.setWindowTitle(self.tr("Forget a folder"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        asked = self.tr("Forget “{name}” with its {pages}?")
        box.setText(asked.format(name=self._model.name(folder), pages=pages_word(folder.pages)))
        box.setInformativeText(self.tr("Your documents stay where they are. Pagebeam can read them again later."))
        forget = box.addButton(self.tr("Forget"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))  # Enter by mistake forgets nothing
        box.finished.connect(
            lambda _: self.remove_requested.emit(folder.folder_id) if box.clickedButton() is forget else None
        )
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    @Slot()
    def _dress(self) -> None:
        self.add.setIcon(self._theme.icon("plus", "text2"))
        self.settings.setIcon(self._theme.icon("sliders-horizontal", "text2"))


class _FolderList(QListView):
    """Signals: forget_pressed(), Delete on a folder; open_toggled(row, on), its arrow or an arrow key."""

    forget_pressed = Signal()
    open_toggled = Signal(int, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Right opens a folder, Left closes it or goes to the one above."""
        index = self.currentIndex()
        opened = index.data(FolderRole.OPEN) if index.isValid() else None
        if event.key() == Qt.Key.Key_Delete:
            self.forget_pressed.emit()
        elif event.key() == Qt.Key.Key_Right and opened is False:
            self.open_toggled.emit(index.row(), True)
        elif event.key() == Qt.Key.Key_Left and opened:
            self.open_toggled.emit(index.row(), False)
        elif event.key() == Qt.Key.Key_Left and index.isValid() and index.data(FolderRole.DEPTH):
            depth, row = index.data(FolderRole.DEPTH), index.row()
            while row > 0 and self.model().index(row, 0).data(FolderRole.DEPTH) >= depth:
                row -= 1
            self.setCurrentIndex(self.model().index(row, 0))
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The arrow before a folder opens and closes it; neither that nor asking for its menu chooses the folder."""
        if event.button() == Qt.MouseButton.RightButton:
            return
        index = self.indexAt(event.position().toPoint())
        opened = index.data(FolderRole.OPEN) if index.isValid() else None
        if opened is not None and event.position().x() < ARROW + index.data(FolderRole.DEPTH) * INDENT:
            self.open_toggled.emit(index.row(), not opened)
            return
        super().mousePressEvent(event)
