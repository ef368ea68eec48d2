"""The truth of the library: states add up, changes and renames, crashes, odd names."""

import contextlib
import os
import sqlite3

import pytest

from indexer.catalogue.catalogue import MAX_ATTEMPTS, Catalogue
from indexer.catalogue.records import PageRecord
from indexer.documents.fingerprint import Fingerprint
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode, report
from indexer.protocol.values import DocumentKind, DocumentState, Filters, PageKey, TextSource


@pytest.fixture
def catalogue(tmp_path):
    opened = Catalogue(tmp_path / "catalogue.sqlite3")
    yield opened
    opened.close()


def seen(inode: int = 1, modified: int = 1, size: int = 10) -> Fingerprint:
    return Fingerprint(size, modified, modified, inode, 1)


def index(catalogue: Catalogue, pages: int = 1) -> int:
    document = catalogue.next_waiting()
    records = [PageRecord(n + 1, 100, 200, TextSource.TEXT_LAYER, "t.jpg") for n in range(pages)]
    assert catalogue.pages_indexed(document, DocumentKind.PDF, records, pages)
    assert catalogue.finished(document, []) is not None
    return document.document_id


def test_the_same_folder_twice_is_one_folder(catalogue):
    assert catalogue.add_folder("/a", watched=True) == catalogue.add_folder("/a", watched=True)


def test_states_add_up_to_the_documents_found(catalogue):
    folder = catalogue.add_folder("/a", watched=True)
    catalogue.found(folder, [(f"/a/{n}.pdf", seen(n, size=n)) for n in range(4)])
    index(catalogue)
    catalogue.failed(catalogue.next_waiting(), report(ErrorCode.DOCUMENT_BROKEN))
    info = catalogue.folders()[0]
    assert (info.documents, info.indexed, info.failed, info.waiting, info.pages) == (4, 1, 1, 2, 1)


def test_an_unchanged_file_is_not_read_again_and_a_changed_one_is(catalogue):
    folder = catalogue.add_folder("/a", watched=True)
    catalogue.found(folder, [("/a/x.pdf", seen())])
    index(catalogue)
    assert catalogue.found(folder, [("/a/x.pdf", seen())]) == 0
    assert catalogue.next_waiting() is None
    assert catalogue.found(folder, [("/a/x.pdf", seen(modified=2))]) == 1
    assert catalogue.next_waiting() is not None


def test_a_rename_keeps_the_document_and_its_pages(catalogue):
    folder = catalogue.add_folder("/a", watched=True)
    catalogue.found(folder, [("/a/x.pdf", seen())])
    document_id = index(catalogue)
    assert catalogue.moved(folder, [("/a/x.pdf", "/a/y.pdf", seen())]) == 1
    assert catalogue.document(document_id).path == "/a/y.pdf"
    assert catalogue.next_waiting() is None


def test_a_document_gone_while_it_is_read_takes_no_pages(catalogue):
    folder = catalogue.add_folder("/a", watched=True)
    catalogue.found(folder, [("/a/x.pdf", seen())])
    document = catalogue.next_waiting()
    catalogue.gone(["/a/x.pdf"])
    page = PageRecord(1, 1, 1, TextSource.NONE, "")
    assert not catalogue.pages_indexed(document, DocumentKind.PDF, [page], 1)
    assert catalogue.finished(document, []) is None
    assert catalogue.page_versions() == {}


def test_committing_the_same_page_twice_keeps_one(catalogue):
    folder = catalogue.add_folder("/a", watched=True)
    catalogue.found(folder, [("/a/x.pdf", seen())])
    document = catalogue.next_waiting()
    page = PageRecord(1, 1, 1, TextSource.NONE, "")
    for _ in range(2):
        assert catalogue.pages_indexed(document, DocumentKind.PDF, [page], 1)
    assert len(catalogue.page_versions()) == 1


def test_a_document_at_which_the_engine_dies_again_and_again_is_set_aside(catalogue):
    folder = catalogue.add_folder("/a", watched=True)
    catalogue.found(folder, [("/a/x.pdf", seen())])
    now = 1000.0
    for _ in range(MAX_ATTEMPTS):
        assert catalogue.next_waiting(now) is not None
        catalogue.requeue_reading(now)
        now += 100
    assert catalogue.next_waiting(now) is None
    assert catalogue.failures()[0].code == ErrorCode.RENDER_CRASHED


