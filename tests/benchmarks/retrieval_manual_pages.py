"""How well pages are found by a sentence about them: manual pages asked for by their one-line description.

    python tests/benchmarks/retrieval_manual_pages.py [--pages N] [--seed N] [--windows LENGTH...] [--data-dir DIR]

Takes N manual pages of this machine (needs `man` and its pages), removes the NAME section, writes the first 500 words
of each as a PDF, indexes the PDFs through the real path, and asks for each by the description that NAME gave. Prints
nDCG@10 and nDCG@5 of the whole search beside the parts it is made of, over the same words: BM25, single vector, MaxSim
over token vectors and over word vectors, windows embedded as sentences (they take twice as long as all the rest), all
at 384 dimensions, and what is shipped, with the time its answers took.
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
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from indexer import cli, quiet
from indexer.config import EngineConfig
from indexer.documents.document import PageWords
from indexer.documents.folding import folded
from indexer.encoder.lite.encoder import LiteEncoder, in_windows, kept_words
from indexer.encoder.lite.model_files import model_folder
from indexer.encoder.lite.passages import passage_ranges
from indexer.encoder.lite.pieces import PieceEncoder, normalised, word_vectors
from indexer.encoder.lite.query import split
from indexer.encoder.lite.windows import window_ranges
from indexer.engine import Engine
from indexer.protocol.messages import Search
from indexer.protocol.paths import folders
from indexer.render.mupdf import load_mupdf

WORDS = 500
SENTENCE = 24
"""Words up to which a window is a sentence's worth, and windows follow each other by a third; longer ones by half."""
LEAST_WORDS = 120
WARM = 20
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
    parser.add_argument("--windows", type=int, nargs="*", default=[120])
    parser.add_argument("--data-dir", type=Path, help="keep the library here; it is used again when it is there")
    parser.add_argument("--no-questions", dest="questions", action="store_false", help="only make the library")
    parser.add_argument(
        "--only-shipped", action="store_true", help="leave out what the shipped search is compared with"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    pages = list(manual_pages(options.pages, options.seed))
    with tempfile.TemporaryDirectory(prefix="pagebeam-manual-") as folder:
        library = options.data_dir or Path(folder)
        read(pages, library)
        if not options.questions:
            return
        table, took_ms = compare(pages, library, None if options.only_shipped else options.windows)
    if options.json:
        print(json.dumps({"manual_pages": len(pages), "p50_ms": took_ms[0], "p95_ms": took_ms[1]} | table))
        return
    print(f"{len(pages)} manual pages: nDCG@10, nDCG@5")
    for name, figures in table.items():
        print(f"{name:32} {'  '.join(f'{figure:.3f}' for figure in figures)}")
    print(f"an answer of the shipped search took {took_ms[0]} ms at the median, {took_ms[1]} at p95, encoding included")


def read(pages: list[Page], library: Path) -> None:
    """Make the pages' PDFs and a library of them, as far as they are not there."""
    documents = library / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    for name, _, words in pages:
        if not (documents / f"{name}.pdf").exists():
            write_pdf(documents / f"{name}.pdf", " ".join(words))
    cli.main(["index", "--data-dir", str(library), str(documents)])


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


def compare(
    pages: list[Page], data_dir: Path, windows: Sequence[int] | None
) -> tuple[dict[str, tuple[float, float]], tuple[float, float]]:
    """(nDCG@10, nDCG@5) of every way to rank, and (p50, p95) of the shipped search in ms, the first answers left out.

    windows: lengths in words of those embedded as sentences; None for the shipped search only.
    """
    engine = Engine(EngineConfig(folders(data_dir)), read_only=True)
    space = engine.encoder().spaces()[0]
    stored = {page.key: page for page in engine.store.pages(space) if hasattr(page, "words")}
    keys = list(stored)
    infos = engine.catalogue.page_info(keys)
    place = {Path(info.path).stem if info else "": at for at, info in enumerate(infos)}
    asked = [(place[name], question) for name, question, _ in pages if name in place]
    searcher = engine.searcher()
    shipped, took_s = [], []
    for right, question in asked:
        before = time.perf_counter()
        reply = searcher.search(Search(id=0, query=question, k=20))
        took_s.append(time.perf_counter() - before)
        order = [keys.index(result.key) for result in reply.results[:10]]
        shipped.append(order.index(right) if right in order else 99)
    p50, p95 = np.percentile(took_s[WARM:] or took_s, (50, 95)) * 1000
    engine.close()
    table = {"shipped search": shipped}
    raw = None
    if windows is not None:
        raw = Raw([stored[key].words for key in keys], [question for _, question in asked], windows)
    for way, scores in (raw.ways() if raw else {}).items():  # (questions, pages)
        table[way] = [int((row > row[right]).sum()) for row, (right, _) in zip(scores, asked, strict=True)]
    figures = {way: (_ndcg(ranks, 10), _ndcg(ranks, 5)) for way, ranks in table.items()}
    return figures, (round(float(p50), 1), round(float(p95), 1))


def _ndcg(ranks: list[int], k: int) -> float:
    return round(sum(1 / math.log2(rank + 2) for rank in ranks if rank < k) / max(1, len(ranks)), 4)


class Raw:
    """Every page against every question at full width, page by page, so that no page's vectors are kept."""

    def __init__(self, pages: list[PageWords], questions: list[str], windows: Sequence[int]) -> None:
        self._pieces = PieceEncoder(model_folder())
        lite = LiteEncoder(self._pieces)
        self._narrow_words, self._narrow_windows = lite._project_words, lite._project_windows
        self._texts = [[folded(word) for word in page.texts] for page in pages]
        self._sets = [set(words) for words in self._texts]
        self._asked = [
            [word for unit in split(text) for word in unit.words if unit.word.searched] for text in questions
        ]
        self._embed_questions(questions)
        self.best: dict[str, np.ndarray] = {}  # by way: (question vectors, pages)
        for at, page in enumerate(pages):
            for way, values in self._page(page, windows).items():
                self.best.setdefault(way, np.zeros((len(values), len(pages)), np.float32))[:, at] = values

    def _embed_questions(self, questions: list[str]) -> None:
        words, tokens, sentences = [], [], []
        for text, asked in zip(questions, self._asked, strict=True):
            pieces = self._pieces.pieces(asked)
            counts = [len(word) for word in pieces]
            contextual, _, _ = self._pieces.contextual(pieces, [range(len(pieces))])
            words.append(word_vectors(contextual, np.repeat(np.arange(len(pieces)), counts), len(pieces)))
            tokens.append(normalised(contextual))
            whole = [piece for word in self._pieces.pieces(text.split()) for piece in word]
            sentences.append(normalised(self._pieces.means([whole]))[0])
        self._of_word = np.repeat(np.arange(len(questions)), [len(part) for part in words])
        self._of_token = np.repeat(np.arange(len(questions)), [len(part) for part in tokens])
        self._words, self._tokens = np.concatenate(words), np.concatenate(tokens)
        self._sentences = np.stack(sentences)

    def _page(self, page: PageWords, windows: Sequence[int]) -> dict[str, np.ndarray]:
        pieces = self._pieces.pieces(page.texts)
        counts = [len(word) for word in pieces]
        passages = passage_ranges(page.texts, page.lines.tolist(), counts)
        contextual, means, tokens = self._pieces.contextual(pieces, passages)
        in_words = word_vectors(contextual, np.repeat(np.arange(len(pieces)), counts), len(pieces))
        kept = in_words[kept_words(page.texts, pieces, 10_000)]
        in_context = in_windows(in_words, counts, window_ranges(len(pieces)), normalised(means), passages)
        narrow = self._narrow_words(self._words), self._narrow_windows(self._sentences)
        found = {
            "tokens": _best(self._tokens, normalised(contextual)),
            "words": _best(self._words, kept),
            "words narrow": _best(narrow[0], self._narrow_words(kept)),
            "context": _best(self._sentences, in_context),
            "context narrow": _best(narrow[1], self._narrow_windows(in_context)),
            "single": _best(self._sentences, normalised((tokens @ means)[None].astype(np.float32))),
        }
        for size in windows:
            stride = size // 3 if size <= SENTENCE else size // 2
            starts = range(0, max(1, len(pieces) - size + stride), stride)
            cut = [[piece for word in pieces[at : at + size] for piece in word] for at in starts]
            found[f"window {size}"] = _best(self._sentences, normalised(self._pieces.means(cut)))
        return found

    def ways(self) -> dict[str, np.ndarray]:
        """float32 (questions, pages) for every way."""
        best = self.best
        rare = np.concatenate([self._rarities(words) for words in self._asked])
        plain, weighted = _mean(best["words"], self._of_word), _mean(best["words"], self._of_word, rare)
        ways = {
            "BM25": np.stack([self._bm25(words) for words in self._asked]),
            "single vector": best["single"],
            "MaxSim, tokens": _mean(best["tokens"], self._of_token),
            "MaxSim, words": plain,
            "MaxSim, words by rarity": weighted,
            "words by rarity + windows": weighted + best["context"],
            "the same, width as shipped": _mean(best["words narrow"], self._of_word, rare) + best["context narrow"],
        }
        for way in [name for name in best if name.startswith("window ")]:
            ways[f"best {way} as a sentence"] = best[way]
            ways[f"MaxSim, words + {way} (z)"] = _z(plain) + _z(best[way])
            ways[f"words by rarity + {way}"] = weighted + best[way]
        return ways

    def _rarities(self, words: list[str]) -> np.ndarray:
        there = np.array([sum(folded(word) in page for page in self._sets) for word in words])
        return np.log(1 + (len(self._sets) - there + 0.5) / (there + 0.5)).astype(np.float32)

    def _bm25(self, words: list[str]) -> np.ndarray:
        mean = sum(map(len, self._texts)) / len(self._texts)
        size = np.array([1.2 * (0.25 + 0.75 * len(page) / mean) for page in self._texts])
        total = np.zeros(len(self._texts))
        for word, rarity in zip(words, self._rarities(words), strict=True):
            there = np.array([page.count(folded(word)) for page in self._texts])
            total += rarity * there * 2.2 / (there + size)
        return total


def _best(asked: np.ndarray, page: np.ndarray) -> np.ndarray:
    """The largest product of each of the questions' vectors with a page's: (m, size), (n, size) -> (m,)."""
    return (asked @ page.T).max(axis=1) if len(page) else np.zeros(len(asked), np.float32)


def _mean(best: np.ndarray, question: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Weighted means over each question's vectors: (m, pages) -> (questions, pages)."""
    weights = np.ones(len(best), np.float32) if weights is None else np.maximum(weights, 0.05)
    sums = np.zeros((question.max() + 1, best.shape[1]), np.float32)
    np.add.at(sums, question, best * weights[:, None])
    return sums / np.bincount(question, weights)[:, None]


def _z(scores: np.ndarray) -> np.ndarray:
    """Each question's scores, (questions, pages), as distances from their mean in deviations."""
    return (scores - scores.mean(axis=1, keepdims=True)) / np.maximum(scores.std(axis=1, keepdims=True), 1e-9)


if __name__ == "__main__":
    main()
