"""Reading that waits by itself says why, and can be told to go on."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QScrollArea

from app.models.folders import FoldersModel
from app.views.activity_panel import ActivityPanel
from app.views.activity_parts import FolderLine
from app.views.status_bar import StatusBar
from app.wording import wait_sentence
from indexer.protocol.messages import Progress
from indexer.protocol.values import FailureInfo, FolderInfo, WaitReason


def progress(**changed) -> Progress:
    told = {
        "documents_done": 3,
        "documents_total": 10,
        "pages_done": 40,
        "pages_total": 45,
        "pages_per_s": 2.0,
        "left_s": None,
        "reading": "/a/b.pdf",
        "page": 2,
        "paused": False,
    }
    return Progress(**(told | changed))


@pytest.fixture
def status(qtbot, theme):
    bar = StatusBar(theme)
    qtbot.addWidget(bar)
    bar.resize(1400, 40)
    bar.show()
    return bar


@pytest.mark.parametrize("reason", list(WaitReason))
def test_the_status_line_says_why_reading_waits(status, reason):
    status.show_progress(progress(reason=reason))
    assert "Waiting at 3 of 10" in status.words.text()
    assert status.file.whole == wait_sentence(reason)
    assert "missing" not in wait_sentence(reason)  # which is said of codes that nobody put into words


def test_read_anyway_asks_to_go_on_and_pause_is_back_when_it_does(status, qtbot):
    status.show_progress(progress(reason=WaitReason.BATTERY))
    with qtbot.waitSignal(status.resume_requested):
        qtbot.mouseClick(status.pause, Qt.MouseButton.LeftButton)
    status.show_progress(progress())
    assert "Reading 3 of 10" in status.words.text()
    assert status.pause.text().strip() == "Pause"


def test_a_pause_of_the_users_own_is_called_a_pause(status):
    status.show_progress(progress(paused=True, reason=WaitReason.LOAD))
    assert "Paused at 3 of 10" in status.words.text()
    assert status.pause.text().strip() == "Resume"


def test_activity_fits_its_pane_with_large_text(qtbot, theme, settings):
    settings.set(text_size=150)
    model = FoldersModel()
    names = ("/home/a/Contracts_and_certificates_of_the_harbour_office", "/home/a/Bills")
    model.show(tuple(FolderInfo(at, path, True, True, False, 9, 5, 1, 3, 0, 70) for at, path in enumerate(names, 1)))
    panel = ActivityPanel(theme, model)
    qtbot.addWidget(panel)
    panel.resize(456, 800)
    panel.show()
    panel.show_progress(progress(left_s=900.0))
    panel.show_failures((FailureInfo(1, f"/home/a/{'long' * 30}.pdf", "document-locked", "Locked", "Unlock it."),))
    qtbot.waitUntil(
        lambda: all(part.isVisible() for part in [*panel.findChildren(FolderLine), *panel.findChildren(QPushButton)])
    )
    area = panel.findChild(QScrollArea)
    assert area.widget().minimumSizeHint().width() <= area.viewport().width()
    settings.set(text_size=100)
