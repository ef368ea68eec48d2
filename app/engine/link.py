"""EngineLink: starts the engine process, sends requests, hands back replies; events become signals.

A reply comes as one call of the function given with the request, always in the GUI thread. When the engine dies, what
was asked is answered with a failure, and the engine is started again with growing pauses; after the third death in a
row it is left to the user, with the engine's last words.
"""

import itertools
import sys
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QProcess, QTimer, Signal, Slot

from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode, ErrorReport, report
from indexer.protocol.framing import BadLine, answer_reader, encode

_PAUSES_S = (1, 2, 4)
_STABLE_MS = 30_000
_STOP_MS = 4000

OnReply = Callable[[messages.Reply], None]


def engine_command(data_dir: str | None) -> list[str]:
    """How the engine is started, from a checkout or a frozen build."""
    start = [sys.executable, "serve"] if getattr(sys, "frozen", False) else [sys.executable, "-m", "indexer", "serve"]
    return start + (["--data-dir", data_dir] if data_dir else [])


class EngineLink(QObject):
    """Signals: ready(Welcome); happened(Event); stopped(sentence, seconds until the next try or -1)."""

    ready = Signal(object)
    happened = Signal(object)
    stopped = Signal(str, int)

    def __init__(self, command: list[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command = command
        self._ids = itertools.count(1)
        self._waiting: dict[int, OnReply] = {}
        self._held: list[tuple[messages.Request, OnReply]] = []
        self._reader = answer_reader()
        self._words: deque[str] = deque(maxlen=20)
        self._deaths = 0
        self._closing = False
        self._refused: ErrorReport | None = None
        self._hello = 0
        self.is_ready = False
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._listen)
        self._process.finished.connect(self._ended)
        self._process.errorOccurred.connect(self._not_started)
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self.start)
        self._stable = QTimer(self, singleShot=True, interval=_STABLE_MS)
        self._stable.timeout.connect(self._is_stable)

    @Slot()
    def start(self) -> None:
        """Start the engine and say hello."""
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            return
        self._reader = answer_reader()
        self._refused = None
        self._process.start(self._command[0], self._command[1:])
        self._hello = next(self._ids)
        self._send(messages.Hello(id=self._hello), self._welcomed)

    @Slot()
    def try_now(self) -> None:
        """The user asks for another try."""
        self._deaths = 0
        self._again.stop()
        self.start()

    def ask(self, request: type[messages.Request], on_reply: OnReply, **values: object) -> int:
        """Send a request; `on_reply` gets its one reply, a Failed when the engine is not there. Gives its id.

        While the engine starts, which takes seconds, requests are held and sent after its welcome."""
        message = request(id=next(self._ids), **values)
        if not self.is_ready and self._process.state() is not QProcess.ProcessState.NotRunning:
            self._held.append((message, on_reply))
        elif not self.is_ready:
            failed = messages.Failed(
                id=message.id, error=report(ErrorCode.INTERNAL, detail="the engine is not running")
            )
            QTimer.singleShot(0, self, lambda: on_reply(failed))
        else:
            self._send(message, on_reply)
        return message.id

    def close(self) -> None:
        """End the engine: its input ends, and it leaves; killed when it does not."""
        self._closing = True
        self._again.stop()
        self._process.closeWriteChannel()
        if self._process.state() is not QProcess.ProcessState.NotRunning and not self._process.waitForFinished(
            _STOP_MS
        ):
            self._process.kill()
            self._process.waitForFinished(1000)

    @property
    def pid(self) -> int:
        """The engine's process id, 0 when it does not run."""
        return int(self._process.processId())

    def _send(self, message: messages.Request, on_reply: OnReply) -> None:
        self._waiting[message.id] = on_reply
        self._process.write(encode(message))

    def _welcomed(self, reply: messages.Reply) -> None:
        if isinstance(reply, messages.Welcome):
            self.is_ready = True
            self._stable.start()
            held, self._held = self._held, []
            for message, on_reply in held:
                self._send(message, on_reply)
            self.ready.emit(reply)
        elif isinstance(reply, messages.Failed):
            self._refused = reply.error

    @Slot()
    def _read(self) -> None:
        for message in self._reader.feed(bytes(self._process.readAllStandardOutput().data())):
            if isinstance(message, BadLine):
                self._words.append(f"not understood: {message.reason}")
            elif isinstance(message, messages.Reply):
                on_reply = self._waiting.pop(message.id, None)
                if on_reply is not None:
                    on_reply(message)
            else:
                self.happened.emit(message)

    @Slot()
    def _listen(self) -> None:
        text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        self._words.extend(line for line in text.splitlines() if line.strip())

    @Slot()
    def _is_stable(self) -> None:
        self._deaths = 0

    @Slot(QProcess.ProcessError)
    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._ended()

    @Slot()
    def _ended(self) -> None:
        self.is_ready = False
        self._stable.stop()
        waiting, self._waiting = self._waiting, {}
        waiting.pop(self._hello, None)  # an engine that died before its welcome refused nothing: it is tried again
        held, self._held = self._held, []
        lost = [*waiting.items(), *((message.id, on_reply) for message, on_reply in held)]
        for request_id, on_reply in lost:
            on_reply(messages.Failed(id=request_id, error=report(ErrorCode.INTERNAL, detail="the engine stopped")))
        if self._closing:
            return
        self._deaths += 1
        if self._refused is not None or self._deaths > len(_PAUSES_S):
            last = (
                f"{self._refused.title}. {self._refused.message}" if self._refused else "".join(list(self._words)[-1:])
            )
            self.stopped.emit(last, -1)
            return
        pause = _PAUSES_S[self._deaths - 1]
        self.stopped.emit("", pause)
        self._again.start(pause * 1000)
