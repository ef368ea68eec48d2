"""Preferences: one sheet; pages at the left, changes apply at once. Others add their page with add_page()."""

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.settings import Settings
from app.theme.style import Theme
from app.views.appearance_settings import AppearanceSettings
from app.views.page_keys import key_table


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
        self.add_page("sun", self.tr("Appearance"), AppearanceSettings(theme, settings))
        self.add_page("keyboard", self.tr("Shortcuts"), Shortcuts())
        self.pages.setCurrentRow(0)
        theme.changed.connect(self._dress)

    def add_page(self, icon: str, title: str, page: QWidget, *, first: bool = False) -> None:
        """One more page; with `first` before the others."""
        at = 0 if first else self.pages.count()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(page)
        scroll.setAccessibleName(title)
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
