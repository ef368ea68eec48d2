"""Thumbnails: cache file to QImage in a pool, to QPixmap in the GUI thread; newest request first."""

from collections import OrderedDict
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QSize, Qt, QThreadPool, Signal, Slot
from PySide6.QtGui import QImage, QImageReader, QPixmap

_KEPT = 400
_DARK_UNDER = 0.35


def is_dark(image: QImage) -> bool:
    """Whether a page is dark itself (its mean luminance is under 0.35), so that marks must lighten it."""
    small = image.scaled(QSize(8, 8), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    grey = small.convertToFormat(QImage.Format.Format_Grayscale8)
    data = bytes(grey.constBits())
    return bool(data) and sum(data) / len(data) / 255 < _DARK_UNDER


class Thumbnails(QObject):
    """Signal arrived(name): a picture asked for is there. GUI thread only."""

    arrived = Signal(str)
    _loaded = Signal(str, int, QImage, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = Path()
        self._pixmaps: OrderedDict[tuple[str, int], QPixmap] = OrderedDict()
        self._asked: set[tuple[str, int]] = set()
        self._dark: dict[str, bool] = {}
        self._priority = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(2)
        self._loaded.connect(self._take)

    def get(self, name: str, side: int) -> QPixmap | None:
        """The picture, its longer side at most `side` pixels, when it is in memory; else arrived() follows."""
        wanted = (name, side)
        kept = self._pixmaps.get(wanted)
        if kept is not None:
            self._pixmaps.move_to_end(wanted)
            return kept
        if name and wanted not in self._asked:
            self._asked.add(wanted)
            self._priority += 1
            self._pool.start(_Load(self._loaded, name, side, self.folder / name), self._priority)
        return None

    def is_dark(self, name: str) -> bool:
        """Whether that page is dark itself; False while it is not in memory."""
        return self._dark.get(name, False)

    def close(self) -> None:
        """Drop what waits, and wait for what is being decoded (a few milliseconds)."""
        self._pool.clear()
        self._pool.waitForDone(1000)

    @Slot(str, int, QImage, bool)
    def _take(self, name: str, side: int, image: QImage, dark: bool) -> None:
        self._asked.discard((name, side))
        if image.isNull():
            return
        self._dark[name] = dark
        self._pixmaps[(name, side)] = QPixmap.fromImage(image)
        while len(self._pixmaps) > _KEPT:
            (old, _), _ = self._pixmaps.popitem(last=False)
            self._dark.pop(old, None)
        self.arrived.emit(name)


class _Load(QRunnable):
    def __init__(self, loaded: object, name: str, side: int, path: Path) -> None:
        super().__init__()
        self._loaded, self._name, self._side, self._path = loaded, name, side, path

    def run(self) -> None:
        reader = QImageReader(str(self._path))
        size = reader.size()
        if size.isValid() and max(size.width(), size.height()) > self._side:
            reader.setScaledSize(size.scaled(QSize(self._side, self._side), Qt.AspectRatioMode.KeepAspectRatio))
        image = reader.read()
        self._loaded.emit(self._name, self._side, image, is_dark(image))  # type: ignore[attr-defined]
