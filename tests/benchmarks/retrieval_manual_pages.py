"""How well pages are found by a sentence about them: manual pages asked for by their one-line description.

    python tests/benchmarks/retrieval_manual_pages.py [--pages N] [--seed N] [--json]

Takes N manual pages of this machine (needs `man` and its pages), removes the NAME section, writes the first 500 words
of each as a PDF, indexes the PDFs through the real path, and asks for each by the description that NAME gave. Prints
nDCG@10 and nDCG@5 of the whole search beside the parts it is made of, over the same words: BM25, single vector, MaxSim
over token vectors and over word vectors, windows of several lengths, all at 384 dimensions, and what is shipped.
"""

import argparse
import gzip
import json
import math
import os
import random
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from indexer import cli, quiet
from indexer.config import EngineConfig
from indexer.encoder.lite.encoder import LiteEncoder, kept_words
from indexer.encoder.lite.model_files import model_folder
from indexer.encoder.lite.pieces import PieceEncoder, normalised, word_vectors
from indexer.encoder.lite.query import split
from indexer.encoder.lite.windows import window_ranges
from indexer.engine import Engine
from indexer.protocol.messages import Search
from indexer.protocol.paths import folders
from indexer.render.mupdf import load_mupdf

WORDS = 500
SENTENCE = 24
"""Words of the shorter windows that are embedded as sentences of their own; the longer ones have 120."""
LEAST_WORDS = 120
FAMILY = 5
"""Pages at most whose names begin alike: some programs bring thousands that differ in a word."""
_NAME = re.compile(r"^NAME\n(.*?)(?=^\S)", re.S | re.M)
_DASH = re.compile(r"\s+(?:-|\u2010|\u2013|\u2014|\u2212)\s+")

Page = tuple[str, str, list[str]]
"""A manual page: name, description, words."""


def main() -> None:
    quiet.set_switches()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=695)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pagebeam-manual-") as folder:
        pages = list(manual_pages(options.pages, options.seed))
        documents = Path(folder) / "documents"
        documents.mkdir()
        for name, _, words in pages:
            write_pdf(documents / f"{name}.pdf", " ".join(words))
        data_dir = Path(folder) / "library"
        cli.main(["index", "--data-dir", str(data_dir), str(documents)])
        table = compare(pages, data_dir)
    if options.json:
        print(json.dumps({"manual_pages": len(pages)} | table))
        return
    print(f"{len(pages)} manual pages: nDCG@10, nDCG@5")
    for name, figures in table.items():
        print(f"{name:32} {'  '.join(f'{figure:.3f}' for figure in figures)}")


def manual_pages(limit: int, seed: int) -> Iterator[Page]:
    """Pages of the machine in an order that depends on the seed only, each description once."""
    paths = sorted(Path("/usr/share/man").glob("man[1-8]/*"))
    random.Random(seed).shuffle(paths)
    seen: set[str] = set()
    families: Counter[str] = Counter()
    for path in paths:
        family = re.split(r"[_.]", path.name)[0]
        if len(seen) == limit:
            return
        if families[family] == FAMILY:
            continue
        page = _manual_page(path)
        if page is not None and page[1].casefold() not in seen and page[0] not in seen:
            seen.add(page[1].casefold())
            families[family] += 1
            yield page


