"""How projection.npz was made: principal components of MiniLM's vectors over general English text.

    python resources/lite/learn_projection.py FOLDER... (folders of .py, .md, .rst and .txt files)

Docstrings and documentation files are cut into passages of 180 words; words in context and windows of 24 words are
embedded, centred, and their first 128 principal components kept as float16. The shipped file was learned from the
documentation of Python's standard library and of the packages in the virtual environment, never from anything that
the benchmarks ask about.
"""

import ast
import random
import sys
from pathlib import Path

import numpy as np

from indexer.encoder.lite.model_files import model_folder
from indexer.encoder.lite.pieces import PieceEncoder, normalised, word_vectors
from indexer.encoder.lite.projection import SIZE
from indexer.encoder.lite.stop_words import STOP_WORDS

PASSAGES = 600


def main(folders: list[str]) -> None:
    """Learn from `folders` and write projection.npz beside this script."""
    texts = [text for folder in folders for path in sorted(Path(folder).rglob("*")) for text in _texts(path)]
    words = [text.split() for text in texts]
    passages = [run[at : at + 180] for run in words for at in range(0, max(1, len(run) - 60), 180)]
    passages = [passage for passage in passages if len(passage) >= 20]
    random.Random(1).shuffle(passages)  # noqa: S311 (repeatable, not secret)
    encoder = PieceEncoder(model_folder())
    word_rows, window_rows = [], []
    for passage in passages[:PASSAGES]:
        pieces = encoder.pieces(passage)
        flat = [piece for word in pieces for piece in word]
        owner = np.repeat(np.arange(len(pieces)), [len(word) for word in pieces])
        vectors, _ = encoder.contextual(flat)
        keep = [i for i, w in enumerate(passage) if w.lower().strip(".,;:()") not in STOP_WORDS]
        word_rows.append(word_vectors(vectors, owner, len(pieces))[keep][::2])
        starts = range(0, max(1, len(passage) - 16), 24)
        window_rows.append(encoder.means([[p for word in pieces[s : s + 24] for p in word] for s in starts]))
    np.savez(
        Path(__file__).parent / "projection.npz",
        **_components("word", np.concatenate(word_rows)),
        **_components("window", normalised(np.concatenate(window_rows))),
    )


def _texts(path: Path) -> list[str]:
    if not path.is_file() or path.suffix not in {".py", ".md", ".rst", ".txt"} or path.stat().st_size > 400_000:
        return []
    text = path.read_text(encoding="utf-8", errors="ignore")
    if path.suffix != ".py":
        return [text]
    try:
        nodes = [
            node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module)
        ]
    except (SyntaxError, ValueError):
        return []
    return [doc for node in nodes if (doc := ast.get_docstring(node)) and len(doc) > 150]


def _components(name: str, rows: np.ndarray) -> dict[str, np.ndarray]:
    rows = rows[rows.any(axis=1)]
    mean = rows.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov(rows - mean, rowvar=False))
    return {
        f"{name}_mean": mean.astype(np.float16),
        f"{name}_components": vectors[:, ::-1][:, :SIZE].astype(np.float16),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
