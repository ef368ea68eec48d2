"""The fast scan over codes equals the plain one to the bit."""

import numpy as np
import pytest

from indexer.scoring.hamming import AT_ONCE, add_estimates, estimates_reference, padded, worth_table


@pytest.mark.parametrize("asked", [1, 4, 5, 16, 33])
@pytest.mark.parametrize("most", [0, 1, 7, 171])
def test_the_fast_estimates_equal_the_plain_ones_to_the_bit(asked, most):
    rng = np.random.default_rng(asked * 1000 + most)
    lengths = rng.integers(0, most + 1, 50).astype(np.int32)
    ends = np.cumsum(lengths, dtype=np.int32)
    codes = rng.integers(0, 2**64, (2, int(ends[-1]) + 1), dtype=np.uint64)
    query = rng.integers(0, 2**64, (asked, 2), dtype=np.uint64)
    query[0] = codes[:, 0]  # a distance of 0 as well
    query, table = padded(query, worth_table(rng.random(asked).astype(np.float32)))
    pages = rng.permutation(50)[:31].astype(np.int64)
    sums = np.zeros(31, np.float32)
    add_estimates(codes, ends - lengths, ends, pages, query, table, sums)
    wanted = estimates_reference(codes, ends - lengths, ends, pages, query, table)
    assert sums.tobytes() == wanted.tobytes()


def test_padding_adds_nothing():
    query, table = padded(np.ones((3, 2), np.uint64), worth_table(np.ones(3, np.float32)))
    assert len(query) == AT_ONCE
    assert not table[3:].any()


def test_a_distance_is_worth_the_cosine_of_its_angle():
    table = worth_table(np.array([2.0], np.float32))
    assert table[0, [0, 64, 128]] == pytest.approx([2, 0, -2], abs=1e-6)
