"""The real LibreOffice, where there is one: each format of office documents becomes a page with its words."""

import importlib.util
from pathlib import Path

import pytest

from indexer.config import RenderLimits
from indexer.documents.kinds import kind_of
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import DocumentKind
from indexer.render.office import find_libreoffice
from indexer.render.pool import RenderPool

_spec = importlib.util.spec_from_file_location("office_documents", Path(__file__).with_name("office_documents.py"))
office_documents = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(office_documents)

pytestmark = pytest.mark.skipif(find_libreoffice() is None, reason="there is no LibreOffice on this machine")


@pytest.fixture(scope="module")
def converting():
    pool = RenderPool(RenderLimits())
    yield pool
    pool.close()


@pytest.mark.parametrize("suffix", office_documents.MAKERS)
def test_an_office_document_is_read_with_its_words(converting: RenderPool, tmp_path: Path, suffix: str) -> None:
    path = office_documents.MAKERS[suffix](tmp_path / f"letter.{suffix}", "Turnips and lighthouses")
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    assert kind_of(path) is DocumentKind.OFFICE
    (page,) = converting.read(path, DocumentKind.OFFICE)
    assert page.words.texts[-3:] == ("Turnips", "and", "lighthouses")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]  # no lock file beside it


def test_a_damaged_one_is_told_as_damaged(converting: RenderPool, tmp_path: Path) -> None:
    path = office_documents.docx(tmp_path / "letter.docx", "Turnips " * 500)
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(PagebeamError) as failure:
        list(converting.read(path, DocumentKind.OFFICE))
    assert failure.value.code is ErrorCode.DOCUMENT_BROKEN
