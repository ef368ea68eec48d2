"""A file that is written aside takes its place whole: after a kill or a loss of power it is the old one or the new."""

import os
from pathlib import Path


def put_in_place(aside: Path, target: Path) -> None:
    """Sync `aside`, give it the name of `target`, and sync the folder. Raises OSError."""
    with open(aside, "rb") as file:
        os.fsync(file.fileno())
    os.replace(aside, target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """So that names in it survive a loss of power; Windows keeps them without. Raises OSError."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
