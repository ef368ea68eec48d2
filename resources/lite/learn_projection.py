"""How projection.npz was made: the principal directions of MiniLM's vectors over general text.

    python resources/lite/learn_projection.py FOLDER (a folder of .txt files, one passage of 180 words each)

Words in context, and the means of 24 of them every 12 words, are embedded, and the first 256 principal directions (of
the vectors as they are, not centred) kept as float16. The shipped file was learned from 415 passages of Debian packages:
140 of dict-gcide (a dictionary with quotations), 80 of wordnet-base (glosses), 80 of fortunes (quotations), 115 of
debian-handbook (English 40, German, French and Spanish 25 each), in windows of 256 pieces; never from anything that the benchmarks ask about.
"""

import sys
from pathlib import Path

import numpy as np

from indexer.encoder.lite.model_files import model_folder
from indexer.encoder.lite.passages import passage_ranges
from indexer.encoder.lite.pieces import PieceEncoder, normalised, word_vectors
from indexer.encoder.lite.projection import SIZE
from indexer.encoder.lite.stop_words import STOP_WORDS

RUN, STRIDE = 24, 12


def main(folder: str) -> None:
    """Learn from the passages in `folder` and write projection.npz beside this script."""
    encoder = PieceEncoder(model_folder())
    word_rows, window_rows = [], []
    for path in sorted(Path(folder).glob("*.txt")):
        passage = path.read_text(encoding="utf-8").split()
        pieces = encoder.pieces(passage)
        counts = np.array([len(word) for word in pieces])
        passages = passage_ranges(passage, [0] * len(passage), counts.tolist())
        contextual, _, _ = encoder.contextual(pieces, passages)
        vectors = word_vectors(contextual, np.repeat(np.arange(len(pieces)), counts), len(pieces))
        keep = [i for i, w in enumerate(passage) if w.lower().strip(".,;:()") not in STOP_WORDS and counts[i]]
        word_rows.append(vectors[keep][::2])
        weighted = vectors * counts[:, None]
        window_rows += [weighted[at : at + RUN].sum(axis=0) for at in range(0, len(passage) - RUN, STRIDE)]
    np.savez(
        Path(__file__).parent / "projection.npz",
        word_components=_directions(np.concatenate(word_rows)),
        window_components=_directions(normalised(np.stack(window_rows))),
    )


def _directions(rows: np.ndarray) -> np.ndarray:
    """The first SIZE principal directions of rows (n, 384), not centred: float16 (384, SIZE)."""
    rows = rows[rows.any(axis=1)]
    _, vectors = np.linalg.eigh(rows.T @ rows / len(rows))
    return vectors[:, ::-1][:, :SIZE].astype(np.float16)


if __name__ == "__main__":
    main(sys.argv[1])
