"""Work in parts: in order, whole, and with the errors it raises, however many ask at once."""

import concurrent.futures
import contextlib
import itertools
import os

import pytest

from indexer.searching.together import at_work, together


def test_slices_come_in_order_and_hold_everything_once():
    for count, most in ((1, 9), (2, 9), (100, 7), (100, 100)):
        slices = together(lambda some: some, count, most)
        assert [at for some in slices for at in range(some.start, some.stop)] == list(range(count))
    assert together(str, 0) == []


def test_an_error_is_raised_and_the_next_work_is_done():
    with pytest.raises(ZeroDivisionError):
        together(lambda some: 1 // 0, 4)
    assert together(lambda some: some.stop, 1) == [1]


def test_many_can_ask_at_once():
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda count: together(lambda some: list(range(count))[some], count), range(200)))
    assert [list(itertools.chain(*parts)) for parts in answers] == [list(range(count)) for count in range(200)]


def test_where_nobody_helps_nothing_is_taken_to_pieces():
    processors = os.cpu_count() or 1
    with contextlib.ExitStack() as busy:
        for _ in range(max(2, processors)):
            busy.enter_context(at_work())
        assert together(lambda some: some, 1000, 10) == [slice(0, 1000)]
