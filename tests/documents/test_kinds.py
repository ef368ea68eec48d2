"""What a file is: its content decides, its name only where content says nothing."""

import os
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from indexer.documents import kinds
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
        ("README", b"What this folder is for.\n", TEXT),
        ("wide without a mark.txt", "Notes".encode("utf-16-le"), TEXT),
        ("drawing.svg", b"<!-- " + b"long " * 2000 + b"--><svg/>", IMAGE),
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


def archive_of_many(entries: int, *, zip64: bool) -> bytes:
    """A zip that is nothing but its list of entries, all of the same empty file."""
    header = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0) + b"a.jpg"
    listed = header * entries
    told = min(entries, 0xFFFF)
    if not zip64:
        return listed + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, told, told, len(listed), 0, 0)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, len(listed), 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(listed), 1)
    return listed + record + locator + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 51, 0, 0)


@pytest.mark.parametrize("zip64", [False, True])
def test_an_archive_of_a_million_entries_takes_no_memory_here(tmp_path: Path, zip64: bool) -> None:
    path = tmp_path / "comic.cbz"
    start = b"PK\x03\x04" + bytes(26)
    path.write_bytes(start + archive_of_many(300_000, zip64=zip64))
    tracemalloc.start()
    assert kind_of(path) == BOOK  # its name says so, and its renderer will have the last word
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000
    path.write_bytes(archive_of_many(3, zip64=zip64))
    assert kinds._kind_of_zip(path) == BOOK


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
        ("script", b"#!/bin/sh\nexit 0\n", ErrorCode.KIND_UNSUPPORTED),
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
    [
        ("a.PDF", True),
        ("README", True),
        ("a.docx", True),
        ("a.exe", False),
        ("a.tar.gz", False),
        ("movie.mp4", False),
        ("scan.djvu", True),
        ("poster.AI", True),
    ],
)
def test_names_are_a_first_sieve(name: str, expected: bool) -> None:
    assert could_be_document(name) is expected
