"""The download goes through the proxy that the environment names, to a hub that nothing else could reach."""

import importlib.util
import select
import shutil
import socket
import ssl
import subprocess
import threading
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from indexer.encoder import download
from indexer.encoder.weights import Weights

_spec = importlib.util.spec_from_file_location("pagebeam_test_hub_proxied", Path(__file__).with_name("hub.py"))
hub_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(hub_module)
NAME = "hub.pagebeam.invalid"
"""No name server knows it: only the proxy can say where it is."""


class _Proxy(BaseHTTPRequestHandler):
    """Passes on what is asked of NAME to the hub's port: whole addresses for HTTP, a tunnel for HTTPS."""

    protocol_version = "HTTP/1.1"
    port: int
    asked: list[tuple[str, str]]

    def do_GET(self) -> None:
        self.asked.append((self.command, self.path))
        request = urllib.request.Request(self.path.replace(f"//{NAME}/", f"//127.0.0.1:{self.port}/"))
        for header in ("Range", "Accept-Encoding"):
            if header in self.headers:
                request.add_header(header, self.headers[header])
        request.method = self.command
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _KeepRedirects())
        with opener.open(request, timeout=30) as reply:
            body = reply.read()
            self.send_response(reply.status)
            for header in ("Location", "Content-Type", "Content-Range"):
                if header in reply.headers:
                    self.send_header(header, reply.headers[header])
            length = len(body) if self.command == "GET" else int(reply.headers["Content-Length"])
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 (named by the library)

    def do_CONNECT(self) -> None:
        self.asked.append((self.command, self.path))
        with socket.create_connection(("127.0.0.1", self.port)) as there:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: there, there: self.connection}
            while True:
                for end in select.select(list(ends), [], [], 60)[0]:
                    data = end.recv(65536)
                    if not data:
                        self.close_connection = True
                        return
                    ends[end].sendall(data)

    def log_message(self, *_: object) -> None:
        pass


class _KeepRedirects(urllib.request.HTTPErrorProcessor):
    """A proxy passes a redirect on."""

    def http_response(self, request: object, response):
        return response

    https_response = http_response


@contextmanager
def proxy(port: int):
    """A proxy in front of a hub's port: its address, and what it was asked."""
    asked: list[tuple[str, str]] = []
    handler = type("Handler", (_Proxy,), {"port": port, "asked": asked})
    server = type("Server", (ThreadingHTTPServer,), {"daemon_threads": True})(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def clean_environment(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def fetched(tmp_path) -> Weights:
    weights = Weights(tmp_path / "models")
    download.download(weights, "jina-v4", lambda *_: None, lambda: False)
    weights.verified("jina-v4", every_byte=True)
    return weights


def test_http_proxy(model, tmp_path, clean_environment):
    with hub_module.serving(hub_module.Hub(model)) as address, proxy(int(address.rpartition(":")[2])) as (ours, asked):
        clean_environment.setenv("HF_ENDPOINT", f"http://{NAME}")
        clean_environment.setenv("HTTP_PROXY", ours)
        assert fetched(tmp_path).is_ready("jina-v4")
    assert {path.partition(NAME)[0] for _, path in asked} == {"http://"}
    assert any("/resolve/" in path for _, path in asked)


def test_https_proxy_with_a_certificate_of_ones_own(model, tmp_path, clean_environment):
    """As in a company: everything goes through a tunnel, and the certificate is known here only."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3", "-subj", f"/CN={NAME}"]
    request += ["-addext", f"subjectAltName=DNS:{NAME}", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(request, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    hub = hub_module.Hub(model)
    with hub_module.serving(hub, context) as address, proxy(int(address.rpartition(":")[2])) as (ours, asked):
        clean_environment.setenv("HF_ENDPOINT", f"https://{NAME}")
        clean_environment.setenv("HTTPS_PROXY", ours)
        clean_environment.setenv("SSL_CERT_FILE", str(certificate))
        assert fetched(tmp_path).is_ready("jina-v4")
    assert set(asked) == {("CONNECT", f"{NAME}:443")}
