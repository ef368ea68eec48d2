"""Walking a folder: what cannot be looked at is told, and only what is gone is left out."""

import errno
import os

import pytest

from indexer.watcher.compare import compare
from indexer.watcher.scan import UNREADABLE, scan


@pytest.fixture
def tree(tmp_path):
    for name in ("a.txt", "below/b.txt", "below/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("turnips")
    return tmp_path


def failing(monkeypatch, path, code):
    """The disk fails whenever this folder is opened."""
    really = os.scandir

    def scandir(folder):
        if folder == str(path):
            raise OSError(code, os.strerror(code), folder)
        return really(folder)

    monkeypatch.setattr(os, "scandir", scandir)


class Known:
    def __init__(self, seen) -> None:
        self.seen, self.content, self.available = seen, "hash", True


@pytest.mark.parametrize("code", [errno.EIO, errno.EACCES, errno.ETIMEDOUT, errno.ENOTCONN, errno.ENAMETOOLONG])
def test_a_folder_that_cannot_be_read_for_whatever_reason_is_told_and_forgets_nothing(tree, monkeypatch, code):
    known = {path: Known(seen) for path, seen in scan(str(tree))}
    assert len(known) == 3
    failing(monkeypatch, tree / "below", code)
    seen = dict(scan(str(tree)))
    assert seen[str(tree / "below")] == UNREADABLE
    changes = compare(known, seen)
    assert changes.gone == []
    assert sorted(changes.away) == [str(tree / "below" / "b.txt"), str(tree / "below" / "c.txt")]


def test_a_folder_that_goes_while_it_is_looked_for_is_gone(tree, monkeypatch):
    known = {path: Known(seen) for path, seen in scan(str(tree))}
    failing(monkeypatch, tree / "below", errno.ENOENT)
    seen = dict(scan(str(tree)))
    assert set(seen) == {str(tree / "a.txt")}
    assert len(compare(known, seen).gone) == 2


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root may look at everything")
def test_files_in_a_folder_that_may_only_be_listed_are_told_and_not_forgotten(tree):
    known = {path: Known(seen) for path, seen in scan(str(tree))}
    (tree / "below").chmod(0o444)
    try:
        seen = dict(scan(str(tree)))
    finally:
        (tree / "below").chmod(0o755)
    assert seen[str(tree / "below" / "b.txt")] == UNREADABLE
    changes = compare(known, seen)
    assert changes.gone == changes.fresh == []
    assert len(changes.away) == 2


def test_a_file_that_was_not_read_and_cannot_be_looked_at_is_tried_so_that_its_reason_is_told(tree):
    path = str(tree / "a.txt")
    unread = Known(dict(scan(str(tree)))[path])
    unread.content = ""
    assert compare({path: unread}, {path: UNREADABLE}).fresh == [(path, UNREADABLE)]
