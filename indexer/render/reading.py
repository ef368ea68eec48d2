"""Reading: what one or more renderers say of one document, checked, and what is done when one of them is lost."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from indexer.config import RenderLimits
from indexer.documents.document import RenderedPage
from indexer.documents.fingerprint import Fingerprint, fingerprint
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode, ErrorReport, report
from indexer.protocol.values import DocumentKind
from indexer.render import wire
from indexer.render.renderer import Renderer, RendererGone

_LOSSES_ALLOWED = 2
"""Each may take the whole clock (60 s): a document that costs a third renderer is set aside."""

_FAILURES_IN_A_ROW = 100
"""A damaged page tree can claim any number of pages; after so many that are not there the rest is not asked for."""

Cancelled: TypeAlias = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class PageFailure:
    """One page of a document that cannot be shown; the document goes on."""

    page: int
    page_count: int
    report: ErrorReport


class Reading:
    """One document on its way. `path` is told to people, `source` is what the renderer opens."""

    def __init__(
        self,
        path: Path,
        source: Path,
        kind: DocumentKind,
        limits: RenderLimits,
        cancelled: Cancelled | None,
        page_pixels: int = 0,
    ) -> None:
        self._path, self._source, self._kind, self._limits = path, source, kind, limits
        self._cancelled, self._page_pixels = cancelled, page_pixels
        self._seconds = f"{min(limits.wall_s, limits.cpu_s):g}"
        self._before = current(path)
        self._page_count = self._left_out = 0
        self._losses = 0
        self._failed_in_a_row = 0
        self._other_engine = False
        self.page = 1
        self.finished = False

    def outcomes(
        self, renderer: Renderer, password: str | None, width_px: int = 0
    ) -> Generator[RenderedPage | PageFailure]:
        """What `renderer` says from `page` on. When it is lost the iterator ends with `finished` false: go on with a
        fresh one. Raises PagebeamError for the whole document.
        """
        try:
            job = wire.Job(self._kind.value, self.page, width_px, self._page_pixels, password, self._other_engine)
            renderer.begin(job, self._source)
            while (outcome := self._next(renderer)) is not None:
                self.page += 1
                self._failed_in_a_row = self._failed_in_a_row + 1 if isinstance(outcome, PageFailure) else 0
                yield outcome
                if self._failed_in_a_row >= _FAILURES_IN_A_ROW:
                    self.finished = True
                    return  # the renderer is in the middle of a job, so the pool ends it
            renderer.finish()
            self.finished = True
            if self._left_out and not width_px:
                yield self._note()
        except RendererGone as gone:
            failure = self._after_loss(gone)
            if failure is not None:
                yield failure

    def check_unchanged(self) -> None:
        """Raises FILE_MISSING or FILE_CHANGED where the document is not any more what it was."""
        now = current(self._path)
        if now is None:
            raise PagebeamError(ErrorCode.FILE_MISSING, str(self._path))
        if now != self._before:
            raise PagebeamError(ErrorCode.FILE_CHANGED, str(self._path))

    def failed(self, code: ErrorCode, detail: str = "") -> PagebeamError:
        """The failure of the whole document in our words."""
        limit = self._seconds if code == ErrorCode.RENDER_TIMEOUT else detail
        return PagebeamError(code, str(self._path), detail=detail, limit=limit)

    def _next(self, renderer: Renderer) -> RenderedPage | PageFailure | None:
        """The next page or failure, None when the renderer has sent all. Raises RendererGone, PagebeamError."""
        message, body = renderer.next(self._cancelled)
        if isinstance(message, wire.Opened) and 0 < message.page_count <= self._limits.max_pages:
            self._page_count, self._left_out = message.page_count, max(0, message.left_out)
            message, body = renderer.next(self._cancelled)
        match message:
            case wire.Page() if message.page == self.page and message.page_count == self._page_count:
                try:
                    return wire.page_from(message, body)
                except wire.WireError as problem:
                    raise renderer.distrust() from problem
            case wire.PageFailed() if message.page == self.page <= self._page_count:
                return self._page_failure(_code(message.code), wire.plain_detail(message.detail))
            case wire.Failed():
                renderer.finish()
                self.check_unchanged()
                raise self.failed(_code(message.code), wire.plain_detail(message.detail))
            case wire.Done():
                return None
        raise renderer.distrust()

    def _note(self) -> PageFailure:
        """What is in the file and is not read: told of the page after the last, or of the animation as a whole (0)."""
        whole = self._page_count + self._left_out
        if self._kind == DocumentKind.IMAGE and self._page_count == 1:
            told = report(ErrorCode.FIRST_PICTURE_ONLY, str(self._path), detail=whole)
            return PageFailure(0, self._page_count, told)
        told = report(ErrorCode.PAGES_LEFT_OUT, str(self._path), detail=whole, limit=self._page_count)
        return PageFailure(self._page_count + 1, self._page_count, told)

    def _after_loss(self, gone: RendererGone) -> PageFailure | None:
        """The renderer died at `page`: nothing where the page is tried again, else the page's failure."""
        self._losses += 1
        if gone.code == ErrorCode.CANCELLED:
            raise self.failed(gone.code) from gone
        self.check_unchanged()
        if not self._page_count or self._losses > _LOSSES_ALLOWED:
            raise self.failed(gone.code) from gone
        crashed = gone.code == ErrorCode.RENDER_CRASHED and self._kind == DocumentKind.PDF
        if crashed and not self._other_engine:
            self._other_engine = True
            return None
        failure = self._page_failure(gone.code, "")
        self.page += 1
        self.finished = self.page > self._page_count
        return failure

    def _page_failure(self, code: ErrorCode, detail: str) -> PageFailure:
        detail = f"page {self.page}" + (f", {detail}" if detail else "")
        told = report(code, str(self._path), detail=detail, limit=self._seconds)
        return PageFailure(self.page, self._page_count, told)


def current(path: Path) -> Fingerprint | None:
    """The fingerprint, None where the file is gone. Raises FILE_UNREADABLE."""
    try:
        return fingerprint(path)
    except PagebeamError as problem:
        if problem.code == ErrorCode.FILE_MISSING:
            return None
        raise


def _code(code: str) -> ErrorCode:
    try:
        return ErrorCode(code)
    except ValueError:
        return ErrorCode.DOCUMENT_BROKEN
