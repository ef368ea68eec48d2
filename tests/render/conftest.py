"""Documents made on the spot, good and hostile, and a pool of renderers with small limits."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer.config import RenderLimits
from indexer.render.mupdf import load_mupdf
from indexer.render.pool import RenderPool

SMALL_LIMITS = RenderLimits(
    page_pixels=400_000,
    recognition_pixels=1_000_000,
    picture_pixels=30_000_000,
    wall_s=30.0,
    cpu_s=3,
    memory_bytes=500_000_000,
)


@pytest.fixture(scope="session")
def small_limits() -> RenderLimits:
    """Limits with which hostile documents are over soon."""
    return SMALL_LIMITS


@pytest.fixture(scope="session")
def pool() -> Iterator[RenderPool]:
    """One pool for all tests that do not break it (it must survive those that do, too)."""
    pool = RenderPool(SMALL_LIMITS)
    yield pool
    pool.close()
    assert pool.pids == []


@pytest.fixture
def make_pdf(tmp_path: Path) -> Callable[..., Path]:
    """make_pdf(pages, rotation=0, name=..., **save options): a PDF with one line of text a page."""

    def make(pages: list[str], rotation: int = 0, name: str = "made.pdf", **options: Any) -> Path:
        mupdf = load_mupdf()
        document = mupdf.open()
        for text in pages:
            page = document.new_page(width=400, height=600)
            if text:
                page.insert_text((40, 100), text, fontsize=24)
            page.set_rotation(rotation)
        document.save(tmp_path / name, **options)
        return tmp_path / name

    return make


@pytest.fixture
def laughs(tmp_path: Path) -> Callable[..., Path]:
    """laughs(before, after): a PDF that hangs at the page between so many ordinary ones (10^12 nested forms)."""

    def make(before: int = 0, after: int = 0) -> Path:
        depth, count = 12, before + 1 + after
        objects = {1: b"<</Type/Catalog/Pages 2 0 R>>", 3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"}
        calls = b"/F Do " * 10
        for level in range(depth):
            inner = b"0 0 1 1 re f" if level == depth - 1 else calls
            resources = b"" if level == depth - 1 else b"/Resources<</XObject<</F %d 0 R>>>>" % (11 + level)
            objects[10 + level] = b"<</Type/XObject/Subtype/Form/BBox[0 0 99 99]%s/Length %d>>stream\n%s\nendstream" % (
                resources,
                len(inner),
                inner,
            )
        objects[40] = b"<</Length 39>>stream\nBT /T 24 Tf 40 500 Td (ordinary) Tj ET  \nendstream"
        objects[41] = b"<</Length 5>>stream\n/F Do\nendstream"
        kids = []
        for index in range(count):
            content = 41 if index == before else 40
            kids.append(b"%d 0 R" % (50 + index))
            objects[50 + index] = (
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 600]/Contents %d 0 R"
                b"/Resources<</Font<</T 3 0 R>>/XObject<</F 10 0 R>>>>>>" % content
            )
        objects[2] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(kids), count)
        body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj%s\nendobj\n" % item for item in sorted(objects.items()))
        target = tmp_path / f"laughs-{before}-{after}.pdf"
        target.write_bytes(body + b"trailer<</Root 1 0 R/Size 90>>\n")
        return target

    return make
