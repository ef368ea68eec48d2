"""A storm of changes on a watched folder; after quiet the index must equal the disk, whatever events were lost.

A working copy is made of some of the documents. Each round does `--creates` creates and as many other things (writes
in pieces, atomic saves, renames, case-only renames, folders moved in, out and about, deletes, links, loops, names that
are not valid text, times set back, files that change while they are read), half of the rounds while the engine is
stopped (SIGSTOP), so that the system's queue of events overflows. Then the engine gets time to become quiet, and the
catalogue is compared with the disk, file by file, and the numbers that a user is shown with the files found.
"""

import itertools
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from corpus import sources
from driving import (
    Driven,
    Peak,
    catalogue_rows,
    ended,
    failures_by_reason,
    messages,
    options,
    path_out,
    progress,
    told,
)

from indexer.catalogue.records import version_of
from indexer.protocol.paths import folders
from indexer.watcher.scan import UNREADABLE, scan

ODD_NAMES = (b"caf\xe9.txt", b"new\nline.txt", "ütf-8 ☂.txt".encode(), b"'quote\" $x.txt", b"\xff\xfe.pdf")


class Storm:
    """Does things to a folder, by chance."""

    def __init__(self, folder: Path, outside: Path, sources: list[Path], seed: int) -> None:
        self.folder, self.outside, self.sources = folder, outside, sources
        self.dice, self._count = random.Random(seed), 0
        self.hardest = [self.piecewise, self.atomic, self.rename, self.case, self.delete, self.link, self.symlink]
        self.hardest += [self.move_folder, self.move_out, self.move_in, self.odd_name, self.times_back, self.loop]

    def name(self, suffix: str = ".txt") -> str:
        """A name that was not used before."""
        self._count += 1
        return f"{self._count:06d}{suffix}"

    def a_folder(self) -> Path:
        """Some folder, there already or new."""
        made = self.folder.joinpath(*(f"d{self.dice.randrange(4)}" for _ in range(self.dice.randrange(3))))
        made.mkdir(parents=True, exist_ok=True)
        return made

    def a_file(self) -> Path | None:
        """Some file that is there."""
        with os.scandir(self.a_folder()) as entries:  # not all of a folder of thousands, each time
            some = [Path(e.path) for e in itertools.islice(entries, 100) if e.is_file(follow_symlinks=False)]
        return self.dice.choice(some) if some else None

    def create(self) -> None:
        """A small text most of the time, else a real document."""
        if self.sources and self.dice.random() < 0.02:
            source = self.dice.choice(self.sources)
            shutil.copyfile(source, self.a_folder() / self.name(source.suffix))
        else:
            (self.a_folder() / self.name()).write_text(f"Page {self._count} about turnips.\n")

    def piecewise(self) -> None:
        with open(self.a_folder() / self.name(), "w") as file:
            for number in range(5):
                file.write(f"Piece {number} of a text about lighthouses.\n")
                file.flush()

    def atomic(self) -> None:
        if (target := self.a_file()) is not None:
            aside = target.with_name(target.name + ".tmp")
            aside.write_text(f"Saved anew, {self._count}.\n")
            os.replace(aside, target)

    def rename(self) -> None:
        if (old := self.a_file()) is not None:
            old.rename(self.a_folder() / self.name(old.suffix))

    def case(self) -> None:
        if (old := self.a_file()) is not None:
            old.rename(old.with_name(old.name.swapcase()))

    def delete(self) -> None:
        if (old := self.a_file()) is not None:
            old.unlink()

    def link(self) -> None:
        if (old := self.a_file()) is not None:
            os.link(old, self.a_folder() / self.name(old.suffix))

    def symlink(self) -> None:
        if (old := self.a_file()) is not None:
            os.symlink(old, self.a_folder() / self.name(old.suffix))

    def loop(self) -> None:
        os.symlink(self.folder, self.a_folder() / self.name(""))
        broken = self.a_folder() / self.name()
        os.symlink(broken, broken)

    def move_folder(self) -> None:
        source = self.a_folder()
        if source != self.folder:
            source.rename(self.folder / self.name(""))

    def move_out(self) -> None:
        source = self.a_folder()
        if source != self.folder:
            source.rename(self.outside / self.name(""))

    def move_in(self) -> None:
        waiting = list(self.outside.iterdir())
        if waiting:
            self.dice.choice(waiting).rename(self.a_folder() / self.name(""))

    def odd_name(self) -> None:
        with open(os.path.join(os.fsencode(self.a_folder()), self.dice.choice(ODD_NAMES)), "w") as file:
            file.write(f"An odd name, {self._count}.\n")

    def times_back(self) -> None:
        """Other content of the same size, with the times the file had before."""
        if (target := self.a_file()) is not None and target.suffix == ".txt":
            before = target.stat()
            content = target.read_bytes()
            target.write_bytes(content[::-1])
            os.utime(target, ns=(before.st_atime_ns, before.st_mtime_ns))

    def round(self, creates: int, *, quickly: bool) -> None:
        """So many creates, and about as many other things between them."""
        for _ in range(creates):
            self.create()
            if self.dice.random() < 0.9:
                self.dice.choice(self.hardest)()
            if not quickly and self.dice.random() < 0.05:
                time.sleep(0.01)


