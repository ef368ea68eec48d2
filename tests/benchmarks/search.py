"""How fast and how right a search is in a library of generated pages (generated_pages.py).

    python tests/benchmarks/search.py --pages N [--json] [--library DIR] [--more]

A library in DIR is kept and grown; 100,000 pages are 8 GB, of which those beyond 30,000 are these in mirrors
(mirrors.py). A million are 100,000 in more mirrors: codes in memory, patches read from the disk as those of the page
behind, words those of the hundred thousand.

One JSON line: pages; p50_ms and p95_ms of `Searcher.search`, from the call to the finished reply, the encoding of the
question alone left out: candidates, exact scores, words and places of 20 pages, and what the catalogue says of them,
for 180 questions, each asked once, none of them before; recall_at_10 against exact float32 MaxSim of the unrounded
vectors, for 40 questions (20 from 30,000 pages on, 5 of a million) asked without words, so that only vectors count;
bytes_per_page of the newest versions' files; codes_mb in memory; times_faster_than_lancedb_brute (LanceDB's own
multi-vector search over some of the same pages, scaled by its measured growth); cold_first_query_ms (a new searcher
over the open store: codes read and first answer); add_page_ms (from the call of put until the page is the answer to a
question for it). With --more a second line of what else is promised (searches_more.py).
"""

import argparse
import dataclasses
import json
import tempfile
import time
from pathlib import Path

from indexer import quiet

quiet.set_switches()

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
from generated_library import exact_of, grown  # noqa: E402
from generated_pages import SPACE, Generator, questions, structure, vectors_of  # noqa: E402
from mirrors import REAL, MirroredCatalogue, MirroredStore, mirrored  # noqa: E402
from searches_more import Prepared, more  # noqa: E402

from indexer.catalogue.catalogue import Catalogue  # noqa: E402
from indexer.protocol.messages import Search  # noqa: E402
from indexer.searching.memory_index import FINE_PAGES, MemoryIndex, Snapshot, allowed_pages  # noqa: E402
from indexer.searching.search import Searcher  # noqa: E402
from indexer.store.arrays import arrow_table  # noqa: E402
from indexer.store.schema import PARTS, table_name  # noqa: E402
from indexer.store.store import Store  # noqa: E402

