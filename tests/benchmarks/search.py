"""How fast and how right a search is in a library of generated pages (generated_pages.py), without question encoding.

    python tests/benchmarks/search.py --pages N [--json] [--library DIR] [--brute-pages N]

A library in DIR is kept and grown; 100,000 pages are 8 GB. A million pages are the codes of DIR's pages over and over,
each time with other bits flipped (so they are other pages that lie as close together), in memory; candidates among them
are scored with the patches of the page they were made from, read from the disk.

Prints pages, p50_ms and p95_ms of a warm search for 20 pages (candidates, exact scores, words and places of the pages
shown), recall_at_10 against exact float32 MaxSim of the unrounded vectors, bytes_per_page, codes_mb,
times_faster_than_lancedb_brute (LanceDB's own multi-vector search over some of the same pages, scaled by its measured
growth), cold_first_query_ms (a new index over the open store: codes read and first search), add_page_ms (until a page
added is found), and load_ms, the reading of the codes alone.
"""

import argparse
import dataclasses
import json
import tempfile
import time
from pathlib import Path

from indexer import quiet

quiet.set_switches()

import lancedb  # noqa: E402
import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
from generated_pages import (  # noqa: E402
    QUESTIONS,
    SPACE,
    Generator,
    exact_scores,
    questions,
    sample_means,
    structure,
    vectors_of,
)

from indexer.searching.memory_index import FINE_PAGES, MemoryIndex, Snapshot, allowed_pages  # noqa: E402
from indexer.searching.patches import PatchCache  # noqa: E402
from indexer.searching.places import Scale, page_places, shown_pages  # noqa: E402
from indexer.searching.ranking import Ranker  # noqa: E402
from indexer.store.arrays import arrow_table  # noqa: E402
from indexer.store.means import write_means  # noqa: E402
from indexer.store.rows import to_records  # noqa: E402
from indexer.store.schema import PARTS, schema, table_name  # noqa: E402
from indexer.store.store import Store  # noqa: E402
from indexer.store.upkeep import make_text_index  # noqa: E402

