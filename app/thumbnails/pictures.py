"""PagePictures: large pictures of pages; asked of the engine, decoded in a pool, newest question first."""

from collections import OrderedDict
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, Slot
from PySide6.QtGui import QImage, QImageReader

from app.engine.link import EngineLink
from app.thumbnails.loader import is_dark
from indexer.protocol import messages
from indexer.protocol.errors import ErrorReport
from indexer.protocol.values import PageKey

_KEPT = 8
"""Pictures in memory: about 8 MB each at the width of a preview on a sharp screen."""


class PagePictures(QObject):
    """Signals: arrived(key, image, whether the page is dark itself); failed(key, ErrorReport). GUI thread only."""

    arrived = Signal(object, QImage, bool)
    failed = Signal(object, object)
    _decoded = Signal(object, int, QImage, bool)

    def __init__(self, link: EngineLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self.folder = Path()
        self._kept: OrderedDict[tuple[PageKey, int], tuple[QImage, bool]] = OrderedDict()
        self._wanted: tuple[PageKey, int] | None = None
        self._request = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._decoded.connect(self._take)

    def want(self, key: PageKey, width_px: int) -> None:
        """Ask for a picture at least so wide; arrived() follows, at once when it is in memory.

        An older question that was not answered yet is withdrawn: the user has moved on."""
        if self._wanted == (key, width_px):
            return
        if self._request:
            self._link.ask(messages.Cancel, _ignored, target=self._request)
            self._request = 0
        for (known, width), (image, dark) in self._kept.items():
            if known == key and width >= width_px:
                self._wanted = None
                self.arrived.emit(key, image, dark)
                return
        self._wanted = (key, width_px)
        self._request = self._link.ask(messages.GetPicture, self._answered, key=key, width_px=width_px)

    def forget(self) -> None:
        """Documents changed: what is in memory may be old."""
        self._kept.clear()
        self._wanted = None

    def close(self) -> None:
        """Wait for what is being decoded (some tens of milliseconds)."""
        self._pool.clear()
        self._pool.waitForDone(2000)

    def _answered(self, reply: messages.Reply) -> None:
        if reply.id != self._request or self._wanted is None:
            return
        self._request = 0
        if isinstance(reply, messages.Picture):
            self._pool.start(_Decode(self._decoded, self._wanted, self.folder / reply.name))
        elif isinstance(reply, messages.Failed):
            key, self._wanted = self._wanted[0], None
            error: ErrorReport = reply.error
            self.failed.emit(key, error)

    @Slot(object, int, QImage, bool)
    def _take(self, key: PageKey, width_px: int, image: QImage, dark: bool) -> None:
        if self._wanted == (key, width_px):
            self._wanted = None
        if image.isNull():
            return
        self._kept[(key, width_px)] = (image, dark)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        self.arrived.emit(key, image, dark)


def _ignored(_reply: messages.Reply) -> None:
    """Whether the cancelled request was still waiting does not matter."""


class _Decode(QRunnable):
    def __init__(self, decoded: object, wanted: tuple[PageKey, int], path: Path) -> None:
        super().__init__()
        self._decoded, self._wanted, self._path = decoded, wanted, path

    def run(self) -> None:
        image = QImageReader(str(self._path)).read()
        if not image.isNull():  # the format that is painted fastest, so that the GUI thread converts nothing
            image = image.convertToFormat(QImage.Format.Format_RGB32)
        self._decoded.emit(*self._wanted, image, is_dark(image))  # type: ignore[attr-defined]
