"""Where things live: data, cache, logs and settings, by platformdirs, with one override that moves everything."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP_NAME = "Pagebeam"


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one library. Nothing is created until make() is called."""

    data: Path
    """Catalogue, store, lock, downloaded models."""
    cache: Path
    """Thumbnails and page pictures; may be deleted at any time."""
    logs: Path
    config: Path

    @property
    def pictures(self) -> Path:
        """Thumbnails and page pictures, named by page key, version and size."""
        return self.cache / "pictures"

    @property
    def converted(self) -> Path:
        """Office documents made into PDF, while an engine runs."""
        return self.cache / "converted"

    @property
    def catalogue(self) -> Path:
        """The SQLite file that is the truth."""
        return self.data / "catalogue.sqlite3"

    @property
    def store(self) -> Path:
        """The LanceDB folder."""
        return self.data / "store"

    @property
    def models(self) -> Path:
        """Encoders that were downloaded or imported."""
        return self.data / "models"

    @property
    def lock(self) -> Path:
        """Held by the one engine that may write."""
        return self.data / "engine.lock"

    @property
    def settings(self) -> Path:
        """The window's settings, TOML."""
        return self.config / "settings.toml"

    def make(self) -> None:
        """Create the folders, readable by their owner only, and make those that are there so. Raises OSError."""
        for folder in (self.data, self.cache, self.pictures, self.logs, self.config):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.data, self.cache, self.logs):
            if os.name == "posix" and folder.stat().st_mode & 0o077:
                folder.chmod(0o700)


def folders(data_dir: str | Path | None = None) -> Folders:
    """The user's folders, or everything below `data_dir` when given (tests, portable use)."""
    if data_dir is not None:
        root = Path(data_dir).expanduser().absolute()
        return Folders(root, root / "cache", root / "logs", root / "config")
    dirs = platformdirs.PlatformDirs(APP_NAME, appauthor=False)
    return Folders(
        Path(dirs.user_data_dir),
        Path(dirs.user_cache_dir),
        Path(dirs.user_log_dir),
        Path(dirs.user_config_dir),
    )
