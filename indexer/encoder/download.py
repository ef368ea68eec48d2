"""download: the engine's side of getting an encoder: starts the fetch process, follows it, installs the result.

The fetch process (fetch.py) is killed to cancel: what it had written stays, and the next download goes on from there. A
marker in the `.part` folder says that a download is wanted; it stays there when the engine ends, so that the next
engine goes on, and is taken away when the user cancels or the download fails for a reason that only the user can mend.
"""

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from indexer.encoder.fetch import VERIFIED, Job
from indexer.encoder.manifest import Manifest, ManifestFile
from indexer.encoder.published import MODELS, PublishedModel
from indexer.encoder.weights import Weights
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

WANTED = "wanted.json"
_POLL_S = 0.2
_RATE_OVER_S = 5.0
_GIVEN_UP = (ErrorCode.MODEL_FOLDER_WRONG, ErrorCode.DOWNLOAD_WRONG, ErrorCode.CANCELLED)

OnProgress = Callable[[int, int, float, str], None]
"""Bytes done, bytes in all, bytes a second over the last five seconds, the file."""


def command() -> list[str]:
    """How the fetch process is started, from a checkout or a frozen build."""
    return [sys.executable, "fetch"] if getattr(sys, "frozen", False) else [sys.executable, "-m", "indexer", "fetch"]


def is_wanted(weights: Weights, encoder_id: str) -> bool:
    """Whether a download was going on when the last engine ended."""
    return (weights.part_folder(encoder_id) / WANTED).is_file()


def download(weights: Weights, encoder_id: str, on_progress: OnProgress, cancelled: Callable[[], bool]) -> None:
    """Fetch, verify and install an encoder; returns when it is in place.

    Raises CANCELLED, NO_CONNECTION, DOWNLOAD_WRONG, MODEL_DISK_FULL, MODEL_BROKEN, OSError.
    """
    model, part = MODELS[encoder_id], weights.part_folder(encoder_id)
    part.mkdir(mode=0o700, parents=True, exist_ok=True)
    (part / WANTED).write_text("{}", encoding="utf-8")
    try:
        files = fetch(_job(model, part), on_progress, cancelled)
    except PagebeamError as problem:
        if problem.code in _GIVEN_UP:
            (part / WANTED).unlink(missing_ok=True)
        raise
    told = Manifest(encoder_id, model.revision, tuple(ManifestFile(**file) for file in files))
    (part / WANTED).unlink(missing_ok=True)
    (part / VERIFIED).unlink(missing_ok=True)
    weights.install(encoder_id, part, told)


def _job(model: PublishedModel, folder: Path) -> Job:
    return Job(model.repository, model.revision, "model", str(folder), checksums=tuple(model.checksums.items()))


def fetch(job: Job, on_progress: OnProgress, cancelled: Callable[[], bool]) -> list[dict[str, Any]]:
    """Run one fetch process to its end; gives what it verified. It is killed within _POLL_S when cancelled."""
    rate = _Rate()
    with _process(job) as (process, lines):
        while True:
            if cancelled():
                raise PagebeamError(ErrorCode.CANCELLED)
            try:
                line = lines.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if line is None:
                raise PagebeamError(ErrorCode.INTERNAL, detail=f"the download ended ({process.wait()})")
            told = json.loads(line)
            match told["type"]:
                case "progress":
                    on_progress(told["done"], told["total"], rate.of(told["done"]), told["file"])
                case "failed":
                    raise PagebeamError(ErrorCode(told["code"]), job.folder, **told["facts"])
                case "done":
                    files: list[dict[str, Any]] = told["files"]
                    return files


@contextlib.contextmanager
def _process(job: Job) -> Iterator[tuple["subprocess.Popen[bytes]", "queue.SimpleQueue[bytes | None]"]]:
    process = subprocess.Popen(
        command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process.stdout, lines), name="download", daemon=True)
    reader.start()
    try:
        with contextlib.suppress(BrokenPipeError):  # it died at once: told by the end of its output
            process.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
            process.stdin.flush()
        yield process, lines
    finally:
        process.kill()
        process.wait()
        reader.join(5)
        with contextlib.suppress(OSError):
            process.stdin.close()
        process.stdout.close()


def _read(output: Any, lines: "queue.SimpleQueue[bytes | None]") -> None:
    for line in output:
        lines.put(line)
    lines.put(None)


class _Rate:
    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def of(self, done: int) -> float:
        """Bytes a second over the last _RATE_OVER_S."""
        now = time.monotonic()
        self._seen.append((now, done))
        while now - self._seen[0][0] > _RATE_OVER_S:
            self._seen.popleft()
        (first_s, first), (last_s, last) = self._seen[0], self._seen[-1]
        return max(0.0, (last - first) / (last_s - first_s)) if last_s > first_s else 0.0
