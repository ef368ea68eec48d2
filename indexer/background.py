"""Background priority for one thread and what it starts: the processor and the disk serve everybody else first.

Of a thread, not of the process, because the same engine answers searches, which should not wait. Threads that a
library starts from it inherit it (Linux). Linux: nice 10 and the idle class of the disk's scheduler. macOS: background
quality of service. Windows: background mode. What a system refuses is left as it is.
"""

import ctypes
import os
import platform
import sys
import threading

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
