"""A real window with a real engine on a library of its own, and small real documents."""

import pymupdf
import pytest
from PySide6.QtCore import Qt, QtMsgType, qInstallMessageHandler
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


@pytest.fixture
def documents(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    make_pdf(folder / "house.pdf", "The heat pump halved the cost of heating in winter.", "The pump needs no oil.")
    make_pdf(folder / "farm.pdf", "Turnips are sown in July.")
    return folder


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "settings.toml")


@pytest.fixture
def theme(qapp, settings):
    return Theme(QApplication.instance(), settings)


@pytest.fixture
def window(qtbot, theme, settings, tmp_path):
    link = EngineLink(engine_command(str(tmp_path / "library")))
    opened = MainWindow(link, theme, settings)
    qtbot.addWidget(opened)
    opened.show()
    with qtbot.waitSignal(link.ready, timeout=PATIENCE_MS):
        link.start()
    yield opened
    link.close()


@pytest.fixture
def read(qtbot):
    """Add a folder and wait until so many pages of it can be searched."""

    def add(window, documents, pages):
        window.add_paths([str(documents)])
        qtbot.waitUntil(lambda: sum(f.pages for f in window.folder_model.folders()) == pages, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: all(f.waiting == 0 for f in window.folder_model.folders()), timeout=PATIENCE_MS)

    return add


@pytest.fixture
def ask(qtbot):
    """Type a question and wait for its answer."""

    def type_it(window, question):
        window.pane.search.question.clear()
        qtbot.keyClicks(window.pane.search.question, question)
        qtbot.keyClick(window.pane.search.question, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.reply is not None and window.reply.query == question, timeout=PATIENCE_MS)

    return type_it
