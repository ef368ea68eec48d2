"""The table of settings: name, type, default, meaning; kept as TOML; a signal on every change.

A file that cannot be read, or holds values of another kind, costs those values only: the defaults stand in.
"""

import dataclasses
import logging
import os
import tempfile
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import tomli_w
from PySide6.QtCore import QObject, Signal

_log = logging.getLogger(__name__)


class ThemeChoice(StrEnum):
    """Light and dark follow the system unless the user says otherwise."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class PaletteChoice(StrEnum):
    """The colours of the question's words."""

    STANDARD = "standard"
    HIGH_CONTRAST = "high-contrast"
    ONE_COLOUR = "one-colour"


@dataclass(frozen=True, slots=True)
class Values:
    """Every setting with its default; the docstring under each is its meaning."""

    theme: str = ThemeChoice.SYSTEM
    """Which colours the window has."""
    text_size: int = 100
    """Per cent of the usual size of text, 80 to 200."""
    highlight_strength: int = 62
    """How strongly places are tinted, 0 to 100."""
    palette: str = PaletteChoice.STANDARD
    """Which colours the question's words have."""
    number_tabs: bool = True
    """Numbers on the strongest areas, to tell words apart without colour."""
    list_view: bool = False
    """Results as a list instead of a grid."""
    grouped: bool = True
    """Pages of one document fold into the best one."""
    fit_width: bool = False
    """The page at the right as wide as its pane, instead of seen whole."""
    geometry: str = ""
    """The window's place and size, as Qt writes it (base64)."""
    panes: str = ""
    """Widths of sidebar, results and preview, as Qt writes them (base64)."""


class Settings(QObject):
    """Signal changed(name). `values` is replaced as a whole, never changed in place."""

    changed = Signal(str)

    def __init__(self, file: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = file
        self.values = _read(file)

    def set(self, **new: object) -> None:
        """Change settings, write them, and say which. A disk that refuses costs the memory of it, not the change."""
        before = self.values
        self.values = dataclasses.replace(before, **new)  # type: ignore[arg-type]
        different = [name for name in new if getattr(before, name) != getattr(self.values, name)]
        if different:
            _write(self._file, self.values)
        for name in different:
            self.changed.emit(name)


def _read(file: Path) -> Values:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Values()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        _log.warning("settings not read: %s", problem)
        return Values()
    good: dict[str, Any] = {}
    for field in dataclasses.fields(Values):
        value = found.get(field.name, field.default)
        if type(value) is type(field.default) or (isinstance(field.default, str) and isinstance(value, str)):
            good[field.name] = value
    values = Values(**good)
    return dataclasses.replace(
        values,
        theme=values.theme if values.theme in set(ThemeChoice) else ThemeChoice.SYSTEM,
        palette=values.palette if values.palette in set(PaletteChoice) else PaletteChoice.STANDARD,
        text_size=min(200, max(80, values.text_size)),
        highlight_strength=min(100, max(0, values.highlight_strength)),
    )


def _write(file: Path, values: Values) -> None:
    """Aside, then renamed, so that half a file is never read."""
    plain = {name: str(value) if isinstance(value, StrEnum) else value for name, value in _pairs(values)}
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, aside = tempfile.mkstemp(prefix=".settings", dir=file.parent)
        with open(descriptor, "wb") as out:
            tomli_w.dump(plain, out)
        os.replace(aside, file)
    except OSError as problem:
        _log.warning("settings not kept: %s", problem)


def _pairs(values: Values) -> list[tuple[str, object]]:
    return [(field.name, getattr(values, field.name)) for field in dataclasses.fields(values)]
