"""The settings page "Engine" with a real engine: a model is imported, chosen, used for highlights, and removed."""

import os
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox

from app.views.engine_settings import EngineSettings

PATIENCE_MS = 150_000


@pytest.fixture
def checkpoint(tmp_path):
    named = os.environ.get("PAGEBEAM_GOLDEN")
    golden = Path(named) if named else Path(__file__).resolve().parents[1] / "data" / "jina_v4"
    folder = tmp_path / "elsewhere" / "jina-embeddings-v4"
    shutil.copytree(golden / "checkpoint", folder)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


@pytest.fixture
def page(qtbot, window):
    sheet = window.preferences()
    sheet.show_page("Engine")
    settings = sheet.findChild(EngineSettings)
    qtbot.waitUntil(lambda: "jina-v4" in settings.cards, timeout=PATIENCE_MS)
    return settings


def test_nothing_is_downloaded_before_the_licences_are_agreed_to(qtbot, page):
    card = page.cards["jina-v4"]
    qtbot.mouseClick(card.buttons["download"], Qt.MouseButton.LeftButton)
    dialog = page.dialog
    assert not dialog.agree.isChecked()
    assert not dialog.fetch.isEnabled()
    text = " ".join(label.text() for label in dialog.findChildren(QLabel))
    for told in ("7.9 GB", "Qwen Research License", "CC BY-NC 4.0", "forbid commercial use", "are free", "of memory"):
        assert told in text
    dialog.agree.click()
    assert dialog.fetch.isEnabled()
    dialog.agree.click()
    assert not dialog.fetch.isEnabled()
    qtbot.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    assert page.dialog is None
    assert page.encoders.busy == set()


@pytest.mark.timeout(400)
def test_a_model_is_imported_used_and_removed(qtbot, window, page, documents, checkpoint, ask):
    card = page.cards["jina-v4"]
    assert card.state.text() == "Not here"
    qtbot.mouseClick(card.buttons["import_folder"], Qt.MouseButton.LeftButton)
    page.dialog.fileSelected.emit(str(documents))
    page.dialog.reject()
    qtbot.waitUntil(lambda: page.refusal.isVisible(), timeout=PATIENCE_MS)
    assert "config.json is missing" in page.refusal.text()

    qtbot.mouseClick(card.buttons["import_folder"], Qt.MouseButton.LeftButton)
    page.dialog.fileSelected.emit(str(checkpoint))
    page.dialog.reject()
    qtbot.waitUntil(lambda: card.buttons["use"].isVisible() and card.info.ready, timeout=PATIENCE_MS)
    assert not page.refusal.isVisible()
    assert card.state.text() == "Ready"
    assert "Files of unknown origin" in card.caution.text()
    qtbot.mouseClick(card.buttons["use"], Qt.MouseButton.LeftButton)
    assert isinstance(page.dialog, QMessageBox)  # the full model on a processor: the time is told first
    assert "page would take about" in page.dialog.informativeText()
    assert "Use them only if you trust their source" in page.dialog.informativeText()
    next(b for b in page.dialog.buttons() if b.text() == "Use").click()
    qtbot.waitUntil(lambda: card.state.text() == "In use", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "3 pages" in card.facts.text(), timeout=PATIENCE_MS)
    assert not card.buttons["remove"].isVisible()
    assert page.cards["lite"].buttons["use"].isVisible()

    ask(window, "heat pump")
    assert window.results.rowCount() > 0
    results = window.reply.results
    assert len(results) == 3
    assert any(match.map is not None for result in results for match in result.words)
    window.pane.grid.setCurrentIndex(window.results.index(0))
    qtbot.waitUntil(lambda: window.viewer.canvas.image is not None, timeout=PATIENCE_MS)

    code = window.pane.search.code
    qtbot.waitUntil(code.isVisible, timeout=PATIENCE_MS)
    code.click()
    qtbot.waitUntil(lambda: window.results.rowCount() == 0, timeout=PATIENCE_MS)  # no page here shows source code
    code.click()
    qtbot.waitUntil(lambda: window.results.rowCount() > 0, timeout=PATIENCE_MS)

    qtbot.mouseClick(page.cards["lite"].buttons["use"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.cards["lite"].state.text() == "In use", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: card.buttons["remove"].isVisible(), timeout=PATIENCE_MS)
    qtbot.mouseClick(card.buttons["remove"], Qt.MouseButton.LeftButton)
    assert "This frees" in page.dialog.informativeText()
    next(b for b in page.dialog.buttons() if b.text() == "Remove").click()
    qtbot.waitUntil(lambda: card.state.text() == "Not here", timeout=PATIENCE_MS)
    assert (checkpoint / "config.json").is_file()
