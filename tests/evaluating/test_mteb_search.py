"""An encoder handed to mteb: the calls that mteb makes, with rows as its data sets give them."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from indexer.encoder.jina_v4.encoder import JinaV4Encoder
from indexer.encoder.jina_v4.settings import JinaSettings
from indexer.errors import PagebeamError
from indexer.evaluating.mteb_search import MtebSearch

CHECKPOINT = Path(__file__).parents[1] / "data" / "jina_v4" / "checkpoint"
QUERIES = [{"id": "q1", "text": "heat pump"}, {"id": "q2", "text": ""}]


@pytest.fixture(scope="module")
def model():
    encoder = JinaV4Encoder.load(CHECKPOINT, JinaSettings(device="cpu", dtype="float32"))
    found = MtebSearch(encoder)
    random = np.random.default_rng(3)
    corpus = [
        {"id": f"c{n}", "image": Image.fromarray(random.integers(0, 255, (60 + 30 * n, 90, 3), np.uint8))}
        for n in range(3)
    ]
    found.index(corpus, task_metadata=None, hf_split="test", hf_subset="default", encode_kwargs={}, num_proc=None)
    return found


def test_every_question_gets_its_pages_by_maxsim(model):
    found = model.search(
        QUERIES, task_metadata=None, hf_split="test", hf_subset="default", top_k=2, encode_kwargs={}, num_proc=None
    )
    assert set(found) == {"q1", "q2"}
    assert len(found["q1"]) == 2
    scores = list(found["q1"].values())
    assert scores == sorted(scores, reverse=True)
    query = model._encoder.encode_query("heat pump", model._space)
    for page_id, score in found["q1"].items():
        vectors = model._pages[int(page_id[1])][0].astype(np.float32)
        plain = sum(w * max(float(q @ v) for v in vectors) for q, w in zip(query.vectors, query.weights, strict=True))
        assert score == pytest.approx(plain, abs=1e-5)


def test_reranking_keeps_to_what_was_ranked(model):
    found = model.search(QUERIES[:1], top_k=5, top_ranked={"q1": ["c2"]})
    assert list(found["q1"]) == ["c2"]


def test_texts_as_a_corpus_are_refused(model):
    with pytest.raises(PagebeamError, match="Only corpora of pictures"):
        MtebSearch(model._encoder).index([{"id": "1", "text": "words"}])


def test_mteb_takes_it_for_a_search_model(model):
    if importlib.util.find_spec("mteb") is None:
        pytest.skip("mteb is not installed (it is no dependency)")
    from mteb.models.models_protocols import SearchProtocol

    assert isinstance(model, SearchProtocol)
    assert model.mteb_model_meta.name == "jinaai/jina-embeddings-v4"
