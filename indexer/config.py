"""EngineConfig: folders, limits and choices of one engine; handed in, never global."""

from dataclasses import dataclass, field

from indexer.protocol.paths import Folders


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """What showing one document may cost. Figures from the measurement in render/sandbox.py's docstring."""

    page_pixels: int = 1_000_000
    """Pixels of a page as it is usually rendered (A4 at about 100 dpi)."""
    recognition_pixels: int = 4_000_000
    """Pixels of a page whose words must be recognised (A4 at about 200 dpi)."""
    picture_pixels: int = 100_000_000
    """A picture with more is refused before memory is taken."""
    wall_s: float = 60.0
    """For one page, or for opening."""
    cpu_s: int = 40
    memory_bytes: int = 2_000_000_000
    file_bytes: int = 2_000_000_000
    documents_per_worker: int = 200
    max_pages: int = 20_000


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """Everything an engine needs to know to start."""

    folders: Folders
    encoder_id: str = "lite"
    renderers: int = 1
    limits: RenderLimits = field(default_factory=RenderLimits)
    commit_pages: int = 16
    """Pages written to the store at once: measured best in batches of 16."""
    commit_s: float = 5.0
    """Slow pages are written after so long: a kill loses no more than that."""
    reserve_bytes: int = 200_000_000
    """Reading stops while the disk of the library has less."""
    retry_s: float = 5.0
    """How long to wait where something is missing (room, model, memory) before looking again."""
    rescan_s: float = 3600.0
    poll_s: float = 300.0
    """How often to look where the system does not tell of changes: shares, removable disks, beyond its limit."""
    quiet_s: float = 0.8
    """How long a changed file must be left alone before it is read."""
