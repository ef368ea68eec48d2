"""A model folder in the published layout, made here: real safetensors files of a few kilobytes with random numbers."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

TASKS = ("retrieval", "text-matching", "code")


def make_model(folder: Path) -> Path:
    (folder / "adapters").mkdir(parents=True)
    random = np.random.default_rng(7)
    settings = {
        "config.json": {"model_type": "qwen2_5_vl", "multi_vector_projector_dim": 16, "task_names": list(TASKS)},
        "preprocessor_config.json": {"max_pixels": 602112},
        "tokenizer.json": {"model": {}},
        "tokenizer_config.json": {},
        "adapters/adapter_config.json": {"r": 4, "lora_alpha": 8},
    }
    for name, value in settings.items():
        (folder / name).write_text(json.dumps(value))
    (folder / "LICENSE.txt").write_text("Not for commerce.")
    (folder / "modeling_jina_embeddings_v4.py").write_text("raise SystemExit('this must never run')")
    places = {}
    for number in (1, 2):
        shard = f"model-0000{number}-of-00002.safetensors"
        tensors = {f"model.layers.{number}.{part}.weight": random.random((128, 300)).astype("f4") for part in "ab"}
        save_file(tensors, folder / shard)
        places |= dict.fromkeys(tensors, shard)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    lora = {
        f"base_model.model.multi_vector_projector.lora_{part}.{task}.weight": random.random((4, 16)).astype("f4")
        for part in "AB"
        for task in TASKS
    }
    save_file(lora, folder / "adapters" / "adapter_model.safetensors")
    return folder


@pytest.fixture
def model(tmp_path) -> Path:
    return make_model(tmp_path / "published")
