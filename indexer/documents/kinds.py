"""What kind of file this is: by its content first, by its name only where content says nothing.

Reads the first kilobytes, and for zip containers the list of entries (never an entry's content beyond 200 bytes).
Which decoder then reads the file is render's business; it looks at the content again.
"""

import os
import stat
import zipfile
from pathlib import Path

from indexer.documents.head import read_head
from indexer.documents.patience import answer
from indexer.documents.plain_text import beginning, looks_like_text
from indexer.errors import PagebeamError, from_os_error
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import DocumentKind

_SUFFIXES: dict[DocumentKind, frozenset[str]] = {
    DocumentKind.PDF: frozenset({".pdf"}),
    DocumentKind.IMAGE: frozenset(
        [
            ".png",
            ".apng",
            ".jpg",
            ".jpeg",
            ".jpe",
            ".jfif",
            ".webp",
            ".tif",
            ".tiff",
            ".gif",
            ".bmp",
            ".dib",
            ".heic",
            ".heif",
            ".hif",
            ".avif",
            ".jp2",
            ".j2k",
            ".jpx",
            ".jpf",
            ".svg",
            ".pgm",
            ".ppm",
            ".pbm",
            ".pnm",
            ".pam",
        ]
    ),
    DocumentKind.BOOK: frozenset([".epub", ".mobi", ".prc", ".azw", ".azw3", ".fb2", ".fbz", ".xps", ".oxps", ".cbz"]),
    DocumentKind.OFFICE: frozenset(
        [
            ".docx",
            ".docm",
            ".dotx",
            ".pptx",
            ".pptm",
            ".ppsx",
            ".potx",
            ".xlsx",
            ".xlsm",
            ".odt",
            ".ott",
            ".odp",
            ".otp",
            ".ods",
            ".ots",
            ".rtf",
            ".doc",
            ".ppt",
            ".xls",
        ]
    ),
    DocumentKind.TEXT: frozenset([".txt", ".text", ".md", ".markdown", ".rst", ".csv", ".tsv"]),
}
_NOT_READ = frozenset({
    ".djvu", ".djv", ".ps", ".eps", ".ai", ".psd", ".psb", ".xcf", ".jxl", ".odg", ".fodt", ".fods", ".fodp", ".pages",
    ".numbers", ".cbr", ".cb7", ".cbt", ".chm", ".lit", ".wpd", ".wps", ".vsd", ".vsdx", ".hwp", ".hwpx",
})  # fmt: skip
"""Documents with pages to people, and not to us unless their content is another (an .ai mostly is a PDF): who has such
files is told so, instead of looking for them in vain."""
_KNOWN_SUFFIXES = _NOT_READ.union(*_SUFFIXES.values())
_IMAGE_MAGIC = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",
    b"MM\x00*",
    b"II+\x00",
    b"MM\x00+",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n",
    b"\xff\x4f\xff\x51",
)
_ISO_MEDIA_PICTURES = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
)
_END_BYTES = 76 + 22 + 65_535
"""The end record of a zip, with that of zip64 before it and the longest comment behind it."""
_ENTRIES_BYTES = 8_000_000
"""Some 100,000 entries; a book or an office document has hundreds."""
_OFFICE_ZIP_PARTS = ("word/", "ppt/", "xl/")
_OFFICE_MIME = b"application/vnd.oasis.opendocument."
_PICTURE_SUFFIXES_IN_COMICS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".jp2", ".avif", ".bmp")
_PACKED = ".fb2.zip"
_PROGRAMS = ("<", "#!")
"""Text without a suffix that begins so is a web page, data or a script; other such text is there to be read."""
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def kind_of_name(path: str) -> DocumentKind | None:
    """What a file's name says it is, for estimates; its content may say otherwise."""
    suffix = os.path.splitext(path)[1].lower()
    return next((kind for kind, suffixes in _SUFFIXES.items() if suffix in suffixes), None)


def is_read(name: str) -> bool:
    """Whether a file of this name will be read, as far as its name tells; else it is only told of."""
    return os.path.splitext(name)[1].lower() not in _NOT_READ


def could_be_document(name: str) -> bool:
    """Whether a file of this name is worth opening: a suffix that documents have, or none (then content decides)."""
    suffix = os.path.splitext(name)[1].lower()
    return suffix in _KNOWN_SUFFIXES or not suffix or name.lower().endswith(_PACKED)


def kind_of(path: Path) -> DocumentKind:
    """What `path` is. Raises FILE_MISSING, FILE_UNREADABLE, FILE_EMPTY, KIND_UNSUPPORTED, DISK_SILENT."""
    return answer(lambda _: _kind_now(path), str(path))


def _kind_now(path: Path) -> DocumentKind:
    head = _read_head(path)
    kind = _kind_by_content(path, head) or _kind_by_name(path, head)
    if kind is None:
        raise PagebeamError(ErrorCode.KIND_UNSUPPORTED, str(path))
    return kind


