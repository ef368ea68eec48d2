"""Dropping: files and folders are welcome anywhere on the window; the overlay says what a drop would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent

if TYPE_CHECKING:
    from app.views.main_window import MainWindow


def dropped_files(data: QMimeData) -> list[str]:
    """Paths of the files and folders that are dragged."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]


class Dropping(QObject):
    """Made with the window; takes its drag and drop events."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Qt's. A drag that leaves changes nothing."""
        overlay = self._window.overlay
        if isinstance(event, QDragEnterEvent):
            self._enter(event)
        elif isinstance(event, QDragMoveEvent):
            alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            overlay.follow(overlay.mapFrom(self._window, event.position().toPoint()), alt=alt)
            event.acceptProposedAction()
        elif isinstance(event, QDropEvent):
            self._drop(event)
        elif event.type() == QEvent.Type.DragLeave:
            overlay.hide()
        else:
            return False
        return True

    def _enter(self, event: QDragEnterEvent) -> None:
        if paths := dropped_files(event.mimeData()):
            event.acceptProposedAction()
            window = self._window
            left = window.folders.width() if window.folders.isVisible() else 0
            window.overlay.setGeometry(left, 0, window.width() - left, window.status.y())
            window.overlay.offer(paths)

    def _drop(self, event: QDropEvent) -> None:
        """Read what was dropped; originals stay as they are."""
        self._window.overlay.hide()
        event.acceptProposedAction()
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        self._window.add_paths(dropped_files(event.mimeData()), watch=self._window.overlay.watch and not alt)
