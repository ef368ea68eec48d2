"""The compiled steps that find places on a page give what the plain way of saying it gives."""

import numpy as np
import pytest

from indexer.encoder.encoder import WINDOW_KIND, WORD_KIND, EncodedQuery
from indexer.protocol.values import Region
from indexer.scoring.on_pages import Shown, places_on_page, places_on_pages
from indexer.scoring.pointing import (
    Asked,
    best_places,
    best_within,
    nearest_box,
    strengths,
    word_places,
    worth_of,
)


@pytest.mark.parametrize("words", [1, 2, 11, 12, 13, 200])
@pytest.mark.parametrize("span", [1, 5, 12, 15])
def test_the_best_within_a_span_is_that_of_looking_at_each(words, span):
    field = np.random.default_rng(words * 100 + span).random((3, words)).astype(np.float32)
    wanted = [sum(float(row[at : at + span].max()) for row in field) for at in range(words)]
    assert best_within(field, span) == pytest.approx(wanted, abs=1e-6)


def question(words: int, windows: int) -> EncodedQuery:
    kinds = np.array([WORD_KIND] * words + [WINDOW_KIND] * windows, np.uint8)
    vectors = np.zeros((len(kinds), 8), np.float32)
    weights = np.arange(1, len(kinds) + 1, dtype=np.float32)
    return EncodedQuery("", vectors[0], vectors, kinds, weights, (), np.arange(len(kinds), dtype=np.int32))


def test_what_a_word_is_worth_is_its_strength_above_the_floor_squared_by_its_weight():
    rng = np.random.default_rng(1)
    products, query = rng.random((5, 40)).astype(np.float32), question(3, 2)
    background, best = np.full(5, 0.2, np.float32), np.linspace(0.7, 0.9, 5).astype(np.float32)
    found = worth_of(products, 30, *Asked.of(query, background, best))
    above = np.maximum(strengths(products, background, best)[:3, :30] - 0.3, 0)
    assert found == pytest.approx(above**2 * np.array([[1], [2], [3]]) / 6, abs=1e-6)


def test_a_words_places_are_its_strongest():
    rng = np.random.default_rng(2)
    products = rng.random((6, 50)).astype(np.float32)
    background, slope = np.full(6, 0.3, np.float32), np.full(6, 1.5, np.float32)
    owner = np.array([0, 0, 1, -1, -1, -1])
    regions = rng.random((40, 4)).astype(np.float32)
    steps, boxes, kept = word_places(products, 40, owner, 2, background, slope, regions, 4, 0.9)
    strength = np.clip(0.2 + 1.5 * (products[:, :40] - 0.3), 0, 1)
    each = [strength[:2].max(axis=0), strength[2]]
    assert steps.shape == (2, 40)
    assert np.abs(steps - np.array(each) * 255).max() < 0.51
    for word in range(2):
        order = [at for at in np.argsort(-each[word], kind="stable") if each[word][at] >= 0.9][:4]
        assert kept[word] == len(order)
        assert boxes[word * 4 : word * 4 + len(order), :4] == pytest.approx(regions[order], abs=1e-4)


def test_the_best_place_of_a_grid_is_where_the_words_match_together():
    products, query = np.full((2, 100), 0.1, np.float32), question(2, 0)
    products[0, 5] = products[0, 71] = products[1, 72] = 0.9
    y, x = np.divmod(np.arange(100), 10)
    regions = np.stack([x / 10, y / 10, (x + 1) / 10, (y + 1) / 10], axis=1).astype(np.float32)
    asked = Asked.of(query, np.full(2, 0.1, np.float32), np.full(2, 0.9, np.float32))
    first = Region(*best_places(products, asked, regions, 5)[0].tolist())
    assert (first.x0, first.y0, first.x1, first.y1) == pytest.approx((0.1, 0.7, 0.3, 0.8), abs=1e-3)
    assert best_places(products, asked, regions[:0], 5).shape == (0, 5)
    nobody = Asked.of(question(0, 2), products[:, 0], products[:, 1])
    assert best_places(products, nobody, regions, 5).shape == (0, 5)


@pytest.mark.parametrize("most", [0, 3])
def test_what_is_told_of_a_page_in_one_call_is_what_each_of_its_parts_tells(most):
    rng = np.random.default_rng(most)
    products = rng.random((4, 60)).astype(np.float32)
    regions = np.sort(rng.random((60, 4)), axis=1).astype(np.float32)
    background, slope = rng.random(4).astype(np.float32) / 2, np.full(4, 1.5, np.float32)
    owner = np.array([0, 1, 1, -1])
    asked = Asked.of(question(3, 1), background, background + np.float32(0.5))
    told = places_on_page(products, 60, owner, 2, background, slope, regions, 4, 0.35, asked, most)
    parts = word_places(products, 60, owner, 2, background, slope, regions, 4, 0.35)
    assert all((one == other).all() for one, other in zip((told.steps, told.kept), (parts[0], parts[2]), strict=True))
    for word, count in enumerate(parts[2]):
        assert (told.boxes[4 * word : 4 * word + count] == parts[1][4 * word : 4 * word + count]).all()
    assert len(told.best) == most
    assert (told.best == best_places(products, asked, regions, 3)[:most]).all()


def test_places_on_many_pages_are_those_on_each():
    rng = np.random.default_rng(4)
    columns, looked_at = np.array([60, 1, 30, 9]), np.array([60, 1, 0, 5])
    products = [rng.random((4, count)).astype(np.float32) for count in columns]
    regions = [np.sort(rng.random((count, 4)), axis=1).astype(np.float32) for count in looked_at]
    background, slope = rng.random(4).astype(np.float32) / 2, np.full(4, 1.5, np.float32)
    owner, asked = np.array([0, 1, 1, -1]), Asked.of(question(3, 1), background, background + np.float32(0.5))
    limits, mosts = np.array([4, 4, 2, 2]), np.array([3, 0, 3, 1])
    flat = np.concatenate([np.zeros(7, np.float32), *(one.ravel() for one in products)])
    starts = 7 + 4 * (np.cumsum(columns) - columns)
    regioned = np.cumsum([0, *looked_at])
    shown = Shown(flat, starts, columns, np.concatenate(regions), regioned, limits, mosts)
    told = places_on_pages(shown, owner, 2, background, slope, 0.35, asked)
    for page, count in enumerate(looked_at):
        scale = (owner, 2, background, slope)
        one = places_on_page(products[page], count, *scale, regions[page], limits[page], 0.35, asked, mosts[page])
        steps = told.steps[told.firsts[page] :][: 2 * count].reshape(2, count)
        assert (steps == one.steps).all()
        assert (told.kept[page] == one.kept).all()
        for word, kept in enumerate(one.kept):
            boxes = slice(word * limits[page], word * limits[page] + kept)
            assert (told.boxes[page, boxes] == one.boxes[boxes]).all()
        assert (told.best[page, : told.found[page]] == one.best).all()


def test_the_nearest_box_is_rather_on_the_same_line():
    boxes = np.array([[0.1, 0.1, 0.2, 0.12], [0.5, 0.1, 0.6, 0.12], [0.1, 0.3, 0.2, 0.32]], np.float32)
    assert [nearest_box(boxes, *at) for at in ((0.15, 0.11), (0.4, 0.11), (0.15, 0.3), (0.15, 0.2))] == [0, 1, 2, 0]
