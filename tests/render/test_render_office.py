"""Office documents through whatever LibreOffice there is; here a program that behaves like it, well or badly."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from indexer.config import RenderLimits
from indexer.documents.fingerprint import fingerprint
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import DocumentKind
from indexer.render import confine, office
from indexer.render.office import OfficeConverter, find_libreoffice
from indexer.render.pool import RenderPool

Make = Callable[..., Path]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in program is a shell script")

CONVERTS = """#!/bin/sh
for last; do :; done
while [ "$1" != --outdir ]; do shift; done
[ -w "$HOME" ] && [ -f "$HOME"/profile/user/registrymodifications.xcu ] && cp {pdf} "$2/document.pdf"
"""
MAKES_NOTHING = "#!/bin/sh\nexit 0\n"
FILLS = """#!/bin/sh
n=0
while :; do n=$((n + 1)); head -c 1000000 /dev/zero > "$HOME/$n"; sleep 0.02; done
"""
HANGS = "#!/bin/sh\nsleep 600 & wait\n"


def program(place: Path, text: str, **names: object) -> Path:
    target = place / "soffice"
    target.write_text(text.format(**names))
    target.chmod(0o700)
    return target


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "letter.rtf"
    path.write_text("{\\rtf1 hello}")
    return path


def code_of(converter: OfficeConverter, document: Path, **options: object) -> ErrorCode:
    with pytest.raises(PagebeamError) as failure:
        converter.pdf_of(document, fingerprint(document), options.get("cancelled"))  # type: ignore[arg-type]
    converter.close()
    return failure.value.code


def test_a_converted_document_is_kept_for_previews_and_removed_at_the_end(
    tmp_path: Path, document: Path, make_pdf: Make, small_limits: RenderLimits
) -> None:
    soffice = program(tmp_path, CONVERTS, pdf=make_pdf(["hello"]))
    converter = OfficeConverter(small_limits, lambda: soffice)
    first = converter.pdf_of(document, fingerprint(document), None)
    soffice.unlink()
    assert converter.pdf_of(document, fingerprint(document), None) == first
    assert first.read_bytes().startswith(b"%PDF")
    assert first.stat().st_mode & 0o077 == 0 or first.parent.stat().st_mode & 0o077 == 0
    assert [entry.name for entry in first.parent.iterdir()] == [first.name]
    converter.close()
    assert not first.parent.exists()


def test_no_copy_of_a_document_stays_where_an_engine_was_killed_or_told_to_forget(
    tmp_path: Path, document: Path, make_pdf: Make, small_limits: RenderLimits
) -> None:
    soffice, place = program(tmp_path, CONVERTS, pdf=make_pdf(["hello"])), tmp_path / "converted"
    killed = OfficeConverter(small_limits, lambda: soffice, place)
    left = killed.pdf_of(document, fingerprint(document), None)
    assert left.is_relative_to(place)
    assert place.stat().st_mode & 0o077 == 0
    converter = OfficeConverter(small_limits, lambda: soffice, place)
    assert not left.exists()
    again = converter.pdf_of(document, fingerprint(document), None)
    converter.forget()
    assert not again.exists()
    assert converter.pdf_of(document, fingerprint(document), None).exists()
    converter.close()
    assert not place.exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what other systems lack is documented")
def test_the_program_has_no_network_and_writes_to_its_own_folder_only(
    tmp_path: Path, document: Path, make_pdf: Make, small_limits: RenderLimits
) -> None:
    tries = (
        "import os, socket, sys\n"
        "try:\n    socket.socket(socket.AF_INET); print('network')\nexcept OSError: pass\n"
        "try:\n    open(sys.argv[1] + '/outside', 'w')\nexcept OSError: print('refused')\n"
        "open(os.environ['HOME'] + '/inside', 'w'); socket.socket(socket.AF_UNIX)"
    )
    (tmp_path / "tries.py").write_text(tries)
    text = CONVERTS.replace("cp {pdf}", '[ "$({python} {tries} {folder})" = refused ] && cp {pdf}')
    names = {"python": sys.executable, "tries": tmp_path / "tries.py", "folder": tmp_path}
    soffice = program(tmp_path, text, pdf=make_pdf(["hello"]), **names)
    converter = OfficeConverter(small_limits, lambda: soffice)
    assert converter.pdf_of(document, fingerprint(document), None).exists()
    converter.close()
    assert not (tmp_path / "outside").exists()


def test_success_without_a_file_is_a_failure(tmp_path: Path, document: Path, small_limits: RenderLimits) -> None:
    soffice = program(tmp_path, MAKES_NOTHING)
    assert code_of(OfficeConverter(small_limits, lambda: soffice), document) == ErrorCode.DOCUMENT_BROKEN


def test_a_hang_is_ended_with_all_that_it_started(tmp_path: Path, document: Path, small_limits: RenderLimits) -> None:
    soffice = program(tmp_path, HANGS)
    limits = replace(small_limits, wall_s=0.5)
    assert code_of(OfficeConverter(limits, lambda: soffice), document) == ErrorCode.RENDER_TIMEOUT


def test_a_program_that_fills_the_disk_is_ended(
    tmp_path: Path, document: Path, small_limits: RenderLimits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file of it is large; together they are."""
    monkeypatch.setattr(office, "_WRITTEN_BYTES", 5_000_000)
    soffice = program(tmp_path, FILLS)
    began = shutil.disk_usage(tmp_path).free
    assert code_of(OfficeConverter(small_limits, lambda: soffice), document) == ErrorCode.FILE_TOO_LARGE
    assert shutil.disk_usage(tmp_path).free > began - 1_000_000_000


def test_a_conversion_is_cancelled(tmp_path: Path, document: Path, small_limits: RenderLimits) -> None:
    soffice = program(tmp_path, HANGS)
    converter = OfficeConverter(small_limits, lambda: soffice)
    assert code_of(converter, document, cancelled=lambda: True) == ErrorCode.CANCELLED


def test_without_libreoffice_the_document_says_what_it_needs(document: Path, small_limits: RenderLimits) -> None:
    assert code_of(OfficeConverter(small_limits, lambda: None), document) == ErrorCode.NEEDS_LIBREOFFICE


def test_a_pool_reads_office_documents_or_says_what_they_need(pool: RenderPool, document: Path) -> None:
    if find_libreoffice() is None:
        with pytest.raises(PagebeamError) as failure:
            list(pool.read(document, DocumentKind.OFFICE))
        assert failure.value.code == ErrorCode.NEEDS_LIBREOFFICE
        return
    assert [page.page for page in pool.read(document, DocumentKind.OFFICE)] == [1]


def test_what_a_converter_started_ends_with_the_engine(tmp_path: Path) -> None:
    program = tmp_path / "soffice"
    program.write_text('#!/bin/sh\nsleep 600 &\necho $! > "$1"\nwait\n')
    program.chmod(0o755)
    noted = tmp_path / "pid"
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = confine.command(tmp_path, [str(program), str(noted)])
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=env, start_new_session=True) as started:
        end = time.monotonic() + 60
        while not (noted.exists() and noted.read_text().strip()):
            assert time.monotonic() < end, "the program does not start"
            time.sleep(0.05)
        grandchild = psutil.Process(int(noted.read_text()))
        started.stdin.close()  # as the kernel does when the engine is killed
        started.wait(30)
    _, alive = psutil.wait_procs([grandchild], 30)
    assert alive == []
