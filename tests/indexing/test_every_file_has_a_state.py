"""The list is exact: indexed + failed + ignored + waiting = files found, at every moment, whatever the files are."""

import shutil
from pathlib import Path

import pymupdf
import pytest
from PIL import Image

from indexer.protocol import messages
from indexer.protocol.values import DocumentState
from indexer.watcher.scan import scan


def add_up(status: messages.Status) -> bool:
    parts = status.indexed + status.failed + status.ignored + status.waiting
    return parts == status.documents == sum(folder.documents for folder in status.folders)


def files_found(folder: Path) -> int:
    """Counted by another walk than the program's: what is hidden, unfinished or of no kind is not a document."""
    return sum(
        path.is_file() and not path.name.startswith(".") and path.suffix in (".pdf", ".txt", ".png", ".docx")
        for path in folder.rglob("*")
    )


@pytest.fixture
def mixed(documents, make_pdf) -> Path:
    make_pdf(documents / "good.pdf", "A page about turnips.", "Another one.")
    (documents / "good.txt").write_text("Lighthouses.")
    Image.new("RGB", (40, 40), "white").save(documents / "blank.png")
    (documents / "empty.pdf").touch()
    (documents / "noise.pdf").write_bytes(b"%PDF-1.7\n" + b"\x00garbage" * 200)
    (documents / "letter.docx").write_bytes(b"PK\x03\x04 not a letter")
    locked = pymupdf.open()
    locked.new_page().insert_text((72, 72), "A secret")
    locked.save(documents / "locked.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="pw", owner_pw="pw")
    deep = documents / "a" / "b"
    deep.mkdir(parents=True)
    shutil.copy(documents / "good.pdf", deep / "again.pdf")
    for name in (".hidden.pdf", "half.pdf.part", "program.exe"):
        (documents / name).write_bytes(b"x")
    return documents


def test_states_add_up_to_the_files_on_the_disk_all_the_while(library, mixed, make_pdf):
    engine = library.open(commit_pages=1)

    def status() -> messages.Status:
        now = engine.status(messages.GetStatus(id=1), with_size=False)
        assert add_up(now), now
        return now

    engine.add_paths(messages.AddPaths(id=1, paths=(str(mixed),)))
    engine.start()
    library.until(lambda: status().documents == files_found(mixed) == 8)
    library.until(lambda: status().waiting == 0)
    failures = engine.failures(messages.ListFailures(id=1)).failures
    assert len({failure.document_id for failure in failures}) == status().failed == 4
    assert all(failure.title and failure.message for failure in failures)
    engine.ignore(messages.Ignore(id=1, document_ids=(failures[0].document_id,)))
    assert (status().failed, status().ignored) == (3, 1)
    assert engine.catalogue.document(failures[0].document_id).state is DocumentState.IGNORED
    engine.retry(messages.Retry(id=1))
    library.until(lambda: status().waiting == 0)
    assert (status().indexed, status().failed, status().ignored) == (4, 3, 1)
    (mixed / "noise.pdf").unlink()
    make_pdf(mixed / "empty.pdf", "No longer empty.")
    engine.sync.compare_all()
    library.until(lambda: status().waiting == 0)
    assert status().documents == files_found(mixed) == 7


def test_every_file_of_the_corpus_is_counted_once(library, shared):
    engine = library.open()
    engine.pause(messages.Pause(id=1))
    engine.add_paths(messages.AddPaths(id=1, paths=(str(shared / "corpus"),)))
    engine.start()
    library.until(engine.sync.idle)
    status = engine.status(messages.GetStatus(id=1), with_size=False)
    assert add_up(status)
    assert status.documents == status.waiting == len(dict(scan(str(shared / "corpus")))) > 50
