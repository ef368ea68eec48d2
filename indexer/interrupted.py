"""Whether Ctrl-C was pressed: asked for besides the exception, which is lost where Python is in a callback."""

import signal
import threading
from collections.abc import Callable
from types import FrameType


def interrupted() -> Callable[[], bool]:
    """From now on: whether it was pressed. Where it is not lost, KeyboardInterrupt is raised as usual."""
    pressed = threading.Event()

    def handle(signum: int, frame: FrameType | None) -> None:
        pressed.set()
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():  # only there may a program listen to signals
        signal.signal(signal.SIGINT, handle)
    return pressed.is_set
