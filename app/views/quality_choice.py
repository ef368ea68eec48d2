"""Speed and disk against quality: four choices, each with what it costs, for an encoder that looks at pages."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QWidget

from app.wording import duration_word, size_word
from indexer.protocol.quality import CROPS, IMAGE_TOKENS, POOLING, SINGLE_SIZES, allowed, page_cost
from indexer.protocol.values import EncoderInfo, Quality


class QualityChoice(QWidget):
    """Signal changed(Quality). Disabled while the encoder is in use: its vectors would have to be made anew.

    What a choice costs is told for the others as they are; what it finds better has not been measured and is not said.
    """

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.areas, self.crops, self.pooling, self.width_kept = (QComboBox() for _ in range(4))
        for box, values in zip(self._boxes(), (IMAGE_TOKENS, POOLING, SINGLE_SIZES, CROPS), strict=True):
            for value in values:
                box.addItem("", value)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(self.tr("Detail"), self.areas)
        form.addRow(self.tr("Parts looked at"), self.crops)
        form.addRow(self.tr("Vectors kept"), self.pooling)
        form.addRow(self.tr("Vector of the whole page"), self.width_kept)
        self.cost = QLabel()
        self.cost.setProperty("role", "meta")
        self.cost.setWordWrap(True)
        form.addRow(self.cost)
        note = QLabel(self.tr("Can be changed while the encoder is not in use; its pages are then read anew."))
        note.setProperty("role", "faint")
        note.setWordWrap(True)
        form.addRow(note)
        for box in self._boxes():
            box.activated.connect(self._picked)

    def show_quality(self, info: EncoderInfo) -> None:
        """As it is set, and what every other choice would cost."""
        quality = info.quality
        kept = (quality.image_tokens, quality.pooling, quality.single_size, quality.crops)
        for box, value in zip(self._boxes(), kept, strict=True):
            if box.view().isVisible():
                return  # not under the user's hand
            box.setCurrentIndex(max(0, box.findData(value)))
        self._name(self.areas, lambda n: self._with(quality, image_tokens=n), self._detail)
        self._name(self.crops, lambda n: self._with(quality, crops=n), self._parts)
        self._name(self.pooling, lambda n: self._with(quality, pooling=n), self._pooled)
        self._name(self.width_kept, lambda n: self._with(quality, single_size=n), self._single)
        self.crops.setEnabled(allowed(self._with(quality, crops=CROPS[-1])))
        self.cost.setText(self._cost(info))

    def _with(self, quality: Quality, **changed: int) -> Quality:
        values = {
            "image_tokens": quality.image_tokens, "pooling": quality.pooling,
            "single_size": quality.single_size, "crops": quality.crops,
        }  # fmt: skip
        wanted = Quality(**{**values, **changed})
        if not allowed(wanted):  # parts are not looked at beside a high resolution
            wanted = Quality(**{**values, **changed, "crops": 0})
        return wanted

    def _name(self, box: QComboBox, quality_for: object, text_for: object) -> None:
        for at in range(box.count()):
            value = int(box.itemData(at))
            box.setItemText(at, text_for(value, quality_for(value)))  # type: ignore[operator]

    def _detail(self, _value: int, quality: Quality) -> str:
        cost = page_cost(quality)
        text = self.tr("as at {dpi} dpi: {n} areas a page, {times} times the work")
        if quality == Quality():
            text = self.tr("as at {dpi} dpi: {n} areas a page, as published")
        return text.format(dpi=cost.dpi, n=f"{cost.areas:,}", times=_times(cost.work))

    def _parts(self, value: int, quality: Quality) -> str:
        if not value:
            return self.tr("the whole page only")
        text = self.tr("the page and {n} parts of it, {times} times the work")
        return text.format(n=value * value, times=_times(page_cost(quality).work))

    def _pooled(self, value: int, quality: Quality) -> str:
        text = self.tr("each area, {size} a page") if value == 1 else self.tr("{n} areas together, {size} a page")
        return text.format(n=value, size=size_word(page_cost(quality).stored_bytes))

    def _single(self, value: int, _quality: Quality) -> str:
        return self.tr("{n} numbers").format(n=value) if value else self.tr("all of it")

    def _cost(self, info: EncoderInfo) -> str:
        cost = page_cost(info.quality)
        size = size_word(cost.stored_bytes)
        if not info.seconds_per_page:
            return self.tr("A page so read takes {size} on the disk.").format(size=size)
        text = self.tr("A page so read takes {time} here and {size} on the disk.")
        if not info.seconds_measured:
            text = self.tr("A page so read would take about {time} here and {size} on the disk.")
        return text.format(time=duration_word(info.seconds_per_page), size=size)

    def _boxes(self) -> tuple[QComboBox, QComboBox, QComboBox, QComboBox]:
        return self.areas, self.pooling, self.width_kept, self.crops

    @Slot()
    def _picked(self) -> None:
        areas, pooling, width, crops = (int(box.currentData()) for box in self._boxes())
        self.changed.emit(self._with(Quality(areas, pooling, width, crops)))


def _times(work: float) -> str:
    """`1`, `0.3`, `8.5`, `24`."""
    return f"{work:.0f}" if work >= 10 or abs(work - round(work)) < 0.05 else f"{work:.1f}"
