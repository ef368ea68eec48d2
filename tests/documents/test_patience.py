"""Questions to a disk that may never answer."""

import threading
import time

import pytest

from indexer.documents import patience
from indexer.documents.patience import Question, Unanswered, answer, give_up_when
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode


@pytest.fixture
def disk():
    """Hangs until the test is over."""
    hangs = threading.Event()
    yield hangs
    hangs.set()


def code_of(ask) -> ErrorCode:
    with pytest.raises(PagebeamError) as failure:
        answer(ask, "/share/a.pdf")
    return failure.value.code


def test_what_the_disk_says_or_raises_is_passed_on():
    assert answer(lambda _: 7, "") == 7
    with pytest.raises(TimeoutError):
        answer(lambda _: (_ for _ in ()).throw(TimeoutError()), "")


def test_a_disk_that_says_nothing_is_given_up(disk, monkeypatch):
    monkeypatch.setattr(patience, "PATIENCE_S", 0.2)
    assert code_of(lambda _: disk.wait()) is ErrorCode.DISK_SILENT


def test_a_slow_disk_that_says_something_is_waited_for(disk, monkeypatch):
    monkeypatch.setattr(patience, "PATIENCE_S", 0.3)
    monkeypatch.delattr(time, "pthread_getcpuclockid", raising=False)

    def slowly(heard) -> int:
        for _ in range(10):
            disk.wait(0.1)
            assert not heard()
        return 7

    assert answer(slowly, "") == 7


@pytest.mark.skipif(not hasattr(time, "pthread_getcpuclockid"), reason="this system tells no thread's time")
def test_who_computes_is_not_silent(monkeypatch):
    monkeypatch.setattr(patience, "PATIENCE_S", 0.3)

    def compute(_) -> int:
        end = time.thread_time() + 1.0
        while time.thread_time() < end:
            pass
        return 7

    assert answer(compute, "") == 7


def test_who_asked_is_not_held_up_at_its_end(disk):
    ended, codes = threading.Event(), []

    def reading() -> None:
        give_up_when(ended.is_set)
        codes.append(code_of(lambda _: disk.wait()))

    thread = threading.Thread(target=reading)
    thread.start()
    ended.set()
    thread.join(60)
    assert codes == [ErrorCode.CANCELLED]


def test_a_question_that_was_given_up_is_told_so(disk):
    told, gone = [], threading.Event()

    def ask(heard) -> None:
        disk.wait()
        told.append(heard())
        gone.set()

    with pytest.raises(Unanswered):
        Question(ask).wait(lambda: True)
    disk.set()
    assert gone.wait(60)
    assert told == [True]
