"""MainWindow: puts the parts in place. It waits for nothing: answers of the engine arrive as calls."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QDir, QModelIndex, QPoint, QStandardPaths, QTimer, QUrl, Slot
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMenu, QStackedWidget, QVBoxLayout, QWidget

from app.copying import Copier, Copy
from app.engine.link import EngineLink
from app.library import Library
from app.models.encoders import Encoders
from app.models.folders import FoldersModel
from app.models.results import ResultsModel, Role
from app.names import file_name
from app.opening import Opener
from app.painting.area_source import AreaSource
from app.reading import Reader
from app.searching import Questions
from app.settings import Settings
from app.theme.style import Theme
from app.thumbnails.loader import Thumbnails
from app.thumbnails.pictures import PagePictures
from app.views.activity_panel import ActivityPanel
from app.views.drop_overlay import DropOverlay
from app.views.dropping import Dropping
from app.views.engine_settings import EngineSettings
from app.views.first_run import FirstRun
from app.views.folders_panel import FoldersPanel
from app.views.indexing_settings import IndexingSettings
from app.views.page_parts import PageParts
from app.views.page_viewer import PageViewer
from app.views.panes import Panes
from app.views.preferences import Preferences
from app.views.results_pane import ResultsPane
from app.views.status_bar import StatusBar
from app.views.window_keys import WindowKeys
from app.views.window_wiring import connect
from indexer.protocol import messages
from indexer.protocol.values import PageResult


class MainWindow(QMainWindow):
    """The whole window; window_wiring.py says which signal leads where."""

    def __init__(self, link: EngineLink, theme: Theme, settings: Settings) -> None:
        super().__init__()
        self.link, self.theme, self.settings = link, theme, settings
        self.setWindowTitle("Pagebeam")
        self.setMinimumSize(640, 480)
        self.resize(1440, 900)
        self.thumbnails, self.pictures, self.areas = Thumbnails(self), PagePictures(link, self), AreaSource(self)
        self.results, self.folder_model = ResultsModel(self), FoldersModel(self)
        self.questions, self.library = Questions(link, self), Library(link, self)
        self.opener, self.copier = Opener(self), Copier(link, self)
        self.parts = PageParts(theme, settings, self.thumbnails, self.areas)
        self._build()
        self.reader = Reader(self.viewer, self.questions, self.pictures, self.results.words)
        self.keys = WindowKeys(self)
        self._preferences: Preferences | None = None
        self._by_itself = False
        self._picked_in = ""
        connect(self)
        self._restore()
        self.pane.search.question.setFocus()

    def _build(self) -> None:
        self.folders = FoldersPanel(self.theme, self.folder_model)
        self.pane = ResultsPane(self.parts, self.settings, self.results)
        self.first_run = FirstRun(self.theme)
        self.middle = QStackedWidget()
        self.middle.addWidget(self.pane)
        self.middle.addWidget(self.first_run)
        self.viewer = PageViewer(self.parts)
        self.activity = ActivityPanel(self.theme, self.folder_model)
        self.right = QStackedWidget()
        self.right.addWidget(self.viewer)
        self.right.addWidget(self.activity)
        self.panes = Panes(self.theme, self.folders, self.middle, self.right)
        self.status = StatusBar(self.theme)
        whole = QWidget()
        rows = QVBoxLayout(whole)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.panes, 1)
        rows.addWidget(self.status)
        self.setCentralWidget(whole)
        self.overlay = DropOverlay(self.theme, whole)
        self.dropping = Dropping(self)

    # what others ask of the window

    @property
    def reply(self) -> messages.SearchReply | None:
        """The answer that is shown."""
        return self.questions.reply

    def add_paths(self, paths: list[str], *, watch: bool = True) -> None:
        """Read files and folders."""
        self.library.add(paths, watch=watch)

    @Slot()
    def ask(self) -> None:
        """Ask the question as it stands, in the folder chosen; without one, show what was read last."""
        self.pane.search.stop_typing()
        self.pane.banner.go_on()
        self.questions.ask(self.pane.search.text(), self.folders.place())

    @Slot(list)
    def come_to_front(self, paths: list[str]) -> None:
        """A second launch: this window answers for it."""
        self.setWindowState(self.windowState() & ~self.windowState().WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        self.add_paths(paths)

    def preferences(self) -> Preferences:
        """The settings sheet, made when first needed."""
        if self._preferences is None:
            self._preferences = Preferences(self.theme, self.settings, self)
            engine = EngineSettings(self.theme, Encoders(self.link, self))
            indexing = IndexingSettings(self.theme, self.link)
            self._preferences.add_page("activity", self._preferences.tr("Indexing"), indexing, first=True)
            self._preferences.add_page("zap", self._preferences.tr("Engine"), engine, first=True)
        return self._preferences

    # questions and pages

    @Slot()
    def enter(self) -> None:
        """Enter in the question asks it; on an answer that says "nothing", it takes the step offered first."""
        if self.reply is not None and self.reply.query == self.pane.search.text() and self.pane.nothing.take_first():
            return
        self.ask()

    @Slot(object)
    def show_reply(self, reply: messages.SearchReply) -> None:
        """An answer is complete: only now the old list goes. Of pages read last the selected one stays so."""
        before = self.reader.result.key if self.reader.result is not None else None
        again = self.results.rowCount() > 0 and not reply.query and not self.questions.like
        self.isolate(None)
        self.reader.forget_document()
        self.pane.show_reply(reply, self.folders.current_name(), self.questions.left_out, self.questions.like)
        row = self.results.row_of(before) if before is not None and again else -1
        if row < 0 and reply.results and (reply.convincing and bool(reply.query)):
            row = 0
        if row >= 0:
            self._by_itself = True  # nobody picked a page: Activity stays if it is open
            self.pane.grid.setCurrentIndex(self.results.index(row))
            self._by_itself = False
        else:
            self.reader.show(None)
            self.pane.grid.scrollToTop()

    @Slot(int)
    def leave_out(self, word: int) -> None:
        """Ask without this word."""
        left_out = self.questions.left_out | {word}
        self.questions.ask(self.pane.search.text(), self.folders.place(), left_out)

    @Slot(object)
    def isolate(self, only: frozenset[int] | None) -> None:
        """Paint these words alone, everywhere; None for all."""
        self.parts.only = only
        self.repaint_pages()

    @Slot()
    def repaint_pages(self) -> None:
        """Marks changed, pages did not. One part an event: the large page first, then the cards, then the strip."""
        self.viewer.canvas.update()
        self.pane.grid.repaint_marks()
        for delay_ms, part in ((14, self.viewer.strip.cells), (18, self.viewer.strip.thumbs)):
            QTimer.singleShot(delay_ms, part.update)

    @Slot(QModelIndex)
    def select(self, index: QModelIndex) -> None:
        """Another card is selected."""
        result: PageResult | None = index.data(Role.RESULT) if index.isValid() else None
        if result is not None:
            if not self._by_itself:
                self.pane.banner.go_on()
                self.right.setCurrentWidget(self.viewer)
            self.reader.show(result)

    @Slot()
    def more_like_page(self) -> None:
        """Pages like the one that is shown take the place of the answer."""
        if (result := self.reader.result) is not None:
            name = self.tr("{name}, page {n}").format(name=file_name(result.path), n=result.key.page)
            self.pane.search.stop_typing()
            self.pane.search.question.clear()
            self.questions.more_like(result.key, name)

    @Slot()
    def open_page(self) -> None:
        """Open the page that is shown."""
        self.opener.open(self.reader.result)

    @Slot()
    def reveal_page(self) -> None:
        """Show its document in its folder."""
        self.opener.reveal(self.reader.result)

    @Slot(object)
    def copy(self, what: Copy) -> None:
        """Copy something of the page that is shown."""
        result = self.reader.result
        if result is None:
            return
        if what in (Copy.PICTURE, Copy.PICTURE_WITH_MARKS):
            image = self.viewer.canvas.picture(with_marks=what is Copy.PICTURE_WITH_MARKS)
            if image is not None:
                self.copier.picture(image, what)
            return
        copiers = {
            Copy.TEXT: self.copier.text,
            Copy.FILE: self.copier.file,
            Copy.TITLE: self.copier.title,
            Copy.PATH: self.copier.path,
        }
        copiers[what](result)

    @Slot(QModelIndex, QPoint)
    def page_menu(self, index: QModelIndex, place: QPoint) -> None:
        """What can be done with a result."""
        self.pane.grid.setCurrentIndex(index)
        menu = QMenu(self)
        menu.addAction(self.tr("Open at this page"), self.open_page)
        menu.addAction(self.tr("Show in its folder"), self.reveal_page)
        menu.addAction(self.tr("More like this"), self.more_like_page)
        menu.addSeparator()
        menu.addAction(self.tr("Copy the text"), lambda: self.copy(Copy.TEXT))
        menu.addAction(self.tr("Copy the file"), lambda: self.copy(Copy.FILE))
        menu.addAction(self.tr("Copy the path"), lambda: self.copy(Copy.PATH))
        menu.popup(place)

    # folders

    @Slot()
    def pick_folder(self) -> None:
        """The system's dialog, which the engine does not wait for."""
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        start = next((place for place in (documents, QDir.homePath()) if QDir(place).exists()), "")
        dialog = QFileDialog(self, self.tr("Add a folder"), self._picked_in or start)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.filesSelected.connect(self.add_paths)
        dialog.directoryEntered.connect(self._remember_place)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _remember_place(self, place: str) -> None:
        self._picked_in = place

    @Slot()
    def toggle_activity(self) -> None:
        """Activity takes the preview's place, and gives it back."""
        shown = self.right.currentWidget() is self.activity and self.panes.preview_shown
        self.right.setCurrentWidget(self.viewer if shown else self.activity)
        if not self.panes.has_preview:
            self.panes.set_full(not shown)
        elif not shown and not self.panes.preview_wanted:
            self.panes.toggle_preview()

    @Slot(str)
    def show_folder(self, path: str) -> None:
        """A folder, or the folder a file lies in, in the system's file manager."""
        place = Path(path)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(place.parent if place.suffix else place)))

    # coming and going

    def _restore(self) -> None:
        values = self.settings.values
        if values.geometry:
            self.restoreGeometry(QByteArray.fromBase64(values.geometry.encode()))
        if values.panes:
            self.panes.restore(QByteArray.fromBase64(values.panes.encode()), self.width())

    def closeEvent(self, event: QCloseEvent) -> None:
        """The engine leaves with the window; it is waited for after the window is gone (startup.py)."""
        self.panes.set_full(False)
        self.settings.set(
            geometry=bytes(self.saveGeometry().toBase64().data()).decode(),
            panes=bytes(self.panes.splitter.saveState().toBase64().data()).decode(),
        )
        self.thumbnails.close()
        self.pictures.close()
        QTimer.singleShot(0, self.link.close)
        super().closeEvent(event)
