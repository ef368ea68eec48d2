"""Speed and disk against quality: three choices with what they cost, for an encoder that looks at pages."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QWidget

from app.wording import size_word
from indexer.protocol.values import EncoderInfo, Quality

_AREAS = (256, 512, 768)
_POOLING = (1, 2, 3)
_WIDTHS = (0, 1024, 512, 256, 128)
_VECTOR_BYTES = 160
"""A stored vector of 128 numbers with its scale, place and codes."""


class QualityChoice(QWidget):
    """Signal changed(Quality). Disabled while the encoder is in use: its vectors would have to be made anew."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.areas, self.pooling, self.width_kept = QComboBox(), QComboBox(), QComboBox()
        for n in _AREAS:
            share = round(100 * n / _AREAS[-1])
            self.areas.addItem(self.tr("{n} areas a page, {share} % of the time").format(n=n, share=share), n)
        for n in _POOLING:
            size = size_word(_AREAS[-1] // n * _VECTOR_BYTES)
            text = self.tr("each area, {size} a page") if n == 1 else self.tr("{n} areas together, {size} a page")
            self.pooling.addItem(text.format(n=n, size=size), n)
        for n in _WIDTHS:
            self.width_kept.addItem(self.tr("{n} numbers").format(n=n) if n else self.tr("all of it"), n)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(self.tr("Detail"), self.areas)
        form.addRow(self.tr("Vectors kept"), self.pooling)
        form.addRow(self.tr("Vector of the whole page"), self.width_kept)
        note = QLabel(self.tr("Can be changed while the encoder is not in use; its pages are then read anew."))
        note.setProperty("role", "faint")
        note.setWordWrap(True)
        form.addRow(note)
        for box in (self.areas, self.pooling, self.width_kept):
            box.activated.connect(self._picked)

    def show_quality(self, info: EncoderInfo) -> None:
        """As it is set."""
        quality = info.quality
        for box, value in zip(self._boxes(), (quality.image_tokens, quality.pooling, quality.single_size), strict=True):
            if not box.view().isVisible():  # not under the user's hand
                box.setCurrentIndex(max(0, box.findData(value)))

    def _boxes(self) -> tuple[QComboBox, QComboBox, QComboBox]:
        return self.areas, self.pooling, self.width_kept

    @Slot()
    def _picked(self) -> None:
        areas, pooling, width = (box.currentData() for box in self._boxes())
        self.changed.emit(Quality(areas, pooling, width))
