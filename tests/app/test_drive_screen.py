"""The window on a real X screen, driven by a keyboard and a pointer that are not Qt's: what a user would do first."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pymupdf
import pytest

from app.engine.link import engine_command

PROGRAMS = ("Xvfb", "openbox", "xdotool")
PATIENCE_S = 90

pytestmark = pytest.mark.skipif(
    any(shutil.which(program) is None for program in PROGRAMS),
    reason="a virtual screen needs Xvfb, openbox and xdotool, which are not installed here",
)


@pytest.fixture
def screen():
    """The environment of programs on a screen of their own, with a window manager.

    -noreset, because a server without clients starts over, and a look at it may be its only client.
    """
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1500x950x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=(writing,),
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with open(reading) as told:
        display = f":{told.readline().strip()}"
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    manager = subprocess.Popen(["openbox"], env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    yield environment
    for process in (manager, server):
        process.terminate()
        process.wait(10)


@pytest.fixture
def programs(tmp_path, screen):
    """A document viewer and a file manager that write down how they were called."""
    folder = tmp_path / "programs"
    folder.mkdir()
    calls = tmp_path / "calls"
    for name, does in (
        ("xdg-mime", "echo org.gnome.Evince.desktop"),
        ("evince", f'echo evince "$@" >> {calls}'),
        ("dbus-send", f'echo dbus-send "$@" >> {calls}'),
    ):
        program = folder / name
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)
    screen["PATH"] = f"{folder}:{screen['PATH']}"
    return calls


def until(condition, what, seen=lambda: ""):
    """Wait for a condition, with a limit; what is seen then is said."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}: {seen()}"
        time.sleep(0.1)


def indexed(library):
    """How many pages the catalogue has."""
    try:
        with sqlite3.connect(f"file:{library / 'catalogue.sqlite3'}?mode=ro", uri=True) as catalogue:
            waiting = catalogue.execute("SELECT count(*) FROM documents WHERE state <> 'indexed'").fetchone()[0]
            return 0 if waiting else int(catalogue.execute("SELECT count(*) FROM pages").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def test_a_folder_is_added_asked_and_its_page_opened_with_keyboard_alone(screen, programs, tmp_path):
    documents, library = tmp_path / "documents", tmp_path / "library"
    documents.mkdir()
    document = pymupdf.open()
    document.new_page().insert_text((72, 100), "Turnips are sown in July.", fontsize=14)
    document.new_page().insert_text((72, 100), "The heat pump halved the cost of heating.", fontsize=14)
    document.save(documents / "farm.pdf")
    document.close()

    def keys(*names):
        subprocess.run(["xdotool", "key", *names], env=screen, check=True)

    def types(text):
        subprocess.run(["xdotool", "type", "--delay", "20", text], env=screen, check=True)

    def window(name):
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", name], env=screen, capture_output=True, text=True
        ).stdout.split()
        return found[-1] if found else None

    def active(name):
        chosen = window(name)
        if chosen is None:
            return False
        subprocess.run(["xdotool", "windowactivate", chosen], env=screen, stderr=subprocess.DEVNULL)
        now = subprocess.run(["xdotool", "getactivewindow"], env=screen, capture_output=True, text=True).stdout.strip()
        return now == chosen

    errors = tmp_path / "errors"
    with errors.open("w") as said:
        program = [sys.executable, "-X", "faulthandler", "-m", "app", "--data-dir", str(library)]
        app = subprocess.Popen(program, env=screen, stderr=said)

    def seen():
        """Where the program stands, and what the screen shows."""
        left = app.poll()
        names = ["xdotool", "search", "--name", "", "getwindowname", "%@"]
        shown = subprocess.run(names, env=screen, capture_output=True, text=True)
        managed = subprocess.run(["xdotool", "getactivewindow"], env=screen, capture_output=True, text=True)
        app.send_signal(signal.SIGABRT)  # faulthandler says where it stood
        app.wait(30)
        return f"left {left}\n{shown}\n{managed}\n{errors.read_text()}"

    try:
        until(lambda: active("^Pagebeam$"), "the window", seen)
        keys("ctrl+o")  # at once: what is asked while the engine starts is not lost
        until(lambda: active("^Add a folder$"), "the dialog")
        types(str(documents))
        keys("Return")
        until(lambda: indexed(library) == 2, "the pages")

        until(lambda: active("^Pagebeam$"), "the window again")
        keys("ctrl+l")
        types("cost of heating")
        keys("Return")

        def opened():
            keys("Down", "Return")  # too early it opens what was read last, which is still shown
            return programs.exists() and f"evince --page-index=2 {documents / 'farm.pdf'}" in programs.read_text()

        until(opened, "the viewer at the page")
        keys("ctrl+Return")
        until(lambda: "dbus-send" in programs.read_text(), "the file manager")
        assert f"array:string:file://{documents / 'farm.pdf'}" in programs.read_text()

        second = [sys.executable, "-m", "app", "--data-dir", str(library), str(documents / "farm.pdf")]
        assert subprocess.run(second, env=screen, timeout=PATIENCE_S).returncode == 0
        assert app.poll() is None
    finally:
        app.send_signal(signal.SIGTERM)
        app.wait(30)


def test_the_engine_is_started_as_a_program_of_its_own():
    assert engine_command("/data")[-2:] == ["--data-dir", "/data"]
