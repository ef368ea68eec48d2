"""Model folders: the published layout loads without its code; whatever is wrong is told by name."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from indexer.encoder.jina_v4 import adapters
from indexer.encoder.jina_v4.checkpoint import Checkpoint
from indexer.encoder.jina_v4.encoder import JinaV4Encoder
from indexer.encoder.jina_v4.settings import JinaSettings
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

CPU = torch.device("cpu")
ADAPTER_FILE = Path("adapters") / "adapter_model.safetensors"


@pytest.fixture
def folder(golden, tmp_path: Path) -> Path:
    """A copy of the checkpoint that a test may damage."""
    copy = tmp_path / "model"
    shutil.copytree(golden.checkpoint, copy, copy_function=shutil.copyfile)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


def load(folder: Path, dtype: torch.dtype = torch.float32):
    return Checkpoint.read(folder).load(CPU, dtype)


def refused(folder: Path) -> PagebeamError:
    with pytest.raises(PagebeamError) as caught:
        JinaV4Encoder.load(folder)
    return caught.value


def shards(folder: Path) -> list[Path]:
    return sorted(folder.glob("model*.safetensors"))


def holding(folder: Path, ending: str) -> tuple[Path, dict[str, torch.Tensor], str]:
    """A shard with a tensor whose name ends so, all its tensors, and that name."""
    for shard in shards(folder):
        tensors = load_file(shard)
        for name in tensors:
            if name.endswith(ending):
                return shard, tensors, name
    raise AssertionError(ending)


def test_code_in_the_folder_is_never_run(folder, tmp_path):
    trap = tmp_path / "it-ran"
    code = f"open({str(trap)!r}, 'w').close()\nclass JinaEmbeddingsV4Config: pass\nclass JinaEmbeddingsV4Model: pass\n"
    for name in ("modeling_jina_embeddings_v4.py", "configuration_jina_embeddings_v4.py", "custom_st.py"):
        (folder / name).write_text(code)
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {
        "AutoConfig": "configuration_jina_embeddings_v4.JinaEmbeddingsV4Config",
        "AutoModel": "modeling_jina_embeddings_v4.JinaEmbeddingsV4Model",
    }
    (folder / "config.json").write_text(json.dumps(config))
    load(folder)
    assert not trap.exists()


def test_files_that_are_not_needed_may_be_absent(folder):
    for name in ("video_preprocessor_config.json", "chat_template.json", "generation_config.json", "merges.txt"):
        (folder / name).unlink(missing_ok=True)
    assert JinaV4Encoder.load(folder).spaces()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_adapters_keep_the_number_type_they_are_given(folder, dtype):
    for name, module in adapters.adapted_modules(load(folder, dtype)).items():
        # The projector comes last and is small: it and its adapter are float32 always.
        expected = torch.float32 if name == adapters.PROJECTOR else dtype
        for side in (module.lora_A, module.lora_B):
            assert {one.weight.dtype for one in side.values()} == {expected}


def test_every_adapter_is_loaded_onto_text_and_projector_only(folder, checkpoint):
    modules = load(folder)
    adapted = adapters.adapted_modules(modules)
    assert len(adapted) == 7 * checkpoint.text_layers + 1
    assert not any("visual" in name for name in adapted)
    tensors = load_file(folder / ADAPTER_FILE)
    loaded = 0
    for name, module in adapted.items():
        for task in checkpoint.tasks:
            for side, weights in (("A", module.lora_A), ("B", module.lora_B)):
                stored = tensors[f"base_model.model.{name}.lora_{side}.{task}.weight"]
                assert torch.equal(weights[task].weight, stored.float())
                loaded += 1
    assert loaded == len(tensors)


def test_the_factor_is_alpha_over_rank(folder, checkpoint):
    config = json.loads((folder / "adapters" / "adapter_config.json").read_text())
    for module in adapters.adapted_modules(load(folder)).values():
        assert module.scaling[checkpoint.tasks[0]] == config["lora_alpha"] / config["r"]


def rewritten(folder: Path, change) -> None:
    tensors = load_file(folder / ADAPTER_FILE)
    save_file(change(tensors), folder / ADAPTER_FILE)


def test_an_adapter_that_loads_nothing_is_an_error(folder, checkpoint):
    task = checkpoint.tasks[-1]
    rewritten(folder, lambda t: {k: v * 0 if f"lora_B.{task}" in k else v for k, v in t.items()})
    problem = refused(folder)
    assert problem.code is ErrorCode.MODEL_BROKEN
    assert task in problem.report.message


def test_a_missing_task_is_an_error(folder, checkpoint):
    task = checkpoint.tasks[1]
    rewritten(folder, lambda t: {k: v for k, v in t.items() if f".{task}." not in k})
    problem = refused(folder)
    assert problem.code is ErrorCode.MODEL_BROKEN
    assert task in problem.report.message


def test_adapters_of_half_the_layers_are_an_error(folder):
    rewritten(folder, lambda t: {k: v for k, v in t.items() if ".layers.0." not in k})
    assert refused(folder).code is ErrorCode.MODEL_BROKEN


def test_weights_of_no_adapter_are_an_error(folder):
    rewritten(folder, lambda t: {k.replace("lora_", "other_"): v for k, v in t.items()})
    assert refused(folder).code is ErrorCode.MODEL_BROKEN


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
@pytest.mark.parametrize("name", ["embed_tokens.weight", "mlp.down_proj.weight", "visual.merger.mlp.2.bias"])
def test_a_weight_that_is_no_number_is_named(folder, name, value):
    """What a damaged file of the right length holds; nothing else of it can be known without its checksum."""
    shard, tensors, whole = holding(folder, name)
    tensors[whole].view(-1)[-1] = value
    save_file(tensors, shard, metadata={"format": "pt"})
    problem = refused(folder)
    assert problem.code is ErrorCode.MODEL_BROKEN
    assert name in problem.report.message


def test_an_adapter_that_is_no_number_is_named(folder):
    path = folder / "adapters" / "adapter_model.safetensors"
    tensors = load_file(path)
    name = next(key for key in tensors if ".lora_A.code." in key)
    tensors[name][0, 0] = torch.nan
    save_file(tensors, path, metadata={"format": "pt"})
    problem = refused(folder)
    assert problem.code is ErrorCode.MODEL_BROKEN
    assert "lora_A.code" in problem.report.message


def test_weights_that_are_numbers_but_make_no_vectors_are_told_when_the_model_is_loaded(folder):
    shard, tensors, whole = holding(folder, "model.norm.weight")
    tensors[whole][:] = 1e36
    save_file(tensors, shard, metadata={"format": "pt"})
    with pytest.raises(PagebeamError) as caught:
        JinaV4Encoder.load(folder, JinaSettings(device="cpu", dtype="float32"))
    assert caught.value.code is ErrorCode.MODEL_BROKEN
    assert "no vector" in caught.value.report.message


@pytest.mark.parametrize("kept", [0, 100, 0.5, 0.999])
def test_a_shard_cut_short_is_named_broken(folder, kept):
    shard = shards(folder)[0]
    whole = shard.read_bytes()
    shard.write_bytes(whole[: kept if isinstance(kept, int) else int(len(whole) * kept)])
    assert refused(folder).code is ErrorCode.MODEL_BROKEN


def test_a_shard_of_another_model_is_named_broken(folder):
    shard, tensors, name = holding(folder, "mlp.down_proj.weight")
    save_file(tensors | {name: tensors[name][:, :-8].contiguous()}, shard, metadata={"format": "pt"})
    assert refused(folder).code is ErrorCode.MODEL_BROKEN


def test_a_shard_that_lacks_a_weight_is_named_broken(folder):
    shard, tensors, name = holding(folder, "self_attn.q_proj.weight")
    del tensors[name]
    save_file(tensors, shard, metadata={"format": "pt"})
    assert refused(folder).code is ErrorCode.MODEL_BROKEN


@pytest.mark.parametrize(
    "name",
    ["config.json", "preprocessor_config.json", "tokenizer.json", str(ADAPTER_FILE), "adapters/adapter_config.json"],
)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    problem = refused(folder)
    assert problem.code is ErrorCode.MODEL_MISSING
    assert Path(name).name in problem.report.message


def test_a_missing_shard_is_named(folder):
    gone = shards(folder)[-1]
    gone.unlink()
    problem = refused(folder)
    assert problem.code is ErrorCode.MODEL_MISSING
    assert gone.name in problem.report.message


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", "tokenizer.json"])
@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "{}", "\0\0"])
def test_small_files_of_nonsense_are_named(folder, name, text):
    (folder / name).write_text(text)
    problem = refused(folder)
    assert problem.code is ErrorCode.MODEL_BROKEN
    assert name in problem.report.message


@pytest.mark.parametrize(
    ("name", "part", "key", "value"),
    [
        ("config.json", "text_config", "hidden_act", "gelu"),
        ("config.json", "vision_config", "hidden_act", "gelu"),
        ("config.json", "text_config", "rope_scaling", {"rope_type": "linear", "factor": 2.0, "mrope_section": [1]}),
        ("config.json", "vision_config", "spatial_merge_size", lambda merge: 2 * merge),
        ("preprocessor_config.json", None, "resample", 2),
        ("adapters/adapter_config.json", None, "use_dora", True),
    ],
)
def test_what_would_silently_be_computed_otherwise_is_refused(folder, name, part, key, value):
    told = json.loads((folder / name).read_text())
    changed = told[part] if part else told
    changed[key] = value(changed[key]) if callable(value) else value
    (folder / name).write_text(json.dumps(told))
    assert refused(folder).code is ErrorCode.MODEL_BROKEN


def test_another_models_tokenizer_is_refused(folder):
    told = json.loads((folder / "config.json").read_text())
    told["image_token_id"] -= 1
    (folder / "config.json").write_text(json.dumps(told))
    problem = refused(folder)
    assert problem.code is ErrorCode.MODEL_BROKEN
    assert "tokenizer.json" in problem.report.message


def test_text_that_slides_is_refused(folder):
    told = json.loads((folder / "config.json").read_text())
    told["text_config"] |= {"use_sliding_window": True, "sliding_window": 8, "max_window_layers": 0}
    (folder / "config.json").write_text(json.dumps(told))
    problem = refused(folder)
    assert problem.code is ErrorCode.MODEL_BROKEN
    assert "sliding" in problem.report.message


def test_no_folder_and_an_empty_folder(tmp_path):
    assert refused(tmp_path / "nowhere").code is ErrorCode.MODEL_MISSING
    (tmp_path / "empty").mkdir()
    assert refused(tmp_path / "empty").code is ErrorCode.MODEL_MISSING


def test_too_little_memory_is_told_before_anything_is_loaded(folder):
    """A sparse shard of a petabyte stands in for a model that is larger than any machine's memory."""
    with shards(folder)[0].open("r+b") as shard:
        shard.truncate(2**43)
    assert refused(folder).code is ErrorCode.OUT_OF_MEMORY


