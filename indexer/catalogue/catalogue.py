"""Catalogue: folders, documents, pages and failures in SQLite; the truth, which the store follows.

Thread-safe: one connection behind a lock (database.py). Its parts, each beside this file: folders; files, as the
watcher compares them with the disk; reading, from waiting to indexed or failed; lookups, for lists and searches;
twins, which are copies of each other.
"""

from indexer.catalogue.figures import FigureRows
from indexer.catalogue.files import FileRows
from indexer.catalogue.folders import FolderRows
from indexer.catalogue.lookups import LookupRows
from indexer.catalogue.reading import MAX_ATTEMPTS, ReadingRows
from indexer.catalogue.twins import TwinRows

__all__ = ["MAX_ATTEMPTS", "Catalogue"]


class Catalogue(FolderRows, FileRows, ReadingRows, LookupRows, FigureRows, TwinRows):
    """The library's truth."""
