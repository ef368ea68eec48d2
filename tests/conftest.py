"""What every test may use: the shared folder of real documents, where it is there, and a quiet environment."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for name in ("DO_NOT_TRACK", "HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "ORT_DISABLE_TELEMETRY"):
    os.environ.setdefault(name, "1")

os.environ.setdefault("PAGEBEAM_EAGER", "1")  # engines of tests wait for nobody, on a busy machine neither

ROOT = Path(__file__).resolve().parent.parent
_LONG = ("endurance", "end_to_end", "app")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: the last one would else be waited for by all other processes."""
    items.sort(key=lambda item: _LONG.index(part) if (part := _part(item)) in _LONG else len(_LONG))


def _part(item: pytest.Item) -> str:
    return item.path.relative_to(ROOT / "tests").parts[0] if item.path.is_relative_to(ROOT / "tests") else ""


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


@pytest.fixture
def documents(tmp_path) -> Path:
    """An empty folder for documents."""
    folder = tmp_path / "documents"
    folder.mkdir()
    return folder


@pytest.fixture
def make_pdf() -> Callable[..., Path]:
    """make_pdf(path, *texts): a PDF of A4 pages with a text each, which may be as long as fits."""
    import pymupdf  # not for tests of the window alone

    def make(path: Path, *pages: str) -> Path:
        document = pymupdf.open()
        for text in pages:
            page = document.new_page()
            page.insert_textbox(pymupdf.Rect(72, 72, 500, 700), text, fontsize=12)
        document.save(path)
        document.close()
        return path

    return make