def test_the_fingerprint_tells_weights_apart(folder, checkpoint):
    same = Checkpoint.read(folder)
    assert same.fingerprint() == checkpoint.fingerprint()
    task = checkpoint.tasks[0]
    rewritten(folder, lambda t: {k: v * 2 if f"lora_B.{task}" in k else v for k, v in t.items()})
    assert same.fingerprint() != checkpoint.fingerprint()


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [("adapters/adapter_config.json", "lora_alpha", 5), ("preprocessor_config.json", "image_mean", [0.4, 0.4, 0.4])],
)
def test_the_fingerprint_tells_settings_apart_that_change_vectors(folder, checkpoint, name, key, value):
    told = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps(told | {key: value}))
    assert Checkpoint.read(folder).fingerprint() != checkpoint.fingerprint()


def test_the_fingerprint_sees_the_end_of_a_shard_larger_than_what_is_read(folder, monkeypatch):
    monkeypatch.setattr("indexer.encoder.jina_v4.checkpoint._END_BYTES", 4096)
    before, shard = Checkpoint.read(folder).fingerprint(), shards(folder)[-1]
    whole = bytearray(shard.read_bytes())
    whole[-1] ^= 1
    shard.write_bytes(whole)
    assert len(whole) > 3 * 4096
    assert Checkpoint.read(folder).fingerprint() != before
