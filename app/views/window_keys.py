"""WindowKeys: the shortcuts that work anywhere in the window, and the way around its panes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from app.copying import Copy
from app.views.page_keys import PageKeys
from app.views.search_bar import pasted_files

if TYPE_CHECKING:
    from app.views.main_window import MainWindow


class WindowKeys(QObject):
    """Made with the window, whose parts it uses."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.page = PageKeys(self)
        self.page.watch(window.pane.grid)
        self.page.watch(window.viewer.canvas, page=True)
        for keys, does in (
            ("Ctrl+L", self.to_question),
            ("Ctrl+F", self.to_question),
            ("Ctrl+Return", window.reveal_page),
            ("Ctrl+Enter", window.reveal_page),
            ("Esc", self.escape),
            ("Ctrl+1", lambda: window.pane.set_as_list(False)),
            ("Ctrl+2", lambda: window.pane.set_as_list(True)),
            ("Ctrl+B", window.panes.toggle_sidebar),
            ("Ctrl+I", window.panes.toggle_preview),
            ("Ctrl+O", window.pick_folder),
            ("Ctrl+,", lambda: window.preferences().show_page(window.preferences().tr("Appearance"))),
            ("Ctrl+?", lambda: window.preferences().show_page(window.preferences().tr("Shortcuts"))),
            ("F1", lambda: window.preferences().show_page(window.preferences().tr("Shortcuts"))),
            ("F6", lambda: self.cycle(1)),
            ("Shift+F6", lambda: self.cycle(-1)),
            ("Ctrl+V", self.paste),
            ("Ctrl+Q", window.close),
        ):
            QShortcut(QKeySequence(keys), window, does)
        self.page.isolate.connect(window.pane.tokens.pick)
        self.page.step.connect(window.reader.step)
        self.page.area.connect(window.viewer.canvas.next_area)
        self.page.bare.connect(window.viewer.canvas.set_bare)
        self.page.zoom.connect(self.zoom)
        self.page.width.connect(window.viewer.canvas.toggle_width)
        self.page.full.connect(self.toggle_full)
        self.page.copy_text.connect(lambda: window.copy(Copy.TEXT))
        self.page.copy_picture.connect(lambda: window.copy(Copy.PICTURE))
        self.page.open_page.connect(window.open_page)

    @Slot()
    def to_question(self) -> None:
        """From anywhere."""
        if self._window.panes.full:
            self._window.panes.set_full(False)
        self._window.pane.search.focus()

    @Slot()
    def escape(self) -> None:
        """Close the page in full; else end isolation; else clear the question."""
        window = self._window
        if window.panes.full:
            window.panes.set_full(False)
            window.pane.grid.setFocus()
        elif window.pane.tokens.pinned:
            window.pane.tokens.pick(0)
        elif window.pane.search.text() or window.reply is None or window.reply.query or window.questions.like:
            window.pane.search.question.clear()
            window.ask()
            window.pane.search.question.setFocus()

    @Slot()
    def toggle_full(self) -> None:
        """Space."""
        panes = self._window.panes
        if self._window.reader.result is None and not panes.full:
            return
        panes.set_full(not panes.full)
        (self._window.viewer.canvas if panes.full else self._window.pane.grid).setFocus()

    @Slot(int)
    def zoom(self, way: int) -> None:
        """Larger, smaller, or the whole page."""
        canvas = self._window.viewer.canvas
        canvas.fit() if way == 0 else canvas.zoom_by(1.25 if way > 0 else 0.8)

    @Slot()
    def paste(self) -> None:
        """Files on the clipboard are added."""
        self._window.add_paths(pasted_files())

    def cycle(self, way: int) -> None:
        """The next pane that is on screen gets the focus."""
        window = self._window
        sidebar: QWidget = window.folders.list if window.folders.current() else window.folders.all_pages
        stops: list[QWidget] = [sidebar, window.pane.search.question, window.pane.grid, window.viewer.canvas]
        if window.status.pause.isVisible():
            stops.append(window.status.pause)
        stops = [stop for stop in stops if stop.isVisible()]
        if not stops:
            return
        focus = QApplication.focusWidget()
        panes: list[QWidget | None] = [
            window.folders,
            window.pane.search,
            window.pane.grid,
            window.right,
            window.status,
        ]
        here = next((at for at, pane in enumerate(panes) if pane is not None and focus is not None
                     and (pane is focus or pane.isAncestorOf(focus))), -1)  # fmt: skip
        owners = [
            next(at for at, pane in enumerate(panes) if pane is not None and (pane is stop or pane.isAncestorOf(stop)))
            for stop in stops
        ]
        following = [stop for stop, at in zip(stops, owners, strict=True) if (at > here if way > 0 else at < here)]
        target = (following[0] if way > 0 else following[-1]) if following else (stops[0] if way > 0 else stops[-1])
        target.setFocus(Qt.FocusReason.TabFocusReason)
