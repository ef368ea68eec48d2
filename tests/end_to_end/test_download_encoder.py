"""Downloading a model through a real engine, from a server that speaks the hub's API."""

import importlib.util
import os
import shutil
import threading
import time
from pathlib import Path

import psutil
import pytest

from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode


@pytest.fixture
def hub(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location(
        "pagebeam_test_hub_for_engines", Path(__file__).parents[1] / "encoder" / "getting" / "hub.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    golden = Path(__file__).parents[1] / "data" / "jina_v4"
    shutil.copytree(golden / "checkpoint", tmp_path / "published")
    made = module.Hub(tmp_path / "published")
    with module.serving(made) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield made


def jina(engine):
    return next(info for info in engine.ask(messages.ListEncoders).encoders if info.encoder_id == "jina-v4")


def until_on_disk(engine, size_bytes):
    end = time.monotonic() + 60
    while jina(engine).partial_bytes < size_bytes:
        assert time.monotonic() < end


def fetchers(engine):
    return [c for c in psutil.Process(engine.process.pid).children(recursive=True) if "fetch" in c.cmdline()]


def test_a_download_can_be_stopped_survives_the_engine_and_ends_whole(start, hub):
    hub.hold = threading.Event()
    first = start()
    first.hello()
    request = first.send(messages.DownloadEncoder, encoder_id="jina-v4", licence_accepted=True)
    until_on_disk(first, 100_000)
    assert jina(first).downloading
    assert fetchers(first)
    began = time.monotonic()
    first.ask(messages.Cancel, target=request)
    assert first.reply(request).error.code == ErrorCode.CANCELLED
    while fetchers(first):  # the answer comes at once, the process ends behind it
        assert time.monotonic() < began + 30
        time.sleep(0.02)
    took = time.monotonic() - began
    assert took < 1.0 or os.getloadavg()[0] > 4  # a second, where others leave the machine to us
    assert not jina(first).ready
    first.send(messages.DownloadEncoder, encoder_id="jina-v4", licence_accepted=True)
    wanted = Path(first.replies[1].pictures).parents[1] / "models" / "jina-v4.part" / "wanted.json"
    end = time.monotonic() + 60
    while not (wanted.exists() and fetchers(first)):
        assert time.monotonic() < end
        time.sleep(0.02)
    first.kill()

    hub.hold.set()
    second = start()
    second.hello()  # nobody asks: it goes on by itself
    while not (info := jina(second)).ready:
        seen = len(second.events)
        second.until(lambda: len(second.events) > seen)  # noqa: B023 (waited for at once)
    assert info.model_bytes > 800_000
    assert info.partial_bytes == 0
    assert info.caution is None  # nothing to be careful of
    progress = [event for event in second.events if isinstance(event, messages.DownloadProgress)]
    assert progress[0].done_bytes > 0
    assert progress[-1].done_bytes == progress[-1].total_bytes
    assert isinstance(second.ask(messages.VerifyEncoder, encoder_id="jina-v4"), messages.Done)
    asked = len(hub.asked)
    assert isinstance(second.ask(messages.ChooseEncoder, encoder_id="jina-v4"), messages.Done)
    while not jina(second).serving:
        seen = len(second.events)
        second.until(lambda: len(second.events) > seen)  # noqa: B023 (waited for at once)
    second.ask(messages.Search, query="heat pump")
    assert len(hub.asked) == asked  # the hub is not spoken to again
