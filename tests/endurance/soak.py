"""Read thousands of pages and look at the memory: a ceiling, and no growth once everything is warm.

The documents are given to the engine again and again as copies under other names, until `--rounds` pages are indexed.
Memory (engine and renderers, shared pages counted once) is looked at every two seconds; the curve is printed in
twenty points. Growth is what the last fifth of the pages needs more than the second fifth, at the median.
"""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from driving import Driven, failures_by_reason, messages, options, stored_twice_or_not_at_all, told

from indexer.documents.kinds import could_be_document


def main() -> int:
    parser = options(__doc__, 10_000, "pages")
    parser.add_argument("--ceiling-mb", type=float, default=900.0, help="memory may not exceed this (900)")
    parser.add_argument("--growth-mb", type=float, default=60.0, help="growth that is still none (60)")
    parser.add_argument("--limit-s", type=float, default=24 * 3600.0, help="stop after so long, wherever it is")
    chosen = parser.parse_args()
    every = [p for p in sorted(chosen.documents.rglob("*")) if p.is_file() and could_be_document(p.name)]
    points: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory(prefix="pagebeam-soak-") as work:
        folder, library = Path(work, "documents"), Path(work, "library")
        folder.mkdir()
        engine, copies, began = Driven(library), 0, time.monotonic()
        engine.ask(messages.AddPaths, paths=(str(folder),))
        while (status := engine.status()).pages < chosen.rounds and time.monotonic() - began < chosen.limit_s:
            points.append((status.pages, engine.memory_bytes() / 1e6))
            if status.waiting < 3 and status.documents == copies * len(every):
                copies += 1
                for path in every:
                    shutil.copy(path, folder / f"{copies:05d}-{path.name}")
            time.sleep(2)
        took_s = time.monotonic() - began
        status = engine.status()
        failures = failures_by_reason(engine)
        left = engine.close()
        twice, missing = stored_twice_or_not_at_all(library)
    fifth = [mb for pages, mb in points if status.pages / 5 <= pages < 2 * status.pages / 5]
    last = [mb for pages, mb in points if pages >= 4 * status.pages / 5]
    growth = statistics.median(last) - statistics.median(fifth) if fifth and last else 0.0
    step = max(1, len(points) // 20)
    result = {
        "script": "soak",
        "rounds": chosen.rounds,
        "lost": missing,
        "duplicated": twice,
        "leaked_processes": left,
        "worst_restart_s": round(engine.restart_s, 2),
        "peak_memory_mb": round(max(mb for _, mb in points)),
        "failures": failures,
        "pages": status.pages,
        "pages_per_s": round(status.pages / took_s, 2),
        "growth_mb": round(growth),
        "curve": [(pages, round(mb)) for pages, mb in points[::step]],
    }
    broken = [name for name in ("lost", "duplicated", "leaked_processes") if result[name]]
    broken += ["peak_memory_mb"] if result["peak_memory_mb"] > chosen.ceiling_mb else []
    broken += ["growth_mb"] if growth > chosen.growth_mb else []
    return told(result, broken)


if __name__ == "__main__":
    sys.exit(main())
