"""Counts below a folder, what was read last there, and how long a page took on this computer."""

import os

import pytest

from indexer.catalogue.catalogue import Catalogue
from indexer.documents.fingerprint import Fingerprint
from indexer.protocol.values import DocumentKind, Filters, PageKey, SubfolderInfo

ROOT = os.path.join(os.sep, "home", "50% off_sale")


@pytest.fixture
def library(tmp_path):
    """A folder with documents at three depths; each was read in two seconds a page, with a night between."""
    catalogue = Catalogue(tmp_path / "catalogue.sqlite3")
    folder = catalogue.add_folder(ROOT, watched=True)
    other = catalogue.add_folder(ROOT + "s", watched=True)
    now = 1_000_000.0
    for folder_id, names, pages in (
        (folder, ("top.pdf",), 4),
        (folder, ("a", "one.pdf"), 10),
        (folder, ("a", "deep", "two.jpg"), 1),
        (folder, ("b", "three.pdf"), 6),
        (other, ("a", "stranger.pdf"), 30),
    ):
        root = ROOT if folder_id == folder else ROOT + "s"
        path = os.path.join(root, *names)
        catalogue.found(folder_id, [(path, Fingerprint(7, 8, 9, 10, 11))])
        now += 90_000 if names[0] == "b" else 2 * pages
        kind = DocumentKind.IMAGE if path.endswith("jpg") else DocumentKind.PDF
        catalogue._db.execute(
            "UPDATE documents SET state = 'indexed', kind = ?, pages_done = ?, indexed_at = ? WHERE path = ?",
            (kind, pages, now, path),
        )
        catalogue._db.execute(
            "INSERT INTO pages SELECT document_id, 1, '', 1, 1, 'none', '' FROM documents WHERE path = ?", (path,)
        )
    yield catalogue, folder
    catalogue.close()


def test_folders_below_are_told_with_all_that_lies_in_them(library):
    catalogue, folder = library
    a, b = os.path.join(ROOT, "a"), os.path.join(ROOT, "b")
    assert catalogue.subfolders(folder, ROOT) == (SubfolderInfo(a, 2, 11, True), SubfolderInfo(b, 1, 6, False))
    assert catalogue.subfolders(folder, a) == (SubfolderInfo(os.path.join(a, "deep"), 1, 1, False),)
    assert catalogue.subfolders(folder, b) == ()


def test_what_was_read_last_is_told_of_one_folder_alone(library):
    catalogue, folder = library
    assert len(catalogue.recent(9)) == 5
    assert catalogue.recent(9, Filters(folder_ids=(folder,), path_prefix=os.path.join(ROOT, "a") + os.sep)) == [
        PageKey(3, 1),
        PageKey(2, 1),
    ]


def test_a_page_took_what_it_took_and_nights_do_not_count(library):
    catalogue, _ = library
    assert catalogue.seconds_per_page(20) == pytest.approx(2.0)
    assert catalogue.seconds_per_page(1000) is None
    assert catalogue.pages_per_document() == {DocumentKind.PDF: 12.5, DocumentKind.IMAGE: 1.0}
    assert catalogue.page_count() == 51
