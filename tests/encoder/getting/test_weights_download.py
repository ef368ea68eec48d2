"""Downloading from a server that speaks the hub's API: through cuts and restarts, never past a wrong byte."""

import dataclasses
import importlib.util
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from indexer.encoder import download, published
from indexer.encoder.weights import Weights
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

_spec = importlib.util.spec_from_file_location("pagebeam_test_hub", Path(__file__).with_name("hub.py"))
hub_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(hub_module)
SHARD = "model-00002-of-00002.safetensors"


@pytest.fixture
def weights(tmp_path):
    return Weights(tmp_path / "models")


@pytest.fixture
def hub(model, monkeypatch):
    made = hub_module.Hub(model)
    with hub_module.serving(made) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield made


def wait_until(condition, limit_s=60.0):
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


def get(weights, told=None, cancelled=lambda: False):
    download.download(weights, "jina-v4", lambda *facts: told.append(facts) if told is not None else None, cancelled)


def test_a_download_is_whole_verified_and_without_code(weights, hub):
    told = []
    get(weights, told)
    folder = weights.verified("jina-v4", every_byte=True)
    for name in hub.names:
        assert (folder / name).exists() == (not name.endswith(".py"))
    manifest = weights.manifest("jina-v4")
    assert manifest.revision == "4a58ca57710c49f51896e4bc820e202fbf64904b"
    assert all(file.confirmed for file in manifest.files)
    assert told[-1][0] == told[-1][1] == manifest.size_bytes
    assert all(manifest.revision in path for _, path, _ in hub.asked if "/cdn/" not in path)
    assert not weights.part_folder("jina-v4").exists()


def test_cut_connections_go_on_where_they_stopped(weights, hub):
    hub.cut_after, hub.cuts = 100_000, 2
    get(weights)
    assert weights.is_ready("jina-v4")
    resumed = [asked for _, path, asked in hub.asked if path.startswith("/cdn/") and asked]
    assert len(resumed) == 2
    assert all(int(asked.removeprefix("bytes=").rstrip("-")) >= 65_536 for asked in resumed)


def test_a_cancelled_download_ends_its_process_and_a_new_one_goes_on(weights, hub):
    hub.hold = threading.Event()
    seen = []

    def cancelled():
        return weights.partial_bytes("jina-v4") > 120_000

    with pytest.raises(PagebeamError) as caught:
        get(weights, seen, cancelled)
    assert caught.value.code is ErrorCode.CANCELLED
    assert not [child for child in psutil.Process().children() if "fetch" in child.cmdline()]
    assert not download.is_wanted(weights, "jina-v4")
    assert weights.partial_bytes("jina-v4") > 120_000
    begun = {path for _, path, _ in hub.asked}
    hub.hold.set()
    hub.asked.clear()
    get(weights, seen)
    assert weights.is_ready("jina-v4")
    again = [(path, asked) for _, path, asked in hub.asked if path in begun and "/tree/" not in path]
    assert again, "the file under way is asked for again"
    assert all(int(asked.removeprefix("bytes=").rstrip("-")) >= 65_536 for _, asked in again)


def test_a_killed_engine_leaves_a_download_that_is_still_wanted(weights, hub):
    hub.hold = threading.Event()
    program = (
        "import sys; from pathlib import Path; from indexer.encoder import download;"
        "from indexer.encoder.weights import Weights;"
        "download.download(Weights(Path(sys.argv[1])), 'jina-v4', lambda *_: None, lambda: False)"
    )
    engine = subprocess.Popen([sys.executable, "-c", program, str(weights.root)])
    wait_until(lambda: weights.partial_bytes("jina-v4") > 120_000)
    children = psutil.Process(engine.pid).children()
    engine.kill()
    engine.wait()
    _, alive = psutil.wait_procs(children, 20)
    assert alive == []
    assert download.is_wanted(weights, "jina-v4")
    hub.hold.set()
    get(weights)
    assert weights.is_ready("jina-v4")


@pytest.mark.parametrize("name", [SHARD, "config.json"])
def test_a_wrong_byte_is_never_installed(weights, hub, name):
    hub.wrong = {name}
    with pytest.raises(PagebeamError) as caught:
        get(weights)
    assert caught.value.code is ErrorCode.DOWNLOAD_WRONG
    assert name in caught.value.report.message
    assert not weights.is_ready("jina-v4")
    assert not list(weights.part_folder("jina-v4").glob(f"{name}*"))
    hub.wrong = set()
    get(weights)
    assert weights.is_ready("jina-v4")


def test_a_disk_that_fills_up_is_told_and_nothing_is_lost(weights, hub, monkeypatch):
    real = download.command()
    limited = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000));"
    limited += "os.execv(sys.argv[1], sys.argv[1:])"
    monkeypatch.setattr(download, "command", lambda: [sys.executable, "-c", limited, *real])
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    with pytest.raises(PagebeamError) as caught:
        get(weights)
    assert caught.value.code is ErrorCode.MODEL_DISK_FULL
    assert download.is_wanted(weights, "jina-v4")  # it goes on by itself when the engine starts again


def test_a_disk_too_small_is_told_before_anything_is_fetched(weights, hub, monkeypatch):
    entries = hub.listing()
    next(e for e in entries if e["path"] == SHARD)["size"] = 10**16
    monkeypatch.setattr(hub, "listing", lambda: entries)
    with pytest.raises(PagebeamError) as caught:
        get(weights)
    assert caught.value.code is ErrorCode.MODEL_DISK_FULL
    assert "GB" in caught.value.report.message
    assert not [path for _, path, _ in hub.asked if "/resolve/" in path]


def test_a_server_without_the_model_is_told(weights, hub):
    hub.repository = "somebody/else"
    with pytest.raises(PagebeamError) as caught:
        get(weights)
    assert caught.value.code is ErrorCode.NO_CONNECTION
    assert os.environ["HF_ENDPOINT"] in caught.value.report.message


def test_a_pinned_checksum_outranks_what_the_hub_says(weights, hub, monkeypatch):
    pinned = dataclasses.replace(published.MODELS["jina-v4"], checksums={SHARD: "0" * 64})
    monkeypatch.setitem(published.MODELS, "jina-v4", pinned)
    with pytest.raises(PagebeamError) as caught:
        get(weights)
    assert caught.value.code is ErrorCode.DOWNLOAD_WRONG
    assert SHARD in caught.value.report.message
