"""A real window with a real engine on a library of its own, and small real documents."""

import time

import pymupdf
import pytest
from PySide6.QtCore import QEvent, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.engine.link import EngineLink, engine_command
from app.settings import Settings
from app.theme.style import Theme
from app.views.main_window import MainWindow

PATIENCE_MS = 100_000

EXPECTED = (
    "This plugin does not support",  # the offscreen platform raises no windows and moves no pointers
    "propagateSizeHints",
    "Populating font family aliases",
    "Cannot open file",  # no icon theme on a bare machine
)


@pytest.fixture(autouse=True)
def no_warnings_of_qt():
    """An unexpected warning from Qt fails the test."""
    said = []

    def take(kind, _context, text):
        if kind is not QtMsgType.QtDebugMsg and kind is not QtMsgType.QtInfoMsg:
            said.append(text)

    before = qInstallMessageHandler(take)
    yield
    qInstallMessageHandler(before)
    assert [text for text in said if not any(known in text for known in EXPECTED)] == []


def make_pdf(path, *pages):
    document = pymupdf.open()
    for text in pages:
        document.new_page().insert_text((72, 100), text, fontsize=14)
    document.save(path)
    document.close()


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    folder = tmp_path_factory.mktemp("papers") / "documents"
    folder.mkdir()
    make_pdf(folder / "house.pdf", "The heat pump halved the cost of heating in winter.", "The pump needs no oil.")
    make_pdf(folder / "farm.pdf", "Turnips are sown in July.")
    return folder


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(tmp_path_factory.mktemp("config") / "settings.toml")


@pytest.fixture(scope="module")
def theme(qapp, settings):
    return Theme(QApplication.instance(), settings)


def until(condition):
    """Wait for a condition, with a limit; for fixtures, which outlive one test and its qtbot."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        QApplication.processEvents()
        QTest.qWait(20)


@pytest.fixture(scope="module")
def window(theme, settings, documents, tmp_path_factory):
    """One window and one engine for the tests of a module, with three pages read: starting an engine takes seconds."""
    link = EngineLink(engine_command(str(tmp_path_factory.mktemp("data") / "library")))
    opened = MainWindow(link, theme, settings)
    opened.show()
    link.start()
    until(lambda: opened.middle.currentWidget() is opened.first_run)
    opened.first_run.start_requested.emit([str(documents)])
    until(lambda: settled(opened, 3))
    yield opened
    opened.close()
    link.close()
    opened.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def settled(window, pages):
    """Whether so many pages can be searched and none waits."""
    folders = window.folder_model.folders()
    return sum(f.pages for f in folders) == pages and all(f.waiting == 0 for f in folders)


@pytest.fixture
def ask(qtbot):
    """Type a question and wait for its answer."""

    def type_it(window, question):
        window.pane.search.question.clear()
        qtbot.keyClicks(window.pane.search.question, question)
        qtbot.keyClick(window.pane.search.question, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.reply is not None and window.reply.query == question, timeout=PATIENCE_MS)

    return type_it
