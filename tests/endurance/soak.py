"""Read thousands of pages and look at the memory and the disk: a ceiling, no growth once everything is warm, no waste.

The documents are given to the engine again and again as copies, each a little longer than the last so that none is
known already, until `--rounds` pages are indexed. They come in an order by chance, so that no stretch of the run has
only those of one kind.
Resident memory of engine and renderers together is looked at twice a second, and counts what they share twice (about
30 MB). The curve is printed in twenty points, and drawn into `--curve FILE.svg` if wanted. Growth is what the last
fifth of the pages needs more than the second fifth, at the median; it is judged where `GROWTH_FROM` pages were read,
for before that libraries and models are still being loaded. At the end the engine gets time to tidy up; then
the store may take 1.3 times what the same rows take in a table written once. That is judged where it takes `WASTE_FROM`
bytes: of a few pages without words most is what the tables say of themselves.

make_pages.py makes pages of few words for long runs; the figures of such a run say nothing about text recognition.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from corpus import copied, sources
from curve import Curve
from driving import (
    Driven,
    Useless,
    ended,
    failures_by_reason,
    messages,
    options,
    progress,
    stored_twice_or_not_at_all,
    told,
)

from indexer.protocol.paths import folders

LOOK_S, LOOKS = 0.5, 4
"""Memory is looked at so many times for each question about pages, whose answer takes a walk over the store."""
GROWTH_FROM = 2000
WASTE_FROM = 1_000_000
WAITING = 32
"""Documents are given before fewer wait: one of one page, alone, would be read at the pace at which it is copied."""


def read(engine: Driven, folder: Path, every: list[Path], chosen: argparse.Namespace, curve: Curve) -> messages.Status:
    """Give copies until so many pages are read, or so long has passed. Raises Useless, TimeoutError."""
    copies, began, given = 0, time.monotonic(), 0
    while (status := engine.status()).pages < chosen.rounds and time.monotonic() - began < chosen.limit_s:
        if status.waiting == 0 and status.documents == given > 0 and status.pages == 0:
            raise Useless("none of these documents has a page that can be read")
        if status.waiting < 3 and status.documents == given:
            progress(f"{status.pages} of {chosen.rounds} pages; {engine.memory().both / 1e6:.0f} MB")
            for _ in range(max(1, min(WAITING, chosen.rounds) // len(every))):
                copies += 1
                for number, path in enumerate(every):
                    copied(path, folder, given + number, b"\n%%%d\n" % copies)
                given += len(every)
        for _ in range(LOOKS):
            curve.looked(status.pages, engine.memory())
            time.sleep(LOOK_S)
    curve.looked(status.pages, engine.memory())
    return status


def until_tidy(engine: Driven, library: Path, curve: Curve, patience_s: float) -> None:
    """Wait, with reading paused, until housekeeping has been through: files are merged, and then old versions that take
    too much room are gone."""
    engine.ask(messages.Pause)
    began, log = time.monotonic(), folders(library).logs / "engine.log"
    while time.monotonic() - began < patience_s:
        words = log.read_text(errors="replace")
        if words.rfind("old versions dropped") > words.rfind("tidying") >= 0:
            return
        curve.looked(curve.points[-1][0], engine.memory())
        time.sleep(LOOK_S)


def wasted(library: Path) -> tuple[int, float]:
    """How many bytes the store takes on the disk, and how many times the room of its live rows that is."""
    import lance

    def size(folder: Path) -> int:
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    tables = [path for path in sorted((library / "store").glob("*.lance")) if path.is_dir()]
    taken, live = sum(size(table) for table in tables), 0
    with tempfile.TemporaryDirectory() as folder:
        for table in tables:
            data = lance.dataset(table)
            lance.write_dataset(data.to_batches(), Path(folder, table.name), schema=data.schema)
            # Documents are read again and again here, and of pages that are alike Lance may write one, with a list of
            # where it comes. What is packed is meant to be stored as it is, so its bytes are what lives at least.
            live += max(size(Path(folder, table.name)), packed_bytes(data))
            indexes = table / "_indices"  # the words' index is part of what lives; there is one of each table at most
            newest = sorted(indexes.iterdir(), key=lambda path: path.stat().st_mtime)[-1:] if indexes.exists() else []
            live += sum(size(index) for index in newest)
    return taken, taken / max(1, live)


def packed_bytes(data) -> int:
    """The bytes of a table's packed values."""
    if "data" not in data.schema.names:
        return 0
    return sum(batch.column(0).nbytes for batch in data.to_batches(columns=["data"]))


def main() -> int:
    parser = options(__doc__, 10_000, "pages")
    parser.add_argument("--ceiling-mb", type=float, default=900.0, help="memory may not exceed this (900)")
    parser.add_argument("--growth-mb", type=float, default=60.0, help="growth that is still none (60)")
    parser.add_argument("--waste", type=float, default=1.3, help="the disk may take so many times the live data (1.3)")
    parser.add_argument("--limit-s", type=float, default=24 * 3600.0, help="stop after so long, wherever it is")
    parser.add_argument("--tidy-s", type=float, default=600.0, help="tidying may take so long (600)")
    parser.add_argument("--curve", type=Path, help="draw the curve into this file (SVG)")
    chosen = parser.parse_args()
    every = sources(parser, chosen.documents)
    random.Random(chosen.seed).shuffle(every)
    curve = Curve()
    with tempfile.TemporaryDirectory(prefix="pagebeam-soak-") as work:
        folder, library = Path(work, "documents"), Path(work, "library")
        folder.mkdir()
        engine, began = Driven(library, "--idle-s", "10"), time.monotonic()
        engine.ask(messages.AddPaths, paths=(str(folder),))
        status = read(engine, folder, every, chosen, curve)
        took_s = time.monotonic() - began
        failures = failures_by_reason(engine)
        until_tidy(engine, library, curve, chosen.tidy_s)
        left = engine.close()
        taken, waste = wasted(library)
        twice, missing = stored_twice_or_not_at_all(library)
    result = {
        "script": "soak",
        "rounds": chosen.rounds,
        "lost": missing,
        "duplicated": twice,
        "leaked_processes": left,
        "worst_restart_s": round(engine.restart_s, 2),
        "peak_memory_mb": curve.most_mb(),
        "peak_engine_mb": curve.most_mb("engine"),
        "peak_renderers_mb": curve.most_mb("renderers"),
        "failures": failures,
        "pages": status.pages,
        "pages_per_s": round(status.pages / took_s, 2),
        "growth_mb": round(curve.growth_mb()) if status.pages >= GROWTH_FROM else None,
        "disk_times_live_data": round(waste, 3),
        "curve": curve.told(),
    }
    if chosen.curve is not None:
        chosen.curve.write_text(curve.drawn(chosen.ceiling_mb))
        chosen.curve.with_suffix(".json").write_text(json.dumps(result))
    broken = [name for name in ("lost", "duplicated", "leaked_processes") if result[name]]
    limits = {"peak_memory_mb": chosen.ceiling_mb, "growth_mb": chosen.growth_mb}
    if taken >= WASTE_FROM:
        limits["disk_times_live_data"] = chosen.waste
    broken += [name for name, limit in limits.items() if result[name] is not None and result[name] > limit]
    return told(result, broken)


if __name__ == "__main__":
    sys.exit(ended(main))
