"""Watch: looks at a renderer from outside while somebody waits for it, and ends it when it costs too much.

Clock and memory are judged here, not in the renderer: what it says of itself is not trusted, and a limit on
address space says little about memory. One thread a renderer, asleep while nobody waits.
"""

import enum
import subprocess
import threading
import time
from collections.abc import Callable

import psutil

_LOOK_EVERY_S = 0.1


class Reason(enum.Enum):
    """Why a renderer was ended from here."""

    CLOCK = "clock"
    MEMORY = "memory"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class Watch:
    """Watches one process. `arm` when beginning to wait for it, `disarm` when the wait is over."""

    def __init__(self, process: "subprocess.Popen[bytes]", memory_bytes: int) -> None:
        self._process, self._memory_bytes = process, memory_bytes
        self._changed = threading.Condition()
        self._deadline: float | None = None
        self._cancelled: Callable[[], bool] | None = None
        self._over = False
        self.reason: Reason | None = None
        self._thread = threading.Thread(target=self._run, name="render-watch", daemon=True)
        self._thread.start()

    def arm(self, wall_s: float, cancelled: Callable[[], bool] | None) -> None:
        """End the process after `wall_s` from now, or as soon as `cancelled` (called in another thread) says so."""
        with self._changed:
            self._deadline, self._cancelled = time.monotonic() + wall_s, cancelled
            self._changed.notify()

    def disarm(self) -> None:
        """Nobody waits: the process may take as long as it likes."""
        with self._changed:
            self._deadline = self._cancelled = None

    def end(self, reason: Reason | None = None) -> None:
        """Kill the process, and stop watching. The first reason given stays."""
        with self._changed:
            self.reason = self.reason or reason
            self._over = True
            self._changed.notify()
        self._process.kill()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._over or self._deadline is not None)
                if self._over:
                    return
                self._changed.wait_for(lambda: self._over, _LOOK_EVERY_S)
                deadline, cancelled = self._deadline, self._cancelled
            reason = self._judge(deadline, cancelled)
            if reason is not None:
                self.end(reason)

    def _judge(self, deadline: float | None, cancelled: Callable[[], bool] | None) -> Reason | None:
        if deadline is None:
            return None
        if cancelled is not None and cancelled():
            return Reason.CANCELLED
        if time.monotonic() > deadline:
            return Reason.CLOCK
        try:
            used = int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:
            return None  # ended by itself: whoever reads its pipe will see
        return Reason.MEMORY if used > self._memory_bytes else None
