"""The settings page "Indexing": for what reading steps aside, and what it may take of the computer.

The engine keeps these settings; the page asks for them each time it comes on screen.
"""

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QSlider, QVBoxLayout, QWidget

from app.engine.link import EngineLink
from app.theme.style import Theme
from app.views.banner import Banner, Kind
from app.views.switch import SettingRows, Switch
from app.wording import size_word, wait_sentence
from indexer.protocol import messages
from indexer.protocol.values import Limits

_STEP_MB = 100
_SETTLE_MS = 400
_LOOK_MS = 3000


class IndexingSettings(QWidget):
    """Changes apply at once, a moment after a slider has come to rest."""

    def __init__(self, theme: Theme, link: EngineLink, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._told: messages.LimitsTold | None = None
        title, lead = QLabel(self.tr("Indexing")), QLabel()
        title.setProperty("role", "heading")
        lead.setText(self.tr("Reading never comes first: it runs at low priority and steps aside by these rules."))
        lead.setProperty("role", "meta")
        lead.setWordWrap(True)
        self.waits = Banner(theme)
        self.waits.acted.connect(lambda: link.ask(messages.Resume, self._answered))
        self.waits.hide()
        self.switches: dict[str, Switch] = {}
        aside = SettingRows()
        for name, text, meaning in (
            ("wait_on_battery", self.tr("Wait on battery"), self.tr("New files are noted and read later")),
            (
                "wait_for_full_screen",
                self.tr("Wait while another program fills the screen"),
                self.tr("Games, films, presentations; where the system tells"),
            ),
            (
                "wait_under_load",
                self.tr("Make way for busy programs"),
                self.tr("Waits half a minute at a time, so that it comes to an end all the same"),
            ),
            ("wait_when_hot", self.tr("Wait while the computer is hot"), self.tr("Where it has a sensor")),
        ):
            switch = self.switches[name] = Switch(theme, text)
            switch.clicked.connect(self._changed)
            aside.add(text, meaning, switch)
        self.threads, self._threads_told = self._slider(self.tr("Processor threads"))
        self.memory, self._memory_told = self._slider(self.tr("Memory"))
        limits = SettingRows()
        self._threads_means = limits.add(
            self.tr("Processor"), self.tr("For reading pages"), self.threads, self._threads_told
        )
        self._memory_means = limits.add(
            self.tr("Memory"), self.tr("The engine and its renderers together"), self.memory, self._memory_told
        )
        self.refusal = QLabel()
        self.refusal.setProperty("role", "error")
        self.refusal.setTextFormat(Qt.TextFormat.PlainText)
        self.refusal.setWordWrap(True)
        self.refusal.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(12)
        parts: tuple[QWidget, ...] = (title, lead, self.waits, _section(self.tr("Step aside")), aside)
        for part in (*parts, _section(self.tr("Limits")), limits, self.refusal):
            column.addWidget(part)
        column.addStretch()
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._changed)
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self._ask)
        link.happened.connect(self._happened)

    def _slider(self, name: str) -> tuple[QSlider, QLabel]:
        slider, told = QSlider(Qt.Orientation.Horizontal), QLabel()
        slider.setFixedWidth(170)
        slider.setAccessibleName(name)
        slider.valueChanged.connect(self._moved)
        told.setProperty("role", "strong")
        told.setMinimumWidth(96)
        told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return slider, told

    def showEvent(self, event: QShowEvent) -> None:
        """On screen: ask, and again, because the memory taken changes."""
        super().showEvent(event)
        self._ask()
        self._look.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Off screen: a slider just moved is still obeyed."""
        self._look.stop()
        if self._settle.isActive():
            self._settle.stop()
            self._changed()
        super().hideEvent(event)

    @Slot()
    def _ask(self) -> None:
        self._link.ask(messages.GetLimits, self._answered)

    def _answered(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.LimitsTold):
            self._show(reply)
        elif isinstance(reply, messages.Failed):
            self.refusal.setText(f"{reply.error.title}. {reply.error.message}")
            self.refusal.show()
        else:
            self.refusal.hide()

    def _show(self, told: messages.LimitsTold) -> None:
        """As the engine has it, but nothing under the user's hand."""
        self._told = told
        if not self._settle.isActive() and not self.threads.isSliderDown() and not self.memory.isSliderDown():
            for name, switch in self.switches.items():
                switch.setChecked(bool(getattr(told.limits, name)))
            ranges = (
                (self.threads, 0, told.threads_most, told.limits.threads),
                (
                    self.memory,
                    -(-told.memory_least_mb // _STEP_MB),
                    told.memory_most_mb // _STEP_MB,
                    round(told.limits.memory_mb / _STEP_MB),
                ),
            )
            for slider, least, most, value in ranges:
                slider.blockSignals(True)
                slider.setRange(least, most)
                slider.setPageStep(1)
                slider.setValue(value)
                slider.blockSignals(False)
        self._say()

    def _say(self) -> None:
        if self._told is None:
            return
        chosen = self.threads.value()
        usual = self.tr("automatic")
        self._threads_told.setText(
            self.tr("{n} of {m}").format(n=chosen, m=self._told.threads_most) if chosen else usual
        )
        means = self.tr("Threads that read pages; automatic is {n} of the {m} here")
        self._threads_means.setText(means.format(n=self._told.threads_usual, m=self._told.threads_most))
        self._memory_told.setText(size_word(self.memory.value() * _STEP_MB * 1_000_000))
        self._memory_means.setText(self._memory_now(self._told))

    def _memory_now(self, told: messages.LimitsTold) -> str:
        now = self.tr("The engine and its renderers together; {now} now").format(
            now=size_word(told.memory_now_mb * 1_000_000)
        )
        if told.memory_now_mb > told.limits.memory_mb:
            now += self.tr(", more than chosen: whatever can be given back is")
        if told.memory_model_mb:
            model = self.tr("; the model takes {size} besides")
            now += model.format(size=size_word(told.memory_model_mb * 1_000_000))
        return now

    @Slot()
    def _moved(self) -> None:
        self._say()
        self._settle.start()

    @Slot()
    def _changed(self) -> None:
        if self._told is None:
            return
        limits = Limits(
            threads=self.threads.value(),
            memory_mb=self.memory.value() * _STEP_MB,
            **{name: switch.isChecked() for name, switch in self.switches.items()},
        )
        self._link.ask(messages.SetLimits, self._answered, limits=limits)

    @Slot(object)
    def _happened(self, event: messages.Event) -> None:
        if not isinstance(event, messages.Progress):
            return
        if event.reason and not event.paused and event.documents_done < event.documents_total:
            title = self.tr("Waiting: {reason}.").format(reason=wait_sentence(event.reason))
            text = self.tr("Goes on by itself when that has passed.")
            self.waits.say(title, text, kind=Kind.WARN, button=self.tr("Read anyway"))
        else:
            self.waits.hide()


def _section(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "strong")
    return label
