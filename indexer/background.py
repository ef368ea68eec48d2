"""Background priority for one thread and what it starts: the processor and the disk serve everybody else first; and a
thread in front for what such a thread must not keep others waiting with.

Of a thread, not of the process, because the same engine answers searches, which should not wait. Threads that a
library starts from it inherit it (Linux). Linux: nice 10 and the idle class of the disk's scheduler. macOS: background
quality of service. Windows: background mode. What a system refuses is left as it is.
"""

import ctypes
import os
import platform
import queue
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

_Result = TypeVar("_Result")

_NICE = 10
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_IOPRIO_WHO_PROCESS, _IOPRIO_IDLE = 1, 3 << 13
_QOS_CLASS_BACKGROUND = 0x09
_THREAD_MODE_BACKGROUND_BEGIN = 0x00010000


def this_thread() -> None:
    """Put the calling thread in the background, for good."""
    try:
        if sys.platform == "win32":
            kernel = ctypes.windll.kernel32
            kernel.SetThreadPriority(kernel.GetCurrentThread(), _THREAD_MODE_BACKGROUND_BEGIN)
        elif sys.platform == "darwin":
            ctypes.CDLL(None).pthread_set_qos_class_self_np(_QOS_CLASS_BACKGROUND, 0)
        else:
            thread = threading.get_native_id()
            if os.getpriority(os.PRIO_PROCESS, thread) < _NICE:
                os.setpriority(os.PRIO_PROCESS, thread, _NICE)
            if (number := _IOPRIO_SET.get(platform.machine())) is not None:
                ctypes.CDLL(None).syscall(number, _IOPRIO_WHO_PROCESS, thread, _IOPRIO_IDLE)
    except (OSError, AttributeError):
        return  # it is a courtesy


class Foreground:
    """A thread with the priority of whoever makes it, which does work for others, one at a time.

    Priority cannot be taken back without a privilege, so what a question may have to wait for (a model being loaded) is
    not done by a thread in the background itself: on a busy machine a first answer took 29 s instead of 4.5.
    """

    def __init__(self, name: str) -> None:
        self._work = queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]()
        self._closed = False
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def do(self, work: Callable[[], _Result]) -> _Result:
        """What the work gives, or raises."""
        if self._closed:
            return work()
        done = Future[_Result]()
        self._work.put((done, work))
        return done.result()

    def close(self) -> None:
        """End the thread after the work that is waiting; whoever comes later does its own."""
        self._closed = True
        self._work.put(None)

    def _run(self) -> None:
        while (asked := self._work.get()) is not None:
            done, work = asked
            try:
                done.set_result(work())
            except BaseException as problem:  # noqa: BLE001 (raised where the work was asked for)
                done.set_exception(problem)
