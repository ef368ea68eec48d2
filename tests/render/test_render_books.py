"""Books, comics and text come as pages with words."""

import base64
import io
import os
import zipfile
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from indexer.documents.document import RenderedPage
from indexer.documents.kinds import could_be_document, kind_of
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.render.pool import PageFailure, RenderPool

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


def test_an_fb2_in_a_zip(pool: RenderPool, tmp_path: Path) -> None:
    for name in ("a.fb2.zip", "a.fbz"):
        assert could_be_document(name)
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(
                "a.fb2", "<FictionBook><body><section><p>Call me Ishmael</p></section></body></FictionBook>"
            )
        assert words_of(pool, tmp_path / name) == ["Call", "me", "Ishmael"]


def png(word: str = "") -> bytes:
    data = io.BytesIO()
    picture = Image.new("RGB", (300, 100), "white")
    ImageDraw.Draw(picture).rectangle((20, 20, 60 + len(word), 80), fill="black")
    picture.save(data, "PNG")
    return data.getvalue()


def converted(content: bytes, format_: str) -> bytes:
    data = io.BytesIO()
    Image.open(io.BytesIO(content)).save(data, format_)
    return data.getvalue()


def comic(path: Path, pictures: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in pictures.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "AVIF", "JPEG2000", "GIF"])
def test_a_comic_of_pictures_of_any_kind(pool: RenderPool, tmp_path: Path, format_: str) -> None:
    suffix = {"JPEG2000": "jp2"}.get(format_, format_.lower())
    path = comic(tmp_path / "a.cbz", {f"page.{suffix}": converted(png(), format_)})
    (page,) = pool.read(path, kind_of(path))
    assert page.pixels.shape == (100, 300, 3)
    assert page.pixels[50, 40].max() < 60


def test_the_pages_of_a_comic_come_as_people_count_and_nothing_else(pool: RenderPool, tmp_path: Path) -> None:
    names = ["b/10.png", "b/9.png", "a/2.png", "__MACOSX/b/._9.png", "b/.DS_Store", "ComicInfo.xml", "../../out.png"]
    path = comic(tmp_path / "a.cbz", {name: png(name) for name in names})
    pages = list(pool.read(path, kind_of(path)))
    black = [int((page.pixels[50] < 60).all(axis=1).sum()) for page in pages]
    assert black == [41 + len(name) for name in ("../../out.png", "a/2.png", "b/9.png", "b/10.png")]
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.cbz"]


def test_a_bad_picture_in_a_comic_costs_itself_only(pool: RenderPool, tmp_path: Path) -> None:
    bomb = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomb, "PNG")
    pictures = {"1.png": png(), "2.png": b"no picture", "3.png": bomb.getvalue(), "4.png": png()}
    path = comic(tmp_path / "a.cbz", pictures)
    outcomes = list(pool.read(path, kind_of(path)))
    assert [outcome.report.code if isinstance(outcome, PageFailure) else "" for outcome in outcomes] == [
        "",
        ErrorCode.PAGE_BROKEN,
        ErrorCode.PICTURE_TOO_LARGE,
        "",
    ]


def test_a_book_that_only_its_shop_can_open_is_told_as_that(pool: RenderPool, tmp_path: Path) -> None:
    for algorithm, readable in (
        ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", False),
        ("http://www.idpf.org/2008/embedding", True),
    ):
        path = tmp_path / "a.epub"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype", "application/epub+zip")
            archive.writestr("META-INF/container.xml", CONTAINER)
            archive.writestr("c.opf", PACKAGE)
            archive.writestr("a.xhtml", "<html><body><p>Call me Ishmael</p></body></html>")
            archive.writestr("META-INF/encryption.xml", f'<e><EncryptionMethod Algorithm="{algorithm}"/></e>')
        if readable:
            assert words_of(pool, path) == ["Call", "me", "Ishmael"]
            continue
        with pytest.raises(PagebeamError) as failure:
            list(pool.read(path, kind_of(path)))
        assert failure.value.code == ErrorCode.DOCUMENT_PROTECTED


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("suffix", [".fb2", ".svg"])
def test_markup_that_begins_with_pages_of_comments(
    pool: RenderPool, tmp_path: Path, suffix: str, encoding: str
) -> None:
    what = {
        ".fb2": "<FictionBook><body><section><p>Call me Ishmael</p></section></body></FictionBook>",
        ".svg": '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="100"><text x="9" y="50" font-size="20">'
        "Call me Ishmael</text></svg>",
    }[suffix]
    path = tmp_path / f"a{suffix}"
    path.write_bytes(f'<?xml version="1.0" encoding="{encoding}"?><!-- {"long " * 2000} -->{what}'.encode(encoding))
    assert words_of(pool, path) == ["Call", "me", "Ishmael"]


def test_names_that_are_not_utf8_leave_a_book_what_it_is(pool: RenderPool, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.cbz"))
    try:
        comic(odd, {"1.png": png()})
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    (page,) = pool.read(odd, kind_of(odd))
    assert page.pixels.shape == (100, 300, 3)


def test_text_in_any_common_encoding(pool: RenderPool, tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-16", "utf-8-sig", "latin-1"):
        for end in ("\n", ""):
            path = tmp_path / f"{encoding}.txt"
            path.write_bytes(f"Grüße aus Köln\n\nund Ülü{end}".encode(encoding))
            assert words_of(pool, path) == ["Grüße", "aus", "Köln", "und", "Ülü"], encoding


def test_odd_text_is_believed_and_not_recognised_from_its_picture(pool: RenderPool, tmp_path: Path) -> None:
    data = base64.b64encode(bytes(range(256)) * 200)
    (tmp_path / "a.txt").write_bytes(data)
    (tmp_path / "b.txt").write_text("0x7f :: {} [] ---- #### %%%% //// \n" * 200)
    for name in ("a.txt", "b.txt"):
        pages = list(pool.read(tmp_path / name, kind_of(tmp_path / name)))
        assert all(page.text_usable and page.words.texts for page in pages)


def test_a_long_text_has_pages_and_keeps_eighty_columns_on_a_line(pool: RenderPool, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("\n".join(f"{number:04d} " + "x" * 75 for number in range(200)))
    pages = list(pool.read(path, kind_of(path)))
    assert len(pages) > 1
    assert isinstance(pages[0], RenderedPage)
    assert pages[0].words.text().splitlines()[1] == "0001 " + "x" * 75
