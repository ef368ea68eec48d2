"""PageViewer: the page large at the right; its name, what can be done with it, its highlights, its document's pages."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSlider,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.copying import Copy
from app.names import path_parts
from app.painting.marks import Shown
from app.views.nothing_selected import NothingSelected
from app.views.page_canvas import PageCanvas
from app.views.page_parts import PageParts
from app.views.page_strip import PageStrip
from app.views.small_controls import ElidedLabel, Segments
from app.views.spoken_page import spoken
from indexer.protocol.values import PageResult, QueryWord

_NARROW, _LOW, _SLIDER = 400, 620, 72


class PageViewer(QWidget):
    """Signals: open_requested(); reveal_requested(); alike_requested(); copy_requested(Copy); close_requested();
    shown_changed(Shown); strength_changed(0..100)."""

    open_requested = Signal()
    reveal_requested = Signal()
    alike_requested = Signal()
    copy_requested = Signal(object)
    close_requested = Signal()
    shown_changed = Signal(object)
    strength_changed = Signal(int)

    def __init__(self, parts: PageParts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preview")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._parts = parts
        self.canvas = PageCanvas(parts)
        self.canvas.opened.connect(self.open_requested)
        self.strip = PageStrip(parts)
        self._name, self._place = ElidedLabel(), ElidedLabel()
        self._name.setProperty("role", "title")
        self._place.setProperty("role", "meta")
        self.open = QPushButton(self.tr("Open"))
        self.open.setProperty("role", "primary")
        self.open.setToolTip(self.tr("Open the document at this page (Enter)"))
        self.open.clicked.connect(self.open_requested)
        self.reveal = QPushButton(self.tr("Reveal"))
        self.reveal.setToolTip(self.tr("Show the document in its folder (Ctrl+Enter)"))
        self.reveal.clicked.connect(self.reveal_requested)
        self.copy = QPushButton(self.tr("Copy"))
        self.copy.setMenu(self._copy_menu())
        self.alike = QPushButton(self.tr("More like this"))
        self.alike.setToolTip(self.tr("Find pages like this one"))
        self.alike.clicked.connect(self.alike_requested)
        self.more, self.close_button = QToolButton(), QToolButton()
        self.more.setAccessibleName(self.tr("More"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(self._more_menu())
        self.close_button.setToolTip(self.tr("Hide the preview (Ctrl+I)"))
        self.close_button.setAccessibleName(self.tr("Hide the preview"))
        self.close_button.clicked.connect(self.close_requested)
        self.amount = QSlider(Qt.Orientation.Horizontal)
        self.amount.setRange(0, 100)
        self.amount.setValue(parts.settings.values.highlight_strength)
        self.amount.setAccessibleName(self.tr("Strength of the highlights"))
        self.amount.valueChanged.connect(self.strength_changed)
        self.shown = Segments(
            parts.theme,
            (
                ("shapes", self.tr("Areas"), self.tr("Places that match, by meaning and by letter")),
                ("type", self.tr("Words"), self.tr("Exact words only")),
                ("grid-3x3", self.tr("Cells"), self.tr("What the search compared, without smoothing")),
            ),
        )
        self.shown.chosen.connect(lambda at: self.shown_changed.emit(list(Shown)[at]))
        self._lay_out()
        parts.theme.changed.connect(self._dress)
        self._dress()
        self.clear()

    def _lay_out(self) -> None:
        head = QVBoxLayout()
        head.setContentsMargins(16, 14, 12, 10)
        head.setSpacing(4)
        title = QHBoxLayout()
        title.addWidget(self._name, 1)
        title.addWidget(self.more)
        title.addWidget(self.close_button)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 6, 4, 0)
        buttons.setSpacing(8)
        for button in (self.open, self.reveal, self.copy, self.alike):
            buttons.addWidget(button)
        buttons.addStretch()
        head.addLayout(title)
        head.addWidget(self._place)
        head.addLayout(buttons)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 8, 16, 8)
        foot.setSpacing(12)
        self._label = QLabel(self.tr("Highlights"))
        self._label.setProperty("role", "strong")
        foot.addWidget(self._label)
        foot.addWidget(self.amount)
        foot.addStretch()
        foot.addWidget(self.shown)
        self._page = QWidget()
        column = QVBoxLayout(self._page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.canvas, 1)
        column.addLayout(foot)
        rule = QFrame()
        rule.setObjectName("rule")
        column.addWidget(rule)
        column.addWidget(self.strip)
        self.nothing = NothingSelected(self._parts.theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.nothing)
        self._stack.addWidget(self._page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def _copy_menu(self) -> QMenu:
        menu = QMenu(self)
        for what, text, keys in (
            (Copy.TEXT, self.tr("Text of this page"), "Ctrl+C"),
            (Copy.PICTURE, self.tr("Page as picture"), "Ctrl+Shift+C"),
            (Copy.PICTURE_WITH_MARKS, self.tr("Page with highlights"), ""),
            (None, "", ""),
            (Copy.FILE, self.tr("File"), ""),
            (Copy.TITLE, self.tr("Title and page number"), ""),
        ):
            if what is None:
                menu.addSeparator()
                continue
            action = QAction(text, menu)
            if keys:  # shown only: what the keys do depends on where the focus is (page_keys.py)
                action.setText(f"{text}\t{QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)}")
            action.triggered.connect(lambda _=False, chosen=what: self.copy_requested.emit(chosen))
            menu.addAction(action)
        return menu

    def _more_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction(self.tr("Show in its folder"), self.reveal_requested.emit)
        menu.addAction(self.tr("More like this"), self.alike_requested.emit)
        menu.addAction(self.tr("Copy the path"), lambda: self.copy_requested.emit(Copy.PATH))
        menu.addSeparator()
        menu.addAction(self.tr("See the whole page"), self.canvas.fit)
        menu.addAction(self.tr("As wide as the pane"), self.canvas.toggle_width)
        return menu

    def show_page(
        self, result: PageResult, words: tuple[QueryWord, ...], matching: tuple[PageResult, ...] = ()
    ) -> None:
        """Show this page; `matching` are its document's pages that answer the question."""
        self._stack.setCurrentWidget(self._page)
        self.canvas.show_page(result, words)
        parts = path_parts(result.path)
        self._name.say(parts[-1])
        self._name.setToolTip(result.path)
        place = self.tr("Page {n} of {m}   {folder}")
        folder = " › ".join(part for part in parts[-3:-1] if part)
        self._place.say(place.format(n=result.key.page, m=result.page_count, folder=folder))
        self._place.setToolTip(result.path)
        self.open.setText(" " + self.tr("Open at page {n}").format(n=result.key.page))
        self._fit()
        self.canvas.setAccessibleName(self.tr("{name}, page {n}").format(name=parts[-1], n=result.key.page))
        self.canvas.setAccessibleDescription(spoken(result, words))
        self.strip.show_document(result, matching, words)

    def clear(self) -> None:
        """Nothing is selected."""
        self.canvas.show_page(None, ())
        self._stack.setCurrentWidget(self.nothing)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow pane Reveal is in the menu only, and the strip keeps its cells."""
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        """What does not fit beside Open is in the menu only; so it is with large text."""
        narrow = self.width() < _NARROW
        self.strip.set_small(narrow or self.height() < _LOW)
        room = self.width() - 36 - self.open.sizeHint().width() - self.copy.sizeHint().width() - 8
        room -= self.reveal.sizeHint().width() + 8
        self.reveal.setVisible(room >= 0 and not narrow)
        self.alike.setVisible(room >= self.alike.sizeHint().width() + 8 and not narrow)
        self.shown.set_texts(True)
        beside = 16 + self._label.sizeHint().width() + 12 + _SLIDER + 12 + 16
        self.shown.set_texts(self.shown.sizeHint().width() + beside <= self.width())

    @Slot()
    def _dress(self) -> None:
        theme = self._parts.theme
        self.open.setIcon(theme.icon("external-link", "content" if not theme.dark else "text"))
        self.open.setIconSize(QSize(16, 16))
        self.copy.setIcon(theme.icon("chevron-down", "text2"))
        self.copy.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.more.setIcon(theme.icon("ellipsis", "text2"))
        self.close_button.setIcon(theme.icon("x", "text2"))
        self.amount.setFixedWidth(_SLIDER)
        self._fit()
