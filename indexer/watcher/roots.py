"""Roots: what became of the folders themselves. One that was taken away says nothing when it is back."""

import os
import time

from indexer.catalogue.catalogue import Catalogue
from indexer.documents.patience import Heard
from indexer.protocol.values import FolderInfo
from indexer.watcher.looks import Looks
from indexer.watcher.watches import Watches

_EVERY_S = 5.0


class Roots:
    """Asked often, by one thread, which never waits for a disk here."""

    def __init__(self, catalogue: Catalogue, watches: Watches, looks: Looks) -> None:
        self._catalogue, self._watches, self._looks = catalogue, watches, looks
        self._last = time.monotonic()

    def due(self) -> bool:
        """Whether it is time for a glance at every folder; it is made then."""
        if time.monotonic() - self._last <= _EVERY_S:
            return False
        self._last = time.monotonic()
        for info in self._catalogue.folders():
            self._looks.glance(info.folder_id, lambda heard, info=info: self._is_other(info, heard))  # type: ignore[misc]
        return True

    def changed(self) -> set[int]:
        """Folders that are another one of their name, are gone, are there again, or have begun or ceased to answer."""
        found, silent = self._looks.glanced()
        return found | silent | self._looks.answering_again()

    def _is_other(self, info: FolderInfo, heard: Heard) -> bool:
        if self._watches.replaced(info.folder_id, heard):
            return True
        # a mount point that stands empty is watched itself
        away = info.path and not info.available and not self._watches.watching(info.folder_id)
        return bool(away) and os.path.isdir(info.path)
