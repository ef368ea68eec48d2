"""Settings: kept, followed, and never a reason not to start."""

import subprocess
import sys

import pytest
from PySide6.QtWidgets import QApplication

from app.settings import PaletteChoice, Settings, ThemeChoice, Values
from app.single_instance import SingleInstance, hand_over, server_name
from app.theme.style import Theme
from app.theme.tokens import tokens
from app.views.appearance_settings import AppearanceSettings
from app.views.preferences import Preferences


def test_a_change_is_told_and_kept(qtbot, tmp_path):
    file = tmp_path / "config" / "settings.toml"
    settings = Settings(file)
    with qtbot.waitSignal(settings.changed) as told:
        settings.set(theme=ThemeChoice.DARK, text_size=120)
    assert told.args == ["theme"]
    again = Settings(file).values
    assert (again.theme, again.text_size) == ("dark", 120)


@pytest.mark.parametrize(
    "text",
    ["not toml [", 'theme = "purple"\ntext_size = 9000', 'theme = 3\ntext_size = "large"', "\xff"],
)
def test_a_spoiled_file_costs_the_spoiled_values_only(tmp_path, text):
    file = tmp_path / "settings.toml"
    file.write_bytes(text.encode("latin-1"))
    values = Settings(file).values
    assert values.theme == Values().theme
    assert values.text_size in (Values().text_size, 200)


def test_a_disk_that_refuses_does_not_stop_the_change(tmp_path):
    (tmp_path / "file").touch()
    settings = Settings(tmp_path / "file" / "settings.toml")
    settings.set(text_size=150)
    assert settings.values.text_size == 150


def test_the_window_is_dark_when_the_user_says_so_and_text_grows(qtbot, tmp_path):
    settings = Settings(tmp_path / "settings.toml")
    theme = Theme(QApplication.instance(), settings)
    small = theme.px(13)
    dialog = Preferences(theme, settings)
    qtbot.addWidget(dialog)
    page = dialog.findChild(AppearanceSettings)
    page.themes.buttons[2].click()
    assert settings.values.theme == ThemeChoice.DARK
    assert theme.dark
    assert tokens(dark=True).content in QApplication.instance().styleSheet()
    settings.set(theme=ThemeChoice.LIGHT, text_size=200)
    assert not theme.dark
    assert theme.px(13) == 2 * small
    second = theme.word(1)
    page.palettes.button(2).click()
    assert settings.values.palette == PaletteChoice.ONE_COLOUR
    assert theme.word(1) == theme.word(0) != second


def test_a_second_launch_hands_its_paths_to_the_first(qtbot, tmp_path):
    name = server_name(tmp_path)
    assert not hand_over(name, ["/a"])
    first = SingleInstance(name)
    script = f"from app.single_instance import hand_over; import sys; sys.exit(not hand_over({name!r}, ['/a', '/b']))"
    with qtbot.waitSignal(first.asked, timeout=60_000) as asked:
        second = subprocess.Popen([sys.executable, "-c", script])
    assert asked.args == [["/a", "/b"]]
    assert second.wait(60) == 0
    first.close()
    assert not hand_over(name, ["/a"])


def test_a_server_left_behind_by_a_killed_window_is_replaced(qtbot, tmp_path):
    name = server_name(tmp_path)
    script = (
        "import os\nfrom PySide6.QtCore import QCoreApplication\nfrom app.single_instance import SingleInstance\n"
        f"app = QCoreApplication([]); single = SingleInstance({name!r}); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script], timeout=60)
    assert not hand_over(name, [])
    first = SingleInstance(name)
    script = f"from app.single_instance import hand_over; import sys; sys.exit(not hand_over({name!r}, []))"
    with qtbot.waitSignal(first.asked, timeout=60_000):
        second = subprocess.Popen([sys.executable, "-c", script])
    assert second.wait(60) == 0
    first.close()
