"""What a folder downloaded elsewhere tells of its files: the publisher's checksums and the revision.

Two layouts of the hub's own tools keep them: `hf download --local-dir` writes
`.cache/huggingface/download/NAME.metadata` (revision, checksum, time, a line each), and the hub's cache names each
file's content by its checksum and the folder by its revision. A checksum is the SHA-256 of a large file or the Git
blob id of a small one.
"""

import re
from collections.abc import Iterable
from pathlib import Path

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHA1 = re.compile(r"[0-9a-f]{40}")


def known_checksum(folder: Path, name: str) -> str | None:
    """The publisher's checksum of a file, 64 or 40 hexadecimal digits; None when the folder does not tell it."""
    lines = _metadata(folder, name)
    told = lines[1] if len(lines) > 1 else ""
    if not told:
        path = folder / name
        told = path.resolve().name if path.is_symlink() and path.resolve().parent.name == "blobs" else ""
    return told if _SHA256.fullmatch(told) or _SHA1.fullmatch(told) else None


def known_revision(folder: Path, names: Iterable[str], wanted: str) -> str:
    """The revision that the named files were downloaded in, "" when the folder does not tell.

    Where they were downloaded in several, one that is not the wanted one.
    """
    told = {lines[0] for lines in (_metadata(folder, name) for name in names) if lines}
    if not told and folder.parent.name == "snapshots":
        told = {folder.name}
    found = {revision for revision in told if _SHA1.fullmatch(revision)}
    return min(found - {wanted} or found, default="")


def _metadata(folder: Path, name: str) -> list[str]:
    path = folder / ".cache" / "huggingface" / "download" / f"{name}.metadata"
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        return []
