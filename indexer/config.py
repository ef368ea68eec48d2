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
class Manners:
    """When reading waits by itself; each can be overridden by asking to go on."""

    wait_on_battery: bool = True
    wait_under_load: bool = True
    wait_for_full_screen: bool = True
    wait_when_hot: bool = True


NEVER_WAIT = Manners(wait_on_battery=False, wait_under_load=False, wait_for_full_screen=False, wait_when_hot=False)
"""For commands that somebody waits for."""


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """Everything an engine needs to know to start."""

    folders: Folders
    encoder_id: str = "lite"
    renderers: int = 1
    limits: RenderLimits = field(default_factory=RenderLimits)
    manners: Manners = field(default_factory=Manners)
    eager: bool = False
    """Read at the priority of everybody else and wait for nobody: for tests and for machines that do nothing else."""
    memory_bytes: int = 900_000_000
    """What engine and renderers may take together: beyond it renderers are replaced and caches given back."""
    commit_pages: int = 16
    """Pages written to the store at once: measured best in batches of 16."""
    commit_s: float = 5.0
    """Slow pages are written after so long: a kill loses no more than that."""
    reserve_bytes: int = 200_000_000
    """Reading stops while the disk of the library has less."""
    retry_s: float = 5.0
    """How long to wait where something is missing (room, model, memory) before looking again."""
    pictures_bytes: int = 500_000_000
    """Page pictures that were looked at, kept on the disk; thumbnails are kept besides."""
    idle_s: float = 30.0
    """Nothing was read for so long: time to tidy up."""
    copy_s: float = 600.0
    """How often the catalogue is copied while reading goes on."""
    verify_first_s: float = 600.0
    verify_s: float = 7 * 24 * 3600.0
    """How long after the start, and how often then, all that is stored is compared with its checksums."""
    verify_page_s: float = 0.02
    """The pause after each page of that: about fifty pages a second, a tenth of one core."""
    rescan_s: float = 3600.0
    poll_s: float = 300.0
    """How often to look where the system does not tell of changes: shares, removable disks, beyond its limit."""
    quiet_s: float = 0.8
    """How long a changed file must be left alone before it is read."""
