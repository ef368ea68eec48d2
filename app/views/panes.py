"""Panes: sidebar, results, preview, and what becomes of them in narrow windows."""

from PySide6.QtCore import QByteArray, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from app.theme.style import Theme
from app.views.folders_panel import FoldersPanel

SIDEBAR, RAIL = 232, 56
_THREE_PANES, _RAIL_UNDER, _NO_PREVIEW_UNDER = 1280, 1080, 900


def preview_width(width: int) -> int:
    """How wide the preview is in a window this wide, until the user drags its edge."""
    return 456 if width >= _THREE_PANES else 400 if width >= _RAIL_UNDER else 376


class Panes(QWidget):
    """From 1280 three panes; under 1080 the sidebar becomes a rail and opens over the results; under 900 the preview
    opens over the results. Signal layout_changed()."""

    layout_changed = Signal()

    def __init__(self, theme: Theme, sidebar: FoldersPanel, middle: QWidget, right: QStackedWidget) -> None:
        super().__init__()
        self.sidebar, self._middle, self.right = sidebar, middle, right
        self.sidebar_wanted = self.preview_wanted = True
        self.full = self.empty = False
        self._opened = False
        sidebar.setFixedWidth(SIDEBAR)
        self.rail = _Rail(theme)
        self.rail.folders.clicked.connect(self._toggle_over)
        self.rail.pages.clicked.connect(sidebar.choose_all)
        for button in (self.rail.pages, self.rail.folders):  # a click alone chooses nothing
            button.clicked.connect(lambda: self.rail.show_chosen(sidebar.current()))
        self.rail.activity.clicked.connect(sidebar.activity_requested)
        self.rail.settings.clicked.connect(sidebar.settings_requested)
        sidebar.chosen.connect(self._close_over)
        sidebar.chosen.connect(self.rail.show_chosen)
        self._edge = QFrame()
        self._edge.setObjectName("rule")
        self._edge.setStyleSheet("max-width: 1px; min-width: 1px; max-height: 16777215px;")
        self.splitter = QSplitter()
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(middle)
        self.splitter.addWidget(right)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([752, preview_width(1440)])
        self._preview_for = 0
        middle.setMinimumWidth(320)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        for part in (self.rail, sidebar, self._edge):
            self._row.addWidget(part)
        self._row.addWidget(self.splitter, 1)

    @property
    def has_preview(self) -> bool:
        """Whether there is room for results and preview side by side."""
        return self.width() >= _NO_PREVIEW_UNDER

    @property
    def preview_shown(self) -> bool:
        """Whether the page is on screen."""
        return self.full or (self.preview_wanted and self.has_preview and not self.empty)

    def set_full(self, on: bool) -> None:
        """The page alone, or beside the results again."""
        self.full = on
        self.fit()

    def set_empty(self, on: bool) -> None:
        """An empty library shows one pane only."""
        if on != self.empty:
            self.empty = on
            self.fit()

    @Slot()
    def toggle_sidebar(self) -> None:
        """Ctrl+B."""
        if self.width() < _RAIL_UNDER:
            self._toggle_over()
        else:
            self.sidebar_wanted = not self.sidebar_wanted
            self.fit()

    @Slot()
    def toggle_preview(self) -> None:
        """Ctrl+I."""
        if self.full:
            self.set_full(False)
        else:
            self.preview_wanted = not self.preview_wanted
            self.fit()

    def fit(self) -> None:
        """Show what there is room for."""
        width = self.width()
        rail = width < _RAIL_UNDER and not self.empty and not self.full
        self.rail.setVisible(rail)
        wide = not rail and self.sidebar_wanted and not self.full and not self.empty
        over = rail and self._opened
        if over:
            self._row.removeWidget(self.sidebar)
            self.sidebar.setGeometry(RAIL, 0, SIDEBAR, self.height())
            self.sidebar.raise_()
        elif self._row.indexOf(self.sidebar) < 0:
            self._row.insertWidget(1, self.sidebar)
        if self.sidebar.property("over") != over:
            self.sidebar.setProperty("over", over)
            self.sidebar.style().unpolish(self.sidebar)
            self.sidebar.style().polish(self.sidebar)
        self.sidebar.setVisible(wide or over)
        self._edge.setVisible(wide or rail)
        self._middle.setVisible(not self.full)
        self.right.setVisible(self.preview_shown)
        self.right.setMinimumWidth(0 if self.full else 376 if rail else 360)
        self.right.setMaximumWidth(16_777_215 if self.full else max(360, width // 2))
        self.layout_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrower window has fewer panes and a narrower preview; between two steps it stays as it was dragged."""
        super().resizeEvent(event)
        self.fit()
        preview = preview_width(self.width())
        if preview != self._preview_for and not self.full:
            self._preview_for = preview
            room = self.width() - (RAIL if self.rail.isVisibleTo(self) else SIDEBAR)
            self.splitter.setSizes([max(320, room - preview), preview])

    def restore(self, state: QByteArray, width: int) -> None:
        """The widths of the last time, for a window as wide as it was then."""
        if self.splitter.restoreState(state):
            self._preview_for = preview_width(width)

    @Slot()
    def _toggle_over(self) -> None:
        self._opened = not self._opened
        self.fit()

    @Slot()
    def _close_over(self) -> None:
        if self._opened:
            self._opened = False
            self.fit()


class _Rail(QWidget):
    """The sidebar's icons."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(RAIL)
        self._theme = theme
        self.pages, self.folders, self.activity, self.settings = (QToolButton() for _ in range(4))
        self._icons = (
            (self.pages, "layers", self.tr("All pages")),
            (self.folders, "folder", self.tr("Folders")),
            (self.activity, "activity", self.tr("Activity")),
            (self.settings, "sliders-horizontal", self.tr("Settings")),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 14, 8, 10)
        column.setSpacing(6)
        for position, (button, _, name) in enumerate(self._icons):
            if position == 2:
                column.addStretch()
            button.setToolTip(name)
            button.setAccessibleName(name)
            button.setFixedSize(40, 36)
            button.setProperty("role", "rail")
            button.setCheckable(position < 2)
            column.addWidget(button)
        self.show_chosen(0)
        theme.changed.connect(self._dress)
        self._dress()

    @Slot(int)
    def show_chosen(self, folder_id: int) -> None:
        """Whether all pages are searched, or those of a folder."""
        self.pages.setChecked(folder_id == 0)
        self.folders.setChecked(folder_id != 0)

    @Slot()
    def _dress(self) -> None:
        for button, icon, _ in self._icons:
            button.setIcon(self._theme.icon(icon, "text"))
