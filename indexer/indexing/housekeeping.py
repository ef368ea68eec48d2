"""Housekeeping: what a library needs beside reading, in a thread of its own, slowly, and safe to be killed in.

1. Forgetting: what was dropped with a folder leaves the disk: rows, older versions, words in indexes, pictures, lines
   of the log, the database's own log. It comes first, and is repeated at the next start when it was interrupted.
2. Tidying: when reading has been quiet for `idle_s` after pages were written, small files are merged, and after twice
   as long, when nobody can still be reading them, old versions dropped: those older than an hour, and younger ones
   where they would take more room than a share of what lives, or room is short. Pictures of documents that are gone
   go, too. A second copy of the catalogue is renewed then, and every `copy_s` while reading
   goes on (safekeeping.py).
3. Verifying: every page is compared with its checksums, a few at a time, once every `verify_s`. A damaged page is
   dropped and read again from its document.
"""

import logging
import math
import shutil
import threading
import time
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from indexer.catalogue import migrations, safekeeping
from indexer.catalogue.catalogue import Catalogue
from indexer.config import EngineConfig
from indexer.encoder.encoder import VectorSpace
from indexer.errors import PagebeamError
from indexer.indexing.pictures import Pictures
from indexer.protocol import logs
from indexer.render.thumbnails import THUMBNAIL_PX
from indexer.store.store import Store
from indexer.store.upkeep import KEPT

_log = logging.getLogger(__name__)
_LOOK_S = 1.0
_FORGETTING = "forgetting"
"""A file beside the catalogue while forgetting is not finished."""


