"""Kill the engine at random moments: what was committed stays, once, and what was interrupted is done again.

Each round starts an engine on the same library, lets it work for a random time and kills it (SIGKILL); in every other
round that time begins when it has committed a page, so that reading is hit on a slow machine as well. Before the
next start catalogue and store are read as they lie: every page ever committed must still be in both. Of ten rounds

- one kills an engine while it upgrades a library of the oldest schema,
- one kills it while it merges and cleans up the files of a library of its own, to which each such round adds a page,
- one changes to another encoder (a tiny one with random weights stands beside Lite) and kills it while it catches up.

The documents are copies of `--most` small ones, so that every round gets through all stages and the rest is soon read
at the end, whatever the documents are. When everything is read the folder is forgotten and read again. At the end an
engine goes back to Lite and reads the rest, and store and catalogue are compared page by page.
"""

import math
import random
import shutil
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from corpus import copied, sources
from driving import (
    ROOT,
    Driven,
    Peak,
    Refused,
    catalogue_rows,
    committed_pages,
    ended,
    errors_in_log,
    failures_by_reason,
    messages,
    options,
    progress,
    stored_nowhere,
    stored_twice,
    stored_twice_or_not_at_all,
    told,
)

from indexer.protocol.errors import ErrorCode
from indexer.protocol.paths import folders

OLDEST = ROOT / "tests" / "data" / "library_v1.tar.gz"
TINY = ROOT / "tests" / "data" / "jina_v4" / "checkpoint"
UPGRADE, MERGE, SWITCH = 9, 6, 4
"""Which of ten rounds these are."""


def small_ones(every: list[Path], most: int, dice: random.Random) -> list[Path]:
    """So many of the documents, drawn from twice as many of the smallest."""
    smallest = sorted(every, key=lambda path: path.stat().st_size)[: 2 * most]
    return dice.sample(smallest, min(most, len(smallest)))


