"""SearchBar: the question; waits for a pause in typing; a thin line runs under it while an answer takes long."""

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from app.theme.style import Theme

_TYPING_PAUSE_MS = 300
_HEIGHT = 44


def pasted_files() -> list[str]:
    """Files and folders on the clipboard."""
    urls = QGuiApplication.clipboard().mimeData().urls()
    return [url.toLocalFile() for url in urls if url.isLocalFile()]


class SearchBar(QWidget):
    """Signals: asked(), the question is complete (a pause in typing); entered(), Enter was pressed; down(), on to the
    results; files_pasted(paths)."""

    asked = Signal()
    entered = Signal()
    down = Signal()
    files_pasted = Signal(list)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.frame = QFrame()
        self.frame.setObjectName("field")
        self.question = QLineEdit()
        self.question.setPlaceholderText(self.tr("Ask for a page…"))
        self.question.setAccessibleName(self.tr("Question"))
        self.question.setToolTip(self.tr("Words in quotes must stand on the page"))
        self.question.installEventFilter(self)
        self._lens = QLabel()
        self.clear = QToolButton()
        self.clear.setToolTip(self.tr("Clear the question (Esc)"))
        self.clear.setAccessibleName(self.tr("Clear the question"))
        self.clear.clicked.connect(self._clear)
        self.code = QToolButton()
        self.code.setText(self.tr("Code"))
        self.code.setToolTip(self.tr("Search only in pages that show source code"))
        self.code.setCheckable(True)
        self.code.setProperty("role", "toggle")
        self.code.hide()
        key = QLabel(QKeySequence("Ctrl+L").toString(QKeySequence.SequenceFormat.NativeText).replace("+", " "))
        key.setProperty("role", "key")
        row = QHBoxLayout(self.frame)
        row.setContentsMargins(14, 0, 10, 0)
        row.setSpacing(10)
        row.addWidget(self._lens)
        row.addWidget(self.question, 1)
        row.addWidget(self.clear)
        row.addWidget(self.code)
        row.addWidget(key, 0, Qt.AlignmentFlag.AlignVCenter)
        self._line = _BusyLine(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.frame)
        column.addWidget(self._line)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_PAUSE_MS)
        self._typing.timeout.connect(self.asked)
        self.question.textEdited.connect(self._typing.start)
        self.question.textChanged.connect(lambda text: self.clear.setVisible(bool(text)))
        self.question.returnPressed.connect(self._entered)
        theme.changed.connect(self._dress)
        self._dress()
        self.clear.hide()

    def text(self) -> str:
        """The question without spaces around it."""
        return self.question.text().strip()

    def offer_code(self, on: bool) -> None:
        """The encoder in use keeps vectors for source code, or does not."""
        self.code.setVisible(on)
        if not on:
            self.code.setChecked(False)

    def set_busy(self, on: bool) -> None:
        """An answer takes long."""
        self._line.run(on)

    def stop_typing(self) -> None:
        """The question was changed by other means: the pause in typing is over."""
        self._typing.stop()

    @Slot()
    def focus(self) -> None:
        """Type here, over what is there."""
        self.question.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.question.selectAll()

    @Slot()
    def _entered(self) -> None:
        self._typing.stop()
        self.entered.emit()

    @Slot()
    def _clear(self) -> None:
        self._typing.stop()
        self.question.clear()
        self.question.setFocus()
        self.asked.emit()

    @Slot()
    def _dress(self) -> None:
        self.frame.setFixedHeight(self._theme.px(_HEIGHT))
        self._lens.setPixmap(self._theme.icon("search", "text2", 18).pixmap(18, 18))
        self.clear.setIcon(self._theme.icon("x", "text2"))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The frame shows the focus of the field inside it; Down leads to the results; files are pasted as files."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down:
                self.down.emit()
                return True
            if event.matches(QKeySequence.StandardKey.Paste) and (paths := pasted_files()):
                self.files_pasted.emit(paths)
                return True
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.frame.setProperty("asking", event.type() == QEvent.Type.FocusIn)
            self.frame.style().unpolish(self.frame)
            self.frame.style().polish(self.frame)
        return super().eventFilter(watched, event)


class _BusyLine(QWidget):
    """Two pixels high, indeterminate; takes its place always, so that nothing moves."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._at = 0.0
        self._on = False
        self.setFixedHeight(2)
        self._turn = QTimer(self, interval=40)
        self._turn.timeout.connect(self._step)

    def run(self, on: bool) -> None:
        self._on = on
        self._turn.start() if on else self._turn.stop()
        self.update()

    @Slot()
    def _step(self) -> None:
        self._at = (self._at + 0.03) % 1.3
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._on:
            left = (self._at - 0.3) * self.width()
            QPainter(self).fillRect(QRectF(left, 0, 0.3 * self.width(), 2), QColor(self._theme.tokens.accent))
