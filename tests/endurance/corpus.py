"""The documents that the endurance scripts are given: any folder at all, whatever lies in it."""

import argparse
import shutil
from pathlib import Path

from driving import Useless, progress

from indexer.protocol.logs import printable
from indexer.watcher.scan import UNREADABLE, scan


def sources(parser: argparse.ArgumentParser, folder: Path, largest: int | None = None) -> list[Path]:
    """Every document that the program itself would find and open, by path; those over `largest` bytes are left out.

    What may not be opened is told and left out. Raises Useless where nothing is left: a run over no document proves
    nothing.
    """
    if not folder.is_dir():
        parser.error(f"--documents: {printable(str(folder))} is not a folder")
    found, closed, large = [], 0, 0
    for path, seen in sorted(scan(str(folder.absolute()))):
        if seen == UNREADABLE or not opens(path):
            closed += 1
        elif largest is not None and seen.size_bytes > largest:
            large += 1
        else:
            found.append(Path(path))
    if closed:
        progress(f"{closed} files or folders may not be opened and are left out")
    if large:
        progress(f"{large} files of more than {largest} bytes are left out")
    if not found:
        raise Useless(f"there is no document in {printable(str(folder))} that could be read")
    return found


def opens(path: str) -> bool:
    """Whether its first byte can be read."""
    try:
        with open(path, "rb") as file:
            file.read(1)
    except OSError:
        return False
    return True


def copied(source: Path, folder: Path, number: int, extra: bytes = b"") -> Path:
    """A copy under its name after a number, or under the number alone where that is too long. `extra` is added at its
    end, where readers of all kinds pass over it: copies of the same content would cost no reading."""
    target = folder / f"{number:05d}-{source.name}"
    try:
        shutil.copyfile(source, target)
    except OSError:
        target = folder / f"{number:05d}{source.suffix}"
        shutil.copyfile(source, target)
    if extra:
        with target.open("ab") as file:
            file.write(extra)
    return target
