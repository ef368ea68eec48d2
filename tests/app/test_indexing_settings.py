"""The settings page "Indexing" with a real engine: what is chosen is in force at once and kept by the engine."""

import pytest
from PySide6.QtCore import Qt

from app.views.indexing_settings import IndexingSettings
from indexer.protocol import messages

PATIENCE_MS = 100_000


@pytest.fixture
def page(qtbot, window):
    sheet = window.preferences()
    sheet.show_page("Indexing")
    settings = sheet.findChild(IndexingSettings)
    qtbot.waitUntil(lambda: settings.memory.maximum() > settings.memory.minimum() > 0, timeout=PATIENCE_MS)
    return settings


def told(qtbot, window):
    """The limits as the engine has them."""
    replies = []
    window.link.ask(messages.GetLimits, replies.append)
    qtbot.waitUntil(lambda: bool(replies), timeout=PATIENCE_MS)
    return replies[0]


def test_limits_chosen_are_the_engines_at_once(qtbot, window, page):
    before = told(qtbot, window).limits
    on = before.wait_on_battery
    assert page.switches["wait_on_battery"].isChecked() == on
    qtbot.mouseClick(page.switches["wait_on_battery"], Qt.MouseButton.LeftButton)
    page.threads.setValue(1)
    page.memory.setValue(page.memory.value() + 3)
    wanted = (not on, 1, page.memory.value() * 100)

    def in_force():
        limits = told(qtbot, window).limits
        return (limits.wait_on_battery, limits.threads, limits.memory_mb) == wanted

    qtbot.waitUntil(in_force, timeout=PATIENCE_MS)
    assert not page.refusal.isVisible()
    window.link.ask(messages.SetLimits, lambda _: None, limits=before)


def test_a_slider_just_moved_is_obeyed_when_the_page_is_left(qtbot, window, page):
    before = told(qtbot, window).limits
    page.threads.setValue(0 if page.threads.value() else 1)
    wanted = page.threads.value()
    window.preferences().close()
    qtbot.waitUntil(lambda: told(qtbot, window).limits.threads == wanted, timeout=PATIENCE_MS)
    window.link.ask(messages.SetLimits, lambda _: None, limits=before)
