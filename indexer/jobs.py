"""Jobs: requests in lanes, each with its own thread, so that a search never waits for a picture or a scan.

In the search lane a newer request replaces one still waiting. A cancelled job is answered at once, waiting or running;
one that runs asks cancelled() and stops by itself, and what it still brings is dropped.
"""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

from indexer import background
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode, ErrorReport, report

_log = logging.getLogger(__name__)
_MODELS = "models"
"""Reads gigabytes for minutes, and nobody waits for it."""
_LANES = ("start", "search", "pages", "looks", "rest", _MODELS)
"""`looks`: going through folders, which takes minutes where they are large or far away."""

Job = tuple[int, Callable[[], Any]]


class Jobs:
    """`on_done` gets what a job brought; `on_failed` a request's id and why it failed; id 0 is nobody's request."""

    def __init__(self, on_done: Callable[[Any], None], on_failed: Callable[[int, ErrorReport], None]) -> None:
        self._on_done, self._on_failed = on_done, on_failed
        self._lock = threading.Lock()
        self._open: set[int] = set()
        self._cancelled: set[int] = set()
        self._queues: dict[str, queue.SimpleQueue[Job | None]] = {lane: queue.SimpleQueue() for lane in _LANES}
        self._newest_search = 0
        for lane in _LANES:
            threading.Thread(target=self._run, args=(lane,), name=f"jobs {lane}", daemon=True).start()

    def add(self, lane: str, request_id: int, work: Callable[[], Any]) -> None:
        """Do this after what waits in the lane."""
        if lane == "search":
            self._newest_search = request_id
        with self._lock:
            self._open.add(request_id)
        self._queues[lane].put((request_id, work))

    def cancel(self, request_id: int) -> None:
        """Stop this request, waiting or running. One that was answered already is left alone."""
        with self._lock:
            if request_id not in self._open:
                return
            self._open.discard(request_id)
            self._cancelled.add(request_id)
        self._on_failed(request_id, report(ErrorCode.CANCELLED))

    def cancelled(self, request_id: int) -> Callable[[], bool]:
        """A question for a running job to ask."""
        return lambda: request_id in self._cancelled

    def close(self) -> None:
        """Take nothing more."""
        for waiting in self._queues.values():
            waiting.put(None)

    def _run(self, lane: str) -> None:
        if lane == _MODELS:
            background.this_thread()
        while (job := self._queues[lane].get()) is not None:
            request_id, work = job
            try:
                if lane == "search" and request_id != self._newest_search:
                    raise PagebeamError(ErrorCode.CANCELLED)
                if request_id not in self._cancelled:
                    result = work()
                    if self._close(request_id):
                        self._on_done(result)
            except PagebeamError as problem:
                self._fail(request_id, problem.report)
            except Exception as problem:  # noqa: BLE001 (the edge of a job: told to whoever asked)
                _log.exception("request %d", request_id)
                self._fail(request_id, report(ErrorCode.INTERNAL, detail=type(problem).__name__))
            finally:
                with self._lock:
                    self._cancelled.discard(request_id)

    def _close(self, request_id: int) -> bool:
        """True for whoever answers this request: one answer each."""
        with self._lock:
            answers = request_id in self._open
            self._open.discard(request_id)
            return answers

    def _fail(self, request_id: int, why: ErrorReport) -> None:
        if self._close(request_id):
            self._on_failed(request_id, why)
