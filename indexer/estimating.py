"""What adding files and folders would mean: counted, and reckoned from what this library's own pages took."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from indexer.catalogue.catalogue import Catalogue
from indexer.documents.fingerprint import Fingerprint, fingerprint_now
from indexer.documents.kinds import could_be_document, is_read, kind_of_name
from indexer.documents.patience import Heard, Question, Unanswered
from indexer.errors import PagebeamError
from indexer.protocol import messages
from indexer.protocol.values import DocumentKind
from indexer.watcher.scan import UNREADABLE, Stopped, scan

_LONGEST_S = 1.5
"""Who drags files decides within a second or two."""
_LAST_S = 0.5
"""So long after that a disk has not answered at all."""
_LEAST_PAGES = 20
"""Before so many pages were read here nothing is said about how long others take."""


def estimate(
    request: messages.EstimatePaths, catalogue: Catalogue, own: Path, index_bytes: Callable[[], int]
) -> messages.Estimate:
    """`own`: our own data folder, which is never read. `index_bytes` gives what the library's vectors take on disk."""
    ends = time.monotonic() + _LONGEST_S
    known = catalogue.read_already()
    kinds: Counter[DocumentKind | None] = Counter()
    files = read_already = 0
    complete = True

    def count(heard: Heard) -> None:
        nonlocal files, read_already
        for path, now in _documents(request.paths, own, lambda: heard() or time.monotonic() > ends):
            files += 1
            if known.get(path) == (now.modified_ns, now.size_bytes):
                read_already += 1
            elif is_read(path):
                kinds[kind_of_name(path)] += 1

    try:
        Question(count).wait(lambda: time.monotonic() > ends + _LAST_S)
    except (Stopped, Unanswered):
        complete = False
    pages = _pages(kinds, catalogue.pages_per_document())
    seconds = size_bytes = None
    pace, there = catalogue.seconds_per_page(_LEAST_PAGES), catalogue.page_count()
    if pages is not None and there >= _LEAST_PAGES:
        seconds = None if pace is None else pages * pace
        size_bytes = round(pages * index_bytes() / there)
    return messages.Estimate(
        id=request.id, files=files, known=read_already, complete=complete, pages=pages, seconds=seconds,
        size_bytes=size_bytes,
    )  # fmt: skip


def _documents(paths: Iterable[str], own: Path, stopped: Callable[[], bool]) -> Iterable[tuple[str, Fingerprint]]:
    """Everything that may be a document. Raises Stopped."""
    for text in paths:
        path = Path(text).absolute()
        try:
            if path.is_dir():
                for found, print_ in scan(str(path), own, stopped=stopped):
                    if print_ is not UNREADABLE:
                        yield found, print_
            elif could_be_document(path.name):
                yield str(path), fingerprint_now(path)
        except (OSError, PagebeamError):
            continue  # what cannot be looked at is refused with its reason when it is added


def _pages(kinds: Counter[DocumentKind | None], usual: dict[DocumentKind, float]) -> int | None:
    """A picture is a page; other documents have as many as those of their kind had here. None when none was read."""
    total = 0.0
    for kind, count in kinds.items():
        if kind is DocumentKind.IMAGE:
            total += count
        elif kind is not None and kind in usual:
            total += count * usual[kind]
        else:
            return None
    return round(total)
