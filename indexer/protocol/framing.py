"""Bytes to messages and back: one JSON object a line, with a size limit. No input or output of its own.

A bad line never breaks the reader: it comes out as a BadLine that says what was wrong, and reading goes on with
the next line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from indexer.protocol.messages import AnyAnswer, AnyRequest
from indexer.protocol.undecodable import MARKS, escaped, everywhere, restored

MAX_LINE_BYTES = 16 * 1024 * 1024
"""A search reply of 200 pages with grids stays under 4 MB; a longer line is a fault, not a message."""

T = TypeVar("T")

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is not a message: why, and the request id if it could still be read."""

    reason: str
    request_id: int | None = None


class _Peek(msgspec.Struct):
    id: int | None = None


def encode(message: msgspec.Struct) -> bytes:
    """One line, newline included. Raises ValueError when it would exceed MAX_LINE_BYTES."""
    try:
        line = _encoder.encode(message) + b"\n"
    except UnicodeEncodeError:  # a path whose bytes are no valid text
        line = _encoder.encode(everywhere(msgspec.to_builtins(message), escaped)) + b"\n"
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"message of {len(line)} bytes exceeds {MAX_LINE_BYTES}")
    return line


class LineReader(Generic[T]):
    """Collects bytes as they arrive and gives whole messages; half lines wait for their rest."""

    def __init__(self, types: Any) -> None:  # a union is not a type[T]
        self._types = types
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(types)
        self._rest = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> Iterator[T | BadLine]:
        """Give every message completed by `data`, in order; oversized lines are dropped up to their newline."""
        self._rest += data
        while True:
            end = self._rest.find(b"\n")
            if end < 0:
                if len(self._rest) > MAX_LINE_BYTES:
                    self._rest.clear()
                    if not self._skipping:
                        self._skipping = True
                        yield BadLine(f"line longer than {MAX_LINE_BYTES} bytes")
                return
            line = bytes(self._rest[:end])
            del self._rest[: end + 1]
            if self._skipping:
                self._skipping = False
            elif line.strip():
                yield self._decode(line)

    def _decode(self, line: bytes) -> T | BadLine:
        if len(line) > MAX_LINE_BYTES:
            return BadLine(f"line longer than {MAX_LINE_BYTES} bytes")
        try:
            if not any(mark in line for mark in MARKS):
                return self._decoder.decode(line)
            plain = everywhere(msgspec.json.decode(line), restored)
            return msgspec.convert(plain, self._types)  # type: ignore[no-any-return]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
            return BadLine(str(problem), _request_id(line))


def _request_id(line: bytes) -> int | None:
    try:
        return msgspec.json.decode(line, type=_Peek).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def request_reader() -> LineReader[AnyRequest]:
    """The engine's side."""
    return LineReader[AnyRequest](AnyRequest)


def answer_reader() -> LineReader[AnyAnswer]:
    """The window's side: replies and events."""
    return LineReader[AnyAnswer](AnyAnswer)
