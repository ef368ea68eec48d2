"""Work that a thread in the background has done for it keeps the priority of the thread that was made for it."""

import os
import sys
import threading

import pytest

from indexer import background

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="priorities of threads are read as Linux tells them")


def priority():
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def in_background(work):
    """What the work gives in a thread that was put into the background."""
    given = []

    def run():
        background.this_thread()
        given.append((priority(), work()))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    return given[0]


def test_work_handed_over_is_done_in_front():
    front = background.Foreground("front")
    here, there = in_background(lambda: front.do(priority))
    front.close()
    assert there == priority() < here


def test_what_goes_wrong_is_raised_where_it_was_asked_for():
    front = background.Foreground("front")
    with pytest.raises(ZeroDivisionError):
        front.do(lambda: 1 / 0)
    assert front.do(lambda: "still there") == "still there"
    front.close()
    assert front.do(threading.get_ident) == threading.get_ident()
