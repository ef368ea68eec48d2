"""Nothing is fixed to one checkpoint: random ones of other sizes give what transformers' own forward gives of them."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from indexer.encoder.jina_v4 import inputs
from indexer.encoder.jina_v4.encoder import JinaV4Encoder
from indexer.encoder.jina_v4.settings import JinaSettings
from indexer.encoder.weights import Weights
from indexer.protocol.values import Task

_spec = importlib.util.spec_from_file_location("other_checkpoint", Path(__file__).with_name("other_checkpoint.py"))
other = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(other)

SINGLE, MULTI = 2e-5, 1e-4
CELLS = ((5, 7), (11, 3), (2, 15), (3, 5))
"""Rows and columns of pictures that have their target size already; another one is resized."""
TEXTS = ("", "Was kostete die Wärmepumpe 2024?", "mail: résumé, 字, 🚀 and x = {1: a_b}")


@pytest.fixture(scope="module", params=other.RECIPES, ids=lambda recipe: recipe.name)
def made(request, golden, tmp_path_factory):
    """A recipe, its folder, and the encoder of it."""
    folder = tmp_path_factory.mktemp("checkpoint") / "model"
    other.write(request.param, golden.checkpoint / "tokenizer.json", folder)
    return request.param, folder, JinaV4Encoder.load(folder, JinaSettings(device="cpu", dtype="float32"))


def test_texts_and_pictures_are_transformers_own(made):
    recipe, folder, encoder = made
    cell = recipe.patch * recipe.merge
    shapes = [*((rows * cell, columns * cell) for rows, columns in CELLS), (330, 1000)]
    pictures = [np.random.default_rng(i).integers(0, 256, (*shape, 3), np.uint8) for i, shape in enumerate(shapes)]
    targets = [inputs.target_size(*shape, encoder.checkpoint.preprocessing) for shape in shapes]
    assert targets[-1] != shapes[-1]
    assert targets[:-1] == shapes[:-1]
    shown = [inputs.resized(p, t).permute(1, 2, 0).numpy() for p, t in zip(pictures, targets, strict=True)]
    for task in recipe.tasks[:2]:
        reference = other.Reference(recipe, folder, task)
        seen = encoder.encode_images(pictures, Task(task))
        read = encoder.encode_texts(TEXTS, Task(task))
        expected = [reference.picture(pixels) for pixels in shown] + [reference.text(f"Query: {t}") for t in TEXTS]
        for ours, (single, multi) in zip([*seen, *read], expected, strict=True):
            assert ours.multi.shape == multi.shape
            assert np.abs(ours.single.numpy() - single).max() <= SINGLE
            assert np.abs(ours.multi.numpy() - multi).max() <= MULTI


def test_such_a_folder_can_be_imported_and_searched(made, tmp_path):
    recipe, folder, encoder = made
    weights = Weights(tmp_path / "models")
    weights.import_folder("jina-v4", folder)
    installed = JinaV4Encoder.load(
        weights.verified("jina-v4"), JinaSettings(device="cpu", dtype="float32", single_size=recipe.widths[0])
    )
    space = installed.spaces()[0]
    assert (space.single_size, space.vector_size) == (recipe.widths[0], recipe.vector)
    assert [space.task for space in installed.spaces()] == list(recipe.tasks)
    assert encoder.spaces()[0].single_size == (recipe.width or recipe.hidden)
    ours, theirs = (one.encode_query("heat pump", one.spaces()[0]) for one in (installed, encoder))
    assert np.allclose(ours.vectors, theirs.vectors, atol=1e-6)
