"""Thumbnails keep the page's shape, appear at once and whole, or not at all."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from indexer.errors import PagebeamError
from indexer.protocol.values import PageKey
from indexer.render.thumbnails import picture_name, write_thumbnail


@pytest.mark.parametrize(
    ("shape", "size"), [((1000, 500), (256, 512)), ((400, 2000), (512, 102)), ((100, 80), (80, 100))]
)
def test_the_longer_side_is_limited_and_nothing_is_enlarged(
    tmp_path: Path, shape: tuple[int, int], size: tuple[int, int]
) -> None:
    target = tmp_path / "made" / "a.jpg"
    write_thumbnail(np.full((*shape, 3), 200, np.uint8), target)
    with Image.open(target) as image:
        assert image.size == size
    write_thumbnail(np.zeros((*shape, 3), np.uint8), target)
    assert [entry.name for entry in target.parent.iterdir()] == ["a.jpg"]


def test_a_target_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").mkdir()
    with pytest.raises(PagebeamError):
        write_thumbnail(np.zeros((10, 10, 3), np.uint8), tmp_path / "a.jpg")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.jpg"]


def test_names_tell_pages_versions_and_widths_apart_and_hold_no_path() -> None:
    names = {
        picture_name(PageKey(document, page), version, width)
        for document, page, version, width in [(1, 2, "a", 3), (12, 2, "a", 3), (1, 2, "b", 3), (1, 2, "a", 4)]
    }
    assert len(names) == 4
    assert "/" not in picture_name(PageKey(1, 1), "../../x", 512)
