"""How well Lite finds pages and places on a labelled set, beside BM25 over the same words.

    python tests/benchmarks/retrieval_bench.py [--bench DIR] [--corpus DIR] [--data-dir DIR]

Indexes the corpus through the real path when the data folder has no library yet, asks every question, and prints one
JSON object: nDCG@5, recall@5 and pointing over the answered questions and by kind, the share of unanswerable ones
that are called not convincing, and the false alarms (answered ones called not convincing).
"""

import argparse
import json
import math
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from indexer import cli, quiet
from indexer.config import EngineConfig
from indexer.documents.folding import folded
from indexer.engine import Engine
from indexer.protocol.messages import Search, SearchReply
from indexer.protocol.paths import folders

SHARED = Path(__file__).resolve().parents[3] / "shared"
MARGIN = 0.02


def main() -> None:
    quiet.set_switches()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", type=Path, default=SHARED / "bench")
    parser.add_argument("--corpus", type=Path, default=SHARED / "corpus")
    parser.add_argument("--data-dir", type=Path)
    options = parser.parse_args()
    data_dir = options.data_dir or Path(tempfile.mkdtemp(prefix="pagebeam-bench-"))
    if not folders(data_dir).catalogue.exists():
        cli.main(["index", "--data-dir", str(data_dir), str(options.corpus)])
    engine = Engine(EngineConfig(folders(data_dir)), read_only=True)
    bm25 = Bm25(engine)
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    best: dict[str, list[float]] = {"answered": [], "none": []}
    for line in (options.bench / "questions.jsonl").read_text().splitlines():
        question = json.loads(line)
        reply = engine.searcher().search(Search(id=0, query=question["question"], k=20))
        top = reply.results[0].score if reply.results else 0.0
        best["answered" if question["answers"] else "none"].append(top)
        if not question["answers"]:
            sums["none"].update(asked=1, quiet=int(not reply.convincing))
            continue
        figures = judge(question, reply, options.corpus)
        words = judge_order(question, bm25.order(question["question"]), options.corpus)
        figures |= {f"bm25_{name}": value for name, value in words.items()} | {"alarm": float(not reply.convincing)}
        for group in ("all", question["kind"]):
            sums[group].update(asked=1, **figures)
    table = {
        group: {name: round(value / counts["asked"], 3) for name, value in counts.items() if name != "asked"}
        for group, counts in sums.items()
    }
    table["best_scores"] = {name: [round(v, 2) for v in sorted(values)[:12]] for name, values in best.items()}
    print(json.dumps(table))
    engine.close()


def judge(question: dict, reply: SearchReply, corpus: Path) -> dict[str, float]:
    order = [(result.path, result.key.page) for result in reply.results]
    figures = judge_order(question, order, corpus)
    answers = {(str(corpus / a["document"]), a["page"]): a["boxes"] for a in question["answers"]}
    figures["pointing"] = 0.0
    for result in reply.results:
        boxes = answers.get((result.path, result.key.page))
        if boxes is not None:
            if result.regions:
                at = result.regions[0]
                x, y = (at.x0 + at.x1) / 2, (at.y0 + at.y1) / 2
                hit = any(b[0] - MARGIN <= x <= b[2] + MARGIN and b[1] - MARGIN <= y <= b[3] + MARGIN for b in boxes)
                figures["pointing"] = float(hit)
            break
    return figures


def judge_order(question: dict, order: list[tuple[str, int]], corpus: Path) -> dict[str, float]:
    answers = {(str(corpus / a["document"]), a["page"]) for a in question["answers"]}
    gains = [float(page in answers) for page in order[:5]]
    ideal = sum(1 / math.log2(i + 2) for i in range(min(5, len(answers))))
    return {
        "ndcg5": sum(gain / math.log2(i + 2) for i, gain in enumerate(gains)) / ideal,
        "recall5": sum(gains) / len(answers),
    }


class Bm25:
    """Plain BM25 (k1 1.2, b 0.75) over the words in the library."""

    def __init__(self, engine: Engine) -> None:
        space = engine.encoder().spaces()[0]
        pages = [page for page in engine.store.pages(space) if hasattr(page, "words")]
        infos = engine.catalogue.page_info([page.key for page in pages])
        known = [(page, info) for page, info in zip(pages, infos, strict=True) if info]
        self.names = [(info.path, page.key.page) for page, info in known]
        self.counts = [Counter(folded(word) for word in page.words.texts) for page, _ in known]
        self.frequency = Counter(word for count in self.counts for word in count)
        self.mean = sum(sum(count.values()) for count in self.counts) / max(1, len(known))

    def order(self, query: str) -> list[tuple[str, int]]:
        words = [folded(word) for word in query.split()]
        scores = [(-self.score(words, count), name) for count, name in zip(self.counts, self.names, strict=True)]
        return [name for points, name in sorted(scores) if points < 0]

    def score(self, words: list[str], count: Counter[str]) -> float:
        size = 0.25 + 0.75 * sum(count.values()) / max(1.0, self.mean)
        total = 0.0
        for word in words:
            n = self.frequency[word]
            idf = math.log(1 + (len(self.counts) - n + 0.5) / (n + 0.5))
            total += idf * count[word] * 2.2 / (count[word] + 1.2 * size)
        return total


if __name__ == "__main__":
    main()