def _read_head(path: Path) -> bytes:
    try:
        # O_NONBLOCK: a pipe in place of a file must not block us; os.open of a folder works on POSIX, so look first.
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):  # the scan lists folders that may not be opened
            raise PagebeamError(ErrorCode.FOLDER_UNREADABLE, str(path))
        if not stat.S_ISREG(found.st_mode):
            raise PagebeamError(ErrorCode.KIND_UNSUPPORTED, str(path))
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
            head = read_head(file)
    except OSError as problem:
        raise from_os_error(problem, str(path)) from problem
    if not head:
        raise PagebeamError(ErrorCode.FILE_EMPTY, str(path))
    return head


def _kind_by_content(path: Path, head: bytes) -> DocumentKind | None:
    if path.suffix.lower() in _SUFFIXES[DocumentKind.TEXT] and looks_like_text(head) and head[:5] != b"%PDF-":
        return DocumentKind.TEXT  # a text about PDF or SVG may quote what makes one
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(path)
    if _is_picture(head):
        return DocumentKind.IMAGE
    if head.startswith(b"{\\rtf"):
        return DocumentKind.OFFICE
    if head[60:68] in (b"BOOKMOBI", b"TEXtREAd"):
        return DocumentKind.BOOK
    if b"%PDF-" in head or b"%!PS-Adobe-3.0 PDF" in head:  # readers accept junk before the header
        return DocumentKind.PDF
    if head.startswith(_OLE_MAGIC) and path.suffix.lower() in _SUFFIXES[DocumentKind.OFFICE]:
        return DocumentKind.OFFICE  # .doc, .xls, .ppt; the container alone also holds installers and mails
    return _kind_of_markup(head)


def _is_picture(head: bytes) -> bool:
    if head.startswith(_IMAGE_MAGIC) or (head.startswith(b"RIFF") and head[8:12] == b"WEBP"):
        return True
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in (12, 16, 40, 52, 56, 64, 108, 124):
        return True
    if head[:1] == b"P" and head[1:2] in b"1234567" and head[2:3].isspace() and head[3:4] in b"0123456789#W \n":
        return True
    return head[4:8] == b"ftyp" and not _ISO_MEDIA_PICTURES.isdisjoint(
        {head[8:12], *(head[i : i + 4] for i in range(16, min(int.from_bytes(head[:4], "big"), 128), 4))}
    )


def _kind_of_markup(head: bytes) -> DocumentKind | None:
    start = beginning(head).lower()
    if not start.startswith("<"):
        return None
    if "<fictionbook" in start:
        return DocumentKind.BOOK
    if "<svg" in start and "<html" not in start.split("<svg", 1)[0]:
        return DocumentKind.IMAGE
    return None


def _kind_of_zip(path: Path) -> DocumentKind | None:
    try:
        if _entries_bytes(path) > _ENTRIES_BYTES:
            return None
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            mime = b""
            if "mimetype" in names:
                with archive.open("mimetype") as file:
                    mime = file.read(200)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError):
        return None  # damaged: its name may still tell, and the renderer gives the verdict
    if mime.startswith(b"application/epub+zip") or "META-INF/container.xml" in names:
        return DocumentKind.BOOK
    if mime.startswith(_OFFICE_MIME) or any(name.startswith(_OFFICE_ZIP_PARTS) for name in names):
        return DocumentKind.OFFICE
    if any(name.lower().endswith((".fdseq", ".fpage", ".fb2")) for name in names):
        return DocumentKind.BOOK
    # A comic is a zip of pictures and nothing else says so: only the name tells it from a photo archive.
    pictures = any(name.lower().endswith(_PICTURE_SUFFIXES_IN_COMICS) for name in names)
    return DocumentKind.BOOK if pictures and path.suffix.lower() == ".cbz" else None


def _entries_bytes(path: Path) -> int:
    """How long a zip's list of entries is, as its end record says. Raises OSError, ValueError.

    Python makes an object of 500 bytes of each entry: a hostile archive of 100 MB takes gigabytes, and this runs in
    the engine. Where there is a zip64 record Python believes that one, so it counts here as well.
    """
    with path.open("rb") as file:
        file.seek(max(0, os.path.getsize(path) - _END_BYTES))
        tail = file.read(_END_BYTES)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise ValueError("no end record")
    if at >= 76 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        return int.from_bytes(tail[at - 36 : at - 28], "little")
    return int.from_bytes(tail[at + 12 : at + 16], "little")


def _kind_by_name(path: Path, head: bytes) -> DocumentKind | None:
    """Content said nothing: damaged files keep the kind of their name, so that they fail with the right reason."""
    suffix = path.suffix.lower()
    if looks_like_text(head):
        if suffix == ".pdf" and b" obj" in head:
            return DocumentKind.PDF  # a header lost, objects there: renderers can often repair it
        plain = not suffix and not beginning(head).startswith(_PROGRAMS)
        return DocumentKind.TEXT if suffix in _SUFFIXES[DocumentKind.TEXT] or plain else None
    return next((kind for kind, names in _SUFFIXES.items() if suffix in names and kind != DocumentKind.TEXT), None)
