"""A model folder in the published layout: its numbers, and its weights on transformers' own classes.

No code from the folder is run (`auto_map` is ignored), weights come from safetensors only, and whatever is missing,
damaged or does not fit together is one MODEL_BROKEN with the file's name. Whether the files are the published ones
is for encoder/weights.py to say, by checksum.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLModel
from transformers.utils import logging as transformers_logging

from indexer.encoder.device import free_memory_bytes
from indexer.encoder.jina_v4 import adapters
from indexer.encoder.jina_v4.inputs import Preprocessing
from indexer.encoder.jina_v4.model import JinaModules
from indexer.encoder.published import TASK_NAMES
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

ADAPTERS = "adapters"
_PROJECTOR = "multi_vector_projector"
_INDEX = "model.safetensors.index.json"
_SETTINGS = ("config.json", "preprocessor_config.json", "tokenizer.json", f"{ADAPTERS}/adapter_config.json")
_END_BYTES = 2**20
_BICUBIC = 3
"""Pillow's number for it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the folder's small files say. Sizes are never assumed.

    single_sizes: Matryoshka sizes. single_size: of the single vector where nobody asks for another.
    """

    folder: Path
    preprocessing: Preprocessing
    tasks: tuple[str, ...]
    single_sizes: tuple[int, ...]
    hidden_size: int
    single_size: int
    text_layers: int
    image_token: int

    @classmethod
    def read(cls, folder: Path) -> "Checkpoint":
        """Read the configuration. Raises PagebeamError (MODEL_MISSING, MODEL_BROKEN)."""
        if not folder.is_dir():
            raise PagebeamError(ErrorCode.MODEL_MISSING, str(folder), detail=f"no folder {folder.name}")
        config, pictures = _json(folder / "config.json"), _json(folder / "preprocessor_config.json")
        with _as_broken("preprocessor_config.json"):
            preprocessing = _preprocessing(pictures)
        with _as_broken("config.json"):
            text = config.get("text_config", config)
            hidden = int(text["hidden_size"])
            return cls(
                folder,
                preprocessing,
                tuple(config.get("task_names") or TASK_NAMES),
                tuple(sorted(int(value) for value in config["matryoshka_dims"])),
                hidden,
                int(config.get("truncate_dim") or hidden),
                int(text["num_hidden_layers"]),
                int(config["image_token_id"]),
            )

    def weight_files(self) -> tuple[Path, ...]:
        """The shards that the index names, or the single file, and the adapter file."""
        index = self.folder / _INDEX
        names = sorted(set(_json(index)["weight_map"].values())) if index.exists() else ["model.safetensors"]
        return (*(self.folder / name for name in names), self.folder / ADAPTERS / "adapter_model.safetensors")

    def fingerprint(self) -> str:
        """Eight signs that tell apart what gives other vectors, without reading all of the weights.

        Of each weight file both ends: the adapters' factor, the pixels' mean or the projector (at the end of the last
        shard) may be all that a new revision changes, and its vectors are not comparable with the old ones.
        """
        digest = hashlib.sha256()
        for name in _SETTINGS:
            digest.update(f"{name} ".encode() + (self.folder / name).read_bytes())
        for path in self.weight_files():
            size = path.stat().st_size
            with path.open("rb") as file:
                digest.update(f"{path.name} {size} ".encode() + file.read(_END_BYTES))
                file.seek(max(file.tell(), size - _END_BYTES))
                digest.update(file.read(_END_BYTES))
        return digest.hexdigest()[:8]

    def load(self, device: torch.device, dtype: torch.dtype) -> JinaModules:
        """The modules with all adapters. Raises PagebeamError (MODEL_MISSING, MODEL_BROKEN, OUT_OF_MEMORY)."""
        for path in self.weight_files():
            if not path.is_file():
                raise PagebeamError(ErrorCode.MODEL_MISSING, str(path), detail=f"no file {path.name}")
        self._check_memory(device, dtype)
        backbone = self._backbone(device, dtype)
        modules = JinaModules(backbone, self._projector(device)).eval().requires_grad_(False)
        with _as_broken("adapters"):
            config = _json(self.folder / ADAPTERS / "adapter_config.json")
            tensors = {
                key: tensor.to(dtype) for key, tensor in load_file(self.weight_files()[-1], device=str(device)).items()
            }
            adapters.attach(modules, tensors, config)
        adapters.check(modules, self.tasks, self.text_layers)
        _check_numbers(modules)
        return modules.requires_grad_(False)

    def _backbone(self, device: torch.device, dtype: torch.dtype) -> nn.Module:
        with _as_broken("model weights"), _quiet_transformers():
            config = Qwen2_5_VLConfig.from_pretrained(self.folder, local_files_only=True)
            self._check_architecture(config)
            model, told = Qwen2_5_VLModel.from_pretrained(
                self.folder,
                config=config,
                dtype=dtype,
                device_map={"": device} if device.type == "cuda" else None,
                attn_implementation="sdpa",
                local_files_only=True,
                use_safetensors=True,
                output_loading_info=True,
            )
            # A file may hold the vocabulary's output layer; nothing here computes logits.
            extra = [key for key in told["unexpected_keys"] if not key.startswith((_PROJECTOR, "lm_head"))]
            for kind, keys in (("missing", told["missing_keys"]), ("unknown", extra), ("odd", told["mismatched_keys"])):
                if keys:
                    raise ValueError(f"{kind} weights: {sorted(map(str, keys))[:3]}")
        network: nn.Module = model.to(device)
        return network

    def _check_architecture(self, config: Any) -> None:
        """Refuse what the network would silently compute otherwise. Raises ValueError."""
        text, vision, pictures = config.text_config, config.vision_config, self.preprocessing
        known = (
            (text.hidden_act, "silu"),
            (vision.hidden_act, "silu"),
            (text.rope_parameters["rope_type"], "default"),
            (set(text.layer_types), {"full_attention"}),
            (
                (vision.patch_size, vision.spatial_merge_size, vision.temporal_patch_size),
                (pictures.patch, pictures.merge, pictures.temporal),
            ),
        )
        for found, expected in known:
            if found != expected:
                raise ValueError(f"{found} where {expected} is expected")

    def _projector(self, device: torch.device) -> nn.Linear:
        """The linear layer that makes multi-vectors; always float32, it is small and comes last."""
        found: dict[str, Tensor] = {}
        for path in self.weight_files()[:-1]:
            with _as_broken(path.name), safe_open(path, framework="pt") as shard:
                for key in shard.keys():  # noqa: SIM118 (a shard is no dictionary)
                    if key.startswith(_PROJECTOR):
                        found[key.rpartition(".")[2]] = shard.get_tensor(key).float()
        with _as_broken("projector"):
            weight, bias = found["weight"], found["bias"]
            projector = nn.Linear(weight.shape[1], weight.shape[0], device=device)
            projector.weight.data.copy_(weight)
            projector.bias.data.copy_(bias)
        return projector

    def _check_memory(self, device: torch.device, dtype: torch.dtype) -> None:
        stored = sum(path.stat().st_size for path in self.weight_files())
        needed = stored * dtype.itemsize // 2  # the published weights are bfloat16
        free = free_memory_bytes(device)
        if needed > free:
            detail = f"{needed / 2**30:.1f} GiB needed, {free / 2**30:.1f} GiB free"
            raise PagebeamError(ErrorCode.OUT_OF_MEMORY, detail=detail)


@torch.inference_mode()
def _check_numbers(modules: JinaModules) -> None:
    """A damaged file of the right length: its bytes are weights too, and one that is no number spoils every vector.
    Summing takes about as long as reading the weights from memory once, in their own number type, for torch would make
    a copy of another (and adds up in float32 by itself): 0.3 s for the published model instead of 5 s and 1.2 GB."""
    names, weights = zip(*modules.named_parameters(), strict=True)
    sums = torch.stack([weight.sum().float() for weight in weights])
    for name, total in zip(names, sums.tolist(), strict=True):
        if not math.isfinite(total):
            plain = name.replace(".base_layer", "")
            raise PagebeamError(ErrorCode.MODEL_BROKEN, detail=f"model weights: {plain} holds what is no number")


@contextmanager
def _quiet_transformers() -> Iterator[None]:
    """No progress bar in the engine's log, and no warning about the projector, which is read separately."""
    level, progress = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)
        if progress:
            transformers_logging.enable_progress_bar()


