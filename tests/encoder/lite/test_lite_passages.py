"""Where a page's words are cut into passages."""

import random

import pytest

from indexer.encoder.lite.passages import passage_ranges


@pytest.mark.parametrize("seed", range(5))
def test_passages_hold_every_word_once_and_never_too_much(seed):
    chance = random.Random(seed)
    pieces = [chance.randrange(0, 9) for _ in range(chance.randrange(1, 400))]
    texts = [chance.choice(["word", "end.", "a.", "so:"]) for _ in pieces]
    lines = sorted(chance.randrange(0, 40) for _ in pieces)
    found = passage_ranges(texts, lines, pieces, 30)
    assert [word for passage in found for word in passage] == list(range(len(pieces)))
    assert all(sum(pieces[word] for word in passage) <= 30 for passage in found)
    assert all(len(passage) for passage in found)


def test_a_passage_ends_where_a_sentence_does():
    texts = ["This", "is", "the", "first", "of", "them.", "Here", "begins", "another", "one", "that", "goes", "on"]
    assert passage_ranges(texts, [0] * len(texts), [1] * len(texts), 9)[0] == range(6)


def test_without_sentences_it_ends_with_a_line():
    lines = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2]
    assert passage_ranges(["cell"] * 12, lines, [1] * 12, 9)[0] == range(7)


def test_a_sentence_that_ends_a_line_is_the_best_end():
    texts = ["one", "two", "three.", "four", "five.", "six", "seven", "eight"]
    assert passage_ranges(texts, [0, 0, 0, 1, 1, 1, 1, 1], [1] * 8, 5)[0] == range(3)


def test_a_stop_after_one_sign_ends_nothing():
    texts = ["write", "it", "down.", "said", "J.", "Smith", "to", "them"]
    assert passage_ranges(texts, [0] * 8, [1] * 8, 5)[0] == range(3)


def test_a_text_that_fits_is_one_passage_and_none_is_none():
    assert passage_ranges(["a", "b"], [0, 1], [1, 1], 2) == [range(2)]
    assert passage_ranges([], [], [], 9) == []
