"""What the endurance scripts share: an engine process that is driven over its pipes, and looked at from outside.

The scripts are run by path (`python tests/endurance/kill.py --documents DIR`); they use the program as the window
does, and read the library with its own code only while no engine runs.
"""

import argparse
import contextlib
import json
import os
import queue
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402 (found only once the path is set)

from indexer.catalogue.database import path_out  # noqa: E402
from indexer.protocol import messages  # noqa: E402
from indexer.protocol.framing import answer_reader, encode  # noqa: E402
from indexer.protocol.paths import folders  # noqa: E402

PATIENCE_S = 600.0
_BEGAN = time.monotonic()
_MOST_SHOWN = 8000


@dataclass(frozen=True)
class Memory:
    """Resident bytes of an engine and of all its renderers. The ceiling that is promised is for both together."""

    engine: int
    renderers: int

    @property
    def both(self) -> int:
        """What the ceiling is for."""
        return self.engine + self.renderers


class Refused(Exception):  # noqa: N818 (what the engine answered, not what went wrong here)
    """An engine did not do what it must."""


class Driven:
    """One engine process. `restart_s` is how long it took from its start to its welcome."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "indexer", "serve", "--data-dir", str(data_dir), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if "PAGEBEAM_SHOW_ERRORS" not in os.environ else None,
            env=os.environ | {"PYTHONPATH": str(ROOT), "PAGEBEAM_EAGER": "1"},  # wait for nobody, whatever else runs
        )
        self.data_dir, self._next = data_dir, 0
        self._replies: queue.Queue[messages.Reply | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        welcome = self.ask(messages.Hello)
        if not isinstance(welcome, messages.Welcome):
            raise Refused(f"the engine did not open its library: {welcome}")
        self.restart_s = time.monotonic() - began

    def ask(self, request: type[messages.Request], **values: object) -> messages.Reply:
        """One request and its reply; raises ConnectionError when the engine is gone."""
        self._next += 1
        try:
            self.process.stdin.write(encode(request(id=self._next, **values)))
            self.process.stdin.flush()
        except OSError as problem:
            raise ConnectionError from problem
        while True:
            try:
                reply = self._replies.get(timeout=PATIENCE_S)
            except queue.Empty:
                raise TimeoutError(f"{request.__name__} was not answered in {PATIENCE_S:g} s") from None
            if reply is None:
                raise ConnectionError("the engine is gone")
            if reply.id == self._next:
                return reply

    def status(self) -> messages.Status:
        """The library in numbers."""
        return self.ask(messages.GetStatus)

    def until_read(self) -> messages.Status:
        """Wait until nothing waits any more."""
        return self.until(lambda status: status.documents > 0 and status.waiting == 0)

    def until(self, condition, patience_s: float = PATIENCE_S) -> messages.Status:
        """Ask for the status until it is as wanted. Raises TimeoutError when nothing happened for so long: documents
        that nobody has seen may take any time, but something is read all the while."""
        seen, end = None, 0.0
        while not condition(status := self.status()):
            now = (status.documents, status.waiting, status.pages, status.failed)
            if now != seen:
                seen, end = now, time.monotonic() + patience_s
            if time.monotonic() > end:
                raise TimeoutError(f"nothing happened for {patience_s:g} s: {status}")
            time.sleep(0.2)
        return status

    def family(self) -> list[psutil.Process]:
        """The engine's process and all it started. A fork that has not become another program yet is left out: for a
        millisecond it looks like a second engine, with all of the first one's memory."""
        try:
            own = psutil.Process(self.process.pid)
            words = own.cmdline()
            return [own, *(child for child in own.children(recursive=True) if child.cmdline() != words)]
        except psutil.Error:
            return []

    def memory(self) -> Memory:
        """Resident memory, as the engine's own ceiling counts it: what two processes share is counted twice."""
        found = [0, 0]
        for number, process in enumerate(self.family()):
            with contextlib.suppress(psutil.Error):
                found[number > 0] += process.memory_info().rss
        return Memory(*found)

    def kill(self) -> int:
        """SIGKILL. Gives how many of the processes it had started are still there some seconds later."""
        children = self.family()[1:]
        self.process.kill()
        self.process.wait()
        return leaked(children)

    def close(self) -> int:
        """End it as a window does, by ending its input. Gives how many processes are left."""
        children = self.family()[1:]
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return 1 + leaked(children)
        return leaked(children)

    def _read(self) -> None:
        reader = answer_reader()
        while data := self.process.stdout.read1(1 << 16):
            for message in reader.feed(data):
                if isinstance(message, messages.Reply):
                    self._replies.put(message)
        self._replies.put(None)


def leaked(children: list[psutil.Process]) -> int:
    """How many of these processes live on. They leave within milliseconds; on a machine with twenty busy programs one
    that was just starting was seen to take over three seconds."""
    _, alive = psutil.wait_procs(children, timeout=15)
    return len(alive)


