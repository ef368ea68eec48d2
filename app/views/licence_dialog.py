"""What a person should know before a model is fetched: its size, its licences, where it goes, what machine it wants."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.views.encoder_words import pace_sentence
from app.wording import size_word
from indexer.protocol.values import EncoderInfo


class LicenceDialog(QDialog):
    """Accepted only after the box was ticked. The box starts empty, and nothing is fetched before."""

    def __init__(self, info: EncoderInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Download {name}").format(name=info.name))
        self.setFixedWidth(600)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        title = QLabel(self.tr("Before you download {name}").format(name=info.name))
        title.setProperty("role", "heading")
        column.addWidget(title)
        facts = QGridLayout()
        facts.setHorizontalSpacing(18)
        facts.setVerticalSpacing(10)
        facts.setColumnStretch(1, 1)
        for row, (heading, text) in enumerate(self._facts(info)):
            name, said = QLabel(heading), QLabel(text)
            name.setProperty("role", "strong")
            said.setTextFormat(Qt.TextFormat.PlainText)
            said.setWordWrap(True)
            facts.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            facts.addWidget(said, row, 1, Qt.AlignmentFlag.AlignTop)
        name = QLabel(self.tr("Licence"))
        name.setProperty("role", "strong")
        facts.addWidget(name, facts.rowCount(), 0, Qt.AlignmentFlag.AlignTop)
        facts.addWidget(self._licences(info), facts.rowCount() - 1, 1)
        column.addLayout(facts)
        column.addSpacing(4)
        self.agree = QCheckBox(self.tr("I have read both licences and agree to them"))
        column.addWidget(self.agree)
        buttons = QHBoxLayout()
        buttons.addStretch()
        self.cancel, self.fetch = QPushButton(self.tr("Cancel")), QPushButton(self.tr("Download"))
        self.fetch.setProperty("role", "primary")
        self._fits = info.free_bytes > info.download_bytes - info.partial_bytes
        self.fetch.setEnabled(False)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.fetch)
        column.addLayout(buttons)
        self.agree.toggled.connect(self._agreed)
        self.cancel.clicked.connect(self.reject)
        self.fetch.clicked.connect(self.accept)
        self.resize(self.width(), self.heightForWidth(self.width()))

    @Slot(bool)
    def _agreed(self, agreed: bool) -> None:
        self.fetch.setEnabled(agreed and self._fits)

    def _facts(self, info: EncoderInfo) -> list[tuple[str, str]]:
        left = max(0, info.download_bytes - info.partial_bytes)
        size = self.tr("{size} to fetch; it resumes after an interruption.").format(size=size_word(left))
        free = self.tr("{folder}, where {free} are free.").format(folder=info.folder, free=size_word(info.free_bytes))
        if not (info.free_bytes > left):
            free += " " + self.tr("That is not enough.")
        memory = self.tr("It works in {needs} of memory; there are {has}.").format(
            needs=size_word(info.needs_bytes), has=size_word(info.memory_bytes)
        )
        if info.needs_bytes > info.memory_bytes:
            memory += " " + self.tr("That is not enough: it would not run here.")
        return [
            (self.tr("Size"), size),
            (self.tr("Where it goes"), free),
            (self.tr("This machine"), f"{info.device_reason} {memory} {pace_sentence(self, info)}".strip()),
        ]

    def _licences(self, info: EncoderInfo) -> QLabel:
        links = [
            self.tr('<a href="{url}">{name}</a> (named on <a href="{source}">this page of the authors</a>)').format(
                url=licence.url, name=licence.name, source=licence.source_url
            )
            for licence in info.licences
        ]
        forbids = self.tr(
            "The authors' pages name two licences. Both forbid commercial use unless the authors agree to it: private"
            " use and research are allowed, use for a business is not. Pagebeam comes without this model; you get it"
            " from its authors, under their terms."
        )
        label = QLabel("<br>".join([*links, "", forbids]))
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setOpenExternalLinks(True)
        label.setFrameShape(QFrame.Shape.NoFrame)
        return label
