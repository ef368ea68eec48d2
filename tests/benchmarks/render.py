"""Pages a second from file to thumbnail, without the encoder: kind, render, words, thumbnail; and where the time goes.

    python tests/benchmarks/render.py --documents DIR [--json] [--renderers N] [--inside]

The last line is one JSON object with --json. Pages whose words must be recognised are counted apart: their
recognition is the encoder's business and is not in these figures. Pages a processor second are what a busy machine
cannot change: engine and renderers counted together. With --inside the PDFs are read once more in this process, to see
in which functions a renderer spends its time.
"""

import argparse
import cProfile
import json
import pstats
import resource
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from indexer.config import RenderLimits
from indexer.documents.document import RenderedPage
from indexer.documents.kinds import could_be_document, kind_of
from indexer.errors import PagebeamError
from indexer.protocol.values import DocumentKind, PageKey
from indexer.render.pool import RenderPool
from indexer.render.thumbnails import picture_name, write_thumbnail


class Tally:
    """What was counted, and the seconds spent on each step."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.page_s: list[float] = []


def measure(path: Path, number: int, pool: RenderPool, thumbnails: Path, tally: Tally) -> None:
    """One document, page by page, into `tally`."""
    try:
        start = time.perf_counter()
        pages = pool.read(path, kind_of(path))
        while True:
            page = next(pages, None)
            arrived = time.perf_counter()
            tally.seconds["waited for renderer"] += arrived - start
            if page is None:
                return
            if isinstance(page, RenderedPage):
                name = picture_name(PageKey(number, page.page), "0", 512)
                write_thumbnail(page.pixels, thumbnails / name)
                tally.counts["pages"] += 1
                tally.counts["text pages" if page.text_usable else "pages to recognise"] += 1
                tally.counts["words"] += len(page.words.texts)
            else:
                tally.counts["pages failed"] += 1
            end = time.perf_counter()
            tally.seconds["thumbnails"] += end - arrived
            tally.page_s.append(end - start)
            start = end
    except PagebeamError as problem:
        tally.seconds["waited for renderer"] += time.perf_counter() - start
        tally.counts["documents failed"] += 1
        tally.reasons[problem.code] += 1


def inside(files: list[Path], limits: RenderLimits) -> dict[str, float]:
    """Seconds by function, the dearest ten: what a renderer does, here without its sandbox."""
    from indexer.render.pdf import PdfDocument

    profile = cProfile.Profile()
    for path in (path for path in files if kind_of(path) == DocumentKind.PDF):
        try:
            document = profile.runcall(PdfDocument, str(path), None, limits.max_pages)
            for page in range(1, document.page_count + 1):
                profile.runcall(document.read, page, limits.page_pixels, limits.recognition_pixels)
            document.close()
        except Exception:  # noqa: BLE001 (a document that cannot be read is counted in the other figures)
            continue
    found = pstats.Stats(profile).stats.items()
    dearest = sorted(found, key=lambda item: -item[1][2])[:10]
    return {f"{Path(file).name}:{name}": round(own_s, 2) for (file, _, name), (_, _, own_s, _, _) in dearest}


def used_s() -> float:
    """Processor seconds of this process and of those that have ended."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main() -> int:
    """Measure the documents below the folder given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--renderers", type=int, default=1)
    parser.add_argument("--inside", action="store_true", help="where a renderer spends its time")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    files = sorted(path for path in options.documents.rglob("*") if path.is_file() and could_be_document(path.name))
    pool, tally = RenderPool(RenderLimits(), options.renderers), Tally()
    pool.sandbox()
    used, start = used_s(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.renderers) as threads:
        jobs = [threads.submit(measure, path, n, pool, Path(folder), tally) for n, path in enumerate(files)]
        for job in jobs:
            job.result()
    total = time.perf_counter() - start
    pool.close()
    used = used_s() - used
    times = sorted(tally.page_s) or [0.0]
    figures = {
        "documents": len(files),
        "seconds": round(total, 2),
        "pages_per_second": round(tally.counts["pages"] / total, 1),
        "pages_per_processor_second": round(tally.counts["pages"] / used, 1),
        "page_ms_p50": round(times[len(times) // 2] * 1000, 1),
        "page_ms_p99": round(times[int(len(times) * 0.99)] * 1000, 1),
        **{name.replace(" ", "_"): count for name, count in tally.counts.items()},
        "profile_s": {name: round(seconds, 2) for name, seconds in tally.seconds.items()},
        "failures": dict(tally.reasons),
    }
    if options.inside:
        figures["inside_s"] = inside(files, RenderLimits())
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:24} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
