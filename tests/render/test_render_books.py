"""Books, comics and text come as pages with words."""

import zipfile
from pathlib import Path

from indexer.documents.document import RenderedPage
from indexer.documents.kinds import kind_of
from indexer.render.pool import RenderPool

CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="c.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf" version="2.0"><manifest>'
    '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="a"/></spine></package>'
)


def words_of(pool: RenderPool, path: Path) -> list[str]:
    words: list[str] = []
    for page in pool.read(path, kind_of(path)):
        assert isinstance(page, RenderedPage)
        assert page.text_usable
        words += page.words.texts
    return words


def test_an_epub(pool: RenderPool, tmp_path: Path) -> None:
    path = tmp_path / "book"  # no suffix: content decides
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("c.opf", PACKAGE)
        archive.writestr("a.xhtml", "<html><body><p>Call me Ishmael</p></body></html>")
    assert words_of(pool, path) == ["Call", "me", "Ishmael"]


def test_an_fb2(pool: RenderPool, tmp_path: Path) -> None:
    path = tmp_path / "a.fb2"
    path.write_text("<FictionBook><body><section><p>Call me Ishmael</p></section></body></FictionBook>")
    assert words_of(pool, path) == ["Call", "me", "Ishmael"]


def test_text_in_any_common_encoding(pool: RenderPool, tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-16", "utf-8-sig", "latin-1"):
        path = tmp_path / f"{encoding}.txt"
        path.write_bytes("Grüße aus Köln\n\nund zurück\n".encode(encoding))
        assert words_of(pool, path) == ["Grüße", "aus", "Köln", "und", "zurück"], encoding


def test_a_long_text_has_pages_and_keeps_eighty_columns_on_a_line(pool: RenderPool, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("\n".join(f"{number:04d} " + "x" * 75 for number in range(200)))
    pages = list(pool.read(path, kind_of(path)))
    assert len(pages) > 1
    assert isinstance(pages[0], RenderedPage)
    assert pages[0].words.text().splitlines()[1] == "0001 " + "x" * 75
