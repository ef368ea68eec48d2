"""SleepClock: has the computer slept since it was asked last? Events of what others did meanwhile are lost."""

import sys
import time

_JUMP_S = 20.0


class SleepClock:
    """Asked every second or so. Where the steady clock stands still in sleep (Linux, macOS), the clock on the wall is
    ahead of it afterwards; elsewhere the time between two questions is too long. A clock that somebody sets forward
    looks the same and does no harm."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Count from now: whoever asks was busy, not asleep."""
        self._wall, self._steady = time.time(), time.monotonic()

    def slept(self) -> bool:
        """Whether there was a sleep since the last question."""
        wall, steady = time.time() - self._wall, time.monotonic() - self._steady
        self.restart()
        return (steady if sys.platform == "win32" else wall - steady) > _JUMP_S
