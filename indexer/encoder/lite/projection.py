"""The fixed projection that makes vectors small: principal directions, normalise.

Learned once from general text by resources/lite/learn_projection.py; words and windows have their own, because a
word in context and a whole passage are spread differently. The width and the missing centring were chosen by measuring,
nDCG@5 over ../shared/bench with 384 dimensions as they come at 0.766: 256 dimensions 0.770, 192 0.755, 128 0.750;
centred 256 0.751, 128 0.723.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.encoder.lite.pieces import normalised
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.resources import resource

SIZE = 256

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Projection:
    """components: float32 (384, SIZE), orthonormal columns."""

    components: Floats

    def __call__(self, vectors: Floats) -> Floats:
        """Normalised (n, 384) to normalised (n, SIZE); zero rows stay zero."""
        projected = normalised((vectors @ self.components).astype(np.float32))
        projected[~vectors.any(axis=1)] = 0.0
        return projected


def load(path: Path | None = None) -> tuple[Projection, Projection]:
    """The projections for words and for windows. Raises MODEL_MISSING or MODEL_BROKEN."""
    path = path or resource("lite", "projection.npz")
    try:
        with np.load(path, allow_pickle=False) as file:
            parts = {name: file[name].astype(np.float32) for name in file.files}
        return Projection(parts["word_components"]), Projection(parts["window_components"])
    except FileNotFoundError:
        raise PagebeamError(ErrorCode.MODEL_MISSING, detail=path.name) from None
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        raise PagebeamError(ErrorCode.MODEL_BROKEN, detail=path.name) from None
