"""What every message is, and those of a session: hello, cancel, the end, failures and notices."""

import msgspec

from indexer.protocol.errors import ErrorReport

PROTOCOL_VERSION = 1


class Request(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """Something the window asks of the engine."""

    id: int


class Reply(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """The engine's one answer to the request with this id."""

    id: int


class Event(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """Something that happened; nobody asked."""


class Hello(Request, frozen=True, tag="hello"):
    """First message; the engine refuses a version that is not its own. Answered with Welcome."""

    version: int = PROTOCOL_VERSION


class Cancel(Request, frozen=True, tag="cancel"):
    """Cancel the request with id `target`. Answered with Done; the target is answered with Failed: cancelled."""

    target: int


class Shutdown(Request, frozen=True, tag="shutdown"):
    """Leave. Answered with Done, then the engine's output ends."""


class Failed(Reply, frozen=True, tag="failed"):
    """The request could not be done."""

    error: ErrorReport


class Done(Reply, frozen=True, tag="done"):
    """The request was done and there is nothing more to say."""


class Welcome(Reply, frozen=True, tag="welcome"):
    """The engine is up. Folders are absolute paths; thumbnails and pictures named in replies lie in `pictures`."""

    version: int
    app_version: str
    pid: int
    pictures: str
    logs: str


class Notice(Event, frozen=True, tag="notice"):
    """Something the user should know that belongs to no request: disk full, watch limit, model damaged."""

    error: ErrorReport
