"""serve: guards stdout, reads requests from stdin, writes replies and events.

Stdout is the protocol's alone: the first act is to keep a private copy and point the old one at stderr, because
libraries print. Searches have their own thread, and a newer one replaces one still waiting; pictures have another;
everything else is answered in order. The engine leaves when its input ends.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

import msgspec

from indexer.config import EngineConfig
from indexer.engine import Engine
from indexer.errors import PagebeamError
from indexer.jobs import Jobs
from indexer.protocol import logs, messages
from indexer.protocol.errors import ErrorCode, ErrorReport, report
from indexer.protocol.framing import BadLine, encode, request_reader

_log = logging.getLogger(__name__)
APP_VERSION = "0.1.0"
_EVENT_PAUSE_S = 0.25
_GIVE_WAY_S = 60.0
"""A command at work gives way within a second or two; on a busy machine its start may have to end first."""


class Server:
    """One window's engine."""

    def __init__(self, config: EngineConfig, replies: BinaryIO) -> None:
        self._config, self._replies = config, replies
        self._writing = threading.Lock()
        self._changed = threading.Event()
        self._ended = threading.Event()
        self._engine: Engine | None = None
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
            case _ if self._engine is None:
                self._failed(message.id, report(ErrorCode.BAD_REQUEST, detail="say hello first"))
            case _:
                lane, work = self._work(self._engine, message)
                self._jobs.add(lane, message.id, work)
        return True

    def _hello(self, hello: messages.Hello) -> bool:
        if hello.version != messages.PROTOCOL_VERSION:
            self._failed(hello.id, report(ErrorCode.BAD_REQUEST, detail=f"protocol {hello.version}"))
            return False
        try:
            self._engine = Engine(
                self._config,
                on_change=self._changed.set,
                on_notice=self._notice,
                on_event=self._send,
                wait_s=_GIVE_WAY_S,
            )
        except PagebeamError as problem:
            self._failed(hello.id, problem.report)
            return False
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
        self._jobs.add("start", 0, self._start(self._engine))
        for encoder_id in self._engine.getting.unfinished():
            self._go_on(self._engine, encoder_id)
        threading.Thread(target=self._tell, name="events", daemon=True).start()
        self._changed.set()
        return True

    def _start(self, engine: Engine) -> Callable[[], None]:
        """An engine whose start failed answers but reads nothing, so the user is told."""

        def work() -> None:
            try:
                engine.start()
            except Exception as problem:
                known = problem.report if isinstance(problem, PagebeamError) else None
                self._notice(known or report(ErrorCode.INTERNAL, detail=type(problem).__name__))
                raise

        return work

    def _go_on(self, engine: Engine, encoder_id: str) -> None:
        """A download that the user had agreed to and not ended goes on where the last engine left it."""
        again = messages.DownloadEncoder(id=0, encoder_id=encoder_id, licence_accepted=True)

        def work() -> None:
            try:
                engine.getting.download(again, self._ended.is_set)
            except PagebeamError as problem:
                if problem.code is not ErrorCode.CANCELLED:
                    self._notice(problem.report)

        self._jobs.add("models", 0, work)

    def _work(self, engine: Engine, message: messages.AnyRequest) -> tuple[str, Callable[[], msgspec.Struct]]:
        match message:
            case messages.Search() if message.filters.document_ids:
                # pages of one document, beside a search of the library, which it must not replace
                return "pages", lambda: engine.searcher().search(message)
            case messages.Search():
                cancelled = self._jobs.cancelled(message.id)
                return "search", lambda: engine.searcher(message.task).search(message, cancelled)
            case messages.ImportEncoder() | messages.DownloadEncoder() | messages.VerifyEncoder():
                return "models", self._model_work(engine, message)
            case messages.RemoveEncoder():
                engine.getting.stop_download(messages.StopDownload(id=0, encoder_id=message.encoder_id))
                return "models", lambda: engine.getting.remove(message)
            case messages.MoreLikeThis():
                return "search", lambda: engine.more_like_this(message)
            case messages.Rescan():
                return "rest", lambda: engine.rescan(message, self._jobs.cancelled(message.id))
            case messages.MatchPage():
                return "pages", lambda: engine.searcher().match_page(message)
            case messages.GetPicture():
                return "pages", lambda: engine.picture(message)
            case messages.GetPageText():
                return "pages", lambda: engine.page_text(message)
        methods: dict[type, Callable[..., msgspec.Struct]] = {
            messages.AddPaths: engine.add_paths,
            messages.RemoveFolder: engine.remove_folder,
            messages.PauseFolder: engine.pause_folder,
            messages.Pause: engine.pause,
            messages.Resume: engine.resume,
            messages.GetStatus: engine.status,
            messages.ListFailures: engine.failures,
            messages.Retry: engine.retry,
            messages.Ignore: engine.ignore,
            messages.Unlock: engine.unlock,
            messages.RecentPages: engine.recent,
            messages.ListEncoders: engine.encoders.listed,
            messages.ChooseEncoder: engine.encoders.choose,
            messages.KeepTasks: engine.encoders.keep_tasks,
            messages.SetQuality: engine.encoders.set_quality,
            messages.StopDownload: engine.getting.stop_download,
            messages.GetLimits: engine.limits_told,
            messages.SetLimits: engine.limits.set,
        }
        method = methods.get(type(message))
        if method is None:
            return "rest", self._not_yet
        return "rest", lambda: method(message)

    def _model_work(
        self, engine: Engine, message: messages.ImportEncoder | messages.DownloadEncoder | messages.VerifyEncoder
    ) -> Callable[[], msgspec.Struct]:
        asked = self._jobs.cancelled(message.id)

        def cancelled() -> bool:
            return asked() or self._ended.is_set()

        match message:
            case messages.ImportEncoder():
                return lambda: engine.getting.import_(message, cancelled)
            case messages.DownloadEncoder():
                return lambda: engine.getting.download(message, cancelled)
            case _:
                return lambda: engine.getting.verify(message, cancelled)

    def _not_yet(self) -> msgspec.Struct:
        raise PagebeamError(ErrorCode.BAD_REQUEST, detail="this engine cannot do that")

    def _tell(self) -> None:
        """Events when something changed, four times a second at most."""
        pages = failed = -1
        while not self._ended.is_set():
            self._changed.wait(1.0)
            self._changed.clear()
            engine = self._engine
            if engine is None or self._ended.is_set():
                return
            try:
                status = engine.status(messages.GetStatus(id=0), with_size=False)
                self._send(_progress(engine, status))
                self._send(messages.FoldersChanged(folders=status.folders))
                if status.pages != pages:
                    self._send(messages.LibraryChanged(pages=status.pages))
                failures = engine.catalogue.failure_count()
                if failures != failed:
                    self._send(messages.FailuresChanged(count=failures))
                pages, failed = status.pages, failures
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


def _progress(engine: Engine, status: messages.Status) -> messages.Progress:
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
