"""Lite: the published model's numbers, one vector and one box a word, questions of any kind."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from indexer.documents.document import PageWords
from indexer.encoder.encoder import WINDOW_KIND, WORD_KIND, PageInput
from indexer.encoder.lite import encoder
from indexer.encoder.lite.encoder import MAX_VECTORS, SEEN_WEIGHT, LiteEncoder
from indexer.encoder.lite.model_files import check_weights, model_folder
from indexer.encoder.lite.network import MiniLM
from indexer.encoder.lite.pieces import PieceEncoder, word_vectors
from indexer.encoder.lite.whole_numbers import runs_here, smoothing
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.resources import resource

THINGS = ("turnip", "lawyer", "train", "violin", "receipt", "telescope")


@pytest.fixture(scope="module")
def lite() -> LiteEncoder:
    return LiteEncoder.load()


def page_of(text: str) -> PageInput:
    texts = tuple(text.split())
    n = len(texts)
    left = np.arange(n, dtype=np.float32) % 10 / 10
    top = np.arange(n, dtype=np.float32) // 10 / (n // 10 + 1)
    boxes = np.stack([left, top, left + 0.08, top + 0.01], axis=1)
    words = PageWords(texts, boxes, (np.arange(n) // 10).astype(np.int32))
    return PageInput(words, np.zeros((4, 4, 3), np.uint8))


def test_the_network_gives_the_numbers_of_the_published_one():
    from transformers import BertModel

    folder = model_folder()
    published = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    ours = MiniLM(load_file(folder / "model.safetensors"))
    texts = [torch.randint(1000, 20000, (length,)).tolist() for length in (40, 7, 1, 128)]
    for text, vectors in zip(texts, ours(texts), strict=True):
        with torch.inference_mode():
            expected = published(torch.tensor([text])).last_hidden_state[0]
        assert torch.allclose(vectors, expected, atol=2e-5)


@pytest.mark.skipif(not runs_here(), reason="this processor's torch has no products in whole numbers")
def test_in_whole_numbers_it_stays_near_them():
    path = model_folder() / "model.safetensors"
    exact = MiniLM(load_file(path))
    near = MiniLM(load_file(path), smoothing(resource("lite", "smoothing.npz")))
    text = " ".join(f"The {thing} was paid for in {place} by card." for thing in THINGS for place in ("Lyon", "Bergen"))
    pieces = [piece for word in PieceEncoder(model_folder()).pieces(text.split()) for piece in word][:126]
    same = torch.nn.functional.cosine_similarity(exact([pieces])[0], near([pieces])[0], dim=-1)
    assert same.mean() > 0.985
    assert same.min() > 0.95


def test_a_missing_and_a_broken_smoothing_are_said(tmp_path):
    for content, code in ((None, ErrorCode.MODEL_MISSING), (b"PK\x03\x04 broken", ErrorCode.MODEL_BROKEN)):
        path = tmp_path / "smoothing.npz"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(PagebeamError) as caught:
            smoothing(path)
        assert caught.value.code is code


def test_a_page_gives_unit_vectors_with_their_words_boxes(lite):
    page = page_of("The invoice total for turnips and carrots is 120 euro " * 8)
    encoded = lite.encode_pages([page], lite.spaces()[0])[0]
    assert np.allclose(np.linalg.norm(encoded.vectors, axis=1), 1, atol=1e-4)
    assert encoded.regions.shape == (len(encoded.vectors), 4)
    words = encoded.kinds == WORD_KIND
    assert set(map(tuple, encoded.regions[words])) <= set(map(tuple, page.words.boxes))
    assert (encoded.kinds == WINDOW_KIND).any()
    assert (np.diff(encoded.kinds.astype(int)) >= 0).all()


@pytest.mark.parametrize("count", [1, 253, 254, 255, 700, 3000])
def test_pages_of_any_length_have_their_vectors_within_the_limit(lite, count):
    text = " ".join(f"word{i}" for i in range(count))
    encoded = lite.encode_pages([page_of(text)], lite.spaces()[0])[0]
    assert 0 < len(encoded.vectors) <= MAX_VECTORS
    assert np.isfinite(encoded.vectors).all()
    assert np.linalg.norm(encoded.vectors, axis=1).min() > 0.99


def test_an_empty_page_has_no_vectors(lite):
    encoded = lite.encode_pages([page_of("")], lite.spaces()[0])[0]
    assert encoded.vectors.shape == (0, lite.spaces()[0].vector_size)


def test_meaning_is_found_without_the_word(lite):
    space = lite.spaces()[0]
    pages = lite.encode_pages([page_of("The physician examined the patient"), page_of("Rivers carry sand")], space)
    query = lite.encode_query("doctor", space)
    scores = [
        sum(
            w * (p.vectors[p.kinds == k] @ v).max()
            for v, k, w in zip(query.vectors, query.kinds, query.weights, strict=True)
        )
        for p in pages
    ]
    assert scores[0] > scores[1]


def test_stop_words_are_shown_but_not_searched(lite):
    query = lite.encode_query("the cost of heating", lite.spaces()[0])
    assert [(w.text, w.searched) for w in query.words] == [
        ("the", False),
        ("cost", True),
        ("of", False),
        ("heating", True),
    ]
    assert query.word_of.tolist() == [1, 3, -1]
    assert query.weights[:2].sum() == pytest.approx(1)


def test_a_quoted_phrase_is_one_word_in_its_place(lite):
    query = lite.encode_query('find "heat pump" cost', lite.spaces()[0])
    phrase = query.words[1]
    assert (phrase.text, phrase.quoted) == ("heat pump", True)
    assert query.text[phrase.start : phrase.end] == "heat pump"
    assert query.word_of.tolist().count(1) == 2


def test_a_word_left_out_has_no_vector(lite):
    query = lite.encode_query("cost of heating", lite.spaces()[0], left_out=[2])
    assert 2 not in query.word_of


@pytest.mark.parametrize(
    "text", ["", "   ", "🙂🙂", "\u202eabc", "مرحبا بالعالم", "the of and", "x" * 5000, "a b " * 5000]
)
def test_any_question_is_taken(lite, text):
    query = lite.encode_query(text, lite.spaces()[0])
    assert np.isfinite(query.vectors).all()
    assert len(query.vectors) == len(query.kinds) == len(query.weights) == len(query.word_of)


def test_a_changed_model_is_refused_in_plain_words(tmp_path):
    wrong = tmp_path / "model.safetensors"
    wrong.write_bytes(b"not the model")
    with pytest.raises(PagebeamError) as caught:
        check_weights(wrong)
    assert caught.value.code is ErrorCode.MODEL_BROKEN
    assert "not what it should be" in caught.value.report.message


def test_words_that_say_how_something_looks_count_less_unless_they_are_all_there_is(lite):
    space = lite.spaces()[0]
    asked = lite.encode_query("Red chart of rainfall", space)  # "of" is not searched
    red, chart, rainfall, _ = asked.weights
    assert red == chart == pytest.approx(rainfall * SEEN_WEIGHT)
    assert red + chart + rainfall == pytest.approx(1)
    assert asked.vectors[-1] == pytest.approx(lite.encode_query("of rainfall", space).vectors[-1], abs=1e-3)
    only = lite.encode_query("red chart", space)
    assert only.weights[:2] == pytest.approx([0.5, 0.5])
    assert only.vectors[-1] @ lite.encode_query("chart", space).vectors[-1] > 0.5


def test_a_words_vector_is_the_mean_of_its_pieces_and_a_word_without_pieces_has_none():
    pieces = np.random.default_rng(0).normal(size=(5, 384)).astype(np.float32)
    found = word_vectors(pieces, np.array([1, 1, 1, 3, 4]), 6)
    unit = pieces / np.linalg.norm(pieces, axis=1, keepdims=True)
    mean = unit[:3].mean(axis=0)
    assert found[1] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)
    assert found[3:5] == pytest.approx(unit[3:5], abs=1e-6)
    assert not found[[0, 2, 5]].any()
    assert not word_vectors(pieces[:0], np.zeros(0, np.int64), 2).any()


@pytest.mark.parametrize(("words", "times"), [(20, 0), (700, 2)])
def test_memory_is_given_back_between_full_pages_and_not_between_short_ones(lite, monkeypatch, words, times):
    given_back = []
    monkeypatch.setattr(encoder, "give_back_freed", lambda: given_back.append(1))
    (space,) = lite.spaces()
    assert len(lite.encode_pages([page_of("turnip lawyer " * (words // 2))] * 6, space)) == 6
    assert len(given_back) == times
