"""Pictures: removes thumbnails and page pictures of documents that are gone or have changed.

They lie in one folder, named by document (render/thumbnails.py), so removing is one walk over it, however many
documents are concerned.
"""

import os
from collections.abc import Callable, Collection
from pathlib import Path

from indexer.protocol.values import PageKey
from indexer.render.thumbnails import picture_name


class Pictures:
    """The folder of pictures; nothing in it is worth an error."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def forget(self, document_ids: Collection[int]) -> None:
        """Remove every picture of these documents."""
        gone = set(document_ids)
        if gone:
            self._remove(lambda name: _document(name) in gone)

    def forget_older(self, document_id: int, version: str) -> None:
        """Remove pictures of a document's other versions."""
        of_version = picture_name(PageKey(document_id, 0), version, 0).split("-")[2]
        self._remove(lambda name: _document(name) == document_id and name.split("-")[2] != of_version)

    def document_ids(self) -> set[int]:
        """The documents there are pictures of."""
        try:
            return {_document(name) for name in os.listdir(self._folder)} - {-1}
        except OSError:
            return set()

    def keep_only(self, document_ids: Collection[int]) -> None:
        """Remove pictures of all other documents, and what a killed engine left half-written."""
        kept = set(document_ids)
        self._remove(lambda name: name.endswith(".part") or _document(name) not in kept)

    def shrink(self, most_bytes: int, thumbnail_px: int) -> None:
        """Remove the oldest page pictures until they take no more than `most_bytes`; thumbnails stay."""
        thumbnails = f"-{thumbnail_px}.jpg"
        try:
            with os.scandir(self._folder) as entries:
                large = [
                    (e.stat().st_mtime, e.stat().st_size, e.path) for e in entries if not e.name.endswith(thumbnails)
                ]
            taken = sum(size for _, size, _ in large)
            for _, size, path in sorted(large):
                if taken <= most_bytes:
                    return
                os.unlink(path)
                taken -= size
        except OSError:
            return

    def _remove(self, unwanted: Callable[[str], bool]) -> None:
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if unwanted(entry.name):
                        os.unlink(entry.path)
        except OSError:
            return  # another walk removed it, or the folder itself is away


def _document(name: str) -> int:
    head, dash, _ = name.partition("-")
    return int(head) if dash and head.isdecimal() else -1
