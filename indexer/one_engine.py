"""One user, one engine: whoever holds the lock of a data folder works; a second start joins the first.

- The lock is the system's, so a crash releases it.
- A command that finds the lock taken hands its paths over: a file in the data folder, which the engine takes within a
  second and answers with a file beside it. A file that no engine took before it died is taken by the next one.
- A window that finds a command at work asks it to give way (`give way`), and the command hands over what is left and
  follows, as if it had come second. Windows do not give way to each other: their own second launch joins the first.

Files, not a socket: they need no port, no server thread and no rights beyond the folder's, on every system.
"""

import contextlib
import json
import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import filelock

from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.paths import Folders
from indexer.protocol.undecodable import escaped, restored

_FOLDER = "handover"
_GIVE_WAY = "give-way"
_COMMAND = "command"
_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Handed:
    """Paths that another start handed over, and where its answer goes."""

    paths: tuple[str, ...]
    request: Path

    def answer(self, refused: list[tuple[str, str]]) -> None:
        """Say that the paths were taken, but for those `refused` (path, sentence)."""
        told = [[escaped(path), why] for path, why in refused]
        _write(self.request.with_suffix(".taken"), json.dumps(told))
        self.request.unlink(missing_ok=True)


def lock(folders: Folders, *, wait_s: float = 0.0, command: bool = False) -> filelock.FileLock:
    """The lock of this data folder. `command`: whoever holds it gives way to a window.

    Waits at most `wait_s`, and only for a command. Raises ALREADY_RUNNING, DATA_UNREADABLE.
    """
    place = folders.data / _FOLDER
    try:
        folders.make()
        place.mkdir(mode=0o700, exist_ok=True)
        taken = filelock.FileLock(folders.lock, timeout=0)
        _acquire(taken, place, time.monotonic() + wait_s)
        (place / _GIVE_WAY).unlink(missing_ok=True)
        if command:
            (place / _COMMAND).touch(mode=0o600)
        else:
            (place / _COMMAND).unlink(missing_ok=True)
    except filelock.Timeout:
        raise PagebeamError(ErrorCode.ALREADY_RUNNING, str(folders.data)) from None
    except OSError as problem:
        raise PagebeamError(
            ErrorCode.DATA_UNREADABLE, str(folders.data), detail=problem.strerror or "no access"
        ) from problem
    return taken


def _acquire(taken: filelock.FileLock, place: Path, end: float) -> None:
    while True:
        try:
            taken.acquire()
        except filelock.Timeout:
            if time.monotonic() > end or not (place / _COMMAND).exists():
                raise
            (place / _GIVE_WAY).touch(mode=0o600)
            time.sleep(_LOOK_S)
        else:
            return


def must_give_way(folders: Folders) -> bool:
    """Whether a window waits for the lock that this command holds."""
    return (folders.data / _FOLDER / _GIVE_WAY).exists()


def hand_over(folders: Folders, paths: tuple[str, ...]) -> Path:
    """Leave paths for the engine at work; gives the request, to be asked about with `taken`."""
    place = folders.data / _FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    request = place / f"{uuid.uuid4().hex}.paths"
    _write(request, json.dumps([escaped(path) for path in paths]))
    return request


def taken(request: Path) -> list[tuple[str, str]] | None:
    """What the engine refused of a request (path, sentence), None while it has not taken it."""
    answer = request.with_suffix(".taken")
    try:
        told = json.loads(answer.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    answer.unlink(missing_ok=True)
    return [(restored(path), why) for path, why in told]


def handed_over(folders: Folders) -> list[Handed]:
    """What other starts left for this engine. A file that is none of ours is removed."""
    found = []
    place = folders.data / _FOLDER
    with contextlib.suppress(OSError):
        for request in sorted(place.glob("*.paths")):
            try:
                paths = json.loads(request.read_text(encoding="utf-8"))
                if not (isinstance(paths, list) and all(isinstance(path, str) for path in paths)):
                    raise ValueError("no paths")
            except ValueError:
                request.unlink(missing_ok=True)
                continue
            found.append(Handed(tuple(restored(path) for path in paths), request))
    return found


def _write(path: Path, text: str) -> None:
    """Whole or not there."""
    aside = path.with_suffix(".part")
    descriptor = os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(aside, path)
