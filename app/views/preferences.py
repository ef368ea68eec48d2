"""Preferences: one sheet; pages at the left, changes apply at once. Others add their page with add_page()."""

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QRadioButton,
    QScrollArea,
    QSlider,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.settings import Settings, ThemeChoice
from app.theme.style import Theme
from app.views.page_keys import key_table
from app.views.small_controls import Segments

_TEXT_SIZES = (90, 100, 120, 150, 200)


class Preferences(QDialog):
    """Not modal: what it changes is seen in the window behind it."""

    def __init__(self, theme: Theme, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self.resize(880, 660)
        self._theme = theme
        self._icons: list[str] = []
        self.pages = QListWidget()
        self.pages.setObjectName("pages")
        self.pages.setAccessibleName(self.tr("Settings pages"))
        self.pages.setIconSize(QSize(16, 16))
        self._stack = QStackedWidget()
        self.pages.currentRowChanged.connect(self._stack.setCurrentIndex)
        side = QWidget()
        side.setObjectName("side")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        side.setFixedWidth(200)
        column = QVBoxLayout(side)
        column.setContentsMargins(8, 16, 8, 8)
        title = QLabel(self.tr("Settings"))
        title.setProperty("role", "title")
        title.setContentsMargins(8, 0, 0, 8)
        column.addWidget(title)
        column.addWidget(self.pages)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(side)
        row.addWidget(self._stack, 1)
        self.add_page("sun", self.tr("Appearance"), Appearance(theme, settings))
        self.add_page("keyboard", self.tr("Shortcuts"), Shortcuts())
        self.pages.setCurrentRow(0)
        theme.changed.connect(self._dress)

    def add_page(self, icon: str, title: str, page: QWidget, *, first: bool = False) -> None:
        """One more page; with `first` before the others."""
        at = 0 if first else self.pages.count()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(page)
        self._stack.insertWidget(at, scroll)
        self._icons.insert(at, icon)
        self.pages.insertItem(at, QListWidgetItem(self._theme.icon(icon, "text2"), title))

    def show_page(self, title: str) -> None:
        """Open at the page of this title."""
        found = self.pages.findItems(title, Qt.MatchFlag.MatchExactly)
        if found:
            self.pages.setCurrentItem(found[0])
        self.show()
        self.raise_()
        self.activateWindow()

    @Slot()
    def _dress(self) -> None:
        for row, icon in enumerate(self._icons):
            self.pages.item(row).setIcon(self._theme.icon(icon, "text2"))


class Appearance(QWidget):
    """Theme, highlights, size of text."""

    def __init__(self, theme: Theme, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        title = QLabel(self.tr("Appearance"))
        title.setProperty("role", "heading")
        self.themes = QButtonGroup(self)
        choices = QVBoxLayout()
        names = {
            ThemeChoice.SYSTEM: self.tr("Match system"),
            ThemeChoice.LIGHT: self.tr("Light"),
            ThemeChoice.DARK: self.tr("Dark"),
        }
        for number, (choice, name) in enumerate(names.items()):
            button = QRadioButton(name)
            button.setChecked(settings.values.theme == choice)
            self.themes.addButton(button, number)
            choices.addWidget(button)
        self.themes.idClicked.connect(lambda number: settings.set(theme=list(names)[number]))
        self.text_size = Segments(theme, tuple(("", f"{size} %", "") for size in _TEXT_SIZES))
        nearest = min(range(len(_TEXT_SIZES)), key=lambda at: abs(_TEXT_SIZES[at] - settings.values.text_size))
        self.text_size.pick(nearest)
        self.text_size.chosen.connect(lambda at: settings.set(text_size=_TEXT_SIZES[at]))
        self.strength = QSlider(Qt.Orientation.Horizontal)
        self.strength.setRange(0, 100)
        self.strength.setValue(settings.values.highlight_strength)
        self.strength.setAccessibleName(self.tr("Strength of the highlights"))
        self.strength.valueChanged.connect(lambda value: settings.set(highlight_strength=value))
        self.tabs = QCheckBox(self.tr("Numbers on areas, to tell words apart without colour"))
        self.tabs.setChecked(settings.values.number_tabs)
        self.tabs.toggled.connect(lambda on: settings.set(number_tabs=on))
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(18)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        form.addRow(self.tr("Theme"), choices)
        form.addRow(self.tr("Text size"), self.text_size)
        form.addRow(self.tr("Highlight strength"), self.strength)
        form.addRow(self.tr("Highlights"), self.tabs)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(20)
        column.addWidget(title)
        column.addLayout(form)
        column.addStretch()


class Shortcuts(QWidget):
    """The list of keys."""

    def __init__(self) -> None:
        super().__init__()
        title = QLabel(self.tr("Shortcuts"))
        title.setProperty("role", "heading")
        table = QGridLayout()
        table.setHorizontalSpacing(20)
        table.setVerticalSpacing(7)
        for row, (keys, does) in enumerate(key_table()):
            cap = QLabel(keys)
            cap.setProperty("role", "key")
            table.addWidget(cap, row, 0, Qt.AlignmentFlag.AlignLeft)
            table.addWidget(QLabel(does), row, 1)
        table.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(16)
        column.addWidget(title)
        column.addLayout(table)
        column.addStretch()
