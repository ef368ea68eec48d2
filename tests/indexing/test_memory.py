"""Memory that is only kept for convenience is given back as the ceiling comes near, and everything still works."""

import contextlib
import sys
import time

import numpy as np
import psutil
import pymupdf
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont

from indexer.catalogue.records import DocumentRecord
from indexer.config import RenderLimits
from indexer.documents.document import PageWords, RenderedPage
from indexer.encoder.encoder import VectorSpace
from indexer.encoder.lite import words
from indexer.encoder.lite.words import forget_models, recognise
from indexer.indexing import memory
from indexer.indexing.memory import Ceiling, taken_bytes
from indexer.indexing.work import Work
from indexer.protocol.values import DocumentKind, DocumentState, Task
from indexer.render.pool import RenderPool
from indexer.render.thumbnails import write_thumbnail
from indexer.store.upkeep import MERGE_BYTES


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the system decides")
def test_near_the_ceiling_code_that_ran_is_let_go_of():
    torch.ones(300, 300) @ torch.ones(300, 300)
    before = taken_bytes([])
    Ceiling(before, list, lambda: None).keep()
    assert taken_bytes([]) < before - 20_000_000
    assert (torch.ones(300, 300) @ torch.ones(300, 300))[0, 0] == 300


def test_far_below_the_ceiling_nothing_is_touched():
    shrunk = []
    Ceiling(psutil.virtual_memory().total, list, lambda: shrunk.append(1)).keep()
    assert not shrunk


def test_over_the_ceiling_renderers_are_ended():
    shrunk = []
    Ceiling(1, list, lambda: shrunk.append(1)).keep()
    assert shrunk


@pytest.mark.parametrize(("share", "times"), [(0.85, 1), (0.95, 2)])
def test_very_near_the_ceiling_what_one_document_left_does_not_lie_there_while_the_next_is_read(
    monkeypatch, share, times
):
    given_back, now = [], [1000.0]
    monkeypatch.setattr(memory, "taken_bytes", lambda pids: round(share * 1e9))
    monkeypatch.setattr(memory, "give_back_freed", lambda: given_back.append(now[0]))
    monkeypatch.setattr(memory.time, "monotonic", lambda: now[0])
    ceiling = Ceiling(1_000_000_000, list, lambda: None)
    ceiling.keep()
    now[0] += 2.0
    ceiling.keep()
    assert len(given_back) == times


@pytest.mark.parametrize(("looks", "kept"), [(False, 512 * 384 * 3), (True, 2000 * 1500 * 3)])
def test_pages_wait_for_an_encoder_of_words_with_the_pixels_of_their_thumbnail_alone(tmp_path, looks, kept):
    pixels = np.random.default_rng(1).integers(0, 256, (2000, 1500, 3), dtype=np.uint8)
    texts = PageWords(("word",), np.zeros((1, 4), np.float32), np.zeros(1, np.int32))
    document = DocumentRecord(1, 1, "a.pdf", None, DocumentState.WAITING, "v", 1, 1)
    work = Work(document, DocumentKind.PDF, VectorSpace("test", "1", Task.RETRIEVAL, 16, 128), 0)
    work.take(RenderedPage(1, 1, 15.0, 20.0, pixels, texts, True), as_drawn=looks)
    ((page, _),) = work.batch
    assert page.pixels.nbytes == kept
    write_thumbnail(page.pixels, tmp_path / "waited.jpg")
    write_thumbnail(pixels, tmp_path / "at-once.jpg")
    assert (tmp_path / "waited.jpg").read_bytes() == (tmp_path / "at-once.jpg").read_bytes()


def test_recognition_goes_on_after_its_models_were_forgotten():
    picture = Image.new("RGB", (500, 120), "white")
    ImageDraw.Draw(picture).text((30, 30), "TURNIPS", "black", ImageFont.load_default(48))
    assert recognise(np.asarray(picture)).texts == ("TURNIPS",)
    forget_models()
    assert words._engine is None
    assert recognise(np.asarray(picture)).texts == ("TURNIPS",)


def test_before_each_recognition_all_is_given_back_before_steps_of_merging_not(monkeypatch):
    given_back, now = [], [1000.0]
    monkeypatch.setattr(memory, "taken_bytes", lambda pids: 600_000_000)
    monkeypatch.setattr(memory, "give_back_freed", lambda: given_back.append(now[0]))
    monkeypatch.setattr(memory.time, "monotonic", lambda: now[0])
    for coming, times in ((memory.RECOGNITION_BYTES, 2), (MERGE_BYTES, 1)):
        given_back.clear()
        ceiling = Ceiling(900_000_000, list, lambda: None)
        ceiling.keep(coming)
        now[0] += 0.1
        ceiling.keep(coming)
        assert len(given_back) == times


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the system decides")
def test_a_renderer_that_waits_for_recognition_keeps_nothing_of_the_scan(tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (58, 41, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((5824, 8236)).save(tmp_path / "scan.jpg")
    document = pymupdf.open()
    for _ in range(2):
        document.new_page(width=595, height=842).insert_image((0, 0, 595, 842), filename=tmp_path / "scan.jpg")
    document.save(tmp_path / "scan.pdf")
    pool = RenderPool(RenderLimits())
    try:
        with contextlib.closing(pool.read(tmp_path / "scan.pdf", DocumentKind.PDF)) as read:
            assert not next(read).text_usable
            renderer, before = psutil.Process(next(iter(pool.pids))), -1.0
            while (used := sum(renderer.cpu_times()[:2])) != before:  # until the second page waits to be taken
                before = used
                time.sleep(0.5)
            assert renderer.memory_info().rss < 110_000_000
    finally:
        pool.close()
