"""How long a search takes in a library of generated pages, question encoding included, warm.

    python tests/benchmarks/search.py [--pages N] [--rounds N]

Pages hold 450 random unit word vectors, 55 window vectors and 450 random words, so only time is measured here, never
quality. Prints one JSON object: pages, cold_first_query_ms, p50_ms, p95_ms.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from indexer import quiet
from indexer.catalogue.catalogue import Catalogue
from indexer.catalogue.records import DocumentRecord, PageRecord
from indexer.documents.document import PageWords
from indexer.documents.fingerprint import Fingerprint
from indexer.encoder.encoder import EncodedPage
from indexer.encoder.lite.encoder import LiteEncoder
from indexer.protocol.messages import Search
from indexer.protocol.values import DocumentKind, PageKey, TextSource
from indexer.searching.memory_index import MemoryIndex
from indexer.searching.search import Searcher
from indexer.store.rows import PageRow
from indexer.store.store import Store

WORDS, WINDOWS, BATCH = 450, 55, 250


def main() -> None:
    quiet.set_switches()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    encoder = LiteEncoder.load()
    space = encoder.spaces()[0]
    with tempfile.TemporaryDirectory() as folder:
        store, catalogue = Store(Path(folder) / "store"), Catalogue(Path(folder) / "catalogue.sqlite3")
        catalogue.found(catalogue.add_folder("/x", watched=True), [("/x/a.pdf", Fingerprint(1, 1, 1, 1, 1))])
        document = catalogue.next_waiting()
        rng = np.random.default_rng(0)
        for first in range(1, options.pages + 1, BATCH):
            numbers = range(first, min(first + BATCH, options.pages + 1))
            store.put(space, [page(document, number, space.vector_size, rng) for number in numbers])
        records = [PageRecord(n, 1, 1, TextSource.TEXT_LAYER, "") for n in range(1, options.pages + 1)]
        catalogue.pages_indexed(document, DocumentKind.PDF, records, options.pages)
        searcher = Searcher(MemoryIndex(store, space), encoder, space, catalogue)
        times = [asked(searcher, f"w{i} heat pump cost in winter w{i + 5}") for i in range(options.rounds + 1)]
        catalogue.close()
    p50, p95 = np.percentile(times[1:], [50, 95])
    figures = {"pages": options.pages, "cold_first_query_ms": times[0], "p50_ms": p50, "p95_ms": p95}
    print(json.dumps({name: round(float(value), 1) for name, value in figures.items()}))


def page(document: DocumentRecord, number: int, size: int, rng: np.random.Generator) -> PageRow:
    count = WORDS + WINDOWS
    vectors = rng.normal(size=(count, size)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = tuple(f"w{i}" for i in rng.integers(0, 8000, WORDS))
    lines = np.arange(WORDS, dtype=np.int32) // 10
    words = PageWords(texts, rng.random((WORDS, 4)).astype(np.float32), lines, TextSource.TEXT_LAYER)
    kinds = np.array([0] * WORDS + [1] * WINDOWS, np.uint8)
    encoded = EncodedPage(vectors[0], vectors, rng.random((count, 4)).astype(np.float32), kinds)
    return PageRow(PageKey(document.document_id, number), document.version, encoded, words)


def asked(searcher: Searcher, question: str) -> float:
    started = time.perf_counter()
    searcher.search(Search(id=0, query=question, k=20))
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
