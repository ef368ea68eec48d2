"""Whether another program fills the screen, where the system tells.

- Windows: the shell says so (a film, a game, a presentation).
- X11: the window manager marks the active window; asked with `xprop`, a program of the X server's own tools, in a
  process of its own, because Xlib ends a whole process when a window is gone in the wrong moment.
- Wayland tells no program about the windows of another (a program that runs in Xwayland is told as with X11), and macOS
  tells nothing without a permission to look at the screen: there, reading does not wait for this.
"""

import ctypes
import os
import re
import shutil
import subprocess
import time

_PATIENCE_S = 1.0
_LOOK_S = 10.0
"""Between two questions to an X server: each starts two small programs."""
_ID = re.compile(r"# (0x[0-9a-f]+)")
_PID = re.compile(r"_NET_WM_PID\(CARDINAL\) = (\d+)")


class FullScreen:
    """Asked every few seconds by one thread."""

    def __init__(self) -> None:
        self._looked, self._found = -_LOOK_S, False

    def there(self) -> bool:
        """Whether another program than ours fills the screen. Raises OSError."""
        windows = getattr(ctypes, "windll", None)
        if windows is not None:
            state = ctypes.c_int()
            windows.shell32.SHQueryUserNotificationState(ctypes.byref(state))
            return state.value in (2, 3, 4)  # busy, a game in full screen, a presentation
        now = time.monotonic()
        if now - self._looked >= _LOOK_S:
            self._looked, self._found = now, _on_x11()
        return self._found


def _on_x11() -> bool:
    xprop = shutil.which("xprop") if os.environ.get("DISPLAY") else None
    if xprop is None:
        return False
    active = _ID.search(_asked(xprop, "-root", "_NET_ACTIVE_WINDOW"))
    if active is None or active[1] == "0x0":
        return False
    told = _asked(xprop, "-id", active[1], "_NET_WM_STATE", "_NET_WM_PID")
    owner = _PID.search(told)
    ours = owner is not None and int(owner[1]) in (os.getpid(), os.getppid())
    return "_NET_WM_STATE_FULLSCREEN" in told and not ours


def _asked(*command: str) -> str:
    """What xprop says; nothing where it fails: the window may be gone."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout if done.returncode == 0 else ""
