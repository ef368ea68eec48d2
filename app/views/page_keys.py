"""PageKeys: the single letters and digits that act while a result or the page has the focus, and the list of keys."""

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget


class PageKeys(QObject):
    """Signals: isolate(number from 1, 0 for all); step(-1 or 1), a matching page of the document; area(-1 or 1);
    bare(on); zoom(1, -1 or 0 for fit); width(); full(); copy_text(); copy_picture(); open_page()."""

    isolate = Signal(int)
    step = Signal(int)
    area = Signal(int)
    bare = Signal(bool)
    zoom = Signal(int)
    width = Signal()
    full = Signal()
    copy_text = Signal()
    copy_picture = Signal()
    open_page = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._on_page: set[int] = set()

    def watch(self, widget: QWidget, *, page: bool = False) -> None:
        """Act on this widget's keys; Enter opens on the page (in a list Qt's own activation does)."""
        widget.installEventFilter(self)
        if page:
            self._on_page.add(id(widget))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt's."""
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress:
                return self._pressed(event, page=id(watched) in self._on_page)
            if event.type() == QEvent.Type.KeyRelease and event.key() == Qt.Key.Key_H and not event.isAutoRepeat():
                self.bare.emit(False)
                return True
        return False

    def _pressed(self, event: QKeyEvent, *, page: bool) -> bool:
        key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        control = modifiers == Qt.KeyboardModifier.ControlModifier
        both = modifiers == Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        shift = modifiers == Qt.KeyboardModifier.ShiftModifier
        if control and key == Qt.Key.Key_C:
            self.copy_text.emit()
        elif both and key == Qt.Key.Key_C:
            self.copy_picture.emit()
        elif control and key == Qt.Key.Key_0:
            self.zoom.emit(0)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal) and (not modifiers or shift or control):
            self.zoom.emit(1)
        elif key == Qt.Key.Key_Minus and (not modifiers or control):
            self.zoom.emit(-1)
        elif key == Qt.Key.Key_N and (not modifiers or shift):
            self.area.emit(-1 if shift else 1)
        elif modifiers:
            return False
        elif Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
            self.isolate.emit(key - Qt.Key.Key_0)
        elif key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            self.step.emit(-1 if key == Qt.Key.Key_BracketLeft else 1)
        elif key == Qt.Key.Key_H:
            self.bare.emit(True)
        elif key == Qt.Key.Key_W:
            self.width.emit()
        elif key == Qt.Key.Key_Space:
            self.full.emit()
        elif page and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_page.emit()
        else:
            return False
        return True


def key_table() -> list[tuple[str, str]]:
    """Keys and what they do, for the list that Ctrl+? shows; in the order of the design."""
    tr = QCoreApplication.translate
    context = "PageKeys"
    return [
        ("Ctrl+F, Ctrl+L", tr(context, "Type a question")),
        ("↑ ↓ ← →", tr(context, "Move in the results; Home, End, Page Up and Down too")),
        ("Enter", tr(context, "Open the document at the page")),
        ("Ctrl+Enter", tr(context, "Show it in its folder")),
        ("Space", tr(context, "The page in full; Space or Esc closes")),
        ("1 … 9, 0", tr(context, "Isolate word n; all words")),
        ("[ , ]", tr(context, "Previous and next matching page of the document")),
        ("N, Shift+N", tr(context, "Next and previous place on the page")),
        ("H", tr(context, "Hold: the bare page")),
        ("+ , −, Ctrl+0", tr(context, "Larger, smaller, the whole page")),
        ("W", tr(context, "The page as wide as its pane; again for the whole page")),
        ("Ctrl+C", tr(context, "Copy the text of the page")),
        ("Ctrl+Shift+C", tr(context, "Copy the page as a picture")),
        ("→ ←", tr(context, "In the sidebar: show the folders below one, hide them")),
        ("Delete", tr(context, "In the sidebar: forget a folder")),
        ("Ctrl+V", tr(context, "Add the files on the clipboard")),
        ("Ctrl+1, Ctrl+2", tr(context, "Grid, list")),
        ("Ctrl+B, Ctrl+I", tr(context, "Sidebar, preview")),
        ("F6, Shift+F6", tr(context, "Next and previous pane")),
        ("Ctrl+O", tr(context, "Add a folder")),
        ("Ctrl+,", tr(context, "Settings")),
        ("Ctrl+?", tr(context, "This list")),
        ("Esc, Esc", tr(context, "Clear the isolated word, then the question")),
        ("Alt", tr(context, "While dropping: read once")),
    ]
