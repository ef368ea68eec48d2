"""What a file is: its content decides, its name only where content says nothing."""

import os
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from indexer.documents.kinds import could_be_document, kind_of
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import DocumentKind

PDF, IMAGE, BOOK, OFFICE, TEXT = (
    DocumentKind.PDF,
    DocumentKind.IMAGE,
    DocumentKind.BOOK,
    DocumentKind.OFFICE,
    DocumentKind.TEXT,
)
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", b"%PDF-1.7\n...", PDF),
        ("junk-before-header.pdf", b"\x00" * 900 + b"%PDF-1.4", PDF),
        ("no suffix", b"%PDF-1.7\n...", PDF),
        ("wrong.jpg", b"%PDF-1.7\n...", PDF),
        ("headless.pdf", b"1 0 obj <</Type /Catalog>> endobj", PDF),
        ("noise.pdf", bytes(range(256)) * 4, PDF),
        ("about pdf.txt", b"A file begins with %PDF-1.7 when it is one.", TEXT),
        ("notes.md", b"# Notes\n", TEXT),
        ("latin.txt", "Grüße".encode("latin-1"), TEXT),
        ("wide.txt", "Grüße".encode("utf-16"), TEXT),
        ("table.csv", b"a,b\n1,2\n", TEXT),
        ("picture.pdf", b"\xff\xd8\xff\xe0" + b"\x00" * 40, IMAGE),
        ("x.svg", SVG, IMAGE),
        ("quoted svg.txt", SVG, TEXT),
        ("x.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", IMAGE),
        ("x", b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf", IMAGE),
        ("x", b"II*\x00\x08\x00\x00\x00", IMAGE),
        ("x.pgm", b"P5 128 128 65535\n\x00\x01", IMAGE),
        ("x.jp2", b"\x00\x00\x00\x0cjP  \r\n\x87\n", IMAGE),
        ("x.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", IMAGE),
        ("x.rtf", b"{\\rtf1 hello}", OFFICE),
        ("x.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, OFFICE),
        ("x.fb2", b'<?xml version="1.0"?><FictionBook/>', BOOK),
        ("x.mobi", b"\x00" * 60 + b"BOOKMOBI", BOOK),
    ],
)
def test_content_decides(tmp_path: Path, name: str, content: bytes, kind: DocumentKind) -> None:
    (tmp_path / name).write_bytes(content)
    assert kind_of(tmp_path / name) == kind


@pytest.mark.parametrize(
    ("name", "entries", "kind"),
    [
        ("a.zip", {"word/document.xml": b""}, OFFICE),
        ("a.pptx", {"ppt/presentation.xml": b""}, OFFICE),
        ("a.bin", {"mimetype": b"application/vnd.oasis.opendocument.text"}, OFFICE),
        ("a.zip", {"mimetype": b"application/epub+zip"}, BOOK),
        ("a.xps", {"FixedDocSeq.fdseq": b""}, BOOK),
        ("a.cbz", {"001.jpg": b"", "002.jpg": b""}, BOOK),
        ("holiday.zip", {"001.jpg": b"", "002.jpg": b""}, None),
        ("program.jar", {"META-INF/MANIFEST.MF": b""}, None),
    ],
)
def test_zip_containers_are_told_apart(
    tmp_path: Path, name: str, entries: dict[str, bytes], kind: DocumentKind | None
) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content)
    if kind is not None:
        assert kind_of(tmp_path / name) == kind
        return
    with pytest.raises(PagebeamError) as failure:
        kind_of(tmp_path / name)
    assert failure.value.code == ErrorCode.KIND_UNSUPPORTED


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "AVIF", "JPEG2000", "PPM"])
def test_what_pillow_writes_is_a_picture(tmp_path: Path, format_: str) -> None:
    target = tmp_path / "file"
    Image.new("RGB", (40, 30), "red").save(target, format_)
    assert kind_of(target) == IMAGE


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.pdf", b"", ErrorCode.FILE_EMPTY),
        ("text.pdf", b"Dear reader, this is no PDF.\n" * 20, ErrorCode.KIND_UNSUPPORTED),
        ("program", b"\x7fELF\x02\x01\x01" + b"\x00" * 100, ErrorCode.KIND_UNSUPPORTED),
        ("page", b"<!doctype html><html><svg></svg></html>", ErrorCode.KIND_UNSUPPORTED),
    ],
)
def test_what_is_no_document_says_why(tmp_path: Path, name: str, content: bytes, code: ErrorCode) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PagebeamError) as failure:
        kind_of(tmp_path / name)
    assert failure.value.code == code
    assert failure.value.report.path == str(tmp_path / name)


def test_missing_files_folders_and_pipes_do_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    for name, code in (
        ("gone.pdf", ErrorCode.FILE_MISSING),
        ("pipe.pdf", ErrorCode.KIND_UNSUPPORTED),
        ("", ErrorCode.FOLDER_UNREADABLE),
    ):
        with pytest.raises(PagebeamError) as failure:
            kind_of(tmp_path / name)
        assert failure.value.code == code


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.PDF", True), ("README", True), ("a.docx", True), ("a.exe", False), ("a.tar.gz", False), ("movie.mp4", False)],
)
def test_names_are_a_first_sieve(name: str, expected: bool) -> None:
    assert could_be_document(name) is expected
