"""Opening a library: the lock and the catalogue, before anything heavy is loaded.

Whether a library can be opened is known from these two, so a window gets its answer in half a second; the store, the
renderers and the model are put together after that (engine.py). A damaged catalogue is replaced here (safekeeping.py).
"""

import logging
from dataclasses import dataclass, field
from pathlib import Path

import filelock

from indexer import one_engine
from indexer.catalogue import safekeeping
from indexer.catalogue.catalogue import Catalogue
from indexer.catalogue.schema import SCHEMA_VERSION, CatalogueDamaged, version_of_file
from indexer.config import EngineConfig
from indexer.documents.fingerprint import Fingerprint, fingerprint
from indexer.errors import PagebeamError, from_os_error
from indexer.protocol.errors import ErrorCode, ErrorReport, report

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Opened:
    """A library that is open. `lock` is None for a reader; `notices` are to be told to the user."""

    lock: filelock.BaseFileLock | None
    catalogue: Catalogue
    notices: list[ErrorReport] = field(default_factory=list)

    def close(self) -> None:
        """Let others have it."""
        self.catalogue.close()
        if self.lock is not None:
            self.lock.release()


def open_library(
    config: EngineConfig, *, read_only: bool = False, command: bool = False, wait_s: float = 0.0
) -> Opened:
    """Raises ALREADY_RUNNING, DATA_NEWER, DATA_UNREADABLE, DISK_FULL."""
    if read_only:
        _bring_up_to_date(config)
        return Opened(None, Catalogue(config.folders.catalogue, read_only=True))
    lock = one_engine.lock(config.folders, wait_s=wait_s, command=command)
    try:
        catalogue, notices = _catalogue(config.folders.catalogue)
    except BaseException:
        lock.release()
        raise
    return Opened(lock, catalogue, notices)


def _bring_up_to_date(config: EngineConfig) -> None:
    """A reader cannot upgrade an old library, so whoever reads first becomes its one engine for a moment."""
    if version_of_file(config.folders.catalogue) < SCHEMA_VERSION:
        lock = one_engine.lock(config.folders)
        try:
            Catalogue(config.folders.catalogue).close()
        finally:
            lock.release()


def _catalogue(path: Path) -> tuple[Catalogue, list[ErrorReport]]:
    """The catalogue, or what takes its place where it is damaged or gone."""
    try:
        if not safekeeping.is_suspect(path) and not safekeeping.is_gone(path):
            return Catalogue(path), []
    except CatalogueDamaged:
        _log.exception("the catalogue cannot be opened")
    try:
        copied = safekeeping.replace(path)
    except OSError as problem:
        raise from_os_error(problem, str(path)) from problem
    catalogue = Catalogue(path)
    _add_folders(catalogue, safekeeping.kept_folders(path))
    _log.warning("the catalogue was damaged; %s", "its copy takes its place" if copied else "a new one takes its place")
    return catalogue, [report(ErrorCode.CATALOGUE_RESTORED if copied else ErrorCode.CATALOGUE_REBUILT)]


def _add_folders(catalogue: Catalogue, kept: tuple[safekeeping.KeptFolder, ...]) -> None:
    """Folders that were added since the copy come back, and those that were forgotten since do not."""
    for info in catalogue.folders():
        if kept and info.path not in {folder.path for folder in kept}:
            catalogue.remove_folder(info.folder_id)
    for folder in kept:
        folder_id = catalogue.add_folder(folder.path, watched=folder.watched)
        catalogue.set_folder(folder_id, paused=folder.paused)
        known, found = catalogue.known(folder_id), list[tuple[str, Fingerprint]]()
        for path in folder.files:
            try:
                if path not in known:
                    found.append((path, fingerprint(Path(path))))
            except PagebeamError as problem:  # gone meanwhile, or its disk is away
                if problem.code is ErrorCode.DISK_SILENT:
                    break  # each would take as long, and nobody may wait so long for a start
        catalogue.found(folder_id, found)
