"""Kill the engine at random moments: what was committed stays, once, and what was interrupted is done again.

Each round starts an engine on the same library, lets it work for a random time and kills it (SIGKILL); in every other
round that time begins when it has committed a page, so that reading is hit on a slow machine as well. Before the
next start the catalogue is read as it lies there: every page ever committed must still be in it. In every tenth round
a library of the oldest schema is killed while it is upgraded instead, and in every tenth the encoder is chosen anew
where there is more than one. When everything is read the folder is forgotten and read again, so that all stages are
hit. At the end an engine reads the rest, and store and catalogue are compared page by page.
"""

import math
import random
import shutil
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from driving import (
    ROOT,
    Driven,
    Peak,
    catalogue_rows,
    committed_pages,
    failures_by_reason,
    messages,
    options,
    stored_twice_or_not_at_all,
    told,
)

OLDEST = ROOT / "tests" / "data" / "library_v1.tar.gz"


class Kills:
    """The library that is killed again and again, and what was seen of it."""

    def __init__(self, work: Path, documents: Path, seed: int, longest_s: float) -> None:
        self.library, self.documents = work / "library", documents
        self.dice = random.Random(seed)
        self.longest_s, self.work = longest_s, work
        self.committed: set[tuple[str, int, str]] = set()
        self.lost = self.leaked = self.upgrades = self.switches = self.refills = 0
        self.worst_restart_s = 0.0
        self.peak = Peak()

    def round(self, number: int) -> None:
        """One start and one kill."""
        if number % 10 == 9:
            self.upgrade()
            return
        engine = self.started(self.library)
        try:
            self.work_on(engine, number)
            if number % 2:
                self.until_committed(engine)
            # Short moments as often as long ones: most stages are over in milliseconds.
            time.sleep(math.exp(self.dice.uniform(math.log(0.01), math.log(self.longest_s))))
        finally:
            self.leaked += engine.kill()
        now = committed_pages(self.library)
        self.lost += len(self.committed - now)
        self.committed = now

    def work_on(self, engine: Driven, number: int) -> None:
        """Give it something to do."""
        status = engine.status()
        if status.documents and not status.waiting and status.pages:
            self.refills += 1
            for folder in status.folders:
                engine.ask(messages.RemoveFolder, folder_id=folder.folder_id)
            self.committed = set()
        engine.ask(messages.AddPaths, paths=(str(self.documents),))
        if number % 10 == 4:
            ready = [e.encoder_id for e in engine.ask(messages.ListEncoders).encoders if e.ready]
            if len(ready) > 1:
                self.switches += 1
                engine.ask(messages.ChooseEncoder, encoder_id=self.dice.choice(ready))

    def until_committed(self, engine: Driven) -> None:
        """Wait until a page more is committed, or nothing is left to read."""
        before = engine.status().pages
        engine.until(lambda status: status.pages > before or (status.documents and not status.waiting), 120)

    def upgrade(self) -> None:
        """Kill an engine while it upgrades an old library; the next one must find every page of it."""
        self.upgrades += 1
        with tarfile.open(OLDEST) as archive:
            archive.extractall(self.work / "old", filter="data")
        library = self.work / "old" / "pagebeam-fixture" / "library"
        engine = Driven.__new__(Driven)
        try:
            engine = self.started(library)
            time.sleep(self.dice.uniform(0, 1.0))
        finally:
            self.leaked += engine.kill()
        again = self.started(library)
        pages = again.status().pages
        self.leaked += again.kill()
        self.lost += max(0, 3 - pages)
        shutil.rmtree(self.work / "old")

    def started(self, library: Path) -> Driven:
        """An engine that said its welcome."""
        engine = Driven(library)
        self.worst_restart_s = max(self.worst_restart_s, engine.restart_s)
        self.peak.engine = engine
        return engine

    def finish(self) -> dict[str, object]:
        """Read the rest, and compare everything with everything."""
        engine = self.started(self.library)
        engine.ask(messages.AddPaths, paths=(str(self.documents),))
        time.sleep(1)
        status = engine.until_read()
        failures = failures_by_reason(engine)
        crashed = failures.get("render-crashed", 0)
        self.leaked += engine.close()
        self.lost += len(self.committed - committed_pages(self.library))
        duplicated, missing = stored_twice_or_not_at_all(self.library)
        whole = catalogue_rows(
            self.library,
            "SELECT count(*) FROM documents d WHERE state = 'indexed' AND page_count > (SELECT count(*) FROM"
            " (SELECT page FROM pages p WHERE p.document_id = d.document_id UNION"
            " SELECT page FROM page_failures f WHERE f.document_id = d.document_id))",
        )
        return {
            "lost": self.lost + missing + int(whole[0][0]),
            "duplicated": duplicated,
            "leaked_processes": self.leaked,
            "worst_restart_s": round(self.worst_restart_s, 2),
            "peak_memory_mb": self.peak.end(),
            "failures": failures,
            "documents": status.documents,
            "pages": status.pages,
            "upgrades_killed": self.upgrades,
            "encoder_switches": self.switches,
            "read_from_the_beginning": self.refills,
            "set_aside_by_crash": crashed,
        }


def main() -> int:
    parser = options(__doc__, 200, "kills")
    parser.add_argument("--longest-s", type=float, default=12.0, help="the longest life of an engine (12)")
    parser.add_argument("--restart-limit-s", type=float, default=5.0, help="a start may take so long (5)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pagebeam-kill-") as folder:
        kills = Kills(Path(folder), chosen.documents.absolute(), chosen.seed, chosen.longest_s)
        for number in range(chosen.rounds):
            kills.round(number)
        result = {"script": "kill", "rounds": chosen.rounds} | kills.finish()
    broken = [name for name in ("lost", "duplicated", "leaked_processes") if result[name]]
    if result["worst_restart_s"] > chosen.restart_limit_s:
        broken.append("worst_restart_s")
    return told(result, broken)


if __name__ == "__main__":
    sys.exit(main())
