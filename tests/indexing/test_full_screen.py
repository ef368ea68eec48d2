"""Another program that fills the screen is told by X11's own tool; here a stand-in for it that answers as it does."""

import os
import sys

import pytest

from indexer.indexing.full_screen import FullScreen

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows is asked another way")

XPROP = """#!/bin/sh
if [ "$1" = -root ]; then echo "_NET_ACTIVE_WINDOW(WINDOW): window id # {window}"; exit; fi
[ "$2" = {window} ] || exit 1
echo "_NET_WM_STATE(ATOM) = {state}"
echo "_NET_WM_PID(CARDINAL) = {owner}"
"""
FILLED = "_NET_WM_STATE_FOCUSED, _NET_WM_STATE_FULLSCREEN"


@pytest.fixture
def screen(tmp_path, monkeypatch):
    def says(state: str, owner: int = 1, window: str = "0x2a00007", text: str = XPROP) -> bool:
        program = tmp_path / "xprop"
        program.write_text(text.format(state=state, owner=owner, window=window))
        program.chmod(0o700)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        monkeypatch.setenv("DISPLAY", ":7")
        return FullScreen().there()

    return says


def test_another_program_fills_the_screen(screen):
    assert screen(FILLED)


def test_an_ordinary_window_does_not(screen):
    assert not screen("_NET_WM_STATE_FOCUSED")


def test_our_own_window_is_no_reason_to_wait(screen):
    assert not screen(FILLED, owner=os.getppid())
    assert not screen(FILLED, owner=os.getpid())


def test_no_window_at_all_or_one_that_is_gone(screen):
    assert not screen(FILLED, window="0x0")
    assert not screen(FILLED, text="#!/bin/sh\nexit 1\n")
    assert not screen(FILLED, text="#!/bin/sh\nsleep 60\n")


def test_without_a_screen_nobody_is_asked(screen, monkeypatch):
    assert screen(FILLED)
    monkeypatch.delenv("DISPLAY")
    assert not FullScreen().there()
