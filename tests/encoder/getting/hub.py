"""A small server that speaks as much of the hub's API as a download needs, and can be made to misbehave."""

import hashlib
import json
import re
import ssl
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Hub:
    """Serves one repository from a folder. Large files (over `lfs_from` bytes) are LFS and come by a redirect.

    cut_after: bytes of a body after which the connection is cut, for the first `cuts` requests of a file.
    wrong: names of files of which the first byte is changed on the way. slow_s: pause between pieces of 16 kB.
    """

    def __init__(self, folder: Path, repository: str = "jinaai/jina-embeddings-v4", kind: str = "model") -> None:
        self.folder, self.repository, self.kind = folder, repository, kind
        self.lfs_from = 50_000
        self.cut_after, self.cuts = 0, 0
        self.wrong: set[str] = set()
        self.hold: threading.Event | None = None
        self.asked: list[tuple[str, str, str]] = []  # method, path, range
        self.sent = 0
        self._lock = threading.Lock()

    @property
    def names(self) -> list[str]:
        return sorted(p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*") if p.is_file())

    def listing(self) -> list[dict[str, object]]:
        entries: list[dict[str, object]] = []
        for name in self.names:
            data = (self.folder / name).read_bytes()
            blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            entry: dict[str, object] = {"type": "file", "oid": blob, "size": len(data), "path": name}
            if len(data) > self.lfs_from:
                oid = hashlib.sha256(data).hexdigest()
                entry["lfs"] = {"oid": oid, "size": len(data), "pointerSize": 134}
            entries.append(entry)
        return entries

    def take_cut(self) -> bool:
        with self._lock:
            self.cuts -= 1
            return self.cuts >= 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        hub, path = self.hub, urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        hub.asked.append((self.command, path, self.headers.get("Range", "")))
        if path.startswith(f"/api/{hub.kind}s/{hub.repository}/tree/"):
            self._body(json.dumps(hub.listing()).encode(), "application/json")
            return
        prefix = "" if hub.kind == "model" else f"{hub.kind}s/"
        found = re.fullmatch(rf"/{prefix}{hub.repository}/resolve/[^/]+/(.+)", path)
        cdn = path.startswith("/cdn/")
        name = found.group(1) if found else path.removeprefix("/cdn/")
        if not (found or cdn) or name not in hub.names:
            self.send_error(404)
            return
        data = (hub.folder / name).read_bytes()
        if found and len(data) > hub.lfs_from:
            self.send_response(302)
            self.send_header("Location", f"/cdn/{urllib.parse.quote(name)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._file(name, data)

    def _file(self, name: str, data: bytes) -> None:
        hub = self.hub
        if name in hub.wrong:
            data = bytes([data[0] ^ 1]) + data[1:]
        start = 0
        if asked := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
            start = int(asked.group(1))
        rest = data[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if hub.cut_after and len(rest) > hub.cut_after and hub.take_cut():
            self._pieces(rest[: hub.cut_after])
            self.close_connection = True
            self.connection.shutdown(2)
            return
        self._pieces(rest)

    def _pieces(self, data: bytes) -> None:
        for at in range(0, len(data), 16384):
            piece = data[at : at + 16384]
            self.wfile.write(piece)
            self.hub.sent += len(piece)
            if self.hub.hold is not None and self.hub.sent > 200_000:
                self.hub.hold.wait(60)

    def _body(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # the other side left in the middle, as these tests want


@contextmanager
def serving(hub: Hub, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """The hub's address while it serves; over TLS with a `context`."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = _Server(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        if hub.hold is not None:
            hub.hold.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
