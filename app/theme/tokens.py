"""The design's colours, light and dark, and the palette of the question's words."""

from dataclasses import dataclass

from PySide6.QtGui import QColor

from app.settings import PaletteChoice


@dataclass(frozen=True, slots=True)
class Tokens:
    """Roles as the design names them."""

    content: str
    side: str
    mat: str
    raised: str
    line: str
    line2: str
    line3: str
    text: str
    text2: str
    text3: str
    accent: str
    accent_text: str
    accent_soft: str
    selected: str
    hover: str
    ok: str
    ok_ground: str
    warn: str
    warn_ground: str
    error: str
    error_ground: str


@dataclass(frozen=True, slots=True)
class WordColours:
    """One word's fill on paper, line on paper, digit on its badge, and its chip."""

    fill: QColor
    line: QColor
    digit: QColor
    chip_ink: QColor
    chip_ground: QColor
    dark_ink: QColor
    """For pages that are dark themselves: the light ink that is screened onto them."""


_LIGHT = Tokens(
    "#FFFFFF", "#F6F7F9", "#EFF1F4", "#FFFFFF", "#E4E7EC", "#CDD2DB", "#868E9C", "#15181D", "#4E5663", "#646C79",
    "#4A4BC8", "#3F40B8", "#ECECFB", "#E5E7EE", "#ECEEF2", "#1A7A48", "#E3F4EA", "#8A5200", "#FFF3DB", "#B3261E",
    "#FDECEA",
)  # fmt: skip
_DARK = Tokens(
    "#17191E", "#1D2026", "#23272F", "#262A33", "#2D323B", "#414855", "#727B8A", "#EDEFF3", "#B4BBC7", "#929AA8",
    "#6061E4", "#B0B1FF", "#2B2C55", "#30353F", "#282C35", "#5FCB92", "#17352A", "#F0BE62", "#3A2E14", "#FF9A91",
    "#41201E",
)  # fmt: skip

# fill light, fill dark, line, digit, chip ink and ground light, chip ink and ground dark
_WORDS = (
    ("#F2A516", "#F2A516", "#B87400", "#1B1400", "#744700", "#FEF3DC", "#FFCB66", "#3B2E11"),
    ("#1673D1", "#1976D2", "#0F5BAA", "#FFFFFF", "#0E5299", "#E3EFFB", "#94C7FF", "#15304D"),
    ("#BE1E6F", "#CB2B7B", "#9C1459", "#FFFFFF", "#96135A", "#FBE4EF", "#FFA3CF", "#451830"),
    ("#1FC8A0", "#1FC8A0", "#0A8D70", "#00251C", "#0A6650", "#DDF7F0", "#74E8CA", "#103A2F"),
    ("#7A5A0A", "#7A5A0A", "#5D4406", "#FFFFFF", "#5D4406", "#F1EBDB", "#D9BE78", "#322811"),
    ("#F79BDD", "#F79BDD", "#B54A98", "#2B0A24", "#8E2F76", "#FDEBF8", "#FFC0EC", "#3D1F36"),
)
# Dark enough on paper to be told apart as greys; each is read from its number and its line as well.
_HIGH_CONTRAST = (
    ("#000000", "#5F6877", "#000000", "#FFFFFF", "#000000", "#E2E4E8", "#FFFFFF", "#454B57"),
    ("#0050C8", "#1560D8", "#003C99", "#FFFFFF", "#003C99", "#DCE8FF", "#9CC6FF", "#0D2B55"),
    ("#A0005A", "#B80C6B", "#7A0044", "#FFFFFF", "#7A0044", "#FFE0F0", "#FFA8D4", "#4A0A2E"),
    ("#006B4F", "#0A7F60", "#004F3A", "#FFFFFF", "#004F3A", "#D6F5EB", "#7BEBCB", "#063A2C"),
    ("#5D4406", "#77590C", "#453204", "#FFFFFF", "#453204", "#F3EAD2", "#E5C87C", "#33290E"),
    ("#7A1FA2", "#8B2FB5", "#5C127D", "#FFFFFF", "#5C127D", "#F2E0FA", "#DDB0F5", "#36114A"),
)
_PALETTES = {
    PaletteChoice.STANDARD: _WORDS,
    PaletteChoice.HIGH_CONTRAST: _HIGH_CONTRAST,
    PaletteChoice.ONE_COLOUR: _WORDS[:1] * len(_WORDS),
}
COLOURED_WORDS = 9
PLAIN_COLOURS = len(_WORDS)
"""Words from here on reuse the first colours with a hatch."""


def tokens(*, dark: bool) -> Tokens:
    """The roles of one theme."""
    return _DARK if dark else _LIGHT


def word_colours(number: int, *, dark: bool, palette: str = PaletteChoice.STANDARD) -> WordColours:
    """Colours of the question's n-th coloured word, from 0; words 7 to 9 reuse the first three."""
    words = _PALETTES[PaletteChoice(palette)]
    fill, fill_dark, line, digit, ink, ground, ink_dark, ground_dark = words[number % len(words)]
    return WordColours(
        QColor(fill_dark if dark else fill),
        QColor(line),
        QColor(digit),
        QColor(ink_dark if dark else ink),
        QColor(ground_dark if dark else ground),
        QColor(ink_dark),
    )
