"""A hostile document costs itself only: every failure has its reason, and the next document is read all the same."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PIL import Image

from indexer.config import RenderLimits
from indexer.documents.document import RenderedPage
from indexer.documents.kinds import kind_of
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import DocumentKind
from indexer.render.pool import PageFailure, RenderPool

Make = Callable[..., Path]
PDF, IMAGE = DocumentKind.PDF, DocumentKind.IMAGE


def read_all(pool: RenderPool, path: Path, **options: object) -> list[RenderedPage | PageFailure]:
    return list(pool.read(path, kind_of(path), **options))  # type: ignore[arg-type]


def code_of(pool: RenderPool, path: Path, **options: object) -> ErrorCode:
    with pytest.raises(PagebeamError) as failure:
        read_all(pool, path, **options)
    assert failure.value.report.path in (str(path), "")
    return failure.value.code


def wait_until(condition: Callable[[], bool], limit_s: float = 30.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def test_pages_come_in_order_from_where_one_asks(pool: RenderPool, make_pdf: Make) -> None:
    path = make_pdf(["one", "two", "three"])
    pages = read_all(pool, path)
    assert [page.page for page in pages] == [1, 2, 3]
    assert [page.words.texts for page in pages] == [("one",), ("two",), ("three",)]
    assert {page.page_count for page in pages} == {3}
    assert [page.page for page in read_all(pool, path, first_page=3)] == [3]
    assert read_all(pool, path, first_page=4) == []


def test_a_hang_among_documents_costs_only_itself(pool: RenderPool, make_pdf: Make, laughs: Make) -> None:
    before, after = make_pdf(["before"], name="1.pdf"), make_pdf(["after"], name="2.pdf")
    assert len(read_all(pool, before)) == 1
    assert code_of(pool, laughs()) == ErrorCode.RENDER_TIMEOUT
    assert len(read_all(pool, after)) == 1


def test_a_hanging_page_costs_only_that_page(pool: RenderPool, laughs: Make) -> None:
    outcomes = read_all(pool, laughs(before=1, after=2))
    assert [type(outcome) for outcome in outcomes] == [RenderedPage, PageFailure, RenderedPage, RenderedPage]
    failed = outcomes[1]
    assert isinstance(failed, PageFailure)
    assert (failed.page, failed.page_count, failed.report.code) == (2, 4, ErrorCode.RENDER_TIMEOUT)


def test_the_clock_ends_what_the_cpu_limit_does_not(small_limits: RenderLimits, laughs: Make) -> None:
    pool = RenderPool(replace(small_limits, wall_s=2.0, cpu_s=1000))
    assert code_of(pool, laughs()) == ErrorCode.RENDER_TIMEOUT
    pool.close()
    assert pool.pids == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to kill with")
def test_a_renderer_killed_in_the_middle_loses_no_page(pool: RenderPool, make_pdf: Make) -> None:
    pages = pool.read(make_pdf([f"word{n}" for n in range(12)]), PDF)
    seen = [next(pages)]
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)
    seen += pages
    assert [outcome.page for outcome in seen] == list(range(1, 13))
    assert sum(isinstance(outcome, RenderedPage) for outcome in seen) >= 11


def test_a_renderer_killed_at_its_only_page_is_told_as_a_crash(small_limits: RenderLimits, laughs: Make) -> None:
    pool = RenderPool(replace(small_limits, cpu_s=1000, memory_bytes=2_000_000_000))
    path = laughs()
    found: list[ErrorCode] = []
    thread = threading.Thread(target=lambda: found.append(code_of(pool, path)))
    thread.start()
    while thread.is_alive():  # the first one, and the one that tries the other engine
        for pid in pool.pids:
            with contextlib.suppress(psutil.Error):
                if sum(psutil.Process(pid).cpu_times()[:2]) > 1:
                    psutil.Process(pid).kill()
        thread.join(0.05)
    pool.close()
    assert found == [ErrorCode.RENDER_CRASHED]


def test_memory_is_limited(pool: RenderPool, tmp_path: Path, make_pdf: Make) -> None:
    big = tmp_path / "big.png"  # 29 million pixels, legal, but as RGBA on paper more than the 500 MB allowed here
    Image.new("I;16", (5800, 5000)).save(big)
    small = RenderPool(RenderLimits(memory_bytes=90_000_000, wall_s=30, cpu_s=20))
    assert code_of(small, big) == ErrorCode.RENDER_MEMORY
    small.close()
    assert len(read_all(pool, make_pdf(["after"]))) == 1


def test_a_picture_bomb_is_refused_with_its_size(pool: RenderPool, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.png"
    Image.new("1", (30_000, 30_000)).save(bomb)
    with pytest.raises(PagebeamError) as failure:
        read_all(pool, bomb)
    assert failure.value.code == ErrorCode.PICTURE_TOO_LARGE
    assert "30000 x 30000" in failure.value.report.message


def test_broken_documents_have_their_reasons(pool: RenderPool, tmp_path: Path) -> None:
    zero_pages = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    for name, content, code in (
        ("zero.pdf", zero_pages + b"trailer<</Root 1 0 R>>", ErrorCode.DOCUMENT_NO_PAGES),
        ("noise.pdf", b"%PDF-1.4\n" + bytes(range(256)) * 20, ErrorCode.DOCUMENT_BROKEN),
        ("noise.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), ErrorCode.DOCUMENT_BROKEN),
        ("noise.epub", b"PK\x03\x04" + bytes(range(256)), ErrorCode.DOCUMENT_BROKEN),
    ):
        (tmp_path / name).write_bytes(content)
        assert code_of(pool, tmp_path / name) in (code, ErrorCode.DOCUMENT_BROKEN), name


def test_a_document_that_lies_about_its_pages_ends_soon(pool: RenderPool, tmp_path: Path) -> None:
    content = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj"
        b" 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj"
        b" 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1000000000>>endobj\ntrailer<</Root 1 0 R>>"
    )
    (tmp_path / "lies.pdf").write_bytes(content)
    outcomes = read_all(pool, tmp_path / "lies.pdf")
    assert isinstance(outcomes[0], RenderedPage)
    assert len(outcomes) <= 101


def test_locked_documents_open_with_their_password_only(pool: RenderPool, make_pdf: Make) -> None:
    path = make_pdf(["secret"], user_pw="open sesame", owner_pw="x", encryption=5)
    assert code_of(pool, path) == ErrorCode.DOCUMENT_LOCKED
    assert code_of(pool, path, password="wrong") == ErrorCode.PASSWORD_WRONG
    (page,) = read_all(pool, path, password="open sesame")
    assert page.words.texts == ("secret",)
    assert pool.picture(path, PDF, 1, 200, password="open sesame").pixels.shape[1] == 200


def test_files_that_go_or_change_are_told(pool: RenderPool, make_pdf: Make) -> None:
    path = make_pdf(["a", "b", "c"])
    pages = pool.read(path, PDF)
    next(pages)
    with path.open("ab") as file:
        file.write(b"%more")
    with pytest.raises(PagebeamError) as failure:
        list(pages)
    assert failure.value.code == ErrorCode.FILE_CHANGED
    pages = pool.read(path, PDF)
    next(pages)
    path.unlink()
    with pytest.raises(PagebeamError) as failure:
        list(pages)
    assert failure.value.code == ErrorCode.FILE_MISSING


def test_documents_are_left_as_they_are(pool: RenderPool, make_pdf: Make) -> None:
    path = make_pdf(["a"])
    path.chmod(0o400)
    before, content = path.stat(), path.read_bytes()
    read_all(pool, path)
    pool.picture(path, PDF, 1, 100)
    after = path.stat()
    assert path.read_bytes() == content
    assert (after.st_mtime_ns, after.st_ctime_ns, after.st_mode) == (
        before.st_mtime_ns,
        before.st_ctime_ns,
        before.st_mode,
    )
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_previews_come_beside_a_reading_at_the_width_asked_for(pool: RenderPool, make_pdf: Make) -> None:
    path = make_pdf([f"word{n}" for n in range(5)])
    pages = pool.read(path, PDF)
    next(pages)
    for width in (100, 900):
        picture = pool.picture(path, PDF, 3, width)
        assert picture.page == 3
        assert picture.pixels.shape == (width * 3 // 2, width, 3)
    assert len(list(pages)) == 4
    with pytest.raises(PagebeamError) as failure:
        pool.picture(path, PDF, 6, 100)
    assert failure.value.code == ErrorCode.NOT_FOUND


def test_reading_is_cancelled_within_a_second_or_so(pool: RenderPool, laughs: Make) -> None:
    asked = threading.Event()
    timer = threading.Timer(0.3, asked.set)
    timer.start()
    assert code_of(pool, laughs(), cancelled=asked.is_set) == ErrorCode.CANCELLED
    timer.join()


def test_a_preview_is_cancelled_and_the_next_one_comes(pool: RenderPool, laughs: Make, make_pdf: Make) -> None:
    asked = threading.Event()
    timer = threading.Timer(0.3, asked.set)
    timer.start()
    with pytest.raises(PagebeamError) as failure:
        pool.picture(laughs(), PDF, 1, 200, cancelled=asked.is_set)
    timer.join()
    assert failure.value.code == ErrorCode.CANCELLED
    assert pool.picture(make_pdf(["after"]), PDF, 1, 200).pixels.shape[1] == 200


def test_closing_ends_a_reading_and_every_process(small_limits: RenderLimits, laughs: Make) -> None:
    pool = RenderPool(replace(small_limits, cpu_s=1000, memory_bytes=2_000_000_000))
    path = laughs()
    found: list[ErrorCode] = []
    thread = threading.Thread(target=lambda: found.append(code_of(pool, path)))
    thread.start()
    wait_until(lambda: bool(pool.pids))
    pids = pool.pids
    pool.close()
    thread.join(30)
    assert found == [ErrorCode.CANCELLED]
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in pids))
    assert code_of(pool, path) == ErrorCode.CANCELLED


def test_renderers_are_replaced_after_so_many_documents(small_limits: RenderLimits, make_pdf: Make) -> None:
    pool = RenderPool(replace(small_limits, documents_per_worker=2))
    path = make_pdf(["x"])
    seen = set()
    for _ in range(4):
        for _page in pool.read(path, PDF):
            seen |= set(pool.pids)
    pool.close()
    assert len(seen) == 2


def test_names_that_are_not_utf8_are_read(pool: RenderPool, make_pdf: Make) -> None:
    path = make_pdf(["bytes"])
    odd = Path(os.fsdecode(os.fsencode(path.parent) + b"/caf\xe9.pdf"))
    try:
        path.rename(odd)
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    (page,) = read_all(pool, odd)
    assert page.words.texts == ("bytes",)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="tied to Linux's signal for a pipe's other end")
def test_renderers_end_with_their_engine_even_in_a_hang(laughs: Make) -> None:
    path = laughs()
    engine = subprocess.Popen(
        [sys.executable, "-c", _ENGINE, str(path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    assert engine.stdout is not None
    pid = int(engine.stdout.readline())
    renderer = psutil.Process(pid)
    wait_until(lambda: sum(renderer.cpu_times()[:2]) > 0.6)
    engine.kill()
    engine.wait()
    engine.stdout.close()
    wait_until(lambda: not renderer.is_running() or renderer.status() == psutil.STATUS_ZOMBIE)


_ENGINE = """
import sys, threading
from pathlib import Path
from indexer.config import RenderLimits
from indexer.protocol.values import DocumentKind
from indexer.render.pool import RenderPool
pool = RenderPool(RenderLimits(cpu_s=1000))
pool.sandbox()
print(pool.pids[0], flush=True)
list(pool.read(Path(sys.argv[1]), DocumentKind.PDF))
"""


def test_pages_beyond_the_limit_are_told_of(small_limits: RenderLimits, make_pdf: Make) -> None:
    path = make_pdf(["one", "two", "three"])
    pool = RenderPool(replace(small_limits, max_pages=2))
    try:
        *pages, note = pool.read(path, DocumentKind.PDF)
        again = list(pool.read(path, DocumentKind.PDF, first_page=3))
    finally:
        pool.close()
    assert [page.page for page in pages] == [1, 2]
    assert isinstance(note, PageFailure)
    assert note.report.code == ErrorCode.PAGES_LEFT_OUT
    assert "first 2 of its 3 pages" in note.report.message
    assert [type(outcome) for outcome in again] == [PageFailure]
