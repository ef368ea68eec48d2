"""Whoever cannot see the window hears what each of its controls is."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget

PATIENCE_MS = 100_000


def nameless(root):
    """Widgets that take the keyboard and have no name to be read out."""
    found = []
    for widget in root.findChildren(QWidget):
        if widget.focusPolicy() is Qt.FocusPolicy.NoFocus or not widget.isVisibleTo(root):
            continue
        told = QAccessible.queryAccessibleInterface(widget)
        if told is None or not told.text(QAccessible.Text.Name):
            found.append(f"{type(widget).__name__} {widget.objectName()} in {type(widget.parent()).__name__}")
    return found


def test_every_control_has_a_name(qtbot, window, ask):
    ask(window, "heat pump cost")
    qtbot.waitUntil(lambda: window.viewer.canvas.image is not None, timeout=PATIENCE_MS)
    assert nameless(window) == []
    window.toggle_activity()
    assert nameless(window) == []
    window.toggle_activity()
    sheet = window.preferences()
    for row in range(sheet.pages.count()):
        sheet.pages.setCurrentRow(row)
        sheet.show()
        assert nameless(sheet) == []
    sheet.close()
