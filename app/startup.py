"""The order in which things come up: application, settings, theme, engine, window, then what the command line asks for.

A second launch on the same library hands its paths to the window that is open and leaves before any of that.
"""

import gc
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from app.engine.link import EngineLink, engine_command
from app.resources import app_icon
from app.settings import Settings
from app.single_instance import SingleInstance, hand_over, server_name
from app.theme.style import Theme
from app.views.main_window import MainWindow
from indexer.protocol import messages
from indexer.protocol.paths import folders

_LIMIT_MS = 15 * 60 * 1000
_SETTLE_MS = 2500


def run(data_dir: str | None, paths: list[str], question: str, screenshot: str) -> int:
    """Open the window; gives the exit code."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Pagebeam")
    app.setDesktopFileName("pagebeam")
    app.setWindowIcon(app_icon())
    library = folders(data_dir)
    wanted = [str(Path(path).absolute()) for path in paths]
    name = server_name(library.data)
    if hand_over(name, wanted):
        return 0
    single = SingleInstance(name)
    settings = Settings(library.settings)
    theme = Theme(app, settings)
    link = EngineLink(engine_command(data_dir))
    window = MainWindow(link, theme, settings)
    single.asked.connect(window.come_to_front)
    first = _Once(window, wanted)
    link.ready.connect(first.add)
    demo = Demonstration(window, question, screenshot) if question else None
    window.show()
    keep_still()
    link.start()
    code = app.exec()
    if demo is not None:
        code = demo.code
    single.close()
    link.close()
    return code


def keep_still() -> None:
    """What is there now stays until the end, so Python's collector need not walk it again: that took the window's
    thread tens of milliseconds each time."""
    gc.collect()
    gc.freeze()


class _Once(QObject):
    """The paths of the command line are added once, not again when the engine is restarted."""

    def __init__(self, window: MainWindow, paths: list[str]) -> None:
        super().__init__(window)
        self._window, self._paths = window, paths

    @Slot()
    def add(self) -> None:
        paths, self._paths = self._paths, []
        self._window.add_paths(paths)


class Demonstration(QObject):
    """For machines without a screen: wait until all is read, ask, save a picture of the window, leave."""

    def __init__(self, window: MainWindow, question: str, screenshot: str) -> None:
        super().__init__(window)
        self._window, self._question, self._screenshot = window, question, screenshot
        self._asked = False
        self.code = 1
        window.link.happened.connect(self._watch)
        QTimer.singleShot(_LIMIT_MS, QApplication.quit)

    @Slot(object)
    def _watch(self, event: messages.Event) -> None:
        if not isinstance(event, messages.Progress) or self._asked:
            return
        if event.documents_total and event.documents_done == event.documents_total:
            self._asked = True
            self._window.pane.search.question.setText(self._question)
            self._window.ask()
            QTimer.singleShot(_SETTLE_MS, self._look)

    @Slot()
    def _look(self) -> None:
        reply = self._window.reply
        if reply is None or reply.query != self._question or self._window.viewer.canvas.image is None:
            QTimer.singleShot(500, self._look)
            return
        if self._screenshot:
            self._window.grab().save(self._screenshot)
        self.code = 0
        QApplication.quit()