def on_disk(folder: Path) -> dict[str, str]:
    """Every file that should be in the index, with the version it should have."""
    return {path: version_of(seen) for path, seen in scan(str(folder)) if seen != UNREADABLE}


def in_index(data_dir: Path) -> dict[str, str]:
    """Every file that is in the index; a version of times set back is told by its first two parts."""
    rows = catalogue_rows(data_dir, "SELECT path, version FROM documents")
    return {path_out(path): ".".join(str(version).split(".")[:2]) for path, version in rows}


def differences(folder: Path, data_dir: Path) -> tuple[int, int]:
    """How many files are missing from the index or old in it, and how many of the index are not on the disk."""
    disk, index = on_disk(folder), in_index(data_dir)
    missing = sum(index.get(path) != version for path, version in disk.items())
    return missing, len(index.keys() - disk.keys())


def until_equal(folder: Path, data_dir: Path, patience_s: float) -> tuple[int, int, float]:
    """Wait until index and disk are equal; gives what differs in the end, and how long it took."""
    began = time.monotonic()
    while True:
        looked = time.monotonic()
        found = differences(folder, data_dir)
        took = time.monotonic() - began
        progress(f"{found[0]} files missing or old in the index, {found[1]} too many")
        if found == (0, 0) or took > patience_s:
            return *found, took
        time.sleep(max(0.5, 2 * (time.monotonic() - looked)))  # looking must not keep the engine from its work


def main() -> int:
    parser = options(__doc__, 2, "storms")
    parser.add_argument("--creates", type=int, default=10_000, help="files made in each storm (10000)")
    parser.add_argument("--patience-s", type=float, default=120.0, help="quiet may take so long (120)")
    parser.add_argument("--read", action="store_true", help="also wait until everything is read")
    chosen = parser.parse_args()
    small = [path for path in sources(parser, chosen.documents) if path.stat().st_size < 100_000]
    lost = extra = left = 0
    slowest = restart_s = 0.0
    peak = Peak()
    with tempfile.TemporaryDirectory(prefix="pagebeam-storm-") as work:
        watched, outside, library = Path(work, "watched"), Path(work, "outside"), Path(work, "library")
        watched.mkdir(), outside.mkdir()
        storm = Storm(watched, outside, small, chosen.seed)
        engine = peak.engine = Driven(library)
        (watched / "first.txt").write_text("Before the storm.\n")
        engine.ask(messages.AddPaths, paths=(str(watched),))
        engine.until(lambda status: status.documents == 1)  # from now on it is watched
        for number in range(chosen.rounds):
            stopped = number % 2 == 0
            if stopped:
                engine.process.send_signal(signal.SIGSTOP)
            storm.round(chosen.creates, quickly=stopped)
            progress(f"storm {number + 1} of {chosen.rounds} is over")
            engine.process.send_signal(signal.SIGCONT)
            missing, too_many, took = until_equal(watched, library, chosen.patience_s)
            lost, extra, slowest = lost + missing, extra + too_many, max(slowest, took)
        status = engine.until_read() if chosen.read else engine.status()
        failures = failures_by_reason(engine)
        listed = {failure.document_id for failure in engine.ask(messages.ListFailures).failures if not failure.page}
        sums = status.indexed + status.failed + status.ignored + status.waiting == len(on_disk(watched))
        sums = sums and len(listed) == status.failed
        overflowed = "lost events" in (folders(library).logs / "engine.log").read_text(errors="replace")
        left = engine.kill()
        again = Driven(library)
        restart_s = again.restart_s
        missing, too_many, _ = until_equal(watched, library, chosen.patience_s)
        left += again.close()
        result = {
            "script": "storm",
            "rounds": chosen.rounds,
            "lost": lost + missing,
            "duplicated": extra + too_many,
            "leaked_processes": left,
            "worst_restart_s": round(restart_s, 2),
            **peak.end(),
            "failures": failures,
            "slowest_to_be_equal_s": round(slowest, 1),
            "queue_overflowed": overflowed,
            "files": status.documents,
            "files_read": status.indexed,
            "states_add_up": sums,
        }
    broken = [name for name in ("lost", "duplicated", "leaked_processes") if result[name]]
    return told(result, broken + ([] if sums else ["states_add_up"]))


if __name__ == "__main__":
    sys.exit(ended(main))
