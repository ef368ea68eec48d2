"""Files that travel with the program, found in a checkout and in a frozen build alike."""

import sys
from pathlib import Path


def resource(*names: str) -> Path:
    """The path of `resources/<names>`; it is not checked that the file is there."""
    frozen: str | None = getattr(sys, "_MEIPASS", None)
    root = Path(frozen) if frozen else Path(__file__).resolve().parent.parent
    return root.joinpath("resources", *names)