class Housekeeping:
    """`spaces` are the vector spaces in use; `busy` says whether pages are being read; `wake` begins to read;
    `forget_made` removes what was made of documents for reading them."""

    def __init__(
        self,
        config: EngineConfig,
        catalogue: Catalogue,
        store: Store,
        spaces: Callable[[], Sequence[VectorSpace]],
        busy: Callable[[], bool],
        wake: Callable[[], None],
        forget_made: Callable[[], None],
    ) -> None:
        self._config, self._catalogue, self._store = config, catalogue, store
        self._spaces, self._busy, self._wake, self._forget_made = spaces, busy, wake, forget_made
        self._pictures = Pictures(config.folders.pictures)
        self._unfinished = config.folders.data / _FORGETTING
        self._lock = threading.Lock()
        self._forget: list[tuple[frozenset[int], tuple[str, ...]]] = []
        self._stopped, self._due = threading.Event(), threading.Event()
        self._tidied_at_page = self._copied_at = -1
        self._clean_at = math.inf
        self._copy_at = time.monotonic() + config.copy_s
        self._quiet_since = time.monotonic()
        self._verify_at = time.monotonic() + config.verify_first_s
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin."""
        if self._unfinished.exists():
            self.forget(self._left_over(), [])
        self._thread.start()

    def stop(self) -> None:
        """End; what is under way is safe to be left."""
        self._stopped.set()
        self._due.set()
        if self._thread.is_alive():
            self._thread.join(1)

    def announce(self) -> None:
        """Documents are about to be forgotten: whatever ends this engine from now on, the next one finishes it."""
        self._unfinished.touch(mode=0o600)

    def forget(self, document_ids: Collection[int], names: Collection[str]) -> None:
        """Take from the disk all that is left of these documents; `names` are paths that may stand in logs."""
        self.announce()
        with self._lock:
            self._forget.append((frozenset(document_ids), tuple(names)))
        self._due.set()

    def finish(self) -> None:
        """Forget now what is to be forgotten, for a command that ends."""
        self._finish_forgetting()

    def idle(self) -> bool:
        """Whether nothing waits to be forgotten."""
        with self._lock:
            return not self._forget

    def _left_over(self) -> set[int]:
        """Documents of which there are vectors or pictures, in whatever space, and that the catalogue does not know."""
        found = self._pictures.document_ids()
        for space in self._spaces():
            found |= {key.document_id for key in self._store.versions(space)}
        return found - self._catalogue.document_ids()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._due.wait(_LOOK_S)
            self._due.clear()
            try:
                self._do_due()
                if time.monotonic() > self._verify_at:
                    self._verify()
                    self._verify_at = time.monotonic() + self._config.verify_s
            except PagebeamError as problem:
                _log.warning("housekeeping: %s", problem.code)
                self._stopped.wait(self._config.retry_s)
            except Exception:  # noqa: BLE001 (tried again later; the library is whole all the same)
                _log.exception("housekeeping")
                self._stopped.wait(self._config.retry_s)

    def _do_due(self) -> None:
        """All but verifying, which is so slow that it does this between two pages."""
        self._finish_forgetting()
        self._tidy_when_quiet()
        self._clean_when_settled()
        if time.monotonic() > self._copy_at:
            self.keep_copy()

    def _finish_forgetting(self) -> None:
        with self._lock:
            todo = list(self._forget)
        if not todo:
            return
        gone = frozenset[int]().union(*(ids for ids, _ in todo))
        names = tuple(name for _, some in todo for name in some)
        self._pictures.forget(gone)
        self._forget_made()
        safekeeping.forget(self._config.folders.catalogue)
        migrations.forget_copies(self._config.folders.catalogue)
        for space in self._spaces():
            self._store.drop_documents(space, gone)
            self._store.purge(space)
        self._catalogue.truncate_log()
        logs.forget(self._config.folders.logs, _mentions(gone, names))
        with self._lock:
            del self._forget[: len(todo)]
            if not self._forget:
                self._unfinished.unlink(missing_ok=True)
        self.keep_copy()

    def _tidy_when_quiet(self) -> None:
        now = time.monotonic()
        if self._busy():
            self._quiet_since = now
            return
        pages = self._catalogue.writes()
        if now - self._quiet_since < self._config.idle_s or pages == self._tidied_at_page or self._room() < 0:
            return
        _log.info("tidying")
        for space in self._spaces():
            self._store.tidy(space)
        self._catalogue.truncate_log()
        self._pictures.keep_only(self._catalogue.document_ids())
        self._pictures.shrink(self._config.pictures_bytes, THUMBNAIL_PX)
        self.keep_copy()
        self._tidied_at_page = pages
        self._clean_at = time.monotonic() + 2 * self._config.idle_s
        _log.info("tidied")

    def _clean_when_settled(self) -> None:
        if self._clean_at == math.inf or self._busy():
            return
        if time.monotonic() < self._clean_at and self._room() >= 0:
            return
        least = timedelta(seconds=self._config.idle_s)
        most = max(least, KEPT) if self._room() >= 0 else least
        remain = [self._store.clean(space, most, least) for space in self._spaces()]
        self._clean_at = time.monotonic() + KEPT.total_seconds() if any(remain) else math.inf
        _log.info("old versions dropped")

    def _room(self) -> int:
        """Free bytes beyond the reserve: merging files and copying need room before they give any."""
        return shutil.disk_usage(self._config.folders.data).free - self._config.reserve_bytes

    def keep_copy(self) -> None:
        """Renew the catalogue's copy when something was written since, and there is room for it. Raises OSError."""
        self._copy_at = time.monotonic() + self._config.copy_s
        writes, path = self._catalogue.writes(), self._config.folders.catalogue
        if writes == self._copied_at or not self.idle() or self._room() < 2 * path.stat().st_size:
            return
        if not safekeeping.keep_copy(path):
            self._catalogue.damaged()
        self._copied_at = writes

    def _verify(self) -> None:
        """One round over everything. A little at a time, and only while nobody reads. It takes minutes, for which
        nothing else that is due waits."""
        for space in self._spaces():
            for page in self._store.verify(space):
                if page is not None:
                    _log.warning("document %d: page %d is damaged in the store", page.document_id, page.page)
                    self._store.drop_pages(space, [page])
                    self._catalogue.lose_pages([page])
                    self._wake()
                self._do_due()
                while self._busy() and not self._stopped.wait(_LOOK_S):
                    self._do_due()
                if self._stopped.wait(self._config.verify_page_s):
                    return


def _mentions(document_ids: frozenset[int], names: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether a line of a log is about one of these."""
    words = {f"document {number}" for number in document_ids}
    printed = tuple(logs.printable(name) for name in names if name)

    def mentions(line: str) -> bool:
        at = line.find("document ")
        if at >= 0:
            number = line[at + len("document ") :].split(maxsplit=1)
            if number and f"document {number[0].strip(':,.')}" in words:
                return True
        return any(name in line for name in printed)

    return mentions
