"""What can be copied of a page, and putting it on the clipboard."""

from enum import Enum

from PySide6.QtCore import QMimeData, QObject, QUrl, Signal
from PySide6.QtGui import QGuiApplication, QImage

from app.engine.link import EngineLink
from app.names import file_name
from indexer.protocol import messages
from indexer.protocol.values import PageResult


class Copy(Enum):
    """The choices of the Copy menu."""

    TEXT = "text"
    PICTURE = "picture"
    PICTURE_WITH_MARKS = "picture with marks"
    FILE = "file"
    TITLE = "title"
    PATH = "path"


class Copier(QObject):
    """Signals: copied(Copy); refused(ErrorReport)."""

    copied = Signal(object)
    refused = Signal(object)

    def __init__(self, link: EngineLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link

    def text(self, result: PageResult) -> None:
        """The page's words in reading order, asked of the engine."""
        self._link.ask(messages.GetPageText, self._text, key=result.key)

    def picture(self, image: QImage, what: Copy) -> None:
        """A page's picture, with marks or without."""
        QGuiApplication.clipboard().setImage(image)
        self.copied.emit(what)

    def file(self, result: PageResult) -> None:
        """The document itself, to be pasted in a folder or a letter."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(result.path)])
        data.setText(result.path)
        QGuiApplication.clipboard().setMimeData(data)
        self.copied.emit(Copy.FILE)

    def title(self, result: PageResult) -> None:
        """For a footnote."""
        text = self.tr("{name}, page {n}").format(name=file_name(result.path), n=result.key.page)
        QGuiApplication.clipboard().setText(text)
        self.copied.emit(Copy.TITLE)

    def path(self, result: PageResult) -> None:
        """Where the document lies."""
        QGuiApplication.clipboard().setText(result.path)
        self.copied.emit(Copy.PATH)

    def _text(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.PageText):
            QGuiApplication.clipboard().setText(reply.text)
            self.copied.emit(Copy.TEXT)
        elif isinstance(reply, messages.Failed):
            self.refused.emit(reply.error)