def _preprocessing(config: Mapping[str, Any]) -> Preprocessing:
    size = config.get("size", {})
    if config.get("resample", _BICUBIC) != _BICUBIC:
        raise ValueError(f"pictures are resized in a way that is not known here: {config['resample']}")
    return Preprocessing(
        int(config.get("min_pixels") or size["shortest_edge"]),
        int(config.get("max_pixels") or size["longest_edge"]),
        int(config["patch_size"]),
        int(config["merge_size"]),
        int(config["temporal_patch_size"]),
        tuple(float(value) for value in config["image_mean"]),
        tuple(float(value) for value in config["image_std"]),
        float(config.get("rescale_factor") or 1 / 255),
    )


def _json(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise PagebeamError(ErrorCode.MODEL_MISSING, str(path), detail=f"no file {path.name}")
    with _as_broken(path.name):
        value = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(value, dict):
            raise TypeError("not a JSON object")
        return value


@contextmanager
def _as_broken(what: str) -> Iterator[None]:
    """Turn whatever a damaged file makes libraries raise into MODEL_BROKEN with the file's name."""
    try:
        yield
    except (PagebeamError, MemoryError, torch.OutOfMemoryError):
        raise
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as problem:
        detail = f"{what}: {str(problem).splitlines()[0] if str(problem) else type(problem).__name__}"
        raise PagebeamError(ErrorCode.MODEL_BROKEN, detail=detail[:300]) from problem