def catalogue_rows(data_dir: Path, sql: str) -> list[tuple]:
    """Ask a copy of the catalogue, as it lies there after a kill, without touching it."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("catalogue.sqlite3", "catalogue.sqlite3-wal"):
            if (data_dir / name).exists():
                shutil.copy(data_dir / name, folder)
        if not (Path(folder) / "catalogue.sqlite3").exists():
            return []
        with contextlib.closing(sqlite3.connect(Path(folder) / "catalogue.sqlite3")) as db:
            try:
                return db.execute(sql).fetchall()
            except sqlite3.OperationalError:
                return []  # killed before there were tables


def committed_pages(data_dir: Path) -> set[tuple[str, int, str]]:
    """Path, page and version of every page that the catalogue says is indexed."""
    rows = catalogue_rows(data_dir, "SELECT path, page, p.version FROM pages p JOIN documents USING (document_id)")
    return {(path_out(path), page, version) for path, page, version in rows}


def stored_twice_or_not_at_all(data_dir: Path) -> tuple[int, int]:
    """Compare store and catalogue while no engine runs: pages stored more than once, and pages missing or damaged.

    In Lite's vectors, which must be complete; the vectors of other encoders are looked at in `stored_twice`."""
    from indexer.catalogue.catalogue import Catalogue
    from indexer.encoder.lite.encoder import LiteEncoder
    from indexer.protocol.paths import folders
    from indexer.protocol.values import PageKey
    from indexer.store.store import Store

    places = folders(data_dir)
    catalogue = Catalogue(places.catalogue, read_only=True)
    store, space = Store(places.store, read_only=True), LiteEncoder.load().spaces()[0]
    recorded = catalogue.page_versions()
    seen = Counter(page if isinstance(page, PageKey) else page.key for page in store.pages(space))
    damaged = sum(isinstance(page, PageKey) for page in store.pages(space))
    versions = store.versions(space)
    catalogue.close()
    twice = sum(count - 1 for count in seen.values()) + len(seen.keys() - recorded.keys())
    missing = sum(versions.get(key) != version for key, version in recorded.items())
    return twice, missing + damaged


def stored_nowhere(data_dir: Path) -> int:
    """Pages that the catalogue has and no encoder's vectors, as a death left them: nothing was repaired yet."""
    from indexer.catalogue.catalogue import Catalogue
    from indexer.encoder.choice import ChoiceFile
    from indexer.protocol.paths import folders
    from indexer.store.store import Store

    places = folders(data_dir)
    catalogue = Catalogue(places.catalogue, read_only=True)
    missing = set(catalogue.page_versions().items())
    catalogue.close()
    store = Store(places.store, read_only=True)
    for space in ChoiceFile.kept_in_memory(places.data / "encoders.json").now.spaces:
        missing -= set(store.versions(space).items())
    return len(missing)


def stored_twice(data_dir: Path) -> int:
    """Rows too many of the same page, in the vectors of whatever encoder, while no engine runs."""
    from indexer.encoder.choice import ChoiceFile
    from indexer.protocol.paths import folders
    from indexer.protocol.values import PageKey
    from indexer.store.store import Store

    places, twice = folders(data_dir), 0
    store = Store(places.store, read_only=True)
    for space in ChoiceFile.kept_in_memory(places.data / "encoders.json").now.spaces:
        seen = Counter(page if isinstance(page, PageKey) else page.key for page in store.pages(space))
        twice += sum(count - 1 for count in seen.values())
    return twice


def failures_by_reason(engine: Driven) -> dict[str, int]:
    """How many documents and pages could not be read, by code."""
    return dict(Counter(failure.code for failure in engine.ask(messages.ListFailures).failures))


def errors_in_log(library: Path) -> str:
    """What the engine's log tells of its own errors, with their tracebacks: it names no file. At most the last
    of it."""
    entries = re.split(r"^(?=\d{4}-\d\d-\d\d )", (folders(library).logs / "engine.log").read_text(), flags=re.M)
    return "".join(entry for entry in entries if " ERROR " in entry)[-_MOST_SHOWN:]


def options(description: str, rounds: int, meaning: str) -> argparse.ArgumentParser:
    """The options that every script takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--documents", type=Path, required=True, help="a folder of documents; it is only read")
    parser.add_argument("--rounds", type=int, default=rounds, help=f"{meaning} ({rounds})")
    parser.add_argument("--seed", type=int, default=1, help="the same seed does the same (1)")
    return parser


def progress(text: str) -> None:
    """A line on stderr, with the seconds since the script began: whoever waits sees that it goes on, and at what."""
    print(f"{time.monotonic() - _BEGAN:7.1f} s  {text}", file=sys.stderr, flush=True)


class Useless(Exception):  # noqa: N818 (nothing is wrong with the program)
    """The documents given can prove nothing."""


def ended(main: Callable[[], int]) -> int:
    """Run a script: 0 when every promise was kept, 1 when one was broken, 2 when it could not be tried at all. The line
    is printed in any case."""
    try:
        return main()
    except (ConnectionError, TimeoutError, Refused) as problem:
        return told(_NOTHING_YET, [str(problem)])
    except (Useless, OSError) as problem:
        print(f"This proves nothing: {problem}", file=sys.stderr)
        told(_NOTHING_YET | {"useless": str(problem)}, [])
        return 2
    except KeyboardInterrupt:
        return 130


_NOTHING_YET: dict[str, object] = {
    "rounds": 0, "lost": 0, "duplicated": 0, "leaked_processes": 0, "worst_restart_s": 0.0, "peak_memory_mb": 0,
    "failures": {},
}  # fmt: skip


def told(result: dict[str, object], broken: list[str]) -> int:
    """Print the one line of the result; the exit code is 1 when a promise was broken."""
    print(json.dumps({"script": Path(sys.argv[0]).stem} | result | {"broken": broken}), flush=True)
    return 1 if broken else 0


class Peak(threading.Thread):
    """Looks at an engine's memory twice a second; keeps the most that was seen of each part, and of both together."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = {"peak_memory_mb": 0, "peak_engine_mb": 0, "peak_renderers_mb": 0}
        self.engine, self._ended = None, threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(0.5):
            if self.engine is not None:
                now = self.engine.memory()
                for name, found in zip(self.most, (now.both, now.engine, now.renderers), strict=True):
                    self.most[name] = max(self.most[name], round(found / 1e6))

    def end(self) -> dict[str, int]:
        """The peaks in megabytes, each for itself: they need not have been at the same time."""
        self._ended.set()
        return self.most
