"""Politeness: whether reading should wait now because the computer is needed for something else, and why.

- On battery, when the processor is hot, when another program fills the screen (on Windows and X11; full_screen.py).
- Under load: when others use most of the processor. Background priority already lets them go first, so this only
  spares the memory's and the disk's pace; it waits at most `_LOAD_WAIT_S` and then works as long, so that a computer
  that is always busy is read all the same, and not in the first minute after somebody asked for something.

Each reason can be overridden by asking to go on; the override ends when the reason does.
"""

import contextlib
import threading
import time
from collections.abc import Callable

import psutil

from indexer.config import Manners
from indexer.indexing.full_screen import FullScreen
from indexer.protocol.values import WaitReason

_LOOK_S = 2.0
_BUSY, _CALM = 0.7, 0.5
"""Shares of all processors that others use: where waiting begins, and where it ends."""
_LOAD_WAIT_S = 30.0
_GRACE_S = 60.0
_HOT_C, _MARGIN_C = 95.0, 3.0


class Politeness:
    """Asked ten times a second from several threads; looks at the system every two seconds."""

    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self._lock = threading.Lock()
        self._looked = -_LOOK_S
        self._reason: WaitReason | None = None
        self._overridden: set[WaitReason] = set()
        self._load, self._full_screen = Load(), FullScreen()
        self._asked = time.monotonic()

    def reason(self) -> WaitReason | None:
        """Why to wait, None when there is no reason."""
        with self._lock:
            now = time.monotonic()
            if now - self._looked >= _LOOK_S:
                self._looked = now
                found = self._reasons(now)
                self._overridden &= found
                left = sorted(found - self._overridden)
                self._reason = left[0] if left else None
            return self._reason

    def asked(self) -> None:
        """The user asked for something to be read: do not wait for load in the next minute."""
        self._asked = time.monotonic()

    def go_on(self) -> None:
        """Read although there are reasons to wait, until they are gone."""
        with self._lock:
            self._overridden |= self._reasons(time.monotonic())
            self._reason = None
            self._asked = time.monotonic()

    def _reasons(self, now: float) -> set[WaitReason]:
        found: set[WaitReason] = set()
        manners = self.manners
        checks: tuple[tuple[bool, WaitReason, Callable[[], bool]], ...] = (
            (manners.wait_on_battery, WaitReason.BATTERY, on_battery),
            (manners.wait_when_hot, WaitReason.HEAT, hot),
            (manners.wait_for_full_screen, WaitReason.FULL_SCREEN, self._full_screen.there),
            (manners.wait_under_load and now - self._asked > _GRACE_S, WaitReason.LOAD, self._load.high),
        )
        for wanted, reason, check in checks:
            with contextlib.suppress(psutil.Error, OSError, AttributeError, NotImplementedError):
                if wanted and check():
                    found.add(reason)
        return found


class Load:
    """How much of the processor others use, between two questions."""

    def __init__(self) -> None:
        self._last = _used()
        self._waiting = False
        self._since = time.monotonic()

    def high(self) -> bool:
        """Whether to wait for others. After a while of waiting as long a while of working follows."""
        now, (all_s, idle_s, own_s) = time.monotonic(), _used()
        last_all_s, last_idle_s, last_own_s = self._last
        self._last = all_s, idle_s, own_s
        passed_s = all_s - last_all_s
        if passed_s <= 0:
            return self._waiting
        others = (passed_s - (idle_s - last_idle_s) - (own_s - last_own_s)) / passed_s
        wanted = others > (_CALM if self._waiting else _BUSY)
        long_enough = now - self._since > _LOAD_WAIT_S
        if wanted != self._waiting and (long_enough or not wanted):
            self._waiting, self._since = wanted, now
        elif self._waiting and long_enough:
            self._waiting, self._since = False, now
        return self._waiting


def _used() -> tuple[float, float, float]:
    """Seconds of all processors since the start of the system; those spent idle; those of our own processes."""
    times = psutil.cpu_times()
    idle_s = times.idle + getattr(times, "iowait", 0.0)
    own_s = 0.0
    family = psutil.Process()
    for process in (family, *family.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            used = process.cpu_times()
            own_s += used.user + used.system
    return sum(times), idle_s, own_s


def on_battery() -> bool:
    """Whether the computer runs on its battery. A computer without one does not."""
    battery = psutil.sensors_battery()
    return battery is not None and battery.power_plugged is False


def hot() -> bool:
    """Whether any part is within 3 degrees of what its maker calls high."""
    for sensors in psutil.sensors_temperatures().values():
        for sensor in sensors:
            limit = min(sensor.high or _HOT_C, sensor.critical or _HOT_C, _HOT_C)
            if limit > 40 and sensor.current >= limit - _MARGIN_C:  # some sensors give nonsense as their limit
                return True
    return False
