"""KeptLimits: what reading may take of the computer, as the user set it; one small JSON file beside the catalogue.

Every change is in force at once: threads with the next batch of pages, memory after it, reasons to wait at once.
"""

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil

from indexer.catalogue.whole_files import put_in_place
from indexer.config import EngineConfig, Manners
from indexer.encoder import threads
from indexer.errors import PagebeamError
from indexer.indexing.memory import taken_bytes
from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import Limits

LEAST_MB = 600
"""Lite with its model, the libraries and one renderer take 450 MB before anything is read."""
_NAME = "limits.json"


class KeptLimits:
    """Thread-safe. `on_change` gets the limits whenever they are set, and once at the start."""

    def __init__(self, config: EngineConfig, on_change: Callable[[Limits], None], *, read_only: bool = False) -> None:
        self._path, self._on_change = config.folders.data / _NAME, on_change
        self._lock = threading.Lock()
        manners = config.manners
        usual = Limits(
            memory_mb=config.memory_bytes // 1_000_000,
            wait_on_battery=manners.wait_on_battery,
            wait_under_load=manners.wait_under_load,
            wait_for_full_screen=manners.wait_for_full_screen,
            wait_when_hot=manners.wait_when_hot,
        )
        self.now = _read(self._path, usual)
        if not read_only:
            on_change(self.now)

    def told(self, request: messages.GetLimits, pids: list[int], model_bytes: int) -> messages.LimitsTold:
        """The limits, and between what they may be set; `model_bytes` are a large model's, which they are not for."""
        return messages.LimitsTold(
            id=request.id,
            limits=self.now,
            threads_usual=threads.usual(),
            threads_most=os.cpu_count() or 1,
            memory_least_mb=LEAST_MB,
            memory_most_mb=_most_mb(),
            memory_now_mb=max(0, taken_bytes(pids) - model_bytes) // 1_000_000,
            memory_model_mb=model_bytes // 1_000_000,
        )

    def set(self, request: messages.SetLimits) -> messages.Done:
        """Keep other limits. Raises BAD_REQUEST, DISK_FULL, OSError."""
        wanted = request.limits
        if not 0 <= wanted.threads <= (os.cpu_count() or 1):
            raise PagebeamError(ErrorCode.BAD_REQUEST, detail=f"{wanted.threads} threads")
        if not LEAST_MB <= wanted.memory_mb <= _most_mb():
            raise PagebeamError(ErrorCode.BAD_REQUEST, detail=f"{wanted.memory_mb} MB")
        with self._lock:
            _write(self._path, wanted)
            self.now = wanted
        self._on_change(wanted)
        return messages.Done(id=request.id)


def manners(limits: Limits) -> Manners:
    """The reasons to wait among them."""
    return Manners(
        wait_on_battery=limits.wait_on_battery,
        wait_under_load=limits.wait_under_load,
        wait_for_full_screen=limits.wait_for_full_screen,
        wait_when_hot=limits.wait_when_hot,
    )


def _most_mb() -> int:
    return max(LEAST_MB, int(psutil.virtual_memory().total) // 1_000_000)


def _read(path: Path, usual: Limits) -> Limits:
    """A file that is not there or cannot be understood costs the wishes in it."""
    with contextlib.suppress(OSError, ValueError, msgspec.MsgspecError):
        return msgspec.json.decode(path.read_bytes(), type=Limits)
    return usual


def _write(path: Path, limits: Limits) -> None:
    aside = path.with_name(f"{path.name}.new")
    with open(os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.encode(limits))
    put_in_place(aside, path)
