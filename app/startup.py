"""The order in which things come up: application, theme, engine, window, then what the command line asks for."""

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from app.engine.link import EngineLink, engine_command
from app.theme.style import Theme
from app.views.main_window import MainWindow
from indexer.protocol import messages

_LIMIT_MS = 15 * 60 * 1000
_SETTLE_MS = 2500


def run(data_dir: str | None, paths: list[str], question: str, screenshot: str) -> int:
    """Open the window; gives the exit code."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Pagebeam")
    theme = Theme(app)
    link = EngineLink(engine_command(data_dir))
    window = MainWindow(link, theme)
    wanted = [str(Path(path).absolute()) for path in paths]
    link.ready.connect(lambda _: window.add_paths(wanted))
    demo = Demonstration(window, question, screenshot) if question else None
    window.show()
    link.start()
    code = app.exec()
    if demo is not None:
        code = demo.code
    link.close()
    return code


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
            self._window.question.setText(self._question)
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
