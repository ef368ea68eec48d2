"""What MuPDF does not look at in a packed book: whether only its shop's program can open it, which is told as that and
not as damaged or read as the words of an error; and a FictionBook in a zip, as most of them are passed on.
"""

import contextlib
import zipfile

_FONTS_ONLY = (b"http://www.idpf.org/2008/embedding", b"http://ns.adobe.com/pdf/enc#RC")
"""Algorithms that only make fonts useless elsewhere."""
_MOST_BYTES, _MOST_BOOK_BYTES = 1_000_000, 200_000_000
_FAILURES = (OSError, zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, ValueError, EOFError)


def is_protected(path: str, head: bytes) -> bool:
    """Whether a book's text is encrypted (EPUB: META-INF/encryption.xml; MOBI: the header's encryption type)."""
    if head[60:68] in (b"BOOKMOBI", b"TEXtREAd"):
        return _mobi(path, head)
    return head.startswith(b"PK") and _epub(path)


def _mobi(path: str, head: bytes) -> bool:
    first = int.from_bytes(head[78:82], "big")
    with open(path, "rb") as file:
        file.seek(first + 12)
        return int.from_bytes(file.read(2), "big") != 0


def _epub(path: str) -> bool:
    with contextlib.suppress(*_FAILURES):
        with zipfile.ZipFile(path) as archive, archive.open("META-INF/encryption.xml") as file:
            told = file.read(_MOST_BYTES)
        algorithms = told.split(b"Algorithm=")[1:]
        return any(not algorithm[1:].startswith(_FONTS_ONLY) for algorithm in algorithms)
    return False


def packed_fiction(path: str) -> bytes:
    """The FictionBook in a zip that holds one and no other; nothing where it does not."""
    with contextlib.suppress(*_FAILURES), zipfile.ZipFile(path) as archive:
        books = [entry for entry in archive.infolist() if entry.filename.lower().endswith(".fb2")]
        if len(books) == 1 and books[0].file_size <= _MOST_BOOK_BYTES:
            return archive.read(books[0])
    return b""
