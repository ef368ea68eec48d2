"""Pace: what is being read now, how fast, and whether reading is paused. Thread-safe; measured, never guessed."""

import threading
import time
from collections import deque

_MINUTE_S = 60.0
_FIRST_S = 30.0


class Pace:
    """Pages a second over the last minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recent: deque[tuple[float, int]] = deque()
        self._started: float | None = None
        self._paused_until: float | None = 0.0
        self.path, self.page, self.page_count = "", 0, 0

    def reading(self, path: str, page: int, page_count: int) -> None:
        """Note the page being read; 0 while the document is opened."""
        with self._lock:
            self._started = self._started or time.monotonic()
            self.path, self.page, self.page_count = path, page, page_count

    def pages(self, count: int) -> None:
        """So many pages were committed."""
        with self._lock:
            self._recent.append((time.monotonic(), count))

    def done(self) -> None:
        """Nothing is being read."""
        with self._lock:
            self.path, self.page, self.page_count = "", 0, 0

    def pages_per_s(self) -> float:
        """Over the last minute, or since reading began when that is shorter; 0 until something was committed."""
        now = time.monotonic()
        with self._lock:
            while self._recent and now - self._recent[0][0] > _MINUTE_S:
                self._recent.popleft()
            if not self._recent or self._started is None:
                return 0.0
            return sum(count for _, count in self._recent) / max(0.5, min(_MINUTE_S, now - self._started))

    def measured(self) -> bool:
        """Whether half a minute was measured, so that the time left may be told."""
        return self._started is not None and time.monotonic() - self._started >= _FIRST_S

    @property
    def paused(self) -> bool:
        """Whether the user asked to wait."""
        return self._paused_until is None or time.monotonic() < self._paused_until

    def pause(self, seconds: float | None) -> None:
        """Wait for so long, or until resume() when None."""
        self._paused_until = None if seconds is None else time.monotonic() + seconds

    def resume(self) -> None:
        """Go on."""
        self._paused_until = 0.0
