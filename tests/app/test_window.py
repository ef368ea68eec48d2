"""The real window with a real engine: add a folder, ask, isolate a word, look at the page, stop and go on."""

import os
import signal
import sys

import pymupdf
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QEnterEvent, QImage, QPainter
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from app.engine.link import EngineLink, engine_command
from app.painting import highlights
from app.theme.style import Theme
from app.views.main_window import MainWindow
from indexer.protocol.values import QueryWord, Region, WordMatch

PATIENCE_MS = 100_000


def make_pdf(path, text):
    document = pymupdf.open()
    document.new_page().insert_text((72, 100), text, fontsize=14)
    document.save(path)
    document.close()


@pytest.fixture
def documents(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    make_pdf(folder / "house.pdf", "The heat pump halved the cost of heating in winter.")
    make_pdf(folder / "farm.pdf", "Turnips are sown in July.")
    return folder


@pytest.fixture
def theme(qapp):
    return Theme(QApplication.instance())


@pytest.fixture
def window(qtbot, theme, tmp_path):
    link = EngineLink(engine_command(str(tmp_path / "library")))
    opened = MainWindow(link, theme)
    qtbot.addWidget(opened)
    opened.show()
    with qtbot.waitSignal(link.ready, timeout=PATIENCE_MS):
        link.start()
    yield opened
    link.close()


def read(qtbot, window, documents, pages):
    window.add_paths([str(documents)])
    qtbot.waitUntil(lambda: window.folders.list.item(0) is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.folders.list.item(0).text().endswith(f" {pages}"), timeout=PATIENCE_MS)


def ask(qtbot, window, question):
    window.question.clear()
    qtbot.keyClicks(window.question, question)
    qtbot.keyClick(window.question, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.reply is not None and window.reply.query == question, timeout=PATIENCE_MS)


def test_a_question_typed_shows_its_page_with_its_words(qtbot, window, documents):
    QAbstractItemModelTester(window.results, QAbstractItemModelTester.FailureReportingMode.Fatal, window)
    read(qtbot, window, documents, 2)
    ask(qtbot, window, "heat pump cost")
    assert window.results.data(window.results.index(0)) == "house.pdf"
    assert [chip.text() for chip in window.tokens.chips] == ["1  heat", "2  pump", "3  cost"]
    qtbot.waitUntil(lambda: window.viewer.canvas.image is not None, timeout=PATIENCE_MS)
    assert window.viewer.canvas.result.path.endswith("house.pdf")
    chip = window.tokens.chips[1]
    middle = QPointF(4, 4)
    QApplication.sendEvent(chip, QEnterEvent(middle, middle, middle))
    assert window.delegate.only == {1}
    QApplication.sendEvent(chip, QEvent(QEvent.Type.Leave))
    assert window.delegate.only is None
    chip.click()
    assert window.viewer.canvas.only == {1}


def test_a_file_dropped_is_read(qtbot, window, documents):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(documents / "farm.pdf"))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, keys))
    qtbot.waitUntil(lambda: window.results.rowCount() == 1, timeout=PATIENCE_MS)
    assert window.results.data(window.results.index(0)) == "farm.pdf"


def test_an_engine_that_dies_is_started_again_and_says_so(qtbot, window, documents):
    read(qtbot, window, documents, 2)
    with qtbot.waitSignal(window.link.ready, timeout=PATIENCE_MS):
        os.kill(window.link.pid, signal.SIGKILL)
        qtbot.waitUntil(window.banner.isVisible, timeout=PATIENCE_MS)
        assert "starts again" in window.banner.text()
    ask(qtbot, window, "turnips")
    assert window.results.data(window.results.index(0)) == "farm.pdf"


def test_an_engine_that_gave_up_is_tried_again_with_the_button(qtbot, theme, tmp_path):
    gate = tmp_path / "gate"
    program = (
        "import os, sys\n"
        f"if not os.path.exists({str(gate)!r}): sys.exit('the disk is gone')\n"
        f"os.execv({sys.executable!r}, {[*engine_command(str(tmp_path / 'library'))]!r})"
    )
    link = EngineLink([sys.executable, "-c", program])
    window = MainWindow(link, theme)
    qtbot.addWidget(window)
    window.show()
    link.start()
    qtbot.waitUntil(lambda: "does not start" in window.banner.text(), timeout=PATIENCE_MS)
    assert "the disk is gone" in window.banner.text()
    gate.touch()
    with qtbot.waitSignal(link.ready, timeout=PATIENCE_MS):
        qtbot.mouseClick(window.banner.button, Qt.MouseButton.LeftButton)
    assert not window.banner.isVisible()
    link.close()


def test_a_new_question_ends_isolation_and_escape_shows_what_was_read_last(qtbot, window, documents):
    read(qtbot, window, documents, 2)
    ask(qtbot, window, "heat pump cost")
    window.tokens.chips[2].click()
    assert window.viewer.canvas.only == {2}
    ask(qtbot, window, "turnips")
    assert window.viewer.canvas.only is None
    assert window.delegate.only is None
    qtbot.keyClick(window.question, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.reply.query == "", timeout=PATIENCE_MS)
    assert window.tokens.chips == []


def test_an_engine_that_dies_at_its_start_is_tried_three_more_times(qtbot):
    link = EngineLink([sys.executable, "-c", "import sys; sys.exit('the disk is gone')"])
    said = []
    link.stopped.connect(lambda sentence, pause: said.append((sentence, pause)))
    link.start()
    qtbot.waitUntil(lambda: bool(said) and said[-1][1] == -1, timeout=PATIENCE_MS)
    assert said == [("", 1), ("", 2), ("", 4), ("the disk is gone", -1)]
    link.close()


def painted(match, *, only=None):
    """A page 100 wide and 200 high, with one mark."""
    image = QImage(100, 200, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    words = (QueryWord("a", 0, 1, True), QueryWord("b", 2, 3, True))
    highlights.paint(painter, image.rect().toRectF(), [match], words, dark=False, only=only)
    painter.end()
    return image


def test_a_mark_lies_where_its_word_stands_on_both_axes(qapp):
    image = painted(WordMatch(0, 1, 1, exact=(Region(0.5, 0.25, 0.8, 0.35, 1),)))
    assert image.pixelColor(65, 60) != Qt.GlobalColor.white
    for x, y in ((45, 60), (85, 60), (65, 45), (65, 75), (60, 130)):
        assert image.pixelColor(x, y) == Qt.GlobalColor.white


def test_a_weak_place_and_an_isolated_out_word_leave_no_mark(qapp):
    weak = painted(WordMatch(0, 0.4, 1, regions=(Region(0.1, 0.1, 0.9, 0.9, 0.49),)))
    other = painted(WordMatch(0, 1, 1, exact=(Region(0.1, 0.1, 0.9, 0.9, 1),)), only={1})
    for image in (weak, other):
        assert image.pixelColor(50, 100) == Qt.GlobalColor.white


def test_print_under_a_mark_stays_dark(qapp):
    image = QImage(50, 50, QImage.Format.Format_RGB32)
    image.fill(0xFF1B1B1B)
    painter = QPainter(image)
    match = WordMatch(0, 1, 1, exact=(Region(0, 0, 1, 1, 1),))
    highlights.paint(painter, image.rect().toRectF(), [match], (QueryWord("a", 0, 1, True),), dark=False)
    painter.end()
    assert image.pixelColor(25, 25).lightness() <= 0x1B
