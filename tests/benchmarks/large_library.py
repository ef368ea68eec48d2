"""How long a library of many documents takes to start, and to be compared with the disk, without reading a file.

    python tests/benchmarks/large_library.py --documents 100000

Makes so many files and a catalogue that knows them all as indexed; then measures, each as wall clock and as processor
time of the process: a rescan in which nothing has changed, with every open() counted; a rescan in which every hundredth
file has; and an engine process from its start to its welcome and its first status. With the profile of the rescan.
"""

import argparse
import builtins
import cProfile
import json
import os
import pstats
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from indexer.catalogue.catalogue import Catalogue  # noqa: E402 (found only once the path is set)
from indexer.config import EngineConfig  # noqa: E402
from indexer.protocol import messages  # noqa: E402
from indexer.protocol.framing import encode  # noqa: E402
from indexer.protocol.paths import folders  # noqa: E402
from indexer.watcher.scan import scan  # noqa: E402
from indexer.watcher.sync import FolderSync  # noqa: E402


def make_files(folder: Path, count: int) -> None:
    """`count` small files, a hundred in each folder."""
    for number in range(count):
        if number % 100 == 0:
            place = folder / f"{number // 10000:03d}" / f"{number // 100:05d}"
            place.mkdir(parents=True)
        (place / f"document {number:06d}.txt").write_text("x")


def fill(catalogue: Catalogue, folder: Path) -> None:
    """The catalogue knows every file as indexed, with one page."""
    folder_id = catalogue.add_folder(str(folder), watched=True)
    catalogue.found(folder_id, scan(str(folder)))
    with catalogue._transaction():
        catalogue._db.execute(
            "UPDATE documents SET state='indexed', content='x', pages_done=1, page_count=1, kind='text'"
        )
        catalogue._db.execute(
            "INSERT INTO pages SELECT document_id, 1, version, 1, 1, 'text-layer', document_id || '.jpg' FROM documents"
        )


def timed(work) -> tuple[float, float]:
    """Seconds on the clock and of the processor."""
    wall, used = time.perf_counter(), time.process_time()
    work()
    return round(time.perf_counter() - wall, 2), round(time.process_time() - used, 2)


def start_of_an_engine(data_dir: Path) -> dict[str, float]:
    """Seconds until the welcome and until the first status."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "indexer", "serve", "--data-dir", str(data_dir)]
    pipe = subprocess.PIPE
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=env) as engine:
        engine.stdin.write(encode(messages.Hello(id=1)))
        engine.stdin.flush()
        engine.stdout.readline()
        welcome = time.perf_counter() - began
        engine.stdin.write(encode(messages.GetStatus(id=2)))
        engine.stdin.flush()
        while b'"type":"status"' not in engine.stdout.readline():
            pass
        status = time.perf_counter() - began
        engine.kill()
    return {"welcome_s": round(welcome, 2), "status_s": round(status, 2)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--profile", action="store_true")
    chosen = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="pagebeam-large-"))
    opened: list[str] = []
    try:
        make_files(work / "files", chosen.documents)
        config = EngineConfig(folders(work / "library"))
        config.folders.make()
        catalogue = Catalogue(config.folders.catalogue)
        result: dict[str, object] = {"documents": chosen.documents}
        result["first_scan_s"] = timed(lambda: fill(catalogue, work / "files"))
        sync = FolderSync(catalogue, config, lambda _: None)
        builtin = builtins.open
        builtins.open = lambda *a, **k: (opened.append(str(a[0])), builtin(*a, **k))[1]
        profile = cProfile.Profile()
        result["rescan_unchanged_s"] = timed(sync.compare_all)
        if chosen.profile:
            profile.runcall(sync.compare_all)
        builtins.open = builtin
        result["contents_read"] = sum("files" in path for path in opened)
        result["status_s"] = timed(catalogue.folders)
        catalogue.close()
        result["start"] = start_of_an_engine(work / "library")
        print(json.dumps(result))
        if chosen.profile:
            pstats.Stats(profile).sort_stats("tottime").print_stats(12)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
