"""Whether a folder holds a whole model in the published layout, told from names and headers without loading it.

1. Every required file is there, and `config.json` describes the right model.
2. Every shard that the index names is there, its header can be read, and the file is as long as the header says.
3. Every tensor that the index names stands in its shard.
4. The adapters' file has tensors for every task that `config.json` names.
"""

import json
import struct
from pathlib import Path
from typing import Any

from indexer.encoder.published import TASK_NAMES, PublishedModel
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

_LONGEST_HEADER = 100_000_000
_ADAPTERS = "adapters/adapter_model.safetensors"
_INDEX = "model.safetensors.index.json"
_WHOLE = "model.safetensors"


def check(folder: Path, model: PublishedModel) -> None:
    """Raise MODEL_FOLDER_WRONG for what is missing, MODEL_BROKEN for what is damaged; the sentence names the file."""
    if not folder.is_dir():
        raise _wrong(folder, f"There is no folder {folder.name}.")
    for name in model.required:
        if not (folder / name).is_file():
            raise _wrong(folder, f"{name} is missing.")
    config = _json(folder, "config.json")
    if config.get("model_type") != model.model_type or "multi_vector_projector_dim" not in config:
        raise _wrong(folder, f"config.json describes another model ({config.get('model_type', 'unnamed')}).")
    for name in ("preprocessor_config.json", "tokenizer.json", "tokenizer_config.json", "adapters/adapter_config.json"):
        _json(folder, name)
    _check_shards(folder)
    adapters = tensors(folder, _ADAPTERS)
    for task in config.get("task_names") or TASK_NAMES:
        for part in ("lora_A", "lora_B"):
            if not any(f".{part}.{task}." in name for name in adapters):
                raise PagebeamError(
                    ErrorCode.MODEL_BROKEN, str(folder), detail=f"{_ADAPTERS} has no adapter for {task}"
                )


def shards(folder: Path) -> list[str]:
    """Names of the weight files that the index names, or of the one that needs none. Raises MODEL_BROKEN."""
    if (folder / _WHOLE).is_file() and not (folder / _INDEX).exists():
        return [_WHOLE]
    places = _json(folder, _INDEX).get("weight_map")
    names = places.values() if isinstance(places, dict) else ()
    if not names or not all(isinstance(name, str) and Path(name).name == name for name in names):
        raise PagebeamError(ErrorCode.MODEL_BROKEN, str(folder), detail=f"{_INDEX} names no weights")
    return sorted(set(names))


def _check_shards(folder: Path) -> None:
    if not (folder / _INDEX).exists() and not (folder / _WHOLE).exists():
        raise _wrong(folder, f"{_INDEX} is missing.")
    names = shards(folder)
    places: dict[str, str] = _json(folder, _INDEX)["weight_map"] if (folder / _INDEX).exists() else {}
    for shard in names:
        if not (folder / shard).is_file():
            raise _wrong(folder, f"{shard} is missing.")
        there = tensors(folder, shard)
        for tensor, home in places.items():
            if home == shard and tensor not in there:
                raise PagebeamError(ErrorCode.MODEL_BROKEN, str(folder), detail=f"{shard} lacks {tensor}")


def tensors(folder: Path, name: str) -> frozenset[str]:
    """Names of the tensors in a safetensors file, from its header. Raises MODEL_BROKEN when it is not whole."""
    path = folder / name
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > _LONGEST_HEADER:
                raise ValueError("header too long")
            header: dict[str, Any] = json.loads(file.read(length))
        header.pop("__metadata__", None)
        end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, struct.error):
        raise PagebeamError(ErrorCode.MODEL_BROKEN, str(path), detail=f"{name} cannot be read") from None
    size = path.stat().st_size
    if size != 8 + length + end:
        how = "cut short" if size < 8 + length + end else "longer than it should be"
        raise PagebeamError(ErrorCode.MODEL_BROKEN, str(path), detail=f"{name} is {how}")
    return frozenset(header)


def _json(folder: Path, name: str) -> dict[str, Any]:
    try:
        told = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise PagebeamError(ErrorCode.MODEL_BROKEN, str(folder / name), detail=f"{name} cannot be read")
    return told


def _wrong(folder: Path, detail: str) -> PagebeamError:
    return PagebeamError(ErrorCode.MODEL_FOLDER_WRONG, str(folder), detail=detail)
