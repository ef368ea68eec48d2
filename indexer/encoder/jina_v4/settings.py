"""JinaSettings: what a user may trade between speed, disk and quality, in one plain value."""

from dataclasses import dataclass

from indexer.protocol.values import Task

PIXELS_PER_TOKEN = 28 * 28


@dataclass(frozen=True, slots=True)
class JinaSettings:
    """How pages are read and what is kept of them.

    max_pixels: of a page as the network sees it; None is the checkpoint's own limit (602,112: an A4 page at 78 dpi).
    The published results were measured at 37,788,800, where an A4 page at 150 dpi gives 2,772 vectors.
    single_size: width of the stored single vector, one of the checkpoint's Matryoshka sizes; None keeps all of it.
    pooling: how many neighbouring patches of a row share one stored vector (1, 2 or 3).
    crops: 0, or n (2 to 4): beside the whole page, n x n overlapping crops of it, each seen at the same pixel limit.
    tasks: the vector spaces offered, search first.
    device, dtype: None chooses; else "cuda", "mps", "cpu"; "float32", "bfloat16".
    compiled: fused elementwise kernels; None means on CUDA, where they measured faster.
    """

    max_pixels: int | None = None
    single_size: int | None = None
    pooling: int = 1
    crops: int = 0
    tasks: tuple[Task, ...] = (Task.RETRIEVAL, Task.TEXT_MATCHING, Task.CODE)
    device: str | None = None
    dtype: str | None = None
    compiled: bool | None = None

    def __post_init__(self) -> None:
        if self.pooling not in (1, 2, 3):
            raise ValueError(f"pooling is 1, 2 or 3, not {self.pooling}")
        if self.crops not in (0, 2, 3, 4):
            raise ValueError(f"crops is 0, 2, 3 or 4, not {self.crops}")
        if self.max_pixels is not None and self.max_pixels < PIXELS_PER_TOKEN:
            raise ValueError(f"max_pixels is at least {PIXELS_PER_TOKEN}, not {self.max_pixels}")

    @classmethod
    def for_tokens(cls, image_tokens: int) -> "JinaSettings":
        """Settings under which a page gives at most `image_tokens` vectors (256, 512, 768 are offered)."""
        return cls(max_pixels=image_tokens * PIXELS_PER_TOKEN)