class Kills:
    """The library that is killed again and again, and what was seen of it."""

    def __init__(self, work: Path, documents: list[Path], seed: int, longest_s: float) -> None:
        self.library, self.documents = work / "library", work / "documents"
        self.dice = random.Random(seed)
        self.longest_s, self.work = longest_s, work
        self.documents.mkdir()
        for number, path in enumerate(documents):
            copied(path, self.documents, number)
        self.committed: set[tuple[str, int, str]] = set()
        self.lost = self.duplicated = self.leaked = self.upgrades = self.switches = self.refills = self.merges = 0
        self.merged: set[tuple[str, int, str]] = set()
        self.worst_restart_s = 0.0
        self.peak = Peak()

    def prepare(self) -> None:
        """Give the library a second encoder."""
        engine = self.started(self.library)
        taken = engine.ask(messages.ImportEncoder, encoder_id="jina-v4", folder=str(TINY))
        if not isinstance(taken, messages.Done):
            raise Refused(f"the second encoder was not taken: {taken}")
        self.leaked += engine.close()

    def round(self, number: int) -> None:
        """One start and one kill."""
        if number % 10 == UPGRADE:
            self.upgrade()
            return
        if number % 10 == MERGE:
            self.merge(number)
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
        self.lost += len(self.committed - now) + stored_nowhere(self.library)
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
        if number % 10 == SWITCH:
            now = engine.ask(messages.ListEncoders).encoders
            other = next(e.encoder_id for e in now if e.ready and not e.chosen)
            engine.ask(messages.ChooseEncoder, encoder_id=other)
            self.switches += 1

    def until_committed(self, engine: Driven) -> None:
        """Wait until a page more is committed, or nothing is left to read."""
        before = engine.status().pages
        engine.until(lambda status: status.pages > before or (status.documents and not status.waiting))

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

    def merge(self, number: int) -> None:
        """Kill an engine while it merges small files and drops old versions. `merges` counts those that it was at."""
        library, documents = self.work / "merging", self.work / "merged"
        documents.mkdir(exist_ok=True)
        (documents / f"{number}.txt").write_text(f"Page {number} about turnips.")
        log = folders(library).logs / "engine.log"
        engine = self.started(library, "--idle-s", "0.3")
        try:
            before = log.read_text().count("tidying")
            engine.ask(messages.AddPaths, paths=(str(documents),))
            engine.until(lambda status: status.pages > len(self.merged))
            end = time.monotonic() + 120
            while log.read_text().count("tidying") == before and time.monotonic() < end:
                time.sleep(0.01)
            time.sleep(math.exp(self.dice.uniform(math.log(0.01), math.log(1.0))))
        finally:
            self.leaked += engine.kill()
        words = log.read_text()
        self.merges += words.count("tidying") > words.count("tidied")
        now = committed_pages(library)
        self.lost += len(self.merged - now)
        self.merged = now
        twice, missing = self.after_a_start(library)
        self.lost += missing
        self.duplicated += twice

    def after_a_start(self, library: Path) -> tuple[int, int]:
        """Let an engine repair what it finds, and compare store and catalogue."""
        engine = self.started(library)
        engine.until(lambda status: status.documents > 0 and status.waiting == 0)
        self.leaked += engine.close()
        return stored_twice_or_not_at_all(library)

    def started(self, library: Path, *options: str) -> Driven:
        """An engine that said its welcome."""
        engine = Driven(library, *options)
        self.worst_restart_s = max(self.worst_restart_s, engine.restart_s)
        self.peak.engine = engine
        return engine

    def finish(self) -> dict[str, object]:
        """Read the rest, and compare everything with everything."""
        engine = self.started(self.library)
        engine.ask(messages.AddPaths, paths=(str(self.documents),))
        engine.ask(messages.ChooseEncoder, encoder_id="lite")
        engine.ask(messages.Rescan)
        progress("the rest is read")
        status = engine.until_read()
        progress("Lite reads what it lacks")
        self.until_lite_answers(engine)
        failures = failures_by_reason(engine)
        crashed = failures.get("render-crashed", 0)
        if own_errors := failures.get(ErrorCode.INTERNAL, 0):
            progress(errors_in_log(self.library))
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
            "duplicated": self.duplicated + duplicated + stored_twice(self.library),
            "leaked_processes": self.leaked,
            "worst_restart_s": round(self.worst_restart_s, 2),
            **self.peak.end(),
            "failures": failures,
            "documents": status.documents,
            "pages": status.pages,
            "upgrades_killed": self.upgrades,
            "merges_killed": self.merges,
            "encoder_switches": self.switches,
            "read_from_the_beginning": self.refills,
            "set_aside_by_crash": crashed,
            "own_errors": own_errors,
        }

    def until_lite_answers(self, engine: Driven) -> None:
        """Wait until Lite answers and lacks no page."""
        end = time.monotonic() + 24 * 3600
        while True:
            lite = next(e for e in engine.ask(messages.ListEncoders).encoders if e.encoder_id == "lite")
            if lite.serving and lite.pages == lite.pages_total:
                return
            if time.monotonic() > end:
                raise TimeoutError("Lite does not get the pages that it lacks")
            time.sleep(0.5)


def main() -> int:
    parser = options(__doc__, 200, "kills")
    parser.add_argument("--most", type=int, default=10, help="documents to read (10)")
    parser.add_argument("--longest-s", type=float, default=12.0, help="the longest life of an engine (12)")
    parser.add_argument("--limit-s", type=float, default=24 * 3600.0, help="begin no further round after so long")
    parser.add_argument("--restart-limit-s", type=float, default=5.0, help="a start may take so long (5)")
    chosen = parser.parse_args()
    documents = small_ones(sources(parser, chosen.documents), chosen.most, random.Random(chosen.seed))
    with tempfile.TemporaryDirectory(prefix="pagebeam-kill-") as folder:
        kills = Kills(Path(folder), documents, chosen.seed, chosen.longest_s)
        if chosen.rounds > SWITCH:
            kills.prepare()
        done, began = 0, time.monotonic()
        while done < chosen.rounds and time.monotonic() - began < chosen.limit_s:
            kills.round(done)
            done += 1
            progress(f"kill {done} of {chosen.rounds}: {len(kills.committed)} pages committed, {kills.lost} lost")
        result = {"script": "kill", "rounds": done} | kills.finish()
    broken = [name for name in ("lost", "duplicated", "leaked_processes", "own_errors") if result[name]]
    if result["worst_restart_s"] > chosen.restart_limit_s:
        broken.append("worst_restart_s")
    return told(result, broken)


if __name__ == "__main__":
    sys.exit(ended(main))
