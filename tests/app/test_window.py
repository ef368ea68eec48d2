"""The real window with a real engine: add a folder, ask, isolate a word, look at the page, stop and go on."""

import os
import signal
import sys

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QEnterEvent, QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from app.copying import Copy
from app.engine.link import EngineLink, engine_command
from app.views.main_window import MainWindow

PATIENCE_MS = 100_000
FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


def first_name(window):
    return window.results.data(window.results.index(0))


def test_a_question_typed_shows_its_page_with_its_words(qtbot, window, documents, read, ask):
    testers = [QAbstractItemModelTester(model, FATAL, window) for model in (window.results, window.folder_model)]
    assert window.middle.currentWidget() is window.first_run or not window.folder_model.folders()
    read(window, documents, 3)
    assert window.middle.currentWidget() is window.pane
    ask(window, "heat pump cost")
    assert first_name(window) == "house.pdf"
    assert [chip.text() for chip in window.pane.tokens.chips] == ["heat", "pump", "cost"]
    assert window.pane.headline.text() in ("1 page", "2 pages")
    qtbot.waitUntil(lambda: window.viewer.canvas.image is not None, timeout=PATIENCE_MS)
    assert window.viewer.canvas.result.path.endswith("house.pdf")
    assert window.viewer.open.text().strip() == "Open at page 1"
    assert len(testers) == 2

    chip = window.pane.tokens.chips[1]
    middle = QPointF(4, 4)
    QApplication.sendEvent(chip, QEnterEvent(middle, middle, middle))
    assert window.parts.only == {1}
    QApplication.sendEvent(chip, QEvent(QEvent.Type.Leave))
    assert window.parts.only is None
    chip.click()
    assert window.parts.only == {1}
    qtbot.keyClick(window.viewer.canvas, Qt.Key.Key_3)
    assert window.parts.only == {2}
    qtbot.keyClick(window.viewer.canvas, Qt.Key.Key_0)
    assert window.parts.only is None

    qtbot.waitUntil(lambda: "matching page" in window.viewer.strip.count.text(), timeout=PATIENCE_MS)
    window.reader.go_to(2)
    assert window.viewer.canvas.result.key.page == 2
    qtbot.waitUntil(lambda: window.viewer.canvas.image is not None, timeout=PATIENCE_MS)
    with qtbot.waitSignal(window.copier.copied, timeout=PATIENCE_MS):
        window.copy(Copy.TEXT)
    assert "needs no oil" in QGuiApplication.clipboard().text()
    with qtbot.waitSignal(window.copier.copied, timeout=PATIENCE_MS):
        window.copy(Copy.PICTURE_WITH_MARKS)
    assert QGuiApplication.clipboard().image().width() == window.viewer.canvas.image.width()

    ask(window, "turnips")
    assert window.parts.only is None
    assert first_name(window) == "farm.pdf"
    qtbot.keyClick(window.pane.search.question, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.reply.query == "", timeout=PATIENCE_MS)
    assert window.pane.tokens.chips == []


def drop_event(paths, kind=QDropEvent):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    return data, kind(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, keys)


def test_a_file_dropped_is_read_and_a_drag_that_leaves_changes_nothing(qtbot, window, documents):
    data, enter = drop_event([documents], QDragEnterEvent)
    QApplication.sendEvent(window, enter)
    assert window.overlay.isVisible()
    assert window.overlay.title.text() == "Drop 1 folder"
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.overlay.isVisible()
    more, enter = drop_event([documents / "farm.pdf"], QDragEnterEvent)
    QApplication.sendEvent(window, enter)
    data, drop = drop_event([documents / "farm.pdf"])
    QApplication.sendEvent(window, drop)
    assert not window.overlay.isVisible()
    qtbot.waitUntil(lambda: window.results.rowCount() == 1, timeout=PATIENCE_MS)
    assert first_name(window) == "farm.pdf"
    assert data.hasUrls()
    assert more.hasUrls()


def test_an_engine_that_dies_is_started_again_and_says_so(qtbot, window, documents, read, ask):
    read(window, documents, 3)
    with qtbot.waitSignal(window.link.ready, timeout=PATIENCE_MS):
        os.kill(window.link.pid, signal.SIGKILL)
        qtbot.waitUntil(window.pane.banner.isVisible, timeout=PATIENCE_MS)
        assert "The engine stopped" in window.pane.banner.text()
    assert not window.pane.banner.isVisible()
    ask(window, "turnips")
    assert first_name(window) == "farm.pdf"


def test_an_engine_that_gave_up_is_tried_again_with_the_button(qtbot, theme, settings, tmp_path):
    gate = tmp_path / "gate"
    program = (
        "import os, sys\n"
        f"if not os.path.exists({str(gate)!r}): sys.exit('the disk is gone')\n"
        f"os.execv({sys.executable!r}, {[*engine_command(str(tmp_path / 'library'))]!r})"
    )
    link = EngineLink([sys.executable, "-c", program])
    window = MainWindow(link, theme, settings)
    qtbot.addWidget(window)
    window.show()
    link.start()
    qtbot.waitUntil(lambda: "does not start" in window.pane.banner.text(), timeout=PATIENCE_MS)
    assert "the disk is gone" in window.pane.banner.text()
    gate.touch()
    with qtbot.waitSignal(link.ready, timeout=PATIENCE_MS):
        qtbot.mouseClick(window.pane.banner.button, Qt.MouseButton.LeftButton)
    assert not window.pane.banner.isVisible()
    link.close()


def test_an_engine_that_dies_at_its_start_is_tried_three_more_times(qtbot):
    link = EngineLink([sys.executable, "-c", "import sys; sys.exit('the disk is gone')"])
    said = []
    link.stopped.connect(lambda sentence, pause: said.append((sentence, pause)))
    link.start()
    qtbot.waitUntil(lambda: bool(said) and said[-1][1] == -1, timeout=PATIENCE_MS)
    assert said == [("", 1), ("", 2), ("", 4), ("the disk is gone", -1)]
    link.close()
