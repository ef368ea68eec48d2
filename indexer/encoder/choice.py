"""Choice: which encoder a library uses, which one it had until then, and what is known of their vectors; one JSON file.

`serving` answers questions; `chosen` is the one the user wants. They differ while the chosen one catches up. `spaces`
are the vector spaces every encoder has filled, so that pages can be forgotten in all of them without loading a model.
"""

import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from indexer.encoder.encoder import VectorSpace
from indexer.protocol.values import Quality, Task

LITE = "lite"
LITE_DEVICE = ("Lite on the processor", "Lite reads words and needs no graphics card.")
"""Where it runs and why; known before the model is loaded."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is written down. tasks: beside search, the kinds of vectors wanted, by encoder. pace: measured seconds a
    page, by encoder and device."""

    chosen: str = LITE
    serving: str = LITE
    tasks: Mapping[str, tuple[Task, ...]] = field(default_factory=dict)
    spaces: tuple[VectorSpace, ...] = ()
    pace: Mapping[str, float] = field(default_factory=dict)
    quality: Mapping[str, Quality] = field(default_factory=dict)


class ChoiceFile:
    """The choice of one library. Thread-safe; every change is on disk when it returns, unless `path` is None."""

    def __init__(self, path: Path | None, choice: Choice | None = None) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._choice = choice if choice is not None else _read(path)

    @classmethod
    def kept_in_memory(cls, path: Path) -> "ChoiceFile":
        """For readers: begins with what the file says and writes nothing."""
        return cls(None, _read(path))

    @property
    def now(self) -> Choice:
        """As it stands."""
        return self._choice

    def change(self, how: Callable[[Choice], Choice]) -> Choice:
        """Replace the choice by `how(choice)`; nothing is written when that is equal. Raises OSError."""
        with self._lock:
            new = how(self._choice)
            if new != self._choice:
                if self._path is not None:
                    _write(self._path, new)
                self._choice = new
            return new

    def remember_spaces(self, spaces: tuple[VectorSpace, ...]) -> None:
        """Note spaces that vectors are being put into."""
        new = [space for space in spaces if space not in self._choice.spaces]
        if new:
            self.change(lambda c: replace(c, spaces=(*c.spaces, *(s for s in new if s not in c.spaces))))


def _read(path: Path | None) -> Choice:
    """A file that is not there or cannot be understood is the beginning: Lite."""
    if path is None:
        return Choice()
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Choice(
            str(told["chosen"]),
            str(told["serving"]),
            {str(name): tuple(Task(task) for task in tasks) for name, tasks in told["tasks"].items()},
            tuple(VectorSpace(**{**space, "task": Task(space["task"])}) for space in told["spaces"]),
            {str(name): float(value) for name, value in told["pace"].items()},
            {str(name): msgspec.convert(value, Quality) for name, value in told.get("quality", {}).items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, msgspec.MsgspecError):
        return Choice()


def _write(path: Path, choice: Choice) -> None:
    aside = path.with_name(f"{path.name}.new")
    with aside.open("w", encoding="utf-8") as file:
        json.dump(msgspec.to_builtins(choice), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
