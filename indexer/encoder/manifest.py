"""The manifest of an installed encoder: every file's size, time and SHA-256, written when it was got.

Each load compares sizes and times, and reads a file again only when its time has changed; verify(every_byte=True) reads
them all. A file that is not what the manifest says is never used.
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

NAME = "pagebeam-manifest.json"
_CHUNK = 4 * 1024 * 1024

Progress = Callable[[int, str], None]
"""Called with bytes done since the last call, and the file's name; may raise to stop."""


def _silent(_size: int, _name: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One file as it was verified. `confirmed`: its checksum was compared with the publisher's, not only computed."""

    name: str
    size_bytes: int
    modified_ns: int
    sha256: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is installed: the revision ("" when the folder did not say) and its files."""

    encoder_id: str
    revision: str
    files: tuple[ManifestFile, ...]

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(file.size_bytes for file in self.files)


def sha256_of(path: Path, progress: Progress = _silent, name: str = "") -> str:
    """The SHA-256 of a file, hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            progress(len(chunk), name or path.name)
    return digest.hexdigest()


def copied(source: Path, target: Path, progress: Progress, name: str) -> str:
    """Copy a file's content, on disk when this returns; its SHA-256. `progress` may raise to stop. Raises OSError."""
    digest = hashlib.sha256()
    with source.open("rb") as origin, target.open("wb") as file:
        while chunk := origin.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
            progress(len(chunk), name)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def blob_id_of(path: Path) -> str:
    """The id that Git gives a file's content (SHA-1 over a header and the bytes), hexadecimal. Raises OSError."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def entry(folder: Path, name: str, sha256: str, *, confirmed: bool) -> ManifestFile:
    """The manifest's line for a file whose checksum is known."""
    found = (folder / name).stat()
    return ManifestFile(name, found.st_size, found.st_mtime_ns, sha256, confirmed)


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest: aside first, then renamed, on disk when this returns."""
    aside = folder / f"{NAME}.new"
    with aside.open("w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(folder / NAME)


def read(folder: Path) -> Manifest | None:
    """The manifest of a folder; None when there is none or it cannot be understood."""
    try:
        told = json.loads((folder / NAME).read_text(encoding="utf-8"))
        files = tuple(ManifestFile(**file) for file in told["files"])
        return Manifest(str(told["encoder_id"]), str(told["revision"]), files)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def verify(folder: Path, manifest: Manifest, *, every_byte: bool = False, progress: Progress = _silent) -> Manifest:
    """Compare the folder with its manifest. Gives the manifest with new times where only those had changed.

    Raises MODEL_BROKEN, naming the first file that is gone, has another size or another checksum.
    """
    files = []
    for file in manifest.files:
        path = folder / file.name
        try:
            found = path.stat()
        except OSError:
            raise PagebeamError(ErrorCode.MODEL_BROKEN, str(path), detail=f"{file.name} is gone") from None
        if found.st_size != file.size_bytes:
            raise PagebeamError(ErrorCode.MODEL_BROKEN, str(path), detail=f"{file.name} has another size")
        if every_byte or found.st_mtime_ns != file.modified_ns:
            try:
                same = sha256_of(path, progress, file.name) == file.sha256
            except OSError as problem:
                why = problem.strerror or "it cannot be read"
                raise PagebeamError(ErrorCode.MODEL_BROKEN, str(path), detail=f"{file.name}: {why}") from problem
            if not same:
                raise PagebeamError(ErrorCode.MODEL_BROKEN, str(path), detail=f"{file.name} has another checksum")
        files.append(ManifestFile(file.name, file.size_bytes, found.st_mtime_ns, file.sha256, file.confirmed))
    return Manifest(manifest.encoder_id, manifest.revision, tuple(files))
