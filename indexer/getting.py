"""Getting: an encoder's files as the user asks for them - import, download, verify, remove."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from indexer.encoder import download
from indexer.encoder.published import MODELS
from indexer.encoding import Encoders, OnEvent
from indexer.errors import PagebeamError
from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode

Cancelled = Callable[[], bool]


class Getting:
    """One job at a time, as long as it takes; progress as events. Answers requests; `cancelled` is asked often."""

    def __init__(self, encoders: Encoders, on_event: OnEvent) -> None:
        self._encoders, self._on_event = encoders, on_event
        self._downloading: dict[str, threading.Event] = {}
        encoders.downloading = self._downloading.__contains__

    def import_(self, request: messages.ImportEncoder, cancelled: Cancelled) -> messages.Done:
        """Take an encoder's files from a folder. Raises what Weights.import_folder raises."""
        _downloadable(request.encoder_id)
        told = _Told(request.encoder_id, self._on_event)
        self._encoders.registry.weights.import_folder(
            request.encoder_id, Path(request.folder), lambda done, total, name: told(done, total, 0.0, name), cancelled
        )
        return self._got(request.encoder_id, request.id)

    def download(self, request: messages.DownloadEncoder, cancelled: Cancelled) -> messages.Done:
        """Download an encoder. Raises LICENCE_NEEDED, CANCELLED, and what download.download raises."""
        encoder_id = request.encoder_id
        _downloadable(encoder_id)
        if not request.licence_accepted:
            raise PagebeamError(ErrorCode.LICENCE_NEEDED)
        stop = self._downloading.setdefault(encoder_id, threading.Event())
        self._on_event(messages.EncodersChanged())
        try:
            download.download(
                self._encoders.registry.weights,
                encoder_id,
                _Told(encoder_id, self._on_event),
                lambda: cancelled() or stop.is_set(),
            )
        finally:
            self._downloading.pop(encoder_id, None)
            self._on_event(messages.EncodersChanged())
        return self._got(encoder_id, request.id)

    def put_right(self) -> None:
        """Clear away what killed imports left. For the one engine of a library, when it starts."""
        for encoder_id in MODELS:
            self._encoders.registry.weights.put_right(encoder_id)

    def unfinished(self) -> list[str]:
        """Encoders whose download was going on when the last engine ended."""
        return [i for i in MODELS if download.is_wanted(self._encoders.registry.weights, i)]

    def stop_download(self, request: messages.StopDownload) -> messages.Done:
        """End a download; the request that began it is answered with Failed: cancelled."""
        stop = self._downloading.get(request.encoder_id)
        if stop is not None:
            stop.set()
        return messages.Done(id=request.id)

    def verify(self, request: messages.VerifyEncoder, cancelled: Cancelled) -> messages.Done:
        """Read all of an encoder's files. Raises MODEL_MISSING, MODEL_BROKEN, CANCELLED."""
        _downloadable(request.encoder_id)
        told = _Told(request.encoder_id, self._on_event)

        def report(done: int, total: int, name: str) -> None:
            if cancelled():
                raise PagebeamError(ErrorCode.CANCELLED)
            told(done, total, 0.0, name)

        self._encoders.registry.weights.verified(request.encoder_id, every_byte=True, progress=report)
        return messages.Done(id=request.id)

    def remove(self, request: messages.RemoveEncoder) -> messages.Done:
        """Delete an encoder's files and vectors. Raises ENCODER_IN_USE, NOT_FOUND."""
        encoder_id = request.encoder_id
        self._encoders.registry.known(encoder_id)
        if encoder_id in (self._encoders.serving_id, self._encoders.chosen_id):
            raise PagebeamError(ErrorCode.ENCODER_IN_USE)
        self._encoders.registry.release(encoder_id)
        if encoder_id in MODELS:
            self._encoders.registry.weights.remove(encoder_id)
            self._encoders.forget_pace(encoder_id)
        if not request.keep_vectors:
            self._encoders.forget_spaces(encoder_id)
        self._on_event(messages.EncodersChanged())
        return messages.Done(id=request.id)

    def _got(self, encoder_id: str, request_id: int) -> messages.Done:
        if self._encoders.registry.problem(encoder_id):
            self._encoders.registry.release(encoder_id)
        self._encoders.forget_pace(encoder_id)
        self._on_event(messages.EncodersChanged())
        self._encoders.wake()
        return messages.Done(id=request_id)


def _downloadable(encoder_id: str) -> None:
    if encoder_id not in MODELS:
        raise PagebeamError(ErrorCode.NOT_FOUND, encoder_id)


class _Told:
    """Progress as events."""

    def __init__(self, encoder_id: str, on_event: OnEvent) -> None:
        self._encoder_id, self._on_event = encoder_id, on_event
        self._told_at = 0.0

    def __call__(self, done: int, total: int, rate: float, name: str) -> None:
        now = time.monotonic()
        if done < total and now - self._told_at < 0.1:
            return
        self._told_at = now
        self._on_event(
            messages.DownloadProgress(
                encoder_id=self._encoder_id, done_bytes=done, total_bytes=total, bytes_per_s=rate, file=name
            )
        )
