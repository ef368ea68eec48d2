"""What differs between the catalogue and the disk. Pure, but for one question: on which device a folder lies.

1. Another size or time: changed.
2. Another inode time only: the content must be looked at, because a writer can set times back (`suspect`), unless it
   was never read in full: then it is tried again (`touched`), since its permissions may be what changed.
3. A path that is gone while a new one is the same file: moved. Nothing is read again.
4. A file that was read and cannot be looked at: out of reach. What was read of it stays.
5. A path that is gone: forgotten - but only where the disk it lay on is there. A mount point that stands empty, or a
   folder that may not be opened any more, forgets nothing.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from indexer.catalogue.records import KnownFile
from indexer.documents.fingerprint import Fingerprint
from indexer.watcher.scan import UNREADABLE

Seen = Mapping[str, Fingerprint]


@dataclass(slots=True)
class Changes:
    """Paths, with their fingerprints where they are there. `moved` holds old path, new path."""

    fresh: list[tuple[str, Fingerprint]] = field(default_factory=list)
    touched: list[tuple[str, Fingerprint]] = field(default_factory=list)
    suspect: list[tuple[str, Fingerprint]] = field(default_factory=list)
    adopted: list[tuple[str, Fingerprint]] = field(default_factory=list)
    moved: list[tuple[str, str, Fingerprint]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    away: list[str] = field(default_factory=list)


def compare(known: Mapping[str, KnownFile], seen: Seen) -> Changes:
    """What must be done so that the catalogue agrees with the disk."""
    changes = Changes()
    missing = {path: known[path] for path in known.keys() - seen.keys()}
    by_file = {_identity(file.seen): path for path, file in missing.items()}
    for path, found in seen.items():
        file = known.get(path)
        if file is not None:
            _sort(changes, path, found, file)
        elif found != UNREADABLE and (old := by_file.pop(_identity(found), None)) is not None:
            changes.moved.append((old, path, found))
            del missing[old]
        else:
            changes.fresh.append((path, found))
    volumes = Volumes(known, seen)
    for path in sorted(missing):
        if not volumes.away(path, missing[path]):
            changes.gone.append(path)
        elif missing[path].available:
            changes.away.append(path)
    return changes


def _sort(changes: Changes, path: str, found: Fingerprint, file: KnownFile) -> None:
    last = file.seen
    if found == UNREADABLE != last and file.content:
        if file.available:
            changes.away.append(path)
    elif (found.size_bytes, found.modified_ns) != (last.size_bytes, last.modified_ns):
        changes.fresh.append((path, found))
    elif found.changed_ns != last.changed_ns and last.changed_ns:
        (changes.suspect if file.content else changes.touched).append((path, found))
    elif found != last or not file.available:
        changes.adopted.append((path, found))


def _identity(seen: Fingerprint) -> tuple[int, int, int, int]:
    return seen.inode, seen.device, seen.size_bytes, seen.modified_ns


class Volumes:
    """Whether a missing file was deleted or its disk is away."""

    def __init__(self, known: Mapping[str, KnownFile], seen: Seen) -> None:
        # A disk may get another number at the next start: what counts is whether anything of it is still seen.
        self._there = {file.seen.device for path, file in known.items() if path in seen}
        self._locked = [path + os.sep for path, found in seen.items() if found == UNREADABLE]
        self._devices: dict[str, int] = {}

    def away(self, path: str, file: KnownFile) -> bool:
        """True where nothing of the file's disk is in sight, or its folder may not be opened."""
        if file.seen == UNREADABLE:
            return False
        if any(path.startswith(folder) for folder in self._locked):
            return True
        return file.seen.device not in self._there and self._device_at(os.path.dirname(path)) != file.seen.device

    def _device_at(self, folder: str) -> int:
        """The device of the nearest folder that exists."""
        if folder not in self._devices:
            try:
                self._devices[folder] = Fingerprint.of(os.stat(folder)).device
            except OSError:
                above = os.path.dirname(folder)
                self._devices[folder] = -1 if above == folder else self._device_at(above)
        return self._devices[folder]


def all_away(known: Mapping[str, KnownFile], changes: Changes, seen: Iterable[str]) -> bool:
    """Whether nothing of a folder is in sight because its disk is away: a mount point that stands empty."""
    return bool(known) and not any(True for _ in seen) and not changes.gone
