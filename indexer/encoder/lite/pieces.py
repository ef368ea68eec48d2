"""Words to word pieces, and pieces to vectors in the context of their passage."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from indexer.encoder.lite.network import HIDDEN, MAX_PIECES, MiniLM

_CLS, _SEP = 101, 102
_BODY = MAX_PIECES - 2
_BATCH_PIECES = 512
"""More at once are no faster on a processor, and take more memory while they are computed."""
_WORD_PIECES = 24
"""A longer word (a line of dots, a base64 blob) says nothing more."""

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


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

    def contextual(self, pieces: Sequence[list[int]], passages: Sequence[range]) -> tuple[Floats, Floats, Ints]:
        """Words in context. pieces: of each word; passages: of words, one after another, that are read together.

        Gives the vectors of all pieces (n, HIDDEN), the mean over each passage's tokens (p, HIDDEN), both raw, and how
        many tokens each passage has, special ones included (p,).
        """
        texts = [[piece for word in pieces[words.start : words.stop] for piece in word] for words in passages]
        outputs = self._run(texts)
        if not outputs:
            return np.zeros((0, HIDDEN), np.float32), np.zeros((0, HIDDEN), np.float32), np.zeros(0, np.int64)
        means = np.stack([output.mean(axis=0) for output in outputs])
        return np.concatenate([output[1:-1] for output in outputs]), means, np.array([len(one) for one in outputs])

    def means(self, texts: Sequence[list[int]]) -> Floats:
        """Each text's mean token vector, special tokens included as the model's authors do: (n, HIDDEN), raw."""
        outputs = self._run([text[:_BODY] for text in texts])
        return np.stack([output.mean(axis=0) for output in outputs]) if outputs else np.zeros((0, HIDDEN), np.float32)

    def _run(self, bodies: Sequence[list[int]]) -> list[Floats]:
        """Each body between its special tokens through the network, as many at once as memory should be asked for."""
        outputs: list[Floats] = []
        batch: list[list[int]] = []
        size = 0
        for body in bodies:
            if size + len(body) > _BATCH_PIECES:
                outputs += [output.numpy() for output in self._network(batch)]
                batch, size = [], 0
            batch.append([_CLS, *body, _SEP])
            size += len(batch[-1])
        return outputs + [output.numpy() for output in self._network(batch)]


def normalised(vectors: Floats) -> Floats:
    """Rows to length 1; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    result: Floats = vectors / np.maximum(lengths, 1e-12)
    return result.astype(np.float32)


def word_vectors(piece_vectors: Floats, word_of_piece: npt.NDArray[np.int64], words: int) -> Floats:
    """Normalised piece vectors averaged by word and normalised: (words, HIDDEN); a word without pieces is zero.

    word_of_piece: (n,), never decreasing.
    """
    sums = np.zeros((words, piece_vectors.shape[1]), np.float32)
    first = np.flatnonzero(np.diff(word_of_piece, prepend=-1))
    if len(first):
        sums[word_of_piece[first]] = np.add.reduceat(normalised(piece_vectors), first, axis=0)
    return normalised(sums)