K = 20
WARMING = 20
"""Questions asked before the clock runs."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--library", type=Path)
    parser.add_argument("--brute-pages", type=int, default=1000, help="so many for LanceDB's own search, at most 2,000")
    parser.add_argument("--more", action="store_true", help="threads, search while adding, long questions, filters")
    options = parser.parse_args()
    place = options.library or Path(tempfile.mkdtemp(prefix="pagebeam-search-"))
    grown(place, min(options.pages, REAL), million=options.pages > REAL)
    told(measured(place, options.pages, options.brute_pages), as_json=options.json)
    if options.more:
        told(more(place), as_json=options.json)


def told(figures, *, as_json):
    print(json.dumps(figures) if as_json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


def measured(place, pages, brute_pages):
    """All figures."""
    asked = list(questions())
    store = MirroredStore(place) if pages > REAL else Store(place)
    Store(place).values("patches", SPACE, [1])  # what is imported when first needed is not the search's
    started = time.perf_counter()
    index = MemoryIndex(store, SPACE, fine_pages=FINE_PAGES if pages <= REAL else 0)
    index.refresh()
    load_ms = ms(started)
    if pages > REAL:
        index.now = mirrored(index.now)
    elif len(index.now) > pages:  # the library in DIR is larger: only its first pages count
        index.now = first_pages(index.now, pages)
    catalogue = (
        MirroredCatalogue(place / "catalogue.sqlite3") if pages > REAL else Catalogue(place / "catalogue.sqlite3")
    )
    searcher = Searcher(index, Prepared(asked), SPACE, catalogue)
    started_s = time.perf_counter()
    searcher.search(Search(id=0, query=asked[-1].text, k=K))
    cold_ms = load_ms + ms(started_s)
    for query in asked[-WARMING:]:
        searcher.search(Search(id=0, query=query.text, k=K))
    times = []
    for query in asked[:-WARMING]:
        before = time.perf_counter()
        reply = searcher.search(Search(id=0, query=query.text, k=K))
        times.append(ms(before))
        assert len(reply.results) == K
    figures = {
        "pages": len(index.now),
        "p50_ms": np.percentile(times, 50),
        "p95_ms": np.percentile(times, 95),
        "recall_at_10": recall(place, searcher._ranker, index.now, asked, pages),
        "bytes_per_page": bytes_per_page(place, Store(place)),
        "codes_mb": sum(segment.size_bytes for segment in index.now.segments) / 1e6,
        "times_faster_than_lancedb_brute": brute_ms(brute_pages, asked, pages) / np.percentile(times, 50),
        "cold_first_query_ms": cold_ms,
        "add_page_ms": add_page_ms(place),
    }
    catalogue.close()
    return {"pages": figures.pop("pages")} | {name: round(float(value), 3) for name, value in figures.items()}


def recall(place, ranker, snapshot, asked, pages):
    """The share of the exact best ten that are among the ten found; without words, so that only vectors count."""
    exact, uids = exact_of(place, pages)
    count = exact.shape[1]
    hits = 0
    for at, query in enumerate(asked[:count]):
        wordless = dataclasses.replace(query, words=(), word_of=query.word_of * 0 - 1)
        found = ranker.rank(wordless, snapshot, allowed_pages(snapshot, None, (), None), 10)
        best = set(uids[np.argsort(-exact[:, at], kind="stable")[:10]].tolist())
        hits += len(best & {page.uid for page in found.pages})
    return hits / (10 * count)


def first_pages(snapshot, pages):
    kept = [segment.without(segment.uids > pages).packed() for segment in snapshot.segments]
    return Snapshot(tuple(segment for segment in kept if len(segment)), snapshot.means, snapshot.coarse)


def bytes_per_page(place, store):
    """The newest versions' files; old versions are gone after an hour."""
    total = 0
    for part in PARTS:
        data = store.tables.get(table_name(part, SPACE.name)).to_lance()
        folder = place / f"{table_name(part, SPACE.name)}.lance"
        files = [file.path for fragment in data.get_fragments() for file in fragment.data_files()]
        total += sum((folder / "data" / name).stat().st_size for name in files)
        indexes = sorted((folder / "_indices").glob("*"), key=lambda path: path.stat().st_mtime)
        newest = indexes[-1:] if part == "pages" else []
        total += sum(file.stat().st_size for index in newest for file in index.rglob("*") if file.is_file())
    return total / store.count(SPACE)


def brute_ms(pages, asked, scale_to):
    """LanceDB's own search over multi-vectors, at two sizes, and from there along a line."""
    import lancedb

    kind = pa.list_(pa.list_(pa.float16(), 128))
    with tempfile.TemporaryDirectory() as folder:
        database = lancedb.connect(folder)
        taken = []
        for count in (pages // 2, pages):
            rows = [vectors_of(number, structure(number)).astype(np.float16) for number in range(0, count * 20, 20)]
            fields = pa.schema([("uid", pa.int64()), ("vectors", kind)])
            table = database.create_table(
                f"brute{count}", arrow_table([{"uid": at, "vectors": one} for at, one in enumerate(rows)], fields)
            )
            times = []
            for query in asked[:3]:
                before = time.perf_counter()
                table.search(query.vectors.astype(np.float16)).distance_type("cosine").limit(K).select(
                    ["uid", "_distance"]
                ).to_arrow()
                times.append(ms(before))
            taken.append(min(times))
    growth = (taken[1] - taken[0]) / (pages - pages // 2)
    return taken[1] + growth * (scale_to - pages)


def add_page_ms(place):
    """From the call of put until a question for the page finds it first."""
    store, generator = Store(place), Generator()
    catalogue = Catalogue(place / "catalogue.sqlite3")
    asked = next(iter(questions(1)))
    times = []
    for number in range(5):
        vectors = generator.vectors(10_000_000 + number)
        row = generator.row(10_000_000 + number, vectors)
        query = dataclasses.replace(asked, vectors=vectors[:16].copy())
        searcher = Searcher(MemoryIndex(store, SPACE), Prepared([query]), SPACE, catalogue)
        searcher._index.refresh()
        before = time.perf_counter()
        store.put(SPACE, [row])
        snapshot = searcher._index.refresh()
        found = searcher._ranker.rank(query, snapshot, allowed_pages(snapshot, None, (), None), K)
        times.append(ms(before))
        assert found.pages[0].key == row.key
    store.drop_documents(SPACE, [row.key.document_id])
    catalogue.close()
    return float(np.median(times))


def ms(since):
    return (time.perf_counter() - since) * 1000


if __name__ == "__main__":
    main()
