"""MainWindow: puts the parts in place and connects them to the engine."""

from pathlib import Path

from PySide6.QtCore import QModelIndex, QTimer, QUrl, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QImageReader,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QLabel, QLineEdit, QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.engine.link import EngineLink
from app.models.results import ResultsModel, Role
from app.opening import open_page, reveal
from app.theme.style import Theme
from app.thumbnails.loader import Thumbnails
from app.views.activity_panel import ActivityPanel
from app.views.banner import Banner
from app.views.folders_panel import FoldersPanel
from app.views.page_delegate import PageDelegate
from app.views.page_viewer import PageViewer
from app.views.query_tokens import QueryTokens
from app.views.results_grid import ResultsGrid
from app.views.status_bar import StatusBar
from indexer.protocol import messages
from indexer.protocol.values import Filters, PageKey, PageResult

_TYPING_PAUSE_MS = 300


class MainWindow(QMainWindow):
    """The whole window. It waits for nothing: every answer of the engine arrives as a call."""

    def __init__(self, link: EngineLink, theme: Theme) -> None:
        super().__init__()
        self.link, self.theme = link, theme
        self.setWindowTitle("Pagebeam")
        self.setMinimumSize(640, 480)
        self.resize(1440, 900)
        self.setAcceptDrops(True)
        self.thumbnails = Thumbnails(self)
        self.results = ResultsModel(self)
        self.reply: messages.SearchReply | None = None
        self._asked = 0
        self._build()
        self._connect()

    def _build(self) -> None:
        self.question = QLineEdit()
        self.question.setObjectName("question")
        self.question.setClearButtonEnabled(True)
        self.question.setPlaceholderText(self.tr("Ask for a page…"))
        self.question.setAccessibleName(self.tr("Question"))
        self.tokens = QueryTokens(self.theme)
        self.header, self.banner = QLabel(), Banner()
        self.grid = ResultsGrid()
        self.grid.setModel(self.results)
        self.grid.setAccessibleName(self.tr("Pages found"))
        self.delegate = PageDelegate(self.theme, self.thumbnails, self.grid)
        self.grid.setItemDelegate(self.delegate)
        middle = QWidget()
        middle.setObjectName("content")
        column = QVBoxLayout(middle)
        column.setContentsMargins(20, 14, 20, 0)
        column.setSpacing(10)
        for part in (self.question, self.tokens, self.banner, self.header):
            column.addWidget(part)
        column.addWidget(self.grid, 1)
        self.folders, self.viewer, self.activity = FoldersPanel(), PageViewer(self.theme), ActivityPanel()
        self.right = QStackedWidget()
        self.right.addWidget(self.viewer)
        self.right.addWidget(self.activity)
        self.splitter = QSplitter()
        for pane in (self.folders, middle, self.right):
            self.splitter.addWidget(pane)
        self.splitter.setHandleWidth(1)
        self.splitter.setSizes([232, 752, 456])
        self.splitter.setStretchFactor(1, 1)
        self.status = StatusBar()
        whole = QWidget()
        rows = QVBoxLayout(whole)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.splitter, 1)
        rows.addWidget(self.status)
        self.setCentralWidget(whole)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_PAUSE_MS)

    def _connect(self) -> None:
        self.link.ready.connect(self._ready)
        self.link.happened.connect(self._happened)
        self.link.stopped.connect(self._stopped)
        self.banner.try_requested.connect(self.link.try_now)
        self.question.textEdited.connect(self._typing.start)
        self.question.returnPressed.connect(self.ask)
        self._typing.timeout.connect(self.ask)
        self.tokens.isolated.connect(self._isolate)
        self.thumbnails.arrived.connect(self.grid.viewport().update)
        self.grid.selectionModel().currentChanged.connect(self._selected)
        self.grid.doubleClicked.connect(self._open_index)
        self.grid.activated.connect(self._open_index)
        self.folders.add_requested.connect(lambda path: self.add_paths([path]))
        self.folders.remove_requested.connect(self._remove_folder)
        self.folders.chosen.connect(self.ask)
        self.folders.activity_requested.connect(self._toggle_activity)
        self.viewer.picture_wanted.connect(self._want_picture)
        self.viewer.open_requested.connect(open_page)
        self.viewer.reveal_requested.connect(reveal)
        self.viewer.copy_requested.connect(self._copy_text)
        self.activity.retry_requested.connect(lambda i: self._do(messages.Retry, document_ids=(i,)))
        self.activity.ignore_requested.connect(lambda i: self._do(messages.Ignore, document_ids=(i,)))
        self.activity.unlock_requested.connect(lambda i, p: self._do(messages.Unlock, document_id=i, password=p))
        self.status.pause_requested.connect(lambda s: self._do(messages.Pause, seconds=s if s >= 0 else None))
        self.status.resume_requested.connect(lambda: self._do(messages.Resume))
        for keys in ("Ctrl+L", "Ctrl+F"):
            QShortcut(QKeySequence(keys), self, self.question.setFocus)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._reveal_current)
        QShortcut(QKeySequence("Esc"), self, self._clear_question)

    # engine

    @Slot(object)
    def _ready(self, welcome: messages.Welcome) -> None:
        self.thumbnails.folder = Path(welcome.pictures)
        self.banner.hide()
        self.ask()

    @Slot(object)
    def _happened(self, event: messages.Event) -> None:
        match event:
            case messages.Progress():
                self.status.show_progress(event)
            case messages.FoldersChanged():
                self.folders.show_folders(event.folders)
            case messages.LibraryChanged():
                if not self.question.text().strip() or self.results.rowCount() == 0:
                    self.ask()
            case messages.FailuresChanged():
                self.folders.show_failures(event.count)
                self.link.ask(messages.ListFailures, self._show_failures)
            case messages.Notice():
                self.banner.say(f"{event.error.title}. {event.error.message}")

    @Slot(str, int)
    def _stopped(self, last: str, pause_s: int) -> None:
        if pause_s > 0:
            sentence = self.tr("The engine stopped. Nothing is lost; it starts again in {n} s.")
            self.banner.say(sentence.format(n=pause_s), can_try=True)
        else:
            self.banner.say(self.tr("The engine does not start. {last}").format(last=last), can_try=True)
        self.status.words.setText(self.tr("Engine stopped"))

    def _do(self, request: type[messages.Request], **values: object) -> None:
        self.link.ask(request, self._done, **values)

    def _done(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.Failed):
            self.banner.say(f"{reply.error.title}. {reply.error.message}")

    def _show_failures(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.Failures):
            self.activity.show_failures(reply.failures)

    # searching

    @Slot()
    def ask(self) -> None:
        """Ask the question as it stands, in the folder chosen; without one, show what was read last."""
        if not self.link.is_ready:
            return
        folder = self.folders.current()
        filters = Filters(folder_ids=(folder,)) if folder else Filters()
        text = self.question.text().strip()
        if text:
            self._asked = self.link.ask(messages.Search, self._answered, query=text, filters=filters)
        else:
            self._asked = self.link.ask(messages.RecentPages, self._answered, filters=filters)

    @Slot()
    def _clear_question(self) -> None:
        self._typing.stop()
        self.question.clear()
        self.ask()

    def _answered(self, reply: messages.Reply) -> None:
        if reply.id != self._asked:
            return
        if isinstance(reply, messages.Failed):
            self._done(reply)
            return
        if isinstance(reply, messages.SearchReply):
            self.reply = reply
            self._isolate(None)
            self.tokens.show_words(reply.words)
            self.results.show(reply.results, reply.words)
            self.header.setText(self._headline(reply))
            if self.results.rowCount():
                self.grid.setCurrentIndex(self.results.index(0))
            else:
                self.viewer.clear()

    def _headline(self, reply: messages.SearchReply) -> str:
        documents = len({result.key.document_id for result in reply.results})
        if not reply.query:
            return self.tr("Read last") if reply.results else self.tr("Drop folders, PDFs or pictures here")
        if not reply.convincing:
            return self.tr("Nothing convincing in {n} pages. The closest ones:").format(n=f"{reply.searched:,}")
        return self.tr("{n} pages in {m} documents").format(n=len(reply.results), m=documents)

    @Slot(object)
    def _isolate(self, only: frozenset[int] | None) -> None:
        self.delegate.only = only
        self.viewer.set_isolation(only)
        self.grid.viewport().update()

    # pages

    @Slot(QModelIndex)
    def _selected(self, index: QModelIndex) -> None:
        result: PageResult | None = index.data(Role.RESULT)
        if result is not None:
            self.right.setCurrentWidget(self.viewer)
            self.viewer.show_page(result, self.results.words())

    @Slot(object, int)
    def _want_picture(self, key: PageKey, width_px: int) -> None:
        self.link.ask(messages.GetPicture, self._picture, key=key, width_px=width_px)

    def _picture(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.Picture):
            self.viewer.set_picture(reply.key, QImageReader(str(self.thumbnails.folder / reply.name)).read())

    @Slot(QModelIndex)
    def _open_index(self, index: QModelIndex) -> None:
        open_page(index.data(Role.RESULT))

    @Slot()
    def _reveal_current(self) -> None:
        result = self.grid.currentIndex().data(Role.RESULT)
        if result is not None:
            reveal(result)

    @Slot(object)
    def _copy_text(self, key: PageKey) -> None:
        self.link.ask(messages.GetPageText, self._text, key=key)

    def _text(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.PageText):
            QGuiApplication.clipboard().setText(reply.text)
        else:
            self._done(reply)

    # folders

    def add_paths(self, paths: list[str]) -> None:
        """Index files and folders."""
        if paths:
            self.link.ask(messages.AddPaths, self._added, paths=tuple(paths))

    def _added(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.PathsAdded):
            for refused in reply.refused:
                self.banner.say(f"{refused.path}: {refused.title}. {refused.message}")
        else:
            self._done(reply)

    @Slot(int)
    def _remove_folder(self, folder_id: int) -> None:
        self._do(messages.RemoveFolder, folder_id=folder_id)

    @Slot()
    def _toggle_activity(self) -> None:
        shown = self.right.currentWidget() is self.activity
        self.right.setCurrentWidget(self.viewer if shown else self.activity)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and folders are welcome anywhere."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self.header.setText(self.tr("Drop to keep these up to date in Pagebeam"))

    def dropEvent(self, event: QDropEvent) -> None:
        """Index what was dropped; originals stay as they are."""
        event.acceptProposedAction()
        self.add_paths([QUrl(url).toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()])

    def closeEvent(self, event: QCloseEvent) -> None:
        """The engine leaves with the window."""
        self.link.close()
        super().closeEvent(event)
