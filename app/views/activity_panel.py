"""What could not be read: name, one sentence, and what can be done about it."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.names import file_name
from indexer.protocol.values import FailureInfo


class ActivityPanel(QScrollArea):
    """Signals: retry_requested(document id), ignore_requested(document id), unlock_requested(document id, password)."""

    retry_requested = Signal(int)
    ignore_requested = Signal(int)
    unlock_requested = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.failures: tuple[FailureInfo, ...] = ()
        self.show_failures(())

    def show_failures(self, failures: tuple[FailureInfo, ...]) -> None:
        """Replace the list."""
        self.failures = failures
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 16, 16, 16)
        title = QLabel(self.tr("Could not be read") if failures else self.tr("Everything could be read"))
        title.setProperty("role", "title")
        column.addWidget(title)
        for failure in failures:
            column.addWidget(self._row(failure))
        column.addStretch()
        self.setWidget(body)

    def _row(self, failure: FailureInfo) -> QWidget:
        row = QFrame()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 6, 0, 6)
        name = file_name(failure.path)
        if failure.page:
            name = self.tr("{name}, page {n}").format(name=name, n=failure.page)
        words = QVBoxLayout()
        for text, role in ((name, "title"), (f"{failure.title}. {failure.message}", "meta")):
            label = QLabel(text)
            label.setProperty("role", role)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            words.addWidget(label)
        line.addLayout(words, 1)
        chosen = failure.document_id
        if failure.code == "document-locked" or failure.code == "password-wrong":
            self._button(line, self.tr("Unlock…"), lambda: self._unlock(chosen))
        else:
            self._button(line, self.tr("Retry"), lambda: self.retry_requested.emit(chosen))
        self._button(line, self.tr("Ignore"), lambda: self.ignore_requested.emit(chosen))
        return row

    def _button(self, line: QHBoxLayout, text: str, act: Callable[[], None]) -> None:
        button = QPushButton(text)
        button.clicked.connect(act)
        line.addWidget(button)

    def _unlock(self, document_id: int) -> None:
        hint = self.tr("Password (used once, not kept)")
        password, good = QInputDialog.getText(self, self.tr("Unlock"), hint, QLineEdit.EchoMode.Password)
        if good and password:
            self.unlock_requested.emit(document_id, password)
