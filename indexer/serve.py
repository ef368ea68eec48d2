"""serve: guards stdout, reads requests from stdin, writes replies and events.

Stdout is the protocol's alone: the first act is to keep a private copy and point the old one at stderr, because
libraries print. Hello is answered as soon as the library is open; the engine is put together after that, since its
libraries take seconds to load, and what is asked meanwhile waits for it. Searches have their own thread, and a newer
one replaces one still waiting; pictures have another; everything else is answered in order (requests.py). The engine
leaves when its input ends.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from indexer import requests
from indexer.config import EngineConfig
from indexer.errors import PagebeamError
from indexer.jobs import Jobs
from indexer.opening import Opened, open_library
from indexer.protocol import logs, messages
from indexer.protocol.errors import ErrorCode, ErrorReport, report
from indexer.protocol.framing import BadLine, encode, request_reader

if TYPE_CHECKING:
    from indexer.engine import Engine

_log = logging.getLogger(__name__)
APP_VERSION = "0.1.0"
_EVENT_PAUSE_S = 0.25
_DAMAGED = 4
"""The exit code of an engine that met damage in its catalogue; the next start replaces it."""
_GIVE_WAY_S = 60.0
"""A command at work gives way within a second or two; on a busy machine its start may have to end first."""


class Server:
    """One window's engine."""

    def __init__(self, config: EngineConfig, replies: BinaryIO) -> None:
        self._config, self._replies = config, replies
        self._writing = threading.Lock()
        self._failures_told = -1
        self._changed = threading.Event()
        self._ended = threading.Event()
        self._opened: Opened | None = None
        self._engine: Engine | None = None
        self._why: ErrorReport | None = None
        self._built = threading.Event()
        self._jobs = Jobs(self._send, self._failed)

    def run(self, requests: int) -> int:
        """Serve the requests of a file descriptor until it ends. Gives the exit code."""
        reader = request_reader()
        try:
            while not self._ended.is_set() and (data := os.read(requests, 65536)):
                for message in reader.feed(data):
                    if isinstance(message, BadLine):
                        why = report(ErrorCode.BAD_REQUEST, detail=message.reason)
                        self._failed(message.request_id or 0, why)
                    elif not self._take(message):
                        return 3
        finally:
            self._ended.set()
            self._jobs.close()
            if self._engine is not None:
                self._engine.close()
            elif self._opened is not None:
                self._opened.close()
        return 0

    def _take(self, message: messages.AnyRequest) -> bool:
        match message:
            case messages.Hello():
                return self._hello(message)
            case messages.Cancel():
                self._jobs.cancel(message.target)
                self._send(messages.Done(id=message.id))
            case messages.Shutdown():
                self._send(messages.Done(id=message.id))
                self._ended.set()
            case _ if self._opened is None:
                self._failed(message.id, report(ErrorCode.BAD_REQUEST, detail="say hello first"))
            case _:
                lane, work = requests.work_for(message, self._cancelled(message))
                if isinstance(message, messages.RemoveEncoder) and self._engine is not None:
                    # a download under way would hold up its own end
                    self._engine.getting.stop_download(messages.StopDownload(id=0, encoder_id=message.encoder_id))
                self._jobs.add(lane, message.id, lambda: work(self._ready()))
        return True

    def _cancelled(self, message: messages.AnyRequest) -> Callable[[], bool]:
        asked = self._jobs.cancelled(message.id)
        return lambda: asked() or self._ended.is_set()

    def _ready(self) -> "Engine":
        """The engine; waits while it is put together. Raises why it cannot be."""
        self._built.wait()
        if self._engine is None:
            assert self._why is not None
            raise Unavailable(self._why)
        return self._engine

    def _hello(self, hello: messages.Hello) -> bool:
        if hello.version != messages.PROTOCOL_VERSION:
            self._failed(hello.id, report(ErrorCode.BAD_REQUEST, detail=f"protocol {hello.version}"))
            return False
        try:
            self._opened = open_library(self._config, wait_s=_GIVE_WAY_S)
        except PagebeamError as problem:
            self._failed(hello.id, problem.report)
            return False
        self._opened.catalogue.on_damage = self._leave_damaged
        folders = self._config.folders
        self._send(
            messages.Welcome(
                id=hello.id,
                version=messages.PROTOCOL_VERSION,
                app_version=APP_VERSION,
                pid=os.getpid(),
                pictures=str(folders.pictures),
                logs=str(folders.logs),
            )
        )
        self._jobs.add("start", 0, self._build)
        return True

    def _build(self) -> None:
        """Put the engine together and start it; events are told from then on. An engine whose start failed answers but
        reads nothing, so the user is told."""
        from indexer.engine import Engine  # with the libraries of the store and the renderers

        try:
            self._engine = engine = Engine(
                self._config,
                on_change=self._changed.set,
                on_notice=self._notice,
                on_event=self._send,
                opened=self._opened,
            )
            # before anybody's request for a model is at work: that is no rest of the last engine's
            engine.getting.put_right()
            for encoder_id in engine.getting.unfinished():
                self._go_on(engine, encoder_id)
            self._built.set()
            threading.Thread(target=self._tell, args=(engine,), name="events", daemon=True).start()
            self._changed.set()
            engine.start()
        except Exception as problem:
            internal = report(ErrorCode.INTERNAL, detail=type(problem).__name__)
            self._why = problem.report if isinstance(problem, PagebeamError) else internal
            self._notice(self._why)
            raise
        finally:
            self._built.set()

    def _leave_damaged(self) -> None:
        """End now: nothing can be trusted until the catalogue is replaced, which the next start does."""
        _log.error("the catalogue is damaged")
        logging.shutdown()
        os._exit(_DAMAGED)

    def _go_on(self, engine: "Engine", encoder_id: str) -> None:
        """A download that the user had agreed to and not ended goes on where the last engine left it."""
        again = messages.DownloadEncoder(id=0, encoder_id=encoder_id, licence_accepted=True)

        def work() -> None:
            try:
                engine.getting.download(again, self._ended.is_set)
            except PagebeamError as problem:
                if problem.code is not ErrorCode.CANCELLED:
                    self._notice(problem.report)

        self._jobs.add("models", 0, work)

    def _tell(self, engine: "Engine") -> None:
        """Events when something changed, four times a second at most."""
        pages = -1
        while not self._ended.is_set():
            self._changed.wait(1.0)
            self._changed.clear()
            if self._ended.is_set():
                return
            try:
                status = engine.status(messages.GetStatus(id=0), with_size=False)
                self._send(_progress(engine, status))
                self._send(messages.FoldersChanged(folders=status.folders))
                if status.pages != pages:
                    self._send(messages.LibraryChanged(pages=status.pages))
                failures = engine.catalogue.failure_count()
                if failures != self._failures_told:
                    self._failures_told = failures
                    self._send(messages.FailuresChanged(count=failures))
                pages = status.pages
            except Exception:  # noqa: BLE001 (events are a courtesy; the engine goes on)
                if not self._ended.is_set():
                    _log.exception("events")
            time.sleep(_EVENT_PAUSE_S)

    def _notice(self, why: ErrorReport) -> None:
        self._send(messages.Notice(error=why))

    def _failed(self, request_id: int, why: ErrorReport) -> None:
        self._send(messages.Failed(id=request_id, error=why))

    def _send(self, message: msgspec.Struct | None) -> None:
        """None is the end of work that nobody asked for."""
        if message is None:
            return
        if isinstance(message, messages.Failures) and len(message.failures) < message.MOST:
            # It may list one that is gone before the next event, whose count would then be the one told before it.
            self._failures_told = len(message.failures)
        try:
            line = encode(message)
        except Exception as problem:  # noqa: BLE001 (a fault of ours must not look like a window that is gone)
            _log.exception("a message cannot be sent: %s", type(message).__name__)
            if not isinstance(message, messages.Reply):
                return
            why = report(ErrorCode.INTERNAL, detail=type(problem).__name__)
            line = encode(messages.Failed(id=message.id, error=why))
        with self._writing:
            try:
                self._replies.write(line)
                self._replies.flush()
            except (OSError, ValueError):
                self._ended.set()  # nobody listens any more


class Unavailable(PagebeamError):  # noqa: N818 (a state, told as a failure)
    """The engine could not be put together: everything that is asked fails for the same reason."""

    def __init__(self, why: ErrorReport) -> None:
        super().__init__(why.code, why.path)
        self.report = why


def _progress(engine: "Engine", status: messages.Status) -> messages.Progress:
    pace = engine.pipeline.pace
    speed = pace.pages_per_s()
    done = status.indexed + status.failed + status.ignored
    left = None
    if status.waiting and done and speed > 0 and pace.measured():
        left = status.waiting * (status.pages / max(1, status.indexed)) / speed
    return messages.Progress(
        documents_done=done,
        documents_total=status.documents,
        pages_done=status.pages,
        pages_total=status.pages + max(0, pace.page_count - pace.page),
        pages_per_s=round(speed, 2),
        left_s=left,
        reading=pace.path,
        page=pace.page,
        paused=pace.paused,
        reason=engine.pipeline.reason,
    )


def main(config: EngineConfig) -> int:
    """The engine process. Gives the exit code: 3 when another engine has this data folder."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    logs.start("engine", config.folders.logs)
    code = Server(config, replies).run(0)
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)  # a recognition under way must not hold the process back
