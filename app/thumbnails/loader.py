"""Thumbnails: cache file to QImage in a pool, to QPixmap in the GUI thread; newest request first."""

from collections import OrderedDict
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QSize, Qt, QThreadPool, Signal, Slot
from PySide6.QtGui import QImage, QImageReader, QPixmap

_KEPT = 400


class Thumbnails(QObject):
    """Signal arrived(name): a picture asked for is there. GUI thread only."""

    arrived = Signal(str)
    _loaded = Signal(str, QImage)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = Path()
        self._pixmaps: OrderedDict[str, QPixmap] = OrderedDict()
        self._asked: set[str] = set()
        self._priority = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(2)
        self._loaded.connect(self._take)

    def get(self, name: str, size: QSize) -> QPixmap | None:
        """The picture when it is in memory; otherwise it is fetched and arrived() follows."""
        pixmap = self._pixmaps.get(name)
        if pixmap is not None:
            self._pixmaps.move_to_end(name)
        elif name and name not in self._asked:
            self._asked.add(name)
            self._priority += 1
            self._pool.start(_Load(self._loaded, name, self.folder / name, size), self._priority)
        return pixmap

    @Slot(str, QImage)
    def _take(self, name: str, image: QImage) -> None:
        self._asked.discard(name)
        if image.isNull():
            return
        self._pixmaps[name] = QPixmap.fromImage(image)
        while len(self._pixmaps) > _KEPT:
            self._pixmaps.popitem(last=False)
        self.arrived.emit(name)


class _Load(QRunnable):
    def __init__(self, loaded: object, name: str, path: Path, size: QSize) -> None:
        super().__init__()
        self._loaded, self._name, self._path, self._size = loaded, name, path, size

    def run(self) -> None:
        reader = QImageReader(str(self._path))
        if reader.size().isValid():
            reader.setScaledSize(reader.size().scaled(self._size, Qt.AspectRatioMode.KeepAspectRatio))
        self._loaded.emit(self._name, reader.read())  # type: ignore[attr-defined]
