"""The renderer's main: settings once, then jobs; each job a document in, page pixels and words out.

    engine -> Settings              renderer -> Ready
    engine -> Job (path)            renderer -> Opened, then Page or PageFailed for each page in order, then Done;
                                                or Failed, at any point

It works ahead by what fits the pipe: the next page is drawn while the engine is busy with this one. Anything that
happens at its input while a job is running, the engine's end included, ends it at once.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator

from indexer.documents.document import RenderedPage
from indexer.documents.head import read_head
from indexer.freeing import give_back_freed
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import DocumentKind
from indexer.render import confine, sandbox, wire
from indexer.render.decoder import Decoder, DrawnPage
from indexer.render.problem import RenderProblem, is_memory_failure


def main() -> int:
    """Serve jobs from stdin until it ends. Returns the exit status.

    In a frozen build the same program also confines others: `render-worker --confine FOLDER PROGRAM ARGUMENT...`.
    """
    if "--confine" in sys.argv:
        return confine.main(sys.argv[sys.argv.index("--confine") + 1 :])
    jobs, replies = _take_streams()
    try:
        settings, _ = wire.receive(jobs, 0)
        if not isinstance(settings, wire.Settings):
            return 2
        _load_early()
        wire.send(replies, wire.Ready(sandbox.enter(settings)))
        while True:
            job, path = wire.receive(jobs, wire.PATH_LIMIT)
            if not isinstance(job, wire.Job):
                return 2
            with _dies_with_input(jobs.fileno()):
                last = _serve(replies, settings, job, os.fsdecode(bytes(path)))
            wire.send(replies, last)
    except wire.WireEnded:
        return 0
    except wire.WireError:
        return 2


def _take_streams() -> tuple[wire.RawStream, wire.RawStream]:
    """Private copies of stdin and stdout; the old ones lead nowhere, because libraries print."""
    jobs = wire.open_raw(os.dup(0), "r")
    replies = wire.open_raw(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    if sys.platform != "win32":
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the engine's business
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    return jobs, replies


def _load_early() -> None:
    """What every document needs, before the sandbox counts memory and while nobody waits yet."""
    from indexer.render import pdf
    from indexer.render.mupdf import load_mupdf

    del pdf
    load_mupdf()


@contextlib.contextmanager
def _dies_with_input(descriptor: int) -> Iterator[None]:
    """End this process when anything happens at its input, even inside a library that never returns.

    The kernel sends SIGIO for a pipe with O_ASYNC, its other end closing included; its default action is to end
    the process. Where a system does not have this for pipes, the CPU limit and the broken pipe end it later.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)
    try:
        yield
    finally:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags)


def _serve(replies: wire.RawStream, settings: wire.Settings, job: wire.Job, path: str) -> wire.Done | wire.Failed:
    """Do one job; its last message is returned, to be sent when the job no longer counts as running."""
    sandbox.allow_cpu(settings.cpu_s)
    try:
        with _opened(settings, job, path) as decoder:
            wire.send(replies, wire.Opened(decoder.page_count, decoder.left_out))
            if job.first_page > decoder.page_count:
                return wire.Failed(ErrorCode.NOT_FOUND, "") if job.width_px else wire.Done()
            last = job.first_page if job.width_px else decoder.page_count
            for page in range(job.first_page, last + 1):
                sandbox.allow_cpu(settings.cpu_s)
                _send_page(replies, settings, job, decoder, page)
        return wire.Done()
    except wire.WireEnded:
        raise
    except Exception as problem:  # noqa: BLE001 - the edge of a job: told to the engine, and the next one comes
        return _failed(problem, ErrorCode.DOCUMENT_BROKEN)


def _send_page(replies: wire.RawStream, settings: wire.Settings, job: wire.Job, decoder: Decoder, page: int) -> None:
    try:
        if job.width_px:
            drawn = decoder.picture(page, job.width_px)
        else:
            drawn = decoder.read(page, job.page_pixels or settings.page_pixels, settings.recognition_pixels)
    except Exception as problem:  # noqa: BLE001 - the edge of a page
        failed = _failed(problem, ErrorCode.PAGE_BROKEN)
        wire.send(replies, wire.PageFailed(page, failed.code, failed.detail))
        return
    if not drawn.text_usable:  # it waits for the engine, which recognises words: what drawing took is 80 MB of a scan
        give_back_freed()
    head, *body = wire.page_message(_numbered(drawn, page, decoder.page_count))
    wire.send(replies, head, *body)


def _numbered(drawn: DrawnPage, page: int, page_count: int) -> RenderedPage:
    return RenderedPage(
        page, page_count, drawn.width, drawn.height, drawn.pixels, drawn.words, drawn.text_usable, drawn.partial
    )


def _failed(problem: Exception, otherwise: ErrorCode) -> wire.Failed:
    if isinstance(problem, RenderProblem):
        return wire.Failed(problem.code, problem.detail)
    if is_memory_failure(problem):
        return wire.Failed(ErrorCode.RENDER_MEMORY, "")
    if isinstance(problem, ImportError):
        return wire.Failed(ErrorCode.INTERNAL, "a part of Pagebeam is missing")  # our fault, not the document's
    return wire.Failed(otherwise, "")


@contextlib.contextmanager
def _opened(settings: wire.Settings, job: wire.Job, path: str) -> Iterator[Decoder]:
    """The document, opened by the decoder of its kind. Raises RenderProblem."""
    descriptor = -1
    try:
        with open(path, "rb") as file:
            head = read_head(file)
        suffix = os.path.splitext(path)[1].lower()
        try:
            path.encode()
        except UnicodeEncodeError:  # a name that is not UTF-8: the libraries get another name for the same file
            descriptor = os.open(path, os.O_RDONLY)
            path = f"/dev/fd/{descriptor}"
    except FileNotFoundError as problem:
        raise RenderProblem(ErrorCode.FILE_MISSING) from problem
    except OSError as problem:
        raise RenderProblem(ErrorCode.FILE_UNREADABLE) from problem
    try:
        decoder = _decoder(settings, job, path, head, suffix)
        with contextlib.closing(decoder):
            yield decoder
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _decoder(settings: wire.Settings, job: wire.Job, path: str, head: bytes, suffix: str) -> Decoder:
    from indexer.render import comic, flow, image, pdf

    match DocumentKind(job.kind):
        case DocumentKind.PDF:
            return pdf.PdfDocument(path, job.password, settings.max_pages, other_engine=job.other_engine)
        case DocumentKind.IMAGE if flow.is_svg(head):
            return flow.open_svg(path, settings.max_pages)
        case DocumentKind.IMAGE:
            return image.open_picture(path, head, settings.picture_pixels, settings.max_pages)
        case DocumentKind.BOOK if comic.is_comic(path, head):
            return comic.ComicDocument(path, settings.picture_pixels, settings.max_pages)
        case DocumentKind.BOOK:
            return flow.open_book(path, head, suffix, settings.max_pages)
        case DocumentKind.TEXT:
            return flow.open_text(path, suffix, settings.max_pages)
        case DocumentKind.OFFICE:
            raise RenderProblem(ErrorCode.NEEDS_LIBREOFFICE)


if __name__ == "__main__":
    sys.exit(main())
