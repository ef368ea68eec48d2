"""Memory that is only kept for convenience is given back as the ceiling comes near, and everything still works."""

import sys

import psutil
import pytest
import torch

from indexer.indexing.memory import Ceiling, taken_bytes


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the system decides")
def test_near_the_ceiling_code_that_ran_is_let_go_of():
    torch.ones(300, 300) @ torch.ones(300, 300)
    before = taken_bytes([])
    Ceiling(before, list, lambda: None).keep()
    assert taken_bytes([]) < before - 20_000_000
    assert (torch.ones(300, 300) @ torch.ones(300, 300))[0, 0] == 300


def test_far_below_the_ceiling_nothing_is_touched():
    shrunk = []
    Ceiling(psutil.virtual_memory().total, list, lambda: shrunk.append(1)).keep()
    assert not shrunk


def test_over_the_ceiling_renderers_are_ended():
    shrunk = []
    Ceiling(1, list, lambda: shrunk.append(1)).keep()
    assert shrunk
