"""A library of generated pages on the disk, made or grown, with its catalogue and what is exactly right for it.

Pages are made by as many processes as there are processors; those beyond the first 30,000 are these in mirrors
(mirrors.py). Arrays beside the library hold what questions score on every page in float32, unrounded; for the
million's nine hundred thousand, on the stored vectors.
"""

import concurrent.futures
import functools
import multiprocessing
import os
from pathlib import Path

import numpy as np
from generated_pages import EXACT, FEWER, FEWEST, PER_DOCUMENT, SPACE, Generator, questions, sample_means
from mirrors import BASE, MORE, REAL, STORED, UIDS, mask, scores_in, signs, signs_of_more

from indexer import quiet
from indexer.catalogue.catalogue import Catalogue
from indexer.catalogue.records import PageRecord
from indexer.documents.fingerprint import Fingerprint
from indexer.protocol.values import DocumentKind, TextSource
from indexer.scoring.maxsim import Question
from indexer.store.arrays import arrow_table, packed, unpacked
from indexer.store.means import read_means, write_means
from indexer.store.rows import checksum, to_records
from indexer.store.schema import CODES, PAGES, PARTS, PATCHES, schema, table_name
from indexer.store.store import Store
from indexer.store.upkeep import make_text_index

WRITTEN_AT_ONCE, AT_ONCE, SAVED = 1024, 32, 8192
NO_TERMS = np.zeros(0, np.int64)


def grown(place: Path, pages: int, *, million: bool = False) -> None:
    """A library of at least so many pages; `million`: also what is right for a million."""
    store = Store(place)
    known = 0 if store.tables.get(table_name(PARTS[-1], SPACE.name)) is None else store.count(SPACE)
    if not known:
        write_means(store.tables, SPACE, sample_means())
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        for start in range(known, min(pages, BASE), WRITTEN_AT_ONCE):
            end = min(start + WRITTEN_AT_ONCE, pages, BASE)
            parts = list(pool.map(_records, _pieces(start, end), [place] * WRITTEN_AT_ONCE))
            _add(store, [record for part in parts for record in part])
        for make in (_exact, *([_in_stored_mirrors] if pages > BASE else [])):
            _complete(place, make, min(pages, BASE), pool)
    for start in range(max(known, BASE), pages, WRITTEN_AT_ONCE):
        _add(store, _mirrored_records(store, range(start, min(start + WRITTEN_AT_ONCE, pages))))
    if not (place / f"tidy-{pages}").exists():
        store.tidy(SPACE)
        (place / f"tidy-{pages}").touch()
    _catalogue(place, pages)
    if million:
        _score_more_mirrors(place, store)


def exact_of(place: Path, pages: int) -> tuple[np.ndarray, np.ndarray]:
    """Exact scores float32 (pages, questions), and the uid of each page (pages,); of more pages fewer questions."""
    exact = np.load(place / "_exact.npy")[:, :1].transpose(1, 0, 2)
    if pages > BASE:
        stored = np.load(place / "_in_stored_mirrors.npy").transpose(1, 0, 2)
        exact = np.concatenate([exact[:, :, : stored.shape[2]], stored])
    exact = exact.reshape(-1, exact.shape[2])[: min(pages, REAL)]
    uids = np.arange(len(exact)) + 1
    if pages > REAL:
        more = np.load(place / "_in_more_mirrors.npy").transpose(1, 0, 2)
        exact = np.concatenate([exact[None, :, : more.shape[2]], more]).reshape(-1, more.shape[2])
        uids = np.concatenate([uids + mirror * UIDS for mirror in range(MORE)])
    return exact, uids


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
    return _scores(numbers, EXACT, [signs(0)])


def _in_stored_mirrors(numbers):
    return _scores(numbers, FEWER, [signs(mirror) for mirror in range(1, STORED)])


def _scores(numbers, questions, mirrors):
    generator, _, asked = _here(None)
    return np.stack([scores_in(asked[:questions], generator.vectors(number), mirrors) for number in numbers])


def _complete(place, make, pages, pool):
    path = place / f"{make.__name__}.npy"
    known = [np.load(path)] if path.exists() else []
    for start in range(len(known[0]) if known else 0, pages, 4 * WRITTEN_AT_ONCE):
        known += pool.map(make, _pieces(start, min(start + 4 * WRITTEN_AT_ONCE, pages)))
        known = [np.concatenate(known)]
        np.save(path, known[0])


def _score_more_mirrors(place, store):
    """Of every stored page in the mirrors that are not stored (pages, mirrors, questions), from its stored vectors."""
    path = place / "_in_more_mirrors.npy"
    done = np.load(path) if path.exists() else np.zeros((0, MORE - 1, FEWEST), np.float32)
    asked = list(questions(FEWEST))
    vectors = np.concatenate([query.vectors * signs_of_more(more) for more in range(1, MORE) for query in asked])
    question = Question(vectors, np.zeros(len(vectors), np.uint8))

    def scores(start):
        values = store.values(PATCHES, SPACE, range(start + 1, start + AT_ONCE + 1))
        best = question.value_maxima(values.buffer, values.starts, values.ends, values.numbers, NO_TERMS)[0]
        best = best[np.argsort(values.uids)]
        return (best.reshape(len(best), MORE - 1, FEWEST, -1) @ asked[0].weights).astype(np.float32)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for first in range(len(done), REAL, SAVED):
            parts = pool.map(scores, range(first, min(first + SAVED, REAL), AT_ONCE))
            done = np.concatenate([done, *parts])[:REAL]
            np.save(path, done)


def _mirrored_records(store, numbers):
    """Pages in a mirror from those behind it, which are stored."""
    rows = {part: {} for part in PARTS}
    for part in PARTS:
        behind = [number % BASE + 1 for number in numbers]
        rows[part] = {row["uid"]: row for row in store.rows(part, SPACE, behind)}
    return [_mirrored(number, {part: dict(rows[part][number % BASE + 1]) for part in PARTS}) for number in numbers]


def _mirrored(number, record):
    mirror = number // BASE
    whole, scales, found = (np.frombuffer(piece, np.uint8) for piece in unpacked(record[PATCHES]["data"]))
    turned = whole.view(np.int8).reshape(-1, SPACE.vector_size) * signs(mirror).astype(np.int8)
    record[PATCHES]["data"] = packed([turned.tobytes(), scales.tobytes(), found.tobytes()])
    record[PAGES]["single"] = (record[PAGES]["single"] * signs(mirror)).astype(np.float16)
    codes = record[CODES]
    for level in ("fine", "coarse"):
        codes[level] = (codes[level].reshape(-1, 2) ^ mask(mirror)).ravel()
    codes["single"] = (np.frombuffer(codes["single"], np.uint64) ^ mask(mirror)).tobytes()
    for part in PARTS:
        record[part]["uid"] = number + 1
        if part != PATCHES:
            record[part]["document_id"] = number // PER_DOCUMENT + 1
            record[part]["page"] = number % PER_DOCUMENT + 1
        record[part]["checksum"] = checksum(record[part])
    return record


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
    parser.add_argument("--million", action="store_true", help="what is right for a million, too (mirrors.py)")
    options = parser.parse_args()
    quiet.set_switches()  # the processes that work are started after it
    grown(options.library, options.pages, million=options.million)
