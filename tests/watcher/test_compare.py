"""What is known beside what is there: changed, touched, moved, gone, and out of reach."""

import os

from indexer.catalogue.records import KnownFile
from indexer.documents.fingerprint import Fingerprint
from indexer.watcher.compare import all_away, compare
from indexer.watcher.scan import UNREADABLE


def mark(inode=1, size=10, modified=5, changed=5, device=1) -> Fingerprint:
    return Fingerprint(size, modified, changed, inode, device)


def known(content="hash", *, available=True, **values) -> KnownFile:
    return KnownFile(mark(**values), content, available)


def test_what_is_as_it_was_changes_nothing():
    changes = compare({"/a": known()}, {"/a": mark()})
    assert not any(getattr(changes, name) for name in changes.__slots__)


def test_another_size_or_time_is_another_content():
    assert [p for p, _ in compare({"/a": known()}, {"/a": mark(size=11)}).fresh] == ["/a"]
    assert [p for p, _ in compare({"/a": known()}, {"/a": mark(modified=6)}).fresh] == ["/a"]


def test_times_set_back_are_suspect_and_a_new_mode_of_an_unread_file_is_worth_another_try():
    seen = {"/a": mark(changed=6)}
    assert [p for p, _ in compare({"/a": known()}, seen).suspect] == ["/a"]
    assert [p for p, _ in compare({"/a": known(content="")}, seen).touched] == ["/a"]
    assert [p for p, _ in compare({"/a": known(changed=0)}, seen).adopted] == ["/a"]


def test_a_new_path_of_the_same_file_is_a_move():
    changes = compare({"/a": known()}, {"/b": mark(changed=9)})
    assert [(old, new) for old, new, _ in changes.moved] == [("/a", "/b")]
    assert not changes.gone
    assert not changes.fresh


def test_of_two_links_to_one_file_one_moved_and_one_stays():
    changes = compare({"/a": known(), "/b": known()}, {"/b": mark(), "/c": mark()})
    assert [(old, new) for old, new, _ in changes.moved] == [("/a", "/c")]


def test_a_file_gone_from_a_disk_that_is_there_is_gone(tmp_path):
    device = Fingerprint.of(os.stat(tmp_path)).device
    gone = str(tmp_path / "deeper" / "a.pdf")
    assert compare({gone: known(device=device)}, {}).gone == [gone]


def test_a_file_gone_with_its_disk_is_out_of_reach(tmp_path):
    path = str(tmp_path / "a.pdf")
    files = {path: known(device=-7)}
    changes = compare(files, {})
    assert (changes.gone, changes.away) == ([], [path])
    assert all_away(files, changes, {})
    assert compare({path: known(device=-7, available=False)}, {}).away == []


def test_a_disk_with_another_number_is_there_when_any_file_of_it_is(tmp_path):
    kept, lost = str(tmp_path / "kept.pdf"), str(tmp_path / "lost.pdf")
    changes = compare({kept: known(device=-7), lost: known(inode=2, device=-7)}, {kept: mark(device=8)})
    assert changes.gone == [lost]
    assert [p for p, _ in changes.adopted] == [kept]


def test_what_lies_in_a_folder_that_may_not_be_opened_any_more_is_out_of_reach(tmp_path):
    folder = str(tmp_path / "locked")
    inside = os.path.join(folder, "a.pdf")
    changes = compare({inside: known(device=Fingerprint.of(os.stat(tmp_path)).device)}, {folder: UNREADABLE})
    assert changes.away == [inside]
    assert [p for p, _ in changes.fresh] == [folder]
    assert compare({folder: KnownFile(UNREADABLE, "", True)}, {}).gone == [folder]


def test_what_is_back_is_within_reach_again():
    assert [p for p, _ in compare({"/a": known(available=False)}, {"/a": mark()}).adopted] == ["/a"]
