"""What every test may use: the shared folder of real documents, where it is there, and a quiet environment."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for name in ("DO_NOT_TRACK", "HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "ORT_DISABLE_TELEMETRY"):
    os.environ.setdefault(name, "1")

os.environ.setdefault("PAGEBEAM_EAGER", "1")  # engines of tests wait for nobody, on a busy machine neither

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of documents and labels that lies beside the project where it is developed."""
    folder = ROOT.parent / "shared"
    if not (folder / "corpus").is_dir():
        pytest.skip("the shared corpus is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def data() -> Path:
    """The small documents that the suite cannot do without."""
    return Path(__file__).resolve().parent / "data"
