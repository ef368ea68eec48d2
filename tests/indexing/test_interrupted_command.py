"""Ctrl-C is not lost where Python cannot raise it."""

import os
import signal
import sys
import time

import pytest

from indexer.interrupted import interrupted


@pytest.mark.skipif(os.name != "posix", reason="a program cannot send itself a Ctrl-C elsewhere")
def test_a_ctrl_c_during_a_callback_is_told_when_asked(monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: None)
    before = signal.getsignal(signal.SIGINT)

    class Leaving:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)

    try:
        pressed = interrupted()
        assert not pressed()
        Leaving()  # what is raised in it is lost
        assert pressed()
    finally:
        signal.signal(signal.SIGINT, before)
