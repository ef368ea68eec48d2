"""A library of generated pages on the disk, made or grown, with its catalogue and what is exactly right for it.

Pages are made by as many processes as there are processors. `exact-N.npy` beside the library holds what every question
scores on every page in float32, unrounded; `mirrored-N.npy` the same for pages seen in a mirror (mirrors.py).
"""

import concurrent.futures
import functools
import multiprocessing
import os
from pathlib import Path

import numpy as np
from generated_pages import EXACT, PER_DOCUMENT, SPACE, Generator, exact_scores, questions, sample_means
from mirrors import mirrored_scores

from indexer import quiet
from indexer.catalogue.catalogue import Catalogue
from indexer.catalogue.records import PageRecord
from indexer.documents.fingerprint import Fingerprint
from indexer.protocol.values import DocumentKind, TextSource
from indexer.store.arrays import arrow_table
from indexer.store.means import read_means, write_means
from indexer.store.rows import to_records
from indexer.store.schema import PARTS, schema, table_name
from indexer.store.store import Store
from indexer.store.upkeep import make_text_index

WRITTEN_AT_ONCE, AT_ONCE = 1024, 32


def grown(place: Path, pages: int, *, mirrored: bool = False) -> None:
    """A library of at least so many pages."""
    store = Store(place)
    known = 0 if store.tables.get(table_name(PARTS[-1], SPACE.name)) is None else store.count(SPACE)
    if not known:
        write_means(store.tables, SPACE, sample_means())
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        for start in range(known, pages, WRITTEN_AT_ONCE):
            end = min(start + WRITTEN_AT_ONCE, pages)
            parts = list(pool.map(_records, _pieces(start, end), [place] * WRITTEN_AT_ONCE))
            _add(store, [record for part in parts for record in part])
        for name, make in (("exact", _exact), *((("mirrored", _mirrored),) if mirrored else ())):
            _complete(place, name, make, pages, pool)
    if not (place / f"tidy-{pages}").exists():
        store.tidy(SPACE)
        (place / f"tidy-{pages}").touch()
    _catalogue(place, pages)


def exact_of(place: Path, pages: int, name: str = "exact") -> np.ndarray:
    """Exact scores by page."""
    return np.load(place / f"{name}.npy")[:pages]


def _pieces(start, end):
    return [range(at, min(at + AT_ONCE, end)) for at in range(start, end, AT_ONCE)]


@functools.cache
def _here(place):
    """What a process needs again and again."""
    means = read_means(Store(place, read_only=True).tables, SPACE)[-1] if place else None
    return Generator(), means, list(questions(EXACT))


def _records(numbers, place):
    generator, means, _ = _here(place)
    made = []
    for number in numbers:
        vectors, labels = generator.page(number)
        made.append(to_records(generator.row(number, vectors), number + 1, SPACE, means, [labels, []]))
    return made


def _exact(numbers):
    generator, _, asked = _here(None)
    return np.stack([exact_scores(asked, generator.vectors(number)) for number in numbers])


def _mirrored(numbers):
    generator, _, asked = _here(None)
    return np.stack([mirrored_scores(asked, generator.vectors(number)) for number in numbers])


def _complete(place, name, make, pages, pool):
    path = place / f"{name}.npy"
    known = np.load(path) if path.exists() else None
    first = 0 if known is None else len(known)
    for start in range(first, pages, 8 * WRITTEN_AT_ONCE):
        new = np.concatenate(list(pool.map(make, _pieces(start, min(start + 8 * WRITTEN_AT_ONCE, pages)))))
        known = new if known is None else np.concatenate([known, new])
        np.save(path, known.astype(np.float32))


def _add(store, records):
    for part in PARTS:
        name = table_name(part, SPACE.name)
        new = store.tables.get(name) is None
        table = store.tables.get(name, schema(part, SPACE))
        if new and part == "pages":
            make_text_index(table)
        table.add(arrow_table([one[part] for one in records], schema(part, SPACE)))


def _catalogue(place, pages):
    """Every eight pages a document, as reading them would have left it."""
    catalogue = Catalogue(place / "catalogue.sqlite3")
    catalogue._db.execute("PRAGMA synchronous=OFF")  # a power cut may cost a benchmark its library
    folder = catalogue.add_folder("/generated", watched=True)
    known = sum(one.indexed for one in catalogue.folders())
    wanted = -(-pages // PER_DOCUMENT)
    names = [
        (f"/generated/{at % 100}/{at}.pdf", Fingerprint(1, at * 10**9, 1, at, 1)) for at in range(known + 1, wanted + 1)
    ]
    catalogue.found(folder, names)
    records = [PageRecord(at, 1, 1, TextSource.TEXT_LAYER, "") for at in range(1, PER_DOCUMENT + 1)]
    for _ in names:
        document = catalogue.next_waiting()
        catalogue.pages_indexed(document, DocumentKind.PDF, records, PER_DOCUMENT)
        catalogue.finished(document, [])
    catalogue.close()


if __name__ == "__main__":
    import argparse

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--pages", type=int, required=True)
    parser.add_argument("--mirrored", action="store_true", help="what is right for a million, too (mirrors.py)")
    options = parser.parse_args()
    quiet.set_switches()  # the processes that work are started after it
    grown(options.library, options.pages, mirrored=options.mirrored)
