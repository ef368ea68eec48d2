"""Work in parts: in order, whole, and with the errors it raises, however many ask at once."""

import concurrent.futures

import pytest

from indexer.searching.together import together


def test_results_come_in_order_of_the_parts():
    assert together(lambda part: part * 2, list(range(100))) == list(range(0, 200, 2))
    assert together(str, []) == []


def test_an_error_is_raised_and_the_next_work_is_done():
    with pytest.raises(ZeroDivisionError):
        together(lambda part: 1 / part, [1, 2, 0, 4])
    assert together(str, [1, 2]) == ["1", "2"]


def test_many_can_ask_at_once():
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda first: together(lambda part: part, range(first, first + 50)), range(200)))
    assert answers == [list(range(first, first + 50)) for first in range(200)]
