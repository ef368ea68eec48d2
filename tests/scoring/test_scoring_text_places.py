"""The places told on a page of text: where words match, where windows do, where the very words stand."""

import dataclasses

import numpy as np
import pytest

from indexer.documents.document import PageWords
from indexer.encoder.encoder import WINDOW_KIND, WORD_KIND, EncodedQuery
from indexer.encoder.lite.windows import window_ranges
from indexer.protocol.values import QueryWord, Region, TextSource
from indexer.scoring.picture_areas import largest_free, picture_area
from indexer.scoring.text_places import best_text_runs, places_of_vectors, text_places

COLUMNS, ROWS = 8, 10
WORDS = COLUMNS * ROWS


def page() -> PageWords:
    """Ten lines of eight words; a word's box is the cell it stands in."""
    at = np.arange(WORDS)
    x, y = (at % COLUMNS) / COLUMNS, (at // COLUMNS) / ROWS
    boxes = np.stack([x + 0.01, y + 0.02, x + 0.11, y + 0.08], axis=1)
    steps = (np.rint(boxes * 65535) / 65535).astype(np.float32)
    return PageWords(tuple(f"w{i}" for i in at), steps, (at // COLUMNS).astype(np.int32), TextSource.TEXT_LAYER)


def question(words: int) -> EncodedQuery:
    kinds = np.array([WORD_KIND] * words + [WINDOW_KIND], np.uint8)
    weights = np.append(np.full(words, 1 / words), 1).astype(np.float32)
    vectors = np.zeros((words + 1, 8), np.float32)
    return EncodedQuery("", vectors[0], vectors, kinds, weights, (), np.arange(words + 1, dtype=np.int32))


def places(strength: np.ndarray, exact: np.ndarray | None = None):
    """strength: (m, WORDS + windows), every word with a vector."""
    words = page()
    windows = window_ranges(WORDS)
    kinds = np.array([WORD_KIND] * WORDS + [WINDOW_KIND] * len(windows), np.uint8)
    regions = np.concatenate([words.boxes, np.zeros((len(windows), 4), np.float32)])
    if exact is None:
        exact = np.zeros((len(strength), WORDS), np.bool_)
    return text_places(strength.astype(np.float32), question(len(strength) - 1), kinds, regions, words, exact)


def faint(words: int) -> np.ndarray:
    return np.full((words + 1, WORDS + len(window_ranges(WORDS))), 0.2)


def cell_of(region) -> tuple[int, int]:
    return int((region.y0 + region.y1) / 2 * ROWS), int((region.x0 + region.x1) / 2 * COLUMNS)


def test_the_place_is_where_most_of_the_questions_words_match_together():
    strength = faint(3)
    strength[0, 4] = 0.95  # one word alone, matched best
    strength[0, 50], strength[1, 51], strength[2, 52] = 0.8, 0.8, 0.8
    assert cell_of(places(strength)[0]) == (6, 3)  # words 50 to 52 stand in row 6, columns 2 to 4


def test_a_word_that_stands_there_literally_beats_one_that_is_only_like_it():
    strength = faint(1)
    strength[0, 10], strength[0, 70] = 0.85, 0.6
    exact = np.zeros((2, WORDS), np.bool_)
    exact[0, 70] = True
    assert cell_of(places(strength, exact)[0]) == (8, 6)


def test_where_no_word_matches_the_best_window_is_the_place():
    strength = faint(2)
    windows = window_ranges(WORDS)
    best = next(at for at, over in enumerate(windows) if over.start >= 40)
    strength[2, WORDS + best] = 0.95
    row, _ = cell_of(places(strength)[0])
    assert windows[best].start // COLUMNS <= row <= (windows[best].stop - 1) // COLUMNS


def test_the_place_stays_on_one_line_and_places_do_not_overlap():
    strength = faint(2)
    strength[0, 14], strength[1, 15], strength[1, 16] = 0.9, 0.9, 0.9  # the last one on the next line
    strength[0, 60], strength[1, 61] = 0.85, 0.85
    found = places(strength)
    assert found[0].y1 - found[0].y0 < 1 / ROWS
    assert cell_of(found[0])[0] == 1
    assert cell_of(found[1])[0] == 7
    assert found[0].strength > found[1].strength > 0


def test_a_page_without_words_has_no_places():
    nothing = np.zeros((2, 0), np.float32)
    kinds, regions = np.zeros(0, np.uint8), np.zeros((0, 4), np.float32)
    assert text_places(nothing, question(1), kinds, regions, PageWords(), np.zeros((2, 0), np.bool_)) == ()


def test_vectors_find_their_words_by_their_boxes_words_in_one_box_in_their_order():
    boxes = page().boxes.copy()
    boxes[21] = boxes[20]  # drawn twice in one place
    kept = np.array([3, 20, 21, 40])
    assert places_of_vectors(boxes[kept], boxes).tolist() == kept.tolist()


@pytest.mark.parametrize("seed", range(5))
def test_the_compiled_runs_are_those_of_the_plain_text(seed):
    rng = np.random.default_rng(seed)
    words = page()
    field = (rng.random((4, WORDS)) ** 4).astype(np.float32)
    around = rng.random(WORDS).astype(np.float32)
    fast = best_text_runs(field, around, words.lines, words.boxes, 12, 0.5, 5)
    plain = best_text_runs.py_func(field, around, words.lines, words.boxes, 12, 0.5, 5)
    assert np.allclose(fast[0], plain[0], atol=1e-6)
    assert np.allclose(fast[1], plain[1], rtol=1e-5)


@pytest.mark.parametrize("words", [0, 1, 15, 16, 17, 100, 799, 3000])
def test_windows_lie_on_the_page_in_order_and_leave_few_words_out(words):
    ranges = window_ranges(words)
    covered = {at for over in ranges for at in over}
    assert covered <= set(range(words))
    assert len(covered) >= 0.8 * words
    assert len(ranges) <= 161
    assert [over.start for over in ranges] == sorted(over.start for over in ranges)


def chart_page() -> PageWords:
    """Three lines of text above, a chart with single labels in the middle, two lines of text below."""
    texts, boxes, lines = [], [], []
    rows = [(0.05, 8), (0.10, 8), (0.15, 8), (0.35, 1), (0.55, 2), (0.85, 8), (0.90, 8)]
    for line, (top, words) in enumerate(rows):
        for at in range(words):
            texts.append(f"w{len(texts)}")
            boxes.append((0.1 + at * 0.1, top, 0.18 + at * 0.1, top + 0.03))
            lines.append(line)
    steps = np.rint(np.array(boxes) * 65535) / 65535
    return PageWords(tuple(texts), steps.astype(np.float32), np.array(lines, np.int32), TextSource.TEXT_LAYER)


def on_chart_page(asked: str, strength: float) -> tuple[Region, ...]:
    """The places for two words, the second one matched at `strength` on the first line."""
    words = chart_page()
    count = len(words.texts)
    windows = window_ranges(count)
    kinds = np.array([WORD_KIND] * count + [WINDOW_KIND] * len(windows), np.uint8)
    regions = np.concatenate([words.boxes, np.zeros((len(windows), 4), np.float32)])
    matched = np.full((3, len(kinds)), 0.2, np.float32)
    matched[:2, 3] = strength
    units = tuple(QueryWord(word, 0, 1, searched=True, quoted=False) for word in asked.split())
    query = dataclasses.replace(question(2), words=units)
    return text_places(matched, query, kinds, regions, words, np.zeros((3, count), np.bool_))


def test_what_is_seen_is_looked_for_where_the_page_has_no_running_text():
    first, second = on_chart_page("Chart rainfall", 0.7)[:2]
    assert (first.x0, first.y0, first.x1, first.y1) == pytest.approx([0.1, 0.18, 0.9, 0.86], abs=0.03)
    assert second.y1 < 0.1
    assert first.strength == second.strength  # no stronger than the words that led to the page


def test_words_that_stand_on_the_page_come_before_its_picture():
    assert on_chart_page("chart rainfall", 0.95)[0].y1 < 0.1


def test_a_question_that_asks_for_no_picture_gets_none():
    assert all(place.y1 - place.y0 < 0.1 for place in on_chart_page("yearly rainfall", 0.7))


def test_a_page_full_of_text_and_a_page_of_labels_have_no_picture():
    assert picture_area(page()) is None
    labels = chart_page()
    few = np.flatnonzero(np.isin(labels.lines, (3, 4)))
    only = PageWords(tuple(labels.texts[at] for at in few), labels.boxes[few], labels.lines[few])
    assert picture_area(only) is None
    assert picture_area(PageWords()) is None


def test_the_largest_free_rectangle_is_found_wherever_it_lies():
    free = np.zeros((50, 50), np.bool_)
    free[5:10, 2:48] = True
    free[20:40, 10:25] = True
    assert largest_free(free) == pytest.approx([0.2, 0.4, 0.5, 0.8])
    assert largest_free(np.zeros((50, 50), np.bool_)) is None
    assert largest_free(np.ones((50, 50), np.bool_)) == pytest.approx([0, 0, 1, 1])
