"""A real engine process to talk to, and small real PDFs."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexer.protocol import messages
from indexer.protocol.framing import BadLine, answer_reader, encode

PATIENCE_S = 100.0


class EngineClient:
    """Starts `indexer serve` and speaks its protocol."""

    def __init__(self, data_dir: Path, *before: str) -> None:
        command = [*before, sys.executable, "-m", "indexer", "serve", "--data-dir", str(data_dir)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
        self.replies: dict[int, messages.Reply] = {}
        self.events: list[messages.Event] = []
        self.words: list[bytes] = []
        self._arrived = threading.Condition()
        self._next = 0
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._read, self._listen)]
        for thread in self._threads:
            thread.start()

    def hello(self) -> messages.Reply:
        return self.ask(messages.Hello)

    def send(self, request: type[messages.Request], **values: object) -> int:
        self._next += 1
        self.raw(encode(request(id=self._next, **values)))
        return self._next

    def raw(self, line: bytes) -> None:
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def ask(self, request: type[messages.Request], **values: object) -> messages.Reply:
        return self.reply(self.send(request, **values))

    def reply(self, request_id: int) -> messages.Reply:
        self.until(lambda: request_id in self.replies)
        return self.replies[request_id]

    def until(self, condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        with self._arrived:
            ok = self._arrived.wait_for(condition, patience_s)
        assert ok, f"not within {patience_s} s; the engine said:\n" + b"".join(self.words).decode()

    def status_until(self, condition: Callable[[messages.Status], bool]) -> messages.Status:
        """Ask for the status with every event until it is as wanted."""
        while True:
            seen = len(self.events)
            status = self.ask(messages.GetStatus)
            if condition(status):
                return status
            self.until(lambda: len(self.events) > seen)  # noqa: B023 (waited for at once)

    def all_read(self, documents: int) -> messages.Status:
        return self.status_until(lambda s: s.documents == documents and s.waiting == 0)

    def until_searched(self, pages: int) -> None:
        """Wait until searches know so many pages: new ones are taken up in the background."""
        self.status_until(lambda _: self.ask(messages.Search, query="anything").searched == pages)

    def close(self) -> int:
        self.process.stdin.close()
        code = self.process.wait(30)
        for thread in self._threads:
            thread.join(5)
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def _read(self) -> None:
        reader = answer_reader()
        while data := self.process.stdout.read1(65536):
            for message in reader.feed(data):
                assert not isinstance(message, BadLine), message
                with self._arrived:
                    if isinstance(message, messages.Reply):
                        self.replies[message.id] = message
                    else:
                        self.events.append(message)
                    self._arrived.notify_all()

    def _listen(self) -> None:
        for line in self.process.stderr:
            self.words.append(line)


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[..., EngineClient]]:
    started: list[EngineClient] = []

    def begin(*before: str) -> EngineClient:
        started.append(EngineClient(tmp_path / "library", *before))
        return started[-1]

    yield begin
    for client in started:
        if client.process.poll() is None:
            client.kill()


@pytest.fixture
def engine(start) -> EngineClient:
    client = start()
    assert isinstance(client.hello(), messages.Welcome)
    return client
