"""JinaSettings: what a user may trade between speed, disk and quality, in one plain value."""

from dataclasses import dataclass

from indexer.encoder.jina_v4.inputs import Preprocessing
from indexer.protocol.values import Task


@dataclass(frozen=True, slots=True)
class JinaSettings:
    """How pages are read and what is kept of them.

    image_tokens: that a page gives at most; None is the checkpoint's own limit (768: an A4 page at 78 dpi). The
    published results were measured at 48,200, where an A4 page at 150 dpi gives 2,772.
    single_size: width of the stored single vector, one of the checkpoint's Matryoshka sizes; None is the checkpoint's
    own width (all of it, unless its configuration says otherwise).
    pooling: how many neighbouring patches of a row share one stored vector (1, 2 or 3).
    crops: 0, or n (2 to 4): beside the whole page, n x n overlapping crops of it, each seen at the same pixel limit.
    tasks: the vector spaces offered, search first.
    device, dtype: None chooses; else "cuda", "mps", "cpu"; "float32", "bfloat16".
    compiled: fused elementwise kernels; None means on CUDA, where they measured faster.
    """

    image_tokens: int | None = None
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
        if self.image_tokens is not None and self.image_tokens < 1:
            raise ValueError(f"image_tokens is at least 1, not {self.image_tokens}")

    def max_pixels(self, sizes: Preprocessing) -> int:
        """Of a page as the network sees it."""
        return sizes.max_pixels if self.image_tokens is None else self.image_tokens * sizes.cell**2
