"""Questions: asks the engine, keeps what is shown, and tells when the library has better pages than those shown."""

import os

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.engine.link import EngineLink
from app.models.folders import EVERYWHERE, Place
from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import Filters, PageKey, Task

MOST = 60
"""Pages asked for; when so many match there may be more."""
_STRIP_PAGES = 60
_REFRESH_MS = 2000
_BUSY_AFTER_MS = 150


class Questions(QObject):
    """Signals: answered(SearchReply); failed(ErrorReport); busy(on), after 150 ms; news(count of new pages, 0 = none);
    document_answered(document id, SearchReply); page_matched(PageMatches)."""

    answered = Signal(object)
    failed = Signal(object)
    busy = Signal(bool)
    news = Signal(int)
    document_answered = Signal(int, object)
    page_matched = Signal(object)

    def __init__(self, link: EngineLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self.text = ""
        self.like = ""
        """What the page is called that the pages shown are like; "" when they answer a question."""
        self.left_out: frozenset[int] = frozenset()
        self.task = Task.RETRIEVAL
        """Whose vectors answer: search's, or those for source code."""
        self.reply: messages.SearchReply | None = None
        self._filters = Filters()
        self._asked = self._looked = self._strip = self._matched = 0
        self._pending: messages.SearchReply | None = None
        self._slow = QTimer(self, singleShot=True, interval=_BUSY_AFTER_MS)
        self._slow.timeout.connect(lambda: self.busy.emit(True))
        self._later = QTimer(self, singleShot=True, interval=_REFRESH_MS)
        self._later.timeout.connect(self._look_again)

    def ask(self, text: str, place: Place = EVERYWHERE, left_out: frozenset[int] = frozenset()) -> None:
        """Ask the question in a folder, or in one below it; an empty one shows what was read there last."""
        if not self._link.is_ready:
            return
        self.text, self.left_out, self.like = text, left_out, ""
        folder_id, below = place
        prefix = below + os.sep if below else ""
        self._filters = Filters(folder_ids=(folder_id,), path_prefix=prefix) if folder_id else Filters()
        self._forget_news()
        self._slow.start()
        self._asked = self._send(self._answered)

    def more_like(self, key: PageKey, name: str) -> None:
        """Pages like this one, which is called `name`."""
        if not self._link.is_ready:
            return
        self.text, self.left_out, self.like = "", frozenset(), name
        self._forget_news()
        self._slow.start()
        self._asked = self._link.ask(messages.MoreLikeThis, self._answered, key=key, k=MOST)

    def library_changed(self) -> None:
        """Pages came or went: look again soon. What is shown stays put; news() says what it lacks."""
        if self.like:  # what is like a page was asked for once
            return
        if self.reply is None or (not self.text and not self.reply.results):
            self._look_again()
        elif not self._later.isActive():
            self._later.start()

    def show_news(self) -> None:
        """Show the answer that news() told of."""
        if self._pending is not None:
            reply = self._pending
            self._forget_news()
            self._show(reply)

    @Slot(bool)
    def set_code(self, on: bool) -> None:
        """From the next question on: only pages of source code, or all."""
        self.task = Task.CODE if on else Task.RETRIEVAL

    def ask_document(self, document_id: int, page_count: int) -> None:
        """Where the question matches in one whole document; its best pages."""
        if self.text and self._link.is_ready:
            filters = Filters(document_ids=(document_id,))
            self._strip = self._link.ask(
                messages.Search,
                lambda reply: self._document(document_id, reply),
                query=self.text,
                k=min(page_count, _STRIP_PAGES),
                filters=filters,
                left_out=tuple(sorted(self.left_out)),
                task=self.task,
            )

    def match_page(self, key: PageKey) -> None:
        """Where the question matches on a page that was not found."""
        if self.text and self._link.is_ready:
            self._matched = self._link.ask(
                messages.MatchPage, self._page, query=self.text, key=key, left_out=tuple(sorted(self.left_out))
            )

    def _send(self, on_reply: object) -> int:
        if self.text:
            return self._link.ask(
                messages.Search,
                on_reply,  # type: ignore[arg-type]
                query=self.text,
                k=MOST,
                filters=self._filters,
                left_out=tuple(sorted(self.left_out)),
                task=self.task,
            )
        return self._link.ask(messages.RecentPages, on_reply, filters=self._filters)  # type: ignore[arg-type]

    def _answered(self, reply: messages.Reply) -> None:
        if reply.id != self._asked:
            return
        self._asked = 0
        self._slow.stop()
        self.busy.emit(False)
        if isinstance(reply, messages.SearchReply):
            self._show(reply)
        elif isinstance(reply, messages.Failed) and reply.error.code != ErrorCode.CANCELLED:
            self.failed.emit(reply.error)

    @Slot()
    def _look_again(self) -> None:
        if self._asked:  # the engine would take this for a newer question, and answer the user's no more
            self._later.start()
        elif self._link.is_ready and not self.like:
            self._looked = self._send(self._seen)

    def _seen(self, reply: messages.Reply) -> None:
        if reply.id != self._looked or not isinstance(reply, messages.SearchReply):
            return
        shown = self.reply
        if shown is None or reply.query != self.text or not shown.results or shown.convincing != reply.convincing:
            if shown is None or reply.query == self.text:
                self._show(reply)
            return
        if not self.text:
            if [r.key for r in reply.results] != [r.key for r in shown.results]:
                self._show(reply)
            return
        before, now = {r.key for r in shown.results}, {r.key for r in reply.results}
        better = {r.key for r in reply.results if not r.weak} - before
        if before - now and len(reply.results) < MOST:  # a page went, it was not pushed out: do not offer what is gone
            self._show(reply)
        elif better:
            self._pending = reply
            self.news.emit(len(better))

    def _show(self, reply: messages.SearchReply) -> None:
        self.reply = reply
        self.answered.emit(reply)

    def _forget_news(self) -> None:
        self._pending = None
        self._looked = 0
        self.news.emit(0)

    def _document(self, document_id: int, reply: messages.Reply) -> None:
        if reply.id == self._strip and isinstance(reply, messages.SearchReply):
            self.document_answered.emit(document_id, reply)

    def _page(self, reply: messages.Reply) -> None:
        if reply.id == self._matched and isinstance(reply, messages.PageMatches):
            self.page_matched.emit(reply)
