"""Words to word pieces, and pieces to vectors: windows over long texts, equal lengths batched, no padding."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from indexer.encoder.lite.network import HIDDEN, MAX_PIECES, MiniLM

_CLS, _SEP = 101, 102
_BODY = MAX_PIECES - 2
_STRIDE = 190
"""Windows overlap by 64 pieces; a piece is taken from the window in which it stands farthest from an edge."""
_BATCH_PIECES = 1024
"""More at once are no faster on a processor, and take 90 MB instead of 30 while they are computed."""
_WORD_PIECES = 24
"""A longer word (a line of dots, a base64 blob) says nothing more."""

Floats = npt.NDArray[np.float32]


class PieceEncoder:
    """The tokenizer and the network together. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._network = MiniLM.load(folder / "model.safetensors")

    def pieces(self, words: Sequence[str]) -> list[list[int]]:
        """Piece ids of each word, without special tokens; may be empty for a word of unknown signs."""
        encoded = self._tokenizer.encode_batch(list(words), add_special_tokens=False)
        return [item.ids[:_WORD_PIECES] for item in encoded]

    def contextual(self, pieces: list[int]) -> tuple[Floats, Floats]:
        """Vectors of a text's pieces in context (n, HIDDEN), and the mean over all tokens (HIDDEN,), both raw."""
        starts = list(range(0, max(1, len(pieces) - _BODY + _STRIDE), _STRIDE))
        bodies = [pieces[start : start + _BODY] for start in starts]
        outputs = self._run(bodies)
        result = np.zeros((len(pieces), HIDDEN), np.float32)
        best = np.full(len(pieces), -1, np.int32)
        for start, output in zip(starts, outputs, strict=True):
            inner = output[1:-1]
            place = np.arange(len(inner))
            depth = np.minimum(place if start else place + _BODY, len(inner) - 1 - place).astype(np.int32)
            take = depth > best[start : start + len(inner)]
            result[start : start + len(inner)][take] = inner[take]
            best[start : start + len(inner)][take] = depth[take]
        mean = np.concatenate(outputs).mean(axis=0)
        return result, mean.astype(np.float32)

    def means(self, texts: Sequence[list[int]]) -> Floats:
        """Each text's mean token vector, special tokens included as the model's authors do: (n, HIDDEN), raw."""
        outputs = self._run([text[:_BODY] for text in texts])
        return np.stack([output.mean(axis=0) for output in outputs]) if outputs else np.zeros((0, HIDDEN), np.float32)

    def _run(self, bodies: Sequence[list[int]]) -> list[Floats]:
        """Each body between its special tokens through the network; equal lengths share a batch."""
        by_length: defaultdict[int, list[int]] = defaultdict(list)
        for index, body in enumerate(bodies):
            by_length[len(body)].append(index)
        outputs: list[Floats] = [np.zeros((0, HIDDEN), np.float32)] * len(bodies)
        for length, indexes in by_length.items():
            step = max(1, _BATCH_PIECES // (length + 2))
            for first in range(0, len(indexes), step):
                chosen = indexes[first : first + step]
                batch = torch.tensor([[_CLS, *bodies[index], _SEP] for index in chosen], dtype=torch.int64)
                for index, output in zip(chosen, self._network(batch).numpy(), strict=True):
                    outputs[index] = output
        return outputs


def normalised(vectors: Floats) -> Floats:
    """Rows to length 1; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    result: Floats = vectors / np.maximum(lengths, 1e-12)
    return result.astype(np.float32)


def word_vectors(piece_vectors: Floats, word_of_piece: npt.NDArray[np.int64], words: int) -> Floats:
    """Normalised piece vectors averaged by word and normalised: (words, HIDDEN); a word without pieces is zero."""
    sums = np.zeros((words, piece_vectors.shape[1]), np.float32)
    np.add.at(sums, word_of_piece, normalised(piece_vectors))
    return normalised(sums)