def _manual_page(path: Path) -> Page | None:
    source = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if source.lstrip().startswith(b".so ") or path.is_symlink():
        return None
    environment = os.environ | {"MANWIDTH": "90", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": "0"}
    shown = subprocess.run(
        ["man", "--nh", "--nj", "-P", "cat", "-l", str(path)], capture_output=True, env=environment, check=False
    )
    text = re.sub(r".\x08|\x1b\[[0-9;]*m", "", shown.stdout.decode("utf-8", "ignore"))
    found = _NAME.search(text)
    if found is None:
        return None
    parts = _DASH.split(" ".join(found.group(1).split()), maxsplit=1)
    words = (text[: found.start()] + text[found.end() :]).split()[:WORDS]
    if len(parts) < 2 or len(parts[1].split()) < 3 or len(words) < LEAST_WORDS:
        return None
    return path.name.removesuffix(".gz"), parts[1], words


def write_pdf(path: Path, text: str) -> None:
    """One A4 page of text."""
    pymupdf = load_mupdf()
    document = pymupdf.open()
    page = document.new_page(width=595, height=842)
    left = page.insert_textbox(pymupdf.Rect(40, 40, 555, 802), text, fontsize=8, fontname="helv")
    if left < 0:
        raise ValueError(f"{path.name}: the words do not fit")
    document.save(path)


def compare(pages: list[Page], data_dir: Path) -> dict[str, tuple[float, float]]:
    """(nDCG@10, nDCG@5) of every way to rank."""
    engine = Engine(EngineConfig(folders(data_dir)), read_only=True)
    space = engine.encoder().spaces()[0]
    stored = {page.key: page for page in engine.store.pages(space) if hasattr(page, "words")}
    keys = list(stored)
    infos = engine.catalogue.page_info(keys)
    names = [Path(info.path).stem if info else "" for info in infos]
    place = {name: at for at, name in enumerate(names)}
    pages = [page for page in pages if page[0] in place]
    texts = [list(stored[key].words.texts) for key in keys]
    raw = Raw(texts)
    table: dict[str, list[int]] = {}
    searcher = engine.searcher()
    for name, question, _ in pages:
        right = place[name]
        for way, scores in raw.scores(question).items():
            table.setdefault(way, []).append(int((scores > scores[right]).sum()))
        order = [keys.index(result.key) for result in searcher.search(Search(id=0, query=question, k=10)).results]
        table.setdefault("shipped search", []).append(order.index(right) if right in order else 99)
    engine.close()
    return {way: (_ndcg(ranks, 10), _ndcg(ranks, 5)) for way, ranks in table.items()}


def _ndcg(ranks: list[int], k: int) -> float:
    return round(sum(1 / math.log2(rank + 2) for rank in ranks if rank < k) / max(1, len(ranks)), 4)


class Raw:
    """Every page's vectors at full width, and the plain ways to score them."""

    def __init__(self, texts: list[list[str]]) -> None:
        self._pieces = PieceEncoder(model_folder())
        lite = LiteEncoder(self._pieces)
        self._narrow_words, self._narrow_windows = lite._project_words, lite._project_windows
        self._texts = [[word.casefold().strip(".,;:()[]'\"") for word in words] for words in texts]
        self.tokens, self.words, self.singles = [], [], []
        self.windows: dict[int, list[np.ndarray]] = {SENTENCE: [], 120: []}
        self.in_context: list[np.ndarray] = []
        for words in texts:
            pieces = self._pieces.pieces(words)
            flat = [piece for word in pieces for piece in word]
            owner = np.repeat(np.arange(len(pieces)), [len(word) for word in pieces])
            contextual, mean = self._pieces.contextual(flat)
            self.tokens.append(normalised(contextual))
            in_words = word_vectors(contextual, owner, len(pieces))
            self.words.append(in_words[kept_words(words, pieces, 10_000)])
            counts = np.array([[len(word)] for word in pieces])
            ranges = window_ranges(len(words))
            means = [(in_words[r.start : r.stop] * counts[r.start : r.stop]).sum(axis=0) for r in ranges]
            self.in_context.append(normalised(np.stack(means)))
            self.singles.append(normalised(mean[None])[0])
            for size, found in self.windows.items():
                stride = size // 3 if size == SENTENCE else size // 2
                starts = range(0, max(1, len(pieces) - size + stride), stride)
                cut = [[piece for word in pieces[at : at + size] for piece in word] for at in starts]
                found.append(normalised(self._pieces.means(cut)))

    def scores(self, question: str) -> dict[str, np.ndarray]:
        """float32 (pages,) for every way."""
        words = [word for unit in split(question) for word in unit.words if unit.word.searched]
        pieces = self._pieces.pieces(words)
        flat = [piece for word in pieces for piece in word]
        owner = np.repeat(np.arange(len(pieces)), [len(word) for word in pieces])
        contextual, _ = self._pieces.contextual(flat)
        query_words = word_vectors(contextual, owner, len(words))
        whole = [piece for word in self._pieces.pieces(question.split()) for piece in word]
        sentence = normalised(self._pieces.means([whole]))
        rare = np.array([self._rarity(word) for word in words], np.float32)
        by_word = _maxsim(query_words, self.words)
        window = {size: _maxsim(sentence, pages)[:, 0] for size, pages in self.windows.items()}
        weighted = by_word @ (rare / rare.sum())
        narrow_words = _maxsim(self._narrow_words(query_words), [self._narrow_words(page) for page in self.words])
        narrow = _maxsim(self._narrow_windows(sentence), [self._narrow_windows(page) for page in self.in_context])
        context = _maxsim(sentence, self.in_context)[:, 0]
        return {
            "BM25": self._bm25(words),
            "single vector": np.stack(self.singles) @ sentence[0],
            "MaxSim, tokens": _maxsim(normalised(contextual), self.tokens).mean(axis=1),
            "MaxSim, words": by_word.mean(axis=1),
            "MaxSim, words by rarity": weighted,
            "best window of 24": window[SENTENCE],
            "best window of 120": window[120],
            "MaxSim + window of 120 (z)": _z(by_word.mean(axis=1)) + _z(window[120]),
            "MaxSim + window of 24 (z)": _z(by_word.mean(axis=1)) + _z(window[SENTENCE]),
            "words by rarity + window of 24": weighted + window[SENTENCE],
            "words by rarity + means of 16": weighted + context,
            "the same, width as shipped": narrow_words @ (rare / rare.sum()) + narrow[:, 0],
        }

    def _rarity(self, word: str) -> float:
        found = sum(word.casefold() in words for words in self._sets())
        return math.log(1 + (len(self._texts) - found + 0.5) / (found + 0.5))

    def _sets(self) -> list[set[str]]:
        if not hasattr(self, "_kept_sets"):
            self._kept_sets = [set(words) for words in self._texts]
        return self._kept_sets

    def _bm25(self, words: list[str]) -> np.ndarray:
        mean = sum(map(len, self._texts)) / len(self._texts)
        size = np.array([1.2 * (0.25 + 0.75 * len(page) / mean) for page in self._texts])
        total = np.zeros(len(self._texts))
        for word in words:
            there = np.array([page.count(word.casefold()) for page in self._texts])
            total += self._rarity(word) * there * 2.2 / (there + size)
        return total


def _maxsim(query: np.ndarray, pages: list[np.ndarray]) -> np.ndarray:
    return np.stack([(query @ page.T).max(axis=1) if len(page) else np.zeros(len(query)) for page in pages])


def _z(scores: np.ndarray) -> np.ndarray:
    return (scores - scores.mean()) / max(float(scores.std()), 1e-9)


if __name__ == "__main__":
    main()
