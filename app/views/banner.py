"""Banner: one quiet sentence above the results, with a button where there is something to do about it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget


class Banner(QWidget):
    """Hidden until something is said. Signal try_requested(): the user asks for another try."""

    try_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._sentence = QLabel()
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._sentence.setWordWrap(True)
        self.button = QPushButton(self.tr("Try now"))
        self.button.setProperty("role", "primary")
        self.button.clicked.connect(self.try_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 14, 10)
        row.addWidget(self._sentence, 1)
        row.addWidget(self.button)
        self.hide()

    def say(self, sentence: str, *, can_try: bool = False) -> None:
        """Show this sentence, plain text; the button only where another try makes sense."""
        self._sentence.setText(sentence)
        self.button.setVisible(can_try)
        self.show()

    def text(self) -> str:
        """What was said last."""
        return self._sentence.text()
