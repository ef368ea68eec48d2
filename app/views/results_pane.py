"""ResultsPane: the question, its words, what was said about it, and the pages found."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.models.results import Order, ResultsModel, Role
from app.searching import MOST
from app.settings import Settings
from app.views.banner import Banner, Kind
from app.views.grid_layout import PAD
from app.views.nothing_found import NothingFound, Step
from app.views.page_parts import PageParts
from app.views.query_tokens import QueryTokens
from app.views.results_grid import ResultsGrid
from app.views.search_bar import SearchBar
from app.views.small_controls import Choice, Segments
from app.wording import pages_word, several
from indexer.protocol import messages
from indexer.protocol.messages import Progress
from indexer.protocol.values import PageResult

_TEXT_FROM = 540


class ResultsPane(QWidget):
    """Signals: search_everywhere(); leave_out(word index); add_folder(); news_requested()."""

    search_everywhere = Signal()
    leave_out = Signal(int)
    add_folder = Signal()
    news_requested = Signal()

    def __init__(
        self, parts: PageParts, settings: Settings, results: ResultsModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("content")
        self._settings, self._results, self._theme = settings, results, parts.theme
        self.search = SearchBar(parts.theme)
        self.tokens = QueryTokens(parts.theme)
        self.tokens.left_out.connect(self.leave_out)
        self.banner, self.partial = Banner(parts.theme), Banner(parts.theme)
        self.partial.acted.connect(self.news_requested)
        self.headline, self._meta = QLabel(), QLabel()
        self.headline.setProperty("role", "strong")
        self._meta.setProperty("role", "meta")
        self.restore = QToolButton()
        self.restore.setText(self.tr("Ask with every word again"))
        self.grouped = QToolButton()
        self.grouped.setCheckable(True)
        self.grouped.setProperty("role", "toggle")
        self.grouped.setText(self.tr("Grouped by document"))
        self.grouped.setToolTip(self.tr("Fold the pages of one document into the best one"))
        self.grouped.setChecked(settings.values.grouped)
        self.grouped.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.grouped.toggled.connect(self._group)
        self.order = Choice(
            parts.theme,
            self.tr("In which order pages stand"),
            (
                (Order.BEST, self.tr("Best match")),
                (Order.NEWEST, self.tr("Newest first")),
                (Order.OLDEST, self.tr("Oldest first")),
                (Order.NAME, self.tr("By name")),
            ),
        )
        self.order.chosen.connect(self._reorder)
        self.view = Segments(
            parts.theme,
            (("layout-grid", "", self.tr("Grid (Ctrl+1)")), ("list", "", self.tr("List (Ctrl+2)"))),
        )
        self.view.chosen.connect(lambda at: self.set_as_list(at == 1))
        self.nothing = NothingFound(parts.theme)
        self.grid = ResultsGrid(parts)
        self.grid.setModel(results)
        self.grid.setAccessibleName(self.tr("Pages found"))
        self._lay_out()
        parts.theme.changed.connect(self._dress)
        self._group(settings.values.grouped)
        self.set_as_list(settings.values.list_view)
        self.nothing.hide()
        self._reading: Progress | None = None
        self._reply: messages.SearchReply | None = None
        self._like = self._folder = ""
        self._asked = False
        self._new = 0

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.headline)
        head.addWidget(self._meta)
        head.addWidget(self.restore)
        head.addStretch()
        for control in (self.grouped, self.order, self.view):
            head.addWidget(control)
        column = QVBoxLayout(self)
        column.setContentsMargins(20 - PAD, 14, 10, 0)
        column.setSpacing(8)
        inset = QVBoxLayout()
        inset.setContentsMargins(PAD, 0, 10, 0)
        inset.setSpacing(8)
        for part in (self.search, self.tokens, self.banner, self.partial):
            inset.addWidget(part)
        inset.addLayout(head)
        inset.addWidget(self.nothing)
        column.addLayout(inset)
        holder = QHBoxLayout()
        holder.setContentsMargins(0, 0, 0, 0)
        holder.addWidget(self.grid)
        self.grid.setContentsMargins(0, 0, 0, 0)
        column.addLayout(holder, 1)
        self.restore.hide()

    def show_reply(self, reply: messages.SearchReply, folder: str, left_out: frozenset[int], like: str = "") -> None:
        """What was found, in this folder ("" for everywhere), or what is like the page called `like`."""
        self._asked = bool(reply.query)
        self._reply, self._like, self._folder = reply, like, folder
        self.tokens.show_words(reply.words, reply.results)
        self._results.show(reply.results, reply.words, line=reply.convincing, full_score=reply.full_score)
        self.restore.setVisible(bool(left_out))
        nothing = bool(reply.query) and not reply.convincing
        self.headline.setVisible(not nothing)
        self._meta.setVisible(not nothing)
        for part in (self.grouped, self.view):
            part.setVisible(bool(reply.results) and not nothing)
        self.order.setVisible(bool(reply.results) and self._asked and not nothing)
        self.nothing.setVisible(nothing)
        self._say_found(reply)
        self._say_partial()

    def _say_found(self, reply: messages.SearchReply) -> None:
        """How much was found; said again when reading begins or ends, because it is of what was read so far."""
        good = [result for result in reply.results if not result.weak]
        documents = len({result.key.document_id for result in good})
        reading = self._reading is not None
        if reply.query and not reply.convincing:
            self._say_nothing(reply, self._folder)
        elif self._like:
            self.headline.setText(self.tr("Like {page}").format(page=self._like))
            self._meta.setText(pages_word(len(reply.results)))
        elif not reply.query:
            first = self.tr("The first pages appear here as soon as they are read.") if reading else ""
            self.headline.setText(self.tr("Read last") if reply.results else first)
            self._meta.setText("")
        else:
            shown = pages_word(len(good))
            self.headline.setText(self.tr("The best {pages}").format(pages=shown) if len(good) >= MOST else shown)
            said = (
                several(documents, self.tr("so far, in 1 document"), self.tr("so far, in {n} documents"))
                if reading
                else several(documents, self.tr("in 1 document"), self.tr("in {n} documents"))
            )
            notes = "   ".join(f"{note.title}. {note.message}" for note in reply.notes)
            self._meta.setText(said + (f"   {notes}" if notes else ""))

    def _say_nothing(self, reply: messages.SearchReply, folder: str) -> None:
        if not any(word.searched for word in reply.words):
            text = self.tr("It has no word to search for.")
            self.nothing.say(self.tr("Nothing to look for in this question"), text, (), closest=bool(reply.results))
            return
        where = self.tr(" of {folder}").format(folder=folder) if folder else ""
        title = self.tr("Nothing convincing in {pages}{where}").format(pages=pages_word(reply.searched), where=where)
        quoted = [word.text for word in reply.words if word.quoted]
        text = ""
        if reply.results:
            text = self.tr("The closest pages fit your words no better than unrelated pages do.")
        elif quoted:
            title = self.tr("No page{where} has “{words}”").format(where=where, words="”, “".join(quoted))
            text = self.tr("Words in quotes must stand on the page exactly so.")
        elif not reply.searched:
            title = self.tr("Nothing to search{where} yet").format(where=where)
        if self._reading is not None:
            waiting = self._waiting()
            unread = several(
                waiting, self.tr("1 document is not read yet."), self.tr("{n} documents are not read yet.")
            )
            text += " " + unread
        absent = [index for index, word in enumerate(reply.words) if word.searched and word.pages == 0]
        steps = []
        if folder:
            what = self.tr("Search all {pages}").format(pages=pages_word(reply.pages))
            why = self.tr("instead of {folder} only").format(folder=folder)
            steps.append(Step("layers", what, why, self.search_everywhere.emit))
        if absent and any(word.pages > 0 for word in reply.words):
            what = self.tr("Leave out “{word}”").format(word=reply.words[absent[0]].text)
            steps.append(Step("x", what, self.tr("the word that is nowhere"), lambda: self.leave_out.emit(absent[0])))
        why = self.tr("the page may be somewhere Pagebeam does not look")
        steps.append(Step("folder", self.tr("Add a folder"), why, self.add_folder.emit))
        self.nothing.say(title, text.strip(), tuple(steps), closest=bool(reply.results))

    def _waiting(self) -> int:
        return self._reading.documents_total - self._reading.documents_done if self._reading is not None else 0

    def show_progress(self, progress: Progress) -> None:
        """While documents are read, a question has part of the answer only; that is said."""
        reading = progress.documents_done < progress.documents_total
        before = self._reading is not None
        self._reading = progress if reading else None
        if before != reading and self._reply is not None:
            self._say_found(self._reply)
        if before != reading or reading:
            self._say_partial()

    def show_news(self, count: int) -> None:
        """So many pages were found that are not shown yet."""
        self._new = count
        self._say_partial()

    def _say_partial(self) -> None:
        nothing = self._reading is None or not self._reading.pages_done
        if not self._asked or (nothing and not self._new):
            self.partial.hide()
            return
        button = several(self._new, self.tr("1 new match"), self.tr("{n} new matches")) if self._new else ""
        if self._reading is not None:
            title = self.tr("Searching {pages}.").format(pages=pages_word(self._reading.pages_done))
            text = self.tr("The rest joins as it is read; shown results stay put.")
        else:
            title, text = self.tr("The library has changed."), self.tr("Shown results stay put.")
        self.partial.say(title, text, kind=Kind.INFO, button=button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow pane shows the icon alone."""
        super().resizeEvent(event)
        narrow = self.width() < self._theme.px(_TEXT_FROM)
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if narrow else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        if style != self.grouped.toolButtonStyle():
            self.grouped.setToolButtonStyle(style)
            self.grouped.setProperty("alone", narrow)
            self.grouped.style().unpolish(self.grouped)
            self.grouped.style().polish(self.grouped)
            self._dress()

    @Slot(bool)
    def _group(self, on: bool) -> None:
        self._settings.set(grouped=on)
        self._rearrange(lambda: self._results.set_grouped(on))
        self._dress()

    @Slot(object)
    def _reorder(self, order: Order) -> None:
        self._rearrange(lambda: self._results.set_order(order))

    def _rearrange(self, change: Callable[[], None]) -> None:
        """The selected page stays so, wherever it stands then."""
        selected: PageResult | None = self.grid.currentIndex().data(Role.RESULT)
        change()
        if selected is not None and (row := self._results.row_of(selected.key)) >= 0:
            self.grid.setCurrentIndex(self._results.index(row))

    @Slot()
    def _dress(self) -> None:
        alone = self.grouped.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly
        checked = self.grouped.isChecked() and not alone
        self.grouped.setIcon(self._theme.icon("check" if checked else "layers", "text2", 14))

    def set_as_list(self, on: bool) -> None:
        """List or grid."""
        self.view.pick(1 if on else 0)
        self.grid.set_as_list(on)
        self._settings.set(list_view=on)
