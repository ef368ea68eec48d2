"""Reader: which page the preview shows, the other pages of its document, and its picture."""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from app.searching import Questions
from app.thumbnails.pictures import PagePictures
from app.views.page_viewer import PageViewer
from indexer.protocol import messages
from indexer.protocol.errors import ErrorReport
from indexer.protocol.values import PageKey, PageResult, QueryWord

_STEP_PX = 200
"""Pictures are asked for in widths of this step, so that dragging a pane does not draw one for every pixel."""
_LEAST_PX = 400


class Reader(QObject):
    """Signal shown(PageResult or None): another page is in the preview."""

    shown = Signal(object)

    def __init__(
        self,
        viewer: PageViewer,
        questions: Questions,
        pictures: PagePictures,
        words: Callable[[], tuple[QueryWord, ...]],
    ) -> None:
        super().__init__(viewer)
        self._viewer, self._questions, self._pictures, self._words = viewer, questions, pictures, words
        self._matching: tuple[PageResult, ...] = ()
        self._document = 0
        self.result: PageResult | None = None
        viewer.canvas.size_changed.connect(self._want)
        viewer.strip.page_requested.connect(self.go_to)
        viewer.strip.step_requested.connect(self.step)
        questions.document_answered.connect(self._document_answered)
        questions.page_matched.connect(self._page_matched)
        pictures.arrived.connect(self._picture)
        pictures.failed.connect(self._no_picture)

    def show(self, result: PageResult | None) -> None:
        """Show a page that was found, or nothing."""
        if result is None:
            self.result, self._matching, self._document = None, (), 0
            self._viewer.clear()
            self.shown.emit(None)
            return
        if result.key.document_id != self._document:
            self._matching = ()
        self._document = result.key.document_id
        self._set(result)
        if self._words() and result.page_count > 1 and not self._matching:
            self._questions.ask_document(result.key.document_id, result.page_count)

    def forget_document(self) -> None:
        """The question is another one: what matches in the document must be asked again."""
        self._document, self._matching = 0, ()

    @Slot(int)
    def step(self, by: int) -> None:
        """The next or previous matching page of the document; without a question, the next page."""
        if self.result is None:
            return
        page = self.result.key.page
        pages = [other.key.page for other in self._matching]
        if not self._words():
            pages = list(range(1, self.result.page_count + 1))
        beyond = [other for other in pages if (other > page if by > 0 else other < page)]
        if beyond:
            self.go_to(min(beyond) if by > 0 else max(beyond))

    @Slot(int)
    def go_to(self, page: int) -> None:
        """Any page of the document, found or not."""
        if self.result is None or page == self.result.key.page:
            return
        known = next((other for other in self._matching if other.key.page == page), None)
        if known is not None:
            self._set(known)
            return
        key = PageKey(self.result.key.document_id, page)
        self._set(msgspec.structs.replace(self.result, key=key, words=(), regions=(), thumbnail="", snippet=""))
        if self._words():
            self._questions.match_page(key)

    def _set(self, result: PageResult) -> None:
        self.result = result
        self._viewer.show_page(result, self._words(), self._matching)
        self._want()
        self.shown.emit(result)

    @Slot(int, object)
    def _document_answered(self, document_id: int, reply: messages.SearchReply) -> None:
        if document_id != self._document or self.result is None:
            return
        good = [page for page in reply.results if not page.weak or page.key == self.result.key]
        self._matching = tuple(sorted(good, key=lambda page: page.key.page))
        self._viewer.show_page(self.result, self._words(), self._matching)

    @Slot(object)
    def _page_matched(self, matches: messages.PageMatches) -> None:
        if self.result is not None and self.result.key == matches.key:
            self.result = msgspec.structs.replace(self.result, words=matches.words, regions=matches.regions, weak=False)
            self._viewer.show_page(self.result, self._words(), self._matching)
            self.shown.emit(self.result)

    @Slot()
    def _want(self) -> None:
        canvas = self._viewer.canvas
        if self.result is not None and canvas.isVisible():
            width = int(canvas.page_rect().width() * canvas.devicePixelRatioF())
            self._pictures.want(self.result.key, max(_LEAST_PX, -(-width // _STEP_PX) * _STEP_PX))

    @Slot(object, QImage, bool)
    def _picture(self, key: PageKey, image: QImage, dark_page: bool) -> None:
        if self.result is not None and self.result.key == key:
            self._viewer.canvas.set_image(image, dark_page=dark_page)

    @Slot(object, object)
    def _no_picture(self, key: PageKey, why: ErrorReport) -> None:
        if self.result is not None and self.result.key == key and why.code != "cancelled":
            self._viewer.canvas.problem = f"{why.title}. {why.message}"
            self._viewer.canvas.update()