def test_failed_documents_are_retried_or_ignored(catalogue):
    folder = catalogue.add_folder("/a", watched=True)
    catalogue.found(folder, [("/a/x.pdf", seen())])
    catalogue.failed(catalogue.next_waiting(), report(ErrorCode.DOCUMENT_LOCKED))
    catalogue.retry(())
    document = catalogue.next_waiting()
    catalogue.failed(document, report(ErrorCode.DOCUMENT_LOCKED))
    catalogue.retry((document.document_id,), to=DocumentState.IGNORED)
    assert catalogue.failures() == ()
    assert catalogue.folders()[0].ignored == 1


def test_names_that_are_not_valid_text_come_back_as_they_were(catalogue):
    folder = catalogue.add_folder("/a", watched=True)
    path = os.fsdecode(b"/a/caf\xe9 \xff.pdf")
    catalogue.found(folder, [(path, seen())])
    assert catalogue.next_waiting().path == path


def test_removing_a_folder_forgets_its_documents(catalogue):
    folder = catalogue.add_folder("/a", watched=True)
    catalogue.found(folder, [("/a/x.pdf", seen())])
    document_id = index(catalogue)
    assert catalogue.remove_folder(folder) == [document_id]
    assert catalogue.page_info([PageKey(document_id, 1)]) == [None]


def test_times_that_no_file_can_have_are_times_all_the_same(catalogue):
    folder = catalogue.add_folder("/a", watched=True)
    catalogue.found(folder, [("/a/x.pdf", seen())])
    document_id = index(catalogue)
    assert catalogue.documents_matching(Filters(modified_from_s=-1e300, modified_to_s=1e300)).tolist() == [document_id]
    assert catalogue.documents_matching(Filters(modified_from_s=1e300)).tolist() == []


@pytest.mark.parametrize("name", [b"caf\xe9 \xff.pdf", b'q"uo\\te\n\t.pdf', "ü ☂ 𝄞.pdf".encode()])
def test_what_is_told_of_a_page_has_its_path_whatever_is_in_it(catalogue, name):
    folder = catalogue.add_folder("/a", watched=True)
    path = os.fsdecode(b"/a/" + name)
    catalogue.found(folder, [(path, seen(2))])
    document_id = index(catalogue)
    (told,) = catalogue.page_info([PageKey(document_id, 1)])
    assert told.path == path
    assert catalogue.documents_matching(Filters(path_prefix=path)).tolist() == [document_id]
    assert catalogue.documents_matching(Filters(path_prefix="/b")).tolist() == []


def test_what_is_told_of_many_pages_comes_in_the_order_asked_for(catalogue):
    folder = catalogue.add_folder("/a", watched=True)
    catalogue.found(folder, [(f"/a/{n}.pdf", seen(n, size=n)) for n in range(1, 4)])
    documents = [index(catalogue, 300) for _ in range(3)]
    keys = [PageKey(document, page) for page in (300, 1, 301, *range(2, 250)) for document in (*documents, 99)]
    told = catalogue.page_info([*keys, keys[0]])
    assert [one and one.path for one in told[:4]] == ["/a/1.pdf", "/a/2.pdf", "/a/3.pdf", None]
    gone = [key.document_id == 99 or key.page == 301 for key in keys]
    assert [one is None for one in told] == [*gone, False]
    assert told[-1] == told[0]
    assert catalogue.page_info([]) == []


def test_filters_name_the_documents_they_allow(catalogue):
    folder, other = catalogue.add_folder("/a", watched=True), catalogue.add_folder("/b", watched=True)
    catalogue.found(folder, [("/a/x.pdf", seen(1))])
    catalogue.found(other, [("/b/y.pdf", seen(2))])
    assert catalogue.documents_matching(Filters()) is None
    assert len(catalogue.documents_matching(Filters(folder_ids=(other,)))) == 1
    assert len(catalogue.documents_matching(Filters(path_prefix="/a/"))) == 1
    assert len(catalogue.documents_matching(Filters(path_prefix="/c/"))) == 0


def test_a_library_of_a_newer_version_is_refused_untouched(tmp_path):
    path = tmp_path / "catalogue.sqlite3"
    Catalogue(path).close()
    with contextlib.closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(PagebeamError) as caught:
        Catalogue(path)
    assert caught.value.code is ErrorCode.DATA_NEWER


def test_a_file_that_is_no_catalogue_is_refused_in_words(tmp_path):
    path = tmp_path / "catalogue.sqlite3"
    path.write_bytes(b"this is not a database" * 100)
    with pytest.raises(PagebeamError) as caught:
        Catalogue(path)
    assert caught.value.code is ErrorCode.DATA_UNREADABLE
