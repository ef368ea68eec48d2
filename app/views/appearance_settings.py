"""The settings page "Appearance": theme, size of text, and how words are marked."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QLabel, QRadioButton, QSlider, QVBoxLayout, QWidget

from app.settings import PaletteChoice, Settings, ThemeChoice
from app.theme.style import Theme
from app.theme.tokens import PLAIN_COLOURS, word_colours
from app.views.small_controls import Segments
from app.views.switch import SettingRows, Switch

_TEXT_SIZES = (90, 100, 120, 150, 200)


class AppearanceSettings(QWidget):
    """Changes apply at once."""

    def __init__(self, theme: Theme, settings: Settings) -> None:
        super().__init__()
        self._theme, self._settings = theme, settings
        title = QLabel(self.tr("Appearance"))
        title.setProperty("role", "heading")
        names = {
            ThemeChoice.SYSTEM: self.tr("Match system"),
            ThemeChoice.LIGHT: self.tr("Light"),
            ThemeChoice.DARK: self.tr("Dark"),
        }
        self.themes = Segments(theme, tuple(("", name, "") for name in names.values()))
        self.themes.pick(list(names).index(ThemeChoice(settings.values.theme)))
        self.themes.chosen.connect(lambda number: settings.set(theme=list(names)[number]))
        self.text_size = Segments(theme, tuple(("", f"{size} %", "") for size in _TEXT_SIZES))
        nearest = min(range(len(_TEXT_SIZES)), key=lambda at: abs(_TEXT_SIZES[at] - settings.values.text_size))
        self.text_size.pick(nearest)
        self.text_size.chosen.connect(lambda at: settings.set(text_size=_TEXT_SIZES[at]))
        self.strength = QSlider(Qt.Orientation.Horizontal)
        self.strength.setRange(0, 100)
        self.strength.setFixedWidth(200)
        self.strength.setValue(settings.values.highlight_strength)
        self.strength.setAccessibleName(self.tr("Strength of the highlights"))
        self.strength.valueChanged.connect(lambda value: settings.set(highlight_strength=value))
        self.tabs = Switch(theme, self.tr("Numbers on areas"))
        self.tabs.setChecked(settings.values.number_tabs)
        self.tabs.toggled.connect(lambda on: settings.set(number_tabs=on))
        window, marks = SettingRows(), SettingRows()
        window.add(self.tr("Theme"), self.tr("Pages stay white in the dark"), self.themes)
        window.add(self.tr("Text size"), self.tr("Of the window; pages have their own zoom"), self.text_size)
        marks.add(self.tr("Colours"), self.tr("Each word also has a number"), self._palettes())
        marks.add(self.tr("Strength"), self.tr("How strongly places are tinted"), self.strength)
        marks.add(self.tr("Numbers on areas"), self.tr("Tell words apart without colour"), self.tabs)
        section = QLabel(self.tr("Highlights"))
        section.setProperty("role", "strong")
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(12)
        for part in (title, window, section, marks):
            column.addWidget(part)
        column.addStretch()

    def _palettes(self) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(2)
        self.palettes = QButtonGroup(self)
        choices = (
            (PaletteChoice.STANDARD, self.tr("Standard")),
            (PaletteChoice.HIGH_CONTRAST, self.tr("High contrast")),
            (PaletteChoice.ONE_COLOUR, self.tr("One colour")),
        )
        for row, (choice, name) in enumerate(choices):
            button = QRadioButton(name)
            button.setChecked(self._settings.values.palette == choice)
            self.palettes.addButton(button, row)
            grid.addWidget(button, row, 0)
            grid.addWidget(_Swatches(self._theme, choice), row, 1)
        self.palettes.idClicked.connect(lambda row: self._settings.set(palette=choices[row][0]))
        return holder


class _Swatches(QWidget):
    """The badges of six words."""

    def __init__(self, theme: Theme, palette: PaletteChoice) -> None:
        super().__init__()
        self._theme, self._palette = theme, palette
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        return QSize(PLAIN_COLOURS * 22, 20)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(10.5, 700))
        for number in range(PLAIN_COLOURS):
            colours = word_colours(number, dark=self._theme.dark, palette=self._palette)
            badge = QRectF(number * 22, 2, 17, 16)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.fill)
            painter.drawRoundedRect(badge, 4, 4)
            painter.setPen(colours.digit)
            painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(number + 1))
