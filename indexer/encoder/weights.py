"""Weights: where the files of downloaded encoders lie, whether they are whole, importing and removing them.

One folder an encoder in the models folder. Files are gathered in a second folder (`.part` for a download, `.import` for
an import), checked there as a whole, given a manifest, and only then renamed into place; so what stands in place was
whole once, and the manifest tells whether it still is.
"""

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from indexer.encoder import manifest, wholeness
from indexer.encoder.manifest import Manifest, ManifestFile
from indexer.encoder.published import MODELS, PublishedModel, is_kept
from indexer.encoder.sources import known_checksum, known_revision
from indexer.errors import PagebeamError, from_os_error
from indexer.protocol.errors import ErrorCode

_log = logging.getLogger(__name__)
RESERVE_BYTES = 500_000_000
"""Left free on the disk beside the model."""
_CHUNK = 4 * 1024 * 1024

Report = Callable[[int, int, str], None]
"""Called with bytes done, bytes in all, and the file's name."""


class Weights:
    """The models folder. Threads may read while one imports or installs."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, encoder_id: str) -> Path:
        """Where an encoder's files lie, or would."""
        return self.root / encoder_id

    def part_folder(self, encoder_id: str) -> Path:
        """Where a download gathers them."""
        return self.root / f"{encoder_id}.part"

    def manifest(self, encoder_id: str) -> Manifest | None:
        """What is installed, by its manifest; None when nothing is."""
        return manifest.read(self.folder(encoder_id))

    def is_ready(self, encoder_id: str) -> bool:
        """Whether every file is there in its size. Reads no content."""
        told = self.manifest(encoder_id)
        if told is None:
            return False
        try:
            return all((self.folder(encoder_id) / file.name).stat().st_size == file.size_bytes for file in told.files)
        except OSError:
            return False

    def verified(self, encoder_id: str, *, every_byte: bool = False, progress: Report | None = None) -> Path:
        """The folder to load from, compared with its manifest. Raises MODEL_MISSING, MODEL_BROKEN."""
        folder = self.folder(encoder_id)
        told = manifest.read(folder)
        if told is None:
            raise PagebeamError(ErrorCode.MODEL_MISSING, str(folder), detail=MODELS[encoder_id].name)
        counted = _Counted(told.size_bytes, progress)
        now = manifest.verify(folder, told, every_byte=every_byte, progress=counted)
        if now != told:
            try:
                manifest.write(folder, now)
            except OSError as problem:  # a read-only disk costs the next load some time
                _log.warning("the manifest could not be written: %s", problem.strerror)
        return folder

    def model_bytes(self, encoder_id: str) -> int:
        """What the installed files take."""
        return _size(self.folder(encoder_id))

    def partial_bytes(self, encoder_id: str) -> int:
        """What an unfinished download left."""
        return _size(self.part_folder(encoder_id))

    def free_bytes(self) -> int:
        """Room on the disk that holds the models folder."""
        at = self.root
        while not at.exists():
            at = at.parent
        return shutil.disk_usage(at).free

    def remove(self, encoder_id: str) -> int:
        """Delete an encoder's files, finished or not; gives how many bytes that freed. Raises OSError."""
        freed = 0
        for folder in (self.folder(encoder_id), self.part_folder(encoder_id), self._import_folder(encoder_id)):
            if folder.is_dir():
                freed += _size(folder)
                (folder / manifest.NAME).unlink(missing_ok=True)  # first, so that half a removal is not ready
                shutil.rmtree(folder)
        return freed

    def put_right(self, encoder_id: str) -> None:
        """Clear away what a killed process left: half an import goes, a model that was being replaced comes back.

        For the one engine of a library, when it starts. A download's files stay: it goes on with them.
        """
        place, old = self.folder(encoder_id), self._old_folder(encoder_id)
        try:
            if old.is_dir() and not place.exists():
                old.rename(place)
        except OSError as problem:
            _log.warning("%s could not be put back: %s", old.name, problem.strerror)
            return
        for leftover in (old, self._import_folder(encoder_id)):
            shutil.rmtree(leftover, ignore_errors=True)

    def install(self, encoder_id: str, gathered: Path, told: Manifest) -> None:
        """Check a gathered folder as a whole, write its manifest, and put it in place of what was there."""
        wholeness.check(gathered, MODELS[encoder_id])
        manifest.write(gathered, told)
        place, old = self.folder(encoder_id), self._old_folder(encoder_id)
        shutil.rmtree(old, ignore_errors=True)
        if place.exists():
            place.rename(old)
        gathered.rename(place)
        shutil.rmtree(old, ignore_errors=True)

    def import_folder(
        self,
        encoder_id: str,
        source: Path,
        report: Report = lambda done, total, name: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take a model from a folder that was downloaded elsewhere; the folder stays as it is.

        Files are hard-linked where the disk allows (no room is taken), else copied. Each is read whole, and compared
        with the publisher's checksum where the folder holds it (as `hf download` and the hub's cache do).
        What is known of their revision is written into the manifest (see origin.py).
        Raises MODEL_FOLDER_WRONG, MODEL_BROKEN, MODEL_DISK_FULL, CANCELLED, FILE_UNREADABLE.
        """
        model = MODELS[encoder_id]
        wholeness.check(source, model)
        names = _kept_names(source)
        total = sum((source / name).stat().st_size for name in names)
        target = self._import_folder(encoder_id)
        counted = _Counted(total, report, cancelled)
        try:
            shutil.rmtree(target, ignore_errors=True)
            (target / "adapters").mkdir(mode=0o700, parents=True)
            files = [self._take(source, target, name, model, counted) for name in names]
            revision = known_revision(source, names, model.revision)
            self.install(encoder_id, target, Manifest(encoder_id, revision, tuple(files)))
        except OSError as problem:
            raise from_os_error(problem, str(source)) from problem
        finally:
            shutil.rmtree(target, ignore_errors=True)

    def _take(self, source: Path, target: Path, name: str, model: PublishedModel, counted: "_Counted") -> ManifestFile:
        from_path, to_path = (source / name).resolve(), target / name
        try:
            os.link(from_path, to_path)
        except OSError:  # another disk, or one that knows no links
            self._require_room(from_path.stat().st_size)
            sha256 = manifest.copied(from_path, to_path, counted, name)
        else:
            sha256 = manifest.sha256_of(to_path, counted, name)
        wanted = known_checksum(source, name)
        pinned = model.checksums.get(name)
        if wanted is not None and len(wanted) == 40:
            good = manifest.blob_id_of(to_path) == wanted
        else:
            good = sha256 == (wanted or sha256)
        if not good or (pinned or sha256) != sha256:
            raise PagebeamError(ErrorCode.MODEL_BROKEN, str(source / name), detail=f"{name} has another checksum")
        return manifest.entry(target, name, sha256, confirmed=bool(wanted or pinned))

    def _require_room(self, size_bytes: int) -> None:
        require_room(size_bytes, self.free_bytes())

    def _old_folder(self, encoder_id: str) -> Path:
        return self.root / f"{encoder_id}.old"

    def _import_folder(self, encoder_id: str) -> Path:
        return self.root / f"{encoder_id}.import"


class _Counted:
    """Adds up what was done and passes it on; raises CANCELLED when asked to stop."""

    def __init__(self, total: int, report: Report | None, cancelled: Callable[[], bool] = lambda: False) -> None:
        self._total, self._report, self._cancelled = total, report, cancelled
        self._done = 0

    def __call__(self, size: int, name: str) -> None:
        self._done += size
        if self._cancelled():
            raise PagebeamError(ErrorCode.CANCELLED)
        if self._report is not None:
            self._report(self._done, self._total, name)


def require_room(size_bytes: int, free_bytes: int) -> None:
    """Raise MODEL_DISK_FULL unless so much fits and RESERVE_BYTES stay free."""
    if size_bytes + RESERVE_BYTES > free_bytes:
        raise PagebeamError(ErrorCode.MODEL_DISK_FULL, needed=told_size(size_bytes), free=told_size(free_bytes))


def told_size(size_bytes: int) -> str:
    """7,900,000,000 as "7.9 GB"; small sizes in MB or kB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if size_bytes >= size:
            return f"{size_bytes / size:.1f} {unit}"
    return f"{size_bytes / 1e3:.0f} kB"


def _kept_names(source: Path) -> list[str]:
    names = [path.relative_to(source).as_posix() for folder in ("", "adapters") for path in (source / folder).iterdir()]
    return sorted(name for name in names if is_kept(name) and (source / name).is_file() and name != manifest.NAME)


def _size(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
