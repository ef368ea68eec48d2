"""Which candidates are worth scoring is told from those that were scored."""

import math

import numpy as np
import pytest

from indexer.searching.known import FAR, SURE, Known, first


def known(points) -> Known:
    return Known(np.arange(len(points)), np.zeros((len(points), 0), np.bool_), np.asarray(points, np.float32))


def test_a_page_that_its_estimate_puts_far_below_the_best_is_not_worth_scoring():
    rng = np.random.default_rng(1)
    estimates = np.linspace(1, 0, 200)
    points = 0.3 + 0.5 * estimates + 0.01 * rng.normal(size=200)
    least = known(points[:SURE]).least(dict(enumerate(estimates[:100].tolist())), 10)
    tenth = np.sort(points)[-10]
    assert least == pytest.approx((tenth - 0.3 - FAR * 0.01) / 0.5, abs=0.03)
    best = set(np.argsort(-points)[:10].tolist())
    assert best <= {at for at in range(200) if at < SURE or estimates[at] >= least}


def test_where_estimates_say_nothing_every_page_is_worth_scoring():
    rng = np.random.default_rng(2)
    estimates = dict(enumerate(rng.random(100).tolist()))
    assert known(np.zeros(SURE)).least(estimates, 10) == -math.inf
    assert known(1 - np.arange(SURE) / 100).least(dict.fromkeys(range(SURE), 0.5), 10) == -math.inf
    assert known(rng.random(SURE - 1)).least(estimates, 10) == -math.inf
    assert known(rng.random(SURE)).least(estimates, SURE + 1) == -math.inf
    assert known(rng.random(SURE)).least(estimates, 0) == -math.inf
    assert known(rng.random(SURE)).least({}, 10) == -math.inf


def test_near_ties_with_the_last_are_among_the_first():
    some = known([0.5, 0.9, 0.7, 0.69999, 0.6999])
    assert first(some, 2).uids.tolist() == [1, 2]
    assert first(some, 2, near=5e-5).uids.tolist() == [1, 2, 3]
    assert first(some, 0).uids.tolist() == []
    assert first(some, 9, near=1.0).uids.tolist() == [1, 2, 3, 4, 0]
    joined = first(some, 1).and_more(known([0.95]))
    assert first(joined, 1).points.tolist() == pytest.approx([0.95])
