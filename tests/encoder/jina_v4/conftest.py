"""The golden set: a tiny random checkpoint in the published layout and what the published code makes of it.

PAGEBEAM_GOLDEN names another set; every size in these tests is read from the set's files.
"""

import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from indexer.encoder.jina_v4.adapters import Adapters
from indexer.encoder.jina_v4.checkpoint import Checkpoint
from indexer.encoder.jina_v4.encoder import JinaV4Encoder
from indexer.encoder.jina_v4.inputs import TextInput
from indexer.encoder.jina_v4.settings import JinaSettings

ROOT = Path(__file__).resolve().parents[3]


def golden_folder() -> Path:
    named = os.environ.get("PAGEBEAM_GOLDEN")
    beside = ROOT.parent / "shared" / "jina_v4_golden"
    return Path(named) if named else beside if beside.is_dir() else ROOT / "tests" / "data" / "jina_v4"


@dataclass(frozen=True)
class Golden:
    """cases by id, and the expected arrays by name."""

    folder: Path
    cases: dict[str, dict[str, Any]]
    arrays: Any

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint"

    def picture(self, name: str) -> np.ndarray:
        """As the published code opens it: alpha dropped, palette and grey turned into colours."""
        return np.asarray(Image.open(self.folder / "images" / name).convert("RGB"))

    def ids(self, kind: str, precision: str = "fp32", resize: str = "torch") -> list[str]:
        return [
            name
            for name, case in self.cases.items()
            if (case["kind"], case["precision"], case.get("resize", resize)) == (kind, precision, resize)
        ]


def read_golden() -> Golden:
    folder = golden_folder()
    cases = json.loads((folder / "cases.json").read_text(encoding="utf-8"))["cases"]
    arrays = np.load(folder / "golden.npz", allow_pickle=False)
    return Golden(folder, {case["id"]: case for case in cases}, arrays)


GOLDEN = read_golden()
KINDS = {
    "text_case": GOLDEN.ids("text"),
    "image_case": GOLDEN.ids("image"),
    "fp32_case": GOLDEN.ids("text") + GOLDEN.ids("image"),
    "bf16_case": GOLDEN.ids("text", "bf16_autocast") + GOLDEN.ids("image", "bf16_autocast"),
    "pixels_case": [name for name in GOLDEN.ids("image") if "pixel_values" in GOLDEN.cases[name]],
    "pil_case": [name for name, case in GOLDEN.cases.items() if case.get("resize") == "pil"],
    "trace_case": GOLDEN.ids("trace"),
}
"""A test that takes one of these names runs once for each of its cases."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for kind in KINDS.keys() & set(metafunc.fixturenames):
        metafunc.parametrize(kind, [GOLDEN.cases[name] for name in KINDS[kind]], ids=KINDS[kind])


@pytest.fixture(scope="session")
def golden() -> Golden:
    return GOLDEN


@pytest.fixture(scope="session")
def tested_cases() -> set[str]:
    return {name for names in KINDS.values() for name in names}


@pytest.fixture(scope="session")
def encoder(golden: Golden) -> JinaV4Encoder:
    """In float32 on the processor, as the golden numbers were made."""
    return JinaV4Encoder.load(golden.checkpoint, JinaSettings(device="cpu", dtype="float32"))


@pytest.fixture(scope="session")
def bf16_encoder(golden: Golden) -> JinaV4Encoder:
    return JinaV4Encoder.load(golden.checkpoint, JinaSettings(device="cpu", dtype="bfloat16"))


@pytest.fixture(scope="session")
def checkpoint(golden: Golden) -> Checkpoint:
    return Checkpoint.read(golden.checkpoint)


@pytest.fixture(scope="session")
def modules(checkpoint: Checkpoint):
    return checkpoint.load(torch.device("cpu"), torch.float32)


@pytest.fixture(scope="session")
def text_input(golden: Golden) -> TextInput:
    return TextInput(str(golden.checkpoint / "tokenizer.json"))


@pytest.fixture(scope="session")
def low_rank(modules, checkpoint: Checkpoint) -> Adapters:
    """Adapters applied beside the base weights, as where memory is short."""
    return Adapters(modules, checkpoint.tasks, merge=False)


@pytest.fixture
def until() -> Callable[..., bool]:
    """Waits for a condition of another thread that raises no event; gives whether it came in time."""

    def wait(condition: Callable[[], bool], limit_s: float = 10.0) -> bool:
        waited = threading.Event()
        for _ in range(int(limit_s / 0.005)):
            if condition():
                return True
            waited.wait(0.005)
        return False

    return wait
