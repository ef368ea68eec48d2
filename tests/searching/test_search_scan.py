"""The parts of the scan over codes that choose: the largest values, and the nearest single vectors."""

import numpy as np
import pytest

from indexer.scoring.hamming import nearness
from indexer.searching.scan import largest_of


@pytest.mark.parametrize("wanted", [0, 1, 7, 99, 100, 1000])
def test_the_largest_come_in_order_of_their_places_and_of_equal_ones_the_first(wanted):
    values = np.random.default_rng(wanted).integers(0, 9, 100).astype(np.float32)
    best_first = np.argsort(-values, kind="stable")[:wanted]
    assert largest_of(values, wanted).tolist() == sorted(best_first.tolist())


def test_nothing_is_the_largest_of_nothing():
    assert largest_of(np.zeros(0, np.float32), 5).tolist() == []


def test_how_near_codes_are_is_told_by_their_equal_bits():
    rng = np.random.default_rng(1)
    codes, code = rng.integers(0, 2**64, (50, 2), np.uint64), rng.integers(0, 2**64, 2, np.uint64)
    places = rng.permutation(50)[:20].astype(np.int64)
    values = np.empty(20, np.float32)
    nearness(codes, places, code, values)
    assert values.tolist() == [-int(np.bitwise_count(codes[at] ^ code).sum()) for at in places]