K, ROUNDS, WRITTEN_AT_ONCE = 20, 3, 1024
REAL, TILE = 100_000, 10_000_000
"""More pages than this are tiled."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--library", type=Path)
    parser.add_argument("--brute-pages", type=int, default=1000)
    parser.add_argument("--only-make", action="store_true")
    options = parser.parse_args()
    place = options.library or Path(tempfile.mkdtemp(prefix="pagebeam-search-"))
    real = min(options.pages, REAL)
    asked = list(questions())
    exact = grown(place, real, asked)
    if options.only_make:
        return
    figures = measured(place, real, options.pages, asked, exact, options.brute_pages)
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


def grown(place, pages, asked):
    """A library of so many pages, made or grown; gives the exact scores, float32 (pages, QUESTIONS)."""
    store, generator = Store(place), Generator()
    known = place / "exact.npy"
    exact = list(np.load(known)) if known.exists() else []
    if not exact:
        write_means(store.tables, SPACE, sample_means())
    while len(exact) < pages:
        numbers = range(len(exact), min(len(exact) + WRITTEN_AT_ONCE, pages))
        records = []
        for number in numbers:
            vectors, labels = generator.page(number)
            exact.append(exact_scores(asked, vectors))
            records.append(
                to_records(generator.row(number, vectors), number + 1, SPACE, store.means(SPACE), [labels, []])
            )
        for part in PARTS:
            name = table_name(part, SPACE.name)
            new = store.tables.get(name) is None
            table = store.tables.get(name, schema(part, SPACE))
            if new and part == "pages":
                make_text_index(table)
            table.add(arrow_table([one[part] for one in records], schema(part, SPACE)))
        np.save(known, np.array(exact, np.float32))
    if not (place / f"tidy-{pages}").exists():
        store.tidy(SPACE)
        (place / f"tidy-{pages}").touch()
    return np.array(exact[:pages])


def measured(place, real, pages, asked, exact, brute_pages):
    """All figures."""
    store = Store(place)
    started = time.perf_counter()
    index = MemoryIndex(store, SPACE, fine_pages=FINE_PAGES if pages <= real else 0)
    snapshot = index.refresh()
    load_ms = ms(started)
    if len(snapshot) > real:  # the library in DIR is larger: only its first pages count
        snapshot = first_pages(snapshot, real)
        index.now = snapshot
    if pages > real:
        snapshot = tiled(snapshot, pages)
        index.now = snapshot
    ranker = Ranker(index, store, SPACE)
    if pages > real:
        ranker.patches = TiledPatches(store, SPACE)
    search(ranker, snapshot, asked[0], store)
    cold_ms = ms(started)
    times = []
    for query in asked * ROUNDS:
        before = time.perf_counter()
        search(ranker, snapshot, query, store)
        times.append(ms(before))
    figures = {
        "pages": pages,
        "p50_ms": np.percentile(times, 50),
        "p95_ms": np.percentile(times, 95),
        "recall_at_10": recall(ranker, snapshot, asked, exact),
        "bytes_per_page": bytes_per_page(place, store),
        "codes_mb": sum(segment.size_bytes for segment in snapshot.segments) / 1e6,
        "cold_first_query_ms": cold_ms,
        "load_ms": load_ms,
    }
    figures["times_faster_than_lancedb_brute"] = brute_ms(brute_pages, asked, pages) / figures["p50_ms"]
    figures["add_page_ms"] = add_page_ms(store, index)
    return {name: round(float(value), 3) for name, value in figures.items()}


def search(ranker, snapshot, query, store):
    """What a search does after the question is encoded."""
    found = ranker.rank(query, snapshot, allowed_pages(snapshot, None, (), None), K)
    scale = Scale.of(query, found)
    return [page_places(query, shown, scale) for shown in shown_pages(store, SPACE, found.pages)]


def recall(ranker, snapshot, asked, exact):
    """The share of the exact best ten that are among the ten found; without words, so that only vectors count."""
    hits = 0
    for at, query in enumerate(asked):
        wordless = type(query)("", query.single, query.vectors, query.kinds, query.weights, (), query.word_of * 0 - 1)
        found = ranker.rank(wordless, snapshot, allowed_pages(snapshot, None, (), None), 10)
        best = set((np.argsort(-exact[:, at], kind="stable")[:10] + 1).tolist())
        hits += len(best & {page.uid for page in found.pages})
    return hits / (10 * QUESTIONS)


def first_pages(snapshot, pages):
    kept = [segment.without(segment.uids > pages).packed() for segment in snapshot.segments]
    return Snapshot(tuple(segment for segment in kept if len(segment)), snapshot.means)


def bytes_per_page(place, store):
    """The newest versions' files; old versions are gone after an hour."""
    total = 0
    for part in PARTS:
        data = store.tables.get(table_name(part, SPACE.name)).to_lance()
        folder = place / f"{table_name(part, SPACE.name)}.lance"
        files = [file.path for fragment in data.get_fragments() for file in fragment.data_files()]
        total += sum((folder / "data" / name).stat().st_size for name in files)
        newest = (
            sorted((folder / "_indices").iterdir(), key=lambda path: path.stat().st_mtime)[-1:]
            if part == "pages"
            else []
        )
        total += sum(file.stat().st_size for index in newest for file in index.rglob("*") if file.is_file())
    return total / store.count(SPACE)


def brute_ms(pages, asked, scale_to):
    """LanceDB's own search over multi-vectors, at two sizes, and from there along a line."""
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


def add_page_ms(store, index):
    """From the call of put until a search would find the page."""
    generator = Generator()
    index = MemoryIndex(store, SPACE)
    index.refresh()
    times = []
    for number in range(5):
        row = generator.row(10_000_000 + number, generator.page(number * 20)[0])
        before = time.perf_counter()
        store.put(SPACE, [row])
        index.refresh()
        times.append(ms(before))
        assert index.uid_of(row.key) is not None
    store.drop_documents(SPACE, [row.key.document_id])
    return float(np.median(times))


def tiled(snapshot, pages):
    """The real pages' codes over and over; every tile but the first with other bits flipped, and other uids."""
    real = len(snapshot)
    segments = []
    for tile in range(-(-pages // real)):
        mask = np.random.default_rng(tile).integers(0, 2**64, 2, dtype=np.uint64) * np.uint64(tile > 0)
        for segment in snapshot.segments:
            moved = dataclasses.replace(segment, uids=segment.uids + tile * TILE, codes=segment.codes ^ mask)
            segments.append(dataclasses.replace(moved, single=segment.single ^ mask))
    return Snapshot(tuple(segments), snapshot.means)


class TiledPatches(PatchCache):
    """A page of a tile has the patches of the page it was made from."""

    def get(self, uids):
        found = super().get({uid % TILE for uid in uids})
        return {uid: found[uid % TILE] for uid in uids if uid % TILE in found}


def ms(since):
    return (time.perf_counter() - since) * 1000


if __name__ == "__main__":
    main()
