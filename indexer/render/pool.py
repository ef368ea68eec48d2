"""RenderPool: documents in, pages out, by render processes with limits, killed on any doubt and replaced.

How a document is read (`read`), in order:

1. Look at the file: there, not too large. Office documents become PDF first (office.py).
2. Take an idle renderer, or start one. Give it the job; pages come in order, one drawn ahead.
3. A renderer that dies, hangs or swells costs the page it was at. The rest of the document is read by a fresh one;
   a page that made MuPDF crash is given to PDFium once. The second loss ends the document.
4. Failures of pages are told once a page succeeded; if none does, the first failure is the document's.
5. Look at the file again: gone or changed means that what was read is not what lies there.

Previews (`picture`) have a renderer of their own, so that nobody who looks at a page waits for indexing.
"""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from indexer.config import RenderLimits
from indexer.documents.document import RenderedPage
from indexer.documents.fingerprint import fingerprint
from indexer.errors import PagebeamError, from_os_error
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import DocumentKind
from indexer.render.office import OfficeConverter
from indexer.render.reading import Cancelled, PageFailure, Reading
from indexer.render.renderer import Renderer, RendererGone
from indexer.render.watch import Reason

_PREVIEW_TRIES = 2  # the second for the other engine, where the first one crashed

__all__ = ["Cancelled", "PageFailure", "RenderPool"]


