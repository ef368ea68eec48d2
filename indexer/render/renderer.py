"""Renderer: one render process as the engine sees it. Started by command, spoken to over pipes, killed on any doubt."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from indexer.config import RenderLimits
from indexer.protocol.errors import ErrorCode
from indexer.render import wire
from indexer.render.watch import Reason, Watch

_START_S = 60.0
_LAST_S = 5.0
_PIPE_BYTES = 1024 * 1024
_KEPT_VARIABLES = (
    "PATH",
    "LD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "SYSTEMROOT",
    "TMPDIR",
    "TEMP",
    "VIRTUAL_ENV",
)


class RendererGone(Exception):  # noqa: N818 - not an error of ours: what became of the process
    """The renderer died or was ended; `code` says why, `None` when it was asked to."""

    def __init__(self, code: ErrorCode) -> None:
        self.code = code
        super().__init__(code)


def command() -> list[str]:
    """How a renderer is started: in a frozen build our own program, else the module itself, past indexer.__main__."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "render-worker"]
    return [sys.executable, "-P", "-m", "indexer.render.worker"]


class Renderer:
    """A running render process. Not thread-safe, except `end`."""

    def __init__(self, limits: RenderLimits, *, background: bool) -> None:
        self._limits = limits
        self.documents = 0
        self._working = False
        self._process = subprocess.Popen(
            command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # MuPDF and Python quote documents and names in their warnings
            bufsize=0,
            env=_environment(),
            cwd=os.path.abspath(os.sep),
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._jobs, self._replies = self._process.stdin, self._process.stdout
        _widen(self._replies.fileno())
        self._watch = Watch(self._process, limits.memory_bytes)
        self._body_limit = wire.page_body_limit(_largest_page(limits))
        self._say(_settings(limits, background))
        ready, _ = self._hear(_START_S, None)
        if not isinstance(ready, wire.Ready):
            raise self._lost()
        self.sandbox = ready.sandbox

    @property
    def pid(self) -> int:
        """The process id, for tests and the log."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    @property
    def idle(self) -> bool:
        """Whether it can take a job: alive, and done with the last one."""
        return not self._working and self.alive

    def begin(self, job: wire.Job, path: Path) -> None:
        """Send a job. Raises RendererGone."""
        self.documents += 1
        self._working = True
        self._say(job, os.fsencode(path))

    def next(self, cancelled: Callable[[], bool] | None) -> tuple[wire.Message, bytearray]:
        """The next message of the job, waiting at most `limits.wall_s`. Raises RendererGone."""
        return self._hear(self._limits.wall_s, cancelled)

    def finish(self) -> None:
        """The job's last message was received."""
        self._working = False

    def interrupt(self, reason: Reason) -> None:
        """Kill it and wait until it is gone. For other threads than the one that waits for its messages, which gets
        RendererGone and cleans up.
        """
        self._watch.end(reason)
        self._reap()

    def distrust(self) -> RendererGone:
        """End it because of what it sent."""
        self.end()
        return RendererGone(ErrorCode.RENDER_CRASHED)

    def end(self, reason: Reason | None = None) -> None:
        """Kill it and wait until it is gone. From any thread, any number of times."""
        self._watch.end(reason)
        self._reap()
        for stream in (self._jobs, self._replies):
            with contextlib.suppress(OSError):
                stream.close()

    def _reap(self) -> None:
        """Not for ever: in a call to a disk that hangs, a process can be beyond the reach of a signal."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_S)

    def _say(self, message: wire.Message, *body: bytes) -> None:
        try:
            wire.send(self._jobs, message, *body)  # type: ignore[arg-type]
        except wire.WireEnded as problem:
            raise self._lost() from problem

    def _hear(self, wall_s: float, cancelled: Callable[[], bool] | None) -> tuple[wire.Message, bytearray]:
        self._watch.arm(wall_s, cancelled)
        try:
            return wire.receive(self._replies, self._body_limit)  # type: ignore[arg-type]
        except wire.WireEnded as problem:
            raise self._lost() from problem
        except wire.WireError as problem:
            raise self.distrust() from problem
        finally:
            self._watch.disarm()

    def _lost(self) -> RendererGone:
        """Why it is gone: our own reason first, then the signal that ended it."""
        self.end()
        match self._watch.reason:
            case Reason.CLOCK:
                return RendererGone(ErrorCode.RENDER_TIMEOUT)
            case Reason.MEMORY:
                return RendererGone(ErrorCode.RENDER_MEMORY)
            case Reason.CANCELLED | Reason.CLOSED:
                return RendererGone(ErrorCode.CANCELLED)
        if sys.platform != "win32" and self._process.returncode == -signal.SIGXCPU:
            return RendererGone(ErrorCode.RENDER_TIMEOUT)
        return RendererGone(ErrorCode.RENDER_CRASHED)


def _settings(limits: RenderLimits, background: bool) -> wire.Settings:
    return wire.Settings(
        page_pixels=limits.page_pixels,
        recognition_pixels=limits.recognition_pixels,
        picture_pixels=limits.picture_pixels,
        cpu_s=limits.cpu_s,
        memory_bytes=limits.memory_bytes,
        max_pages=limits.max_pages,
        background=background,
    )


def _largest_page(limits: RenderLimits) -> int:
    """Pixels of the largest page that may come; the margin is for sizes rounded up to whole pixels."""
    from indexer.render.sizes import LONGEST_SIDE, PREVIEW_PIXELS

    return max(limits.page_pixels, limits.recognition_pixels, PREVIEW_PIXELS) + 4 * LONGEST_SIDE


def _environment() -> dict[str, str]:
    """Only what a renderer needs: nothing secret of the user's, no telemetry, one thread a library."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    root = str(Path(__file__).resolve().parents[2])
    return kept | {
        "PYTHONPATH": root,
        "ORT_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        # glibc otherwise keeps what each thread of the HEIC decoder freed: 20 MB more with every picture (measured)
        "MALLOC_ARENA_MAX": "1",
    }


def _widen(descriptor: int) -> None:
    """Let a page travel in few pieces; a kernel that refuses costs a little time."""
    if sys.platform.startswith("linux"):
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
