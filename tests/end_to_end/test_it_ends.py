"""Everything ends: what is asked is cancelled within a second, and nobody leaves a process behind."""

import os
import subprocess
import sys
import threading
import time

import psutil
import pytest

from indexer.jobs import Jobs
from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import PageKey
from indexer.requests import work_for


@pytest.fixture
def jobs():
    answers: dict[int, object] = {}
    answered = threading.Condition()

    def note(number: int, what: object) -> None:
        with answered:
            assert number not in answers, "answered twice"
            answers[number] = what
            answered.notify_all()

    made = Jobs(lambda done: note(*done), lambda number, why: note(number, why.code))
    made.answer = lambda number, s: answered.wait_for(lambda: number in answers, s) and answers[number]
    with answered:
        yield made
    made.close()


@pytest.mark.parametrize("lane", ["search", "pages", "rest", "models"])
def test_what_runs_and_what_waits_is_answered_at_once_when_cancelled(jobs, lane):
    began, end = threading.Event(), threading.Event()

    def stubborn() -> tuple[int, str]:
        began.set()
        end.wait(30)
        return 1, "too late"

    jobs.add(lane, 1, stubborn)
    assert began.wait(30)
    jobs.add(lane, 2, lambda: (2, "done"))
    for number in (2, 1):
        started = time.monotonic()
        threading.Thread(target=jobs.cancel, args=(number,)).start()
        assert jobs.answer(number, 30) is ErrorCode.CANCELLED
        assert time.monotonic() - started < 1.0
    assert jobs.cancelled(1)()
    end.set()
    jobs.add(lane, 3, lambda: (3, "done"))
    assert jobs.answer(3, 30) == "done"
    jobs.cancel(3)


@pytest.mark.parametrize(
    "request_", [messages.GetPicture(id=1, key=PageKey(1, 1), width_px=100), messages.Rescan(id=1)]
)
def test_what_may_take_long_is_told_when_it_is_cancelled_and_holds_up_nothing_else(request_):
    asked = []

    class Engine:
        def __getattr__(self, name):
            return lambda _, cancelled: asked.append(cancelled)

    def cancelled() -> bool:
        return True

    lane, work = work_for(request_, cancelled)
    work(Engine())
    assert asked == [cancelled]
    assert lane != work_for(messages.GetStatus(id=2), cancelled)[0]


def test_a_search_is_cancelled_through_the_pipe(engine):
    number = engine.send(messages.Rescan)
    engine.ask(messages.Cancel, target=number)
    assert isinstance(engine.reply(number), messages.Done | messages.Failed)


def test_killing_the_window_leaves_no_process(tmp_path, documents, make_pdf):
    make_pdf(documents / "long.pdf", *["A page about turnips."] * 200)
    library = tmp_path / "library"
    env = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    window = subprocess.Popen([sys.executable, "-m", "app", "--data-dir", str(library), str(documents)], env=env)
    try:
        children = until(
            lambda: [c for c in psutil.Process(window.pid).children(True) if "worker" in line(c)] and family(window)
        )
    finally:
        window.kill()
        window.wait()
    _, alive = psutil.wait_procs(children, 30)
    assert alive == []


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in program is a shell script")
@pytest.mark.parametrize("ends", ["close", "kill"])
def test_nothing_of_a_conversion_stays_when_the_engine_ends(ends, start, tmp_path, documents, monkeypatch):
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "soffice").write_text("#!/bin/sh\nsleep 600 &\nwait\n")
    (programs / "soffice").chmod(0o700)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    (documents / "letter.rtf").write_text("{\\rtf1 hello}")
    engine = start()
    engine.hello()
    engine.ask(messages.AddPaths, paths=(str(documents),))
    children = until(lambda: [c for c in family(engine.process) if "sleep 600" in line(c)] and family(engine.process))
    assert len(children) >= 3, "the one that confines, the program, and what it started"
    getattr(engine, ends)()
    _, alive = psutil.wait_procs(children, 30)
    assert alive == []
    assert not list((tmp_path / "library").rglob("letter*"))


def family(window) -> list[psutil.Process]:
    return psutil.Process(window.pid).children(recursive=True)


def line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def until(condition, limit_s: float = 120.0):
    end = time.monotonic() + limit_s
    while not (found := condition()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)
    return found
