"""Every file of the shared corpus ends in pages or in a reason, and each as expected; no renderer is left."""

from pathlib import Path

import pytest

from indexer.config import RenderLimits
from indexer.documents.document import RenderedPage
from indexer.documents.kinds import kind_of
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.render.pool import RenderPool

REASONS = {
    ErrorCode.DOCUMENT_LOCKED,
    ErrorCode.PASSWORD_WRONG,
    ErrorCode.DOCUMENT_NO_PAGES,
    ErrorCode.DOCUMENT_BROKEN,
    ErrorCode.PICTURE_TOO_LARGE,
    ErrorCode.RENDER_TIMEOUT,
    ErrorCode.RENDER_MEMORY,
}


@pytest.mark.timeout(300)
def test_every_file_ends_in_pages_or_in_a_reason(shared: Path) -> None:
    pool = RenderPool(RenderLimits(page_pixels=300_000, recognition_pixels=300_000, cpu_s=5, wall_s=120))
    shown: dict[str, int] = {}
    failed: dict[str, ErrorCode] = {}
    files = sorted(path for path in (shared / "corpus").glob("*/*") if path.is_file())
    for path in files:
        try:
            pages = list(pool.read(path, kind_of(path)))
        except PagebeamError as problem:
            failed[path.name] = problem.code
            continue
        shown[path.name] = sum(isinstance(page, RenderedPage) for page in pages)
    pool.close()
    assert pool.pids == []
    assert len(shown) + len(failed) == len(files)
    assert min(shown.values()) >= 1
    assert set(failed.values()) <= REASONS
    assert len(failed) <= 6
    real = [count for name, count in shown.items() if (shared / "corpus" / "real" / name).exists()]
    assert len(real) == len(list((shared / "corpus" / "real").iterdir()))
    assert sum(real) >= 160
