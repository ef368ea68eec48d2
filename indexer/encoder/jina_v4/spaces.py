"""The vector spaces that a checkpoint fills under given settings, and the version that tells them apart."""

from indexer.encoder.encoder import VectorSpace
from indexer.encoder.jina_v4.checkpoint import Checkpoint
from indexer.encoder.jina_v4.settings import JinaSettings

JINA_ID = "jina-v4"
FORMAT = "1"
"""Raised when the same settings give other vectors, so that old ones are not compared with new ones."""


def version_of(checkpoint: Checkpoint, settings: JinaSettings) -> str:
    """Names the weights and every setting that changes vectors."""
    pixels = settings.max_pixels(checkpoint.preprocessing)
    single = settings.single_size or checkpoint.single_size
    return f"{FORMAT}.{checkpoint.fingerprint()}.{pixels}px.{single}d.{settings.pooling}p.{settings.crops}c"


def spaces_of(checkpoint: Checkpoint, settings: JinaSettings, vector_size: int) -> tuple[VectorSpace, ...]:
    """One a task, in the order of the settings. Raises ValueError for a width that the checkpoint does not have."""
    single = settings.single_size or checkpoint.single_size
    if single not in (*checkpoint.single_sizes, checkpoint.hidden_size):
        raise ValueError(f"a single vector has {', '.join(map(str, checkpoint.single_sizes))} numbers, not {single}")
    version = version_of(checkpoint, settings)
    return tuple(
        VectorSpace(JINA_ID, version, task, single, vector_size) for task in settings.tasks if task in checkpoint.tasks
    )
