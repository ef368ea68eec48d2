"""How smoothing.npz was made: the largest inputs of each of MiniLM's products over general text.

    python resources/lite/learn_smoothing.py FOLDER (a folder of .txt files, one passage of 180 words each)

The shipped file was learned from every fourth of the passages that projection.npz was learned from
(learn_projection.py); never from anything that the benchmarks ask about.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from indexer.encoder.lite.model_files import model_folder
from indexer.encoder.lite.network import MiniLM
from indexer.encoder.lite.passages import PASSAGE_PIECES
from indexer.encoder.lite.pieces import PieceEncoder


class Watched(MiniLM):
    """MiniLM in float32 that keeps the largest input of each column of each product."""

    def __init__(self, path: Path) -> None:
        super().__init__(load_file(path), torch.float32)
        self.largest: dict[str, Tensor] = {}

    def _linear(self, x: Tensor, name: str) -> Tensor:
        here = x.abs().amax(dim=0)
        self.largest[name] = torch.maximum(self.largest.get(name, here), here)
        return super()._linear(x, name)


def main(folder: str) -> None:
    """Learn from the passages in `folder` and write smoothing.npz beside this script."""
    pieces = PieceEncoder(model_folder())
    network = Watched(model_folder() / "model.safetensors")
    for path in sorted(Path(folder).glob("*.txt"))[::4]:
        words = pieces.pieces(path.read_text(encoding="utf-8").split())
        network([[101, *[piece for word in words for piece in word][:PASSAGE_PIECES], 102]])
    largest = {name: values.numpy().astype(np.float16) for name, values in network.largest.items()}
    np.savez(Path(__file__).parent / "smoothing.npz", **largest)


if __name__ == "__main__":
    main(sys.argv[1])
