"""Every format, from the file to the found page: drawn, read, and told what of it is not."""

import io
import zipfile

import pytest
from PIL import Image, ImageDraw

from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode

WORD = "LIGHTHOUSE"


def picture(mode: str = "RGB", word: str = WORD) -> Image.Image:
    image = Image.new("L", (900, 260), 255)
    ImageDraw.Draw(image).text((40, 60), word, fill=0, font_size=110)
    if mode == "I;16":
        return image.convert("I").point(lambda value: value * 257).convert("I;16")
    return image.convert("RGB").convert(mode) if mode != "L" else image


def epub(path) -> None:
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
            '<rootfile full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        )
        book.writestr(
            "b.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" version="2.0" unique-identifier="i"><metadata/><manifest>'
            '<item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="c"/>'
            "</spine></package>",
        )
        book.writestr("c.xhtml", f'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{WORD} book</p></body></html>')


def make_everything(folder, make_pdf) -> dict[str, str]:
    """One file of each format; gives how many pages each should have."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    make_pdf(folder / "a.pdf", f"{WORD} in a PDF")
    plain = {"png": "RGB", "jpg": "RGB", "webp": "RGB", "bmp": "RGB", "jp2": "RGB", "avif": "RGB", "heic": "RGB"}
    for suffix, mode in plain.items():
        picture(mode).save(folder / f"plain.{suffix}")
    picture("I;16").save(folder / "deep.png")
    picture("CMYK").save(folder / "cmyk.jpg")
    turned = picture().transpose(Image.Transpose.ROTATE_90)
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(folder / "turned.jpg", exif=exif)
    picture().save(folder / "pages.tif", save_all=True, append_images=[picture(word="TURNIPS")])
    picture().save(folder / "moving.gif", save_all=True, append_images=[picture(word="TURNIPS")])
    (folder / "drawing.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="200"><rect width="600" height="200" fill="#fff"/>'
        f'<text x="20" y="120" font-size="60" font-family="Helvetica">{WORD}</text></svg>'
    )
    (folder / "note.txt").write_text(f"A {WORD} in a text.\n")
    (folder / "note.md").write_text(f"# A {WORD} in Markdown\n")
    (folder / "book.fb2").write_text(
        '<?xml version="1.0"?><FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><body><section>'
        f"<p>{WORD} in fiction</p></section></body></FictionBook>"
    )
    epub(folder / "book.epub")
    data = io.BytesIO()
    picture().save(data, "PNG")
    with zipfile.ZipFile(folder / "comic.cbz", "w") as comic:
        comic.writestr("1.png", data.getvalue())
    (folder / "letter.rtf").write_text("{\\rtf1 A letter.}")
    (folder / "wrong name.jpg").write_bytes((folder / "a.pdf").read_bytes())
    return {path.name for path in folder.iterdir()}


@pytest.mark.timeout(600)
def test_every_format_is_found_by_its_word_or_told_of(engine, documents, make_pdf):
    names = make_everything(documents, make_pdf)
    engine.ask(messages.AddPaths, paths=(str(documents),))
    status = engine.all_read(len(names))
    failures = {(f.path.rsplit("/", 1)[1], f.code) for f in engine.ask(messages.ListFailures).failures}
    office = {("letter.rtf", ErrorCode.NEEDS_LIBREOFFICE)} if status.failed else set()
    assert failures == {("moving.gif", ErrorCode.FIRST_PICTURE_ONLY)} | office
    engine.until_searched(status.pages)
    found = {hit.path.rsplit("/", 1)[1] for hit in engine.ask(messages.Search, query=f'"{WORD}"', k=100).results}
    assert found == names - {"letter.rtf"}
    assert status.pages == len(names) - status.failed + 1, "two pages of the TIFF, one of everything else"
