"""Theme: colours, fonts and style sheet in force; follows the system's light and dark unless the user chose."""

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from app import resources
from app.settings import PaletteChoice, Settings, ThemeChoice
from app.theme.sheet import sheet
from app.theme.tokens import Tokens, WordColours, tokens, word_colours

_NAMELESS = ("Sans Serif", "Sans", "")
_PREFERRED = ("Inter", "Inter Variable", "Noto Sans", "Ubuntu", "Cantarell", "Open Sans")
_SCHEMES = {
    ThemeChoice.SYSTEM: Qt.ColorScheme.Unknown,
    ThemeChoice.LIGHT: Qt.ColorScheme.Light,
    ThemeChoice.DARK: Qt.ColorScheme.Dark,
}


class Theme(QObject):
    """Signal changed(): light or dark, the size of text or the words' colours changed; every colour and font is new."""

    changed = Signal()

    def __init__(self, app: QApplication, settings: Settings | None = None) -> None:
        super().__init__(app)
        self._app, self._settings = app, settings
        app.setStyle("Fusion")
        self._font = QFont(app.font())
        self._fonts: dict[tuple[int, int], QFont] = {}
        self._dark = self._is_dark()
        self._tokens = tokens(dark=self._dark)
        if self._font.family() in _NAMELESS:  # a bare X server names no interface font: take a good one that is there
            there = set(QFontDatabase.families())
            self._font.setFamily(next((name for name in _PREFERRED if name in there), self._font.family()))
        app.styleHints().colorSchemeChanged.connect(self._apply)
        if settings is not None:
            settings.changed.connect(self._setting)
            self._setting("theme")
        self._apply()

    @property
    def dark(self) -> bool:
        """Whether the window is dark: as chosen, else as the system is."""
        return self._dark

    @property
    def tokens(self) -> Tokens:
        """The colours in force."""
        return self._tokens

    def _is_dark(self) -> bool:
        choice = self._settings.values.theme if self._settings is not None else ThemeChoice.SYSTEM
        if choice != ThemeChoice.SYSTEM:  # a bare X server cannot be told, so its answer does not count
            return choice == ThemeChoice.DARK
        return self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark

    def px(self, size: float) -> int:
        """A size in pixels at the text size chosen."""
        percent = self._settings.values.text_size if self._settings is not None else 100
        return round(size * percent / 100)

    def font(self, size: float, weight: int = 400) -> QFont:
        """The interface font at `size` pixels (before the text size chosen) and this weight, figures all one width."""
        key = self.px(size * 4), weight
        if key in self._fonts:
            return self._fonts[key]
        font = self._fonts[key] = QFont(self._font)
        font.setPixelSize(self.px(size))
        font.setWeight(QFont.Weight(weight))
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def word(self, number: int) -> WordColours:
        """The colours of the question's n-th coloured word, from 0."""
        return word_colours(number, dark=self._dark, palette=self.palette)

    @property
    def palette(self) -> str:
        """Which colours the words have."""
        return self._settings.values.palette if self._settings is not None else PaletteChoice.STANDARD

    def icon(self, name: str, role: str = "text2", size: int = 16) -> QIcon:
        """A line icon in a colour of the theme, by the colour's role."""
        return resources.icon(name, getattr(self.tokens, role), size, self.tokens.line3)

    @Slot(str)
    def _setting(self, name: str) -> None:
        if self._settings is None:
            return
        if name == "theme":
            self._app.styleHints().setColorScheme(_SCHEMES[ThemeChoice(self._settings.values.theme)])
        if name in ("theme", "text_size"):
            self._apply()
        if name == "palette":
            self.changed.emit()

    @Slot()
    def _apply(self) -> None:
        self._dark = self._is_dark()  # asked hundreds of times in every repaint
        t = self._tokens = tokens(dark=self._dark)
        self._fonts.clear()
        palette = QPalette()
        role = QPalette.ColorRole
        for chosen, colour in (
            (role.Window, t.side),
            (role.Base, t.content),
            (role.AlternateBase, t.side),
            (role.Button, t.raised),
            (role.WindowText, t.text),
            (role.Text, t.text),
            (role.ButtonText, t.text),
            (role.Highlight, t.accent),
            (role.HighlightedText, "#FFFFFF"),
            (role.PlaceholderText, t.text3),
            (role.ToolTipBase, t.raised),
            (role.ToolTipText, t.text),
            (role.Link, t.accent_text),
        ):
            palette.setColor(chosen, QColor(colour))
        self._app.setPalette(palette)
        self._app.setFont(self.font(13))
        self._app.setStyleSheet(sheet(t, self.px))
        self.changed.emit()
