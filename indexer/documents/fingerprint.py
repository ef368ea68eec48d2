"""Has this file changed? What the system says of it (cheap, asked often) and what is in it (dear, asked rarely)."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from indexer.documents.patience import answer
from indexer.errors import from_os_error

_CHUNK_BYTES = 1024 * 1024
_63_BITS = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What the system says of a file. Equal fingerprints mean unchanged for every writer but one that sets times back.

    `changed_ns` is the inode's change time, which a writer cannot set; on Windows it is the time of creation.
    """

    size_bytes: int
    modified_ns: int
    changed_ns: int
    inode: int
    device: int

    @classmethod
    def of(cls, found: os.stat_result) -> "Fingerprint":
        """What the system says. Numbers of files and devices are cut to 63 bits, as SQLite holds no more."""
        return cls(
            found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino & _63_BITS, found.st_dev & _63_BITS
        )


def fingerprint(path: Path) -> Fingerprint:
    """The fingerprint of `path`, without reading its content. Raises FILE_MISSING, FILE_UNREADABLE, DISK_SILENT."""
    return answer(lambda _: fingerprint_now(path), str(path))


def fingerprint_now(path: Path) -> Fingerprint:
    """The same, for whoever may wait for a disk for ever. Raises FILE_MISSING, FILE_UNREADABLE."""
    try:
        found = os.stat(path)
    except OSError as problem:
        raise from_os_error(problem, str(path)) from problem
    return Fingerprint.of(found)


def content_hash(path: Path) -> str:
    """BLAKE2b (20 bytes, as hex) of the whole content. Raises FILE_MISSING, FILE_UNREADABLE, DISK_SILENT."""
    return answer(lambda heard: content_hash_now(path, heard), str(path))


def content_hash_now(path: Path, heard: Callable[[], bool]) -> str:
    """The same, for whoever may wait for a disk for ever. `heard` is called for each piece that was read; the rest does
    not matter any more when it gives True. Raises FILE_MISSING, FILE_UNREADABLE."""
    digest = hashlib.blake2b(digest_size=20)
    try:
        with open(path, "rb", buffering=0) as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
                if heard():
                    break
    except OSError as problem:
        raise from_os_error(problem, str(path)) from problem
    return digest.hexdigest()
