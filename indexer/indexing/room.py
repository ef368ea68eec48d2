"""Room: whether there is enough of what reading needs - disk, model, memory - and the pause until there is again."""

import errno
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from indexer.config import EngineConfig
from indexer.protocol.errors import ErrorCode, ErrorReport, report


class Room:
    """Foresees a full disk by a reserve; keeps the reason while reading has to wait, and tells it once.

    While the disk of the library is away nothing is made in its place. `on_replaced` is called when it is back as
    another one: what is open of it leads nowhere, and only a new start helps.
    """

    def __init__(
        self,
        config: EngineConfig,
        stopped: threading.Event,
        on_notice: Callable[[ErrorReport], None],
        on_replaced: Callable[[], None],
    ) -> None:
        self._config, self._stopped, self._on_notice, self._on_replaced = config, stopped, on_notice, on_replaced
        self._identity = _identity(config.folders.catalogue)
        self._why: ErrorReport | None = None
        self._until = 0.0

    @property
    def reason(self) -> str:
        """The code of what is missing; "" when nothing is."""
        return self._why.code.value if self._why else ""

    def enough(self) -> bool:
        """Whether to read now. Where not, waits a moment first."""
        if time.monotonic() < self._until:
            self._stopped.wait(0.5)
            return False
        try:
            if _identity(self._config.folders.catalogue) != self._identity:
                self._on_replaced()
                raise OSError(errno.ESTALE, "another one lies in its place")
            free = min(shutil.disk_usage(folder).free for folder in self._folders())
        except OSError as problem:  # the disk of the library was taken away
            self.stop_for(report(ErrorCode.DATA_UNREADABLE, detail=problem.strerror))
            return False
        if free < self._config.reserve_bytes:
            self.stop_for(report(ErrorCode.DISK_FULL))
            return False
        if self.reason in (ErrorCode.DISK_FULL, ErrorCode.DATA_UNREADABLE):
            self.fine()
        return True

    def _folders(self) -> list[Path]:
        pictures = self._config.folders.pictures
        pictures.mkdir(mode=0o700, parents=True, exist_ok=True)  # the cache may be deleted at any time
        return [self._config.folders.data, pictures]

    def stop_for(self, why: ErrorReport) -> None:
        """Do not read for a while. Told to the user when it begins."""
        begins = self._why is None or self._why.code != why.code
        self._why, self._until = why, time.monotonic() + self._config.retry_s
        if begins:
            self._on_notice(why)

    def fine(self) -> None:
        """Whatever was missing is there again, or worth another try."""
        self._why, self._until = None, 0.0


def _identity(path: Path) -> tuple[int, int]:
    """Which file this is. Raises OSError where it is not there."""
    found = os.stat(path)
    return found.st_dev, found.st_ino