class RenderPool:
    """Thread-safe: up to `workers` documents are read at once, and one preview beside them. `converted`: a folder for
    office documents made into PDF (office.py)."""

    def __init__(
        self, limits: RenderLimits, workers: int = 1, *, background: bool = True, converted: Path | None = None
    ) -> None:
        self._limits, self._background = limits, background
        self._places = threading.BoundedSemaphore(workers)
        self._lock = threading.Lock()
        self._idle: list[Renderer] = []
        self._busy: set[Renderer] = set()
        self._closed = False
        self._preview: Renderer | None = None
        self._preview_turn = threading.Lock()
        self._office = OfficeConverter(limits, place=converted)

    def read(
        self,
        path: Path,
        kind: DocumentKind,
        page_pixels: int = 0,
        *,
        first_page: int = 1,
        password: str | None = None,
        cancelled: Cancelled | None = None,
    ) -> Iterator[RenderedPage | PageFailure]:
        """The pages of a document in order, from `first_page` on; close the iterator to stop.

        `page_pixels`: of each page, where whoever looks at it needs more than usual; never more than the limits give
        a page whose words are recognised. `cancelled` is asked ten times a second, from another thread. Raises
        PagebeamError for the whole document: CANCELLED, FILE_MISSING, FILE_CHANGED, FILE_UNREADABLE, FILE_EMPTY,
        FILE_TOO_LARGE, DOCUMENT_BROKEN, DOCUMENT_LOCKED, PASSWORD_WRONG, DOCUMENT_NO_PAGES, PICTURE_TOO_LARGE,
        NEEDS_LIBREOFFICE, RENDER_TIMEOUT, RENDER_MEMORY, RENDER_CRASHED.
        """
        reading = self._reading(path, kind, cancelled, page_pixels)
        reading.page = first_page
        held_back: list[PageFailure] = []
        shown = first_page > 1  # pages before were shown to whoever asks for the rest
        with self._place(cancelled):
            while not reading.finished:
                with self._renderer() as renderer, contextlib.closing(reading.outcomes(renderer, password)) as outcomes:
                    for outcome in outcomes:
                        if isinstance(outcome, PageFailure) and not shown:
                            held_back.append(outcome)
                            continue
                        shown = True
                        yield from held_back
                        held_back.clear()
                        yield outcome
        reading.check_unchanged()
        if held_back:
            raise _as_document_failure(reading, held_back[0])

    def picture(
        self,
        path: Path,
        kind: DocumentKind,
        page: int,
        width_px: int,
        *,
        password: str | None = None,
        cancelled: Cancelled | None = None,
    ) -> RenderedPage:
        """One page about `width_px` wide, without words. `cancelled` as with `read`: a page that hangs must not keep
        the next one waiting that somebody looks at. Raises PagebeamError as `read` does, and NOT_FOUND.
        """
        reading = self._reading(path, kind, cancelled)
        reading.page = page
        with self._preview_turn:
            for _ in range(_PREVIEW_TRIES):
                outcomes = list(reading.outcomes(self._preview_renderer(), password, max(1, width_px)))
                if outcomes:
                    break
        for outcome in outcomes:
            if isinstance(outcome, RenderedPage):
                return outcome
            raise _as_document_failure(reading, outcome)
        raise reading.failed(ErrorCode.RENDER_CRASHED)

    def close(self) -> None:
        """End every renderer; whoever is reading gets CANCELLED. No process is left when this returns."""
        with self._lock:
            self._closed = True
            busy, idle = list(self._busy), list(self._idle)
            self._idle.clear()
            preview = self._preview
        for renderer in [*busy, *([preview] if preview else [])]:
            renderer.interrupt(Reason.CLOSED)
        for renderer in idle:
            renderer.end()
        self._office.close()

    def forget(self) -> None:
        """Remove what was made of documents for reading them; waits for a conversion under way."""
        self._office.forget()

    def shrink(self) -> None:
        """End renderers that have nothing to do; what they took is given back."""
        with self._lock:
            idle = list(self._idle)
            self._idle.clear()
        for renderer in idle:
            renderer.end()

    @property
    def pids(self) -> list[int]:
        """The process ids of all renderers, for tests and for counting memory."""
        with self._lock:
            found = [*self._busy, *self._idle, *([self._preview] if self._preview else [])]
        return [renderer.pid for renderer in found if renderer.alive]

    def sandbox(self) -> tuple[str, ...]:
        """What the sandbox of a renderer has in force here, by name; starts one if none runs."""
        with self._place(None), self._renderer() as renderer:
            return renderer.sandbox

    def _reading(self, path: Path, kind: DocumentKind, cancelled: Cancelled | None, page_pixels: int = 0) -> Reading:
        """Look at the file, and have LibreOffice make a PDF of it where it needs one."""
        found = fingerprint(path)
        if found.size_bytes == 0:
            raise PagebeamError(ErrorCode.FILE_EMPTY, str(path))
        if found.size_bytes > self._limits.file_bytes:
            limit = f"{self._limits.file_bytes // 1_000_000} MB"
            raise PagebeamError(ErrorCode.FILE_TOO_LARGE, str(path), limit=limit)
        source = path
        if kind == DocumentKind.OFFICE:
            source, kind = self._office.pdf_of(path, found, cancelled), DocumentKind.PDF
        most = self._limits.recognition_pixels
        wanted = min(page_pixels, most) if page_pixels > self._limits.page_pixels else 0
        return Reading(path, source, kind, self._limits, cancelled, wanted)

    @contextlib.contextmanager
    def _place(self, cancelled: Cancelled | None) -> Iterator[None]:
        while not self._places.acquire(timeout=0.1):
            if self._closed or (cancelled is not None and cancelled()):
                raise PagebeamError(ErrorCode.CANCELLED)
        try:
            yield
        finally:
            self._places.release()

    @contextlib.contextmanager
    def _renderer(self) -> Iterator[Renderer]:
        renderer = self._take()
        try:
            yield renderer
        finally:
            self._give_back(renderer)

    def _take(self) -> Renderer:
        with self._lock:
            if self._closed:
                raise PagebeamError(ErrorCode.CANCELLED)
            while self._idle:
                renderer = self._idle.pop()
                if renderer.alive:
                    self._busy.add(renderer)
                    return renderer
                renderer.end()
        renderer = self._started(background=self._background)
        with self._lock:
            self._busy.add(renderer)
        self._end_if_closed(renderer)
        return renderer

    def _started(self, *, background: bool) -> Renderer:
        try:
            return Renderer(self._limits, background=background)
        except RendererGone as gone:
            raise PagebeamError(ErrorCode.INTERNAL, detail="the page renderer does not start") from gone
        except OSError as problem:
            raise from_os_error(problem) from problem

    def _end_if_closed(self, started: Renderer) -> None:
        """A pool closed while a renderer started: it is known to the pool now, and ended as the others were."""
        with self._lock:
            closed = self._closed
        if closed:
            started.interrupt(Reason.CLOSED)

    def _give_back(self, renderer: Renderer) -> None:
        """Keep it for the next document, unless it is in the middle of one, dead, or has done enough."""
        with self._lock:
            self._busy.discard(renderer)
            keep = renderer.idle and not self._closed and renderer.documents < self._limits.documents_per_worker
            if keep:
                self._idle.append(renderer)
        if not keep:
            renderer.end()

    def _preview_renderer(self) -> Renderer:
        preview = self._preview
        if preview is not None and preview.idle and preview.documents < self._limits.documents_per_worker:
            return preview
        if preview is not None:
            preview.end()
        started = self._started(background=False)
        with self._lock:
            self._preview = started
        self._end_if_closed(started)
        return started


def _as_document_failure(reading: Reading, failure: PageFailure) -> PagebeamError:
    """No page could be shown: the first page's reason is the document's."""
    code = failure.report.code
    return reading.failed(ErrorCode.DOCUMENT_BROKEN if code == ErrorCode.PAGE_BROKEN else code, "page 1")
