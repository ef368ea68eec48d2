"""A fingerprint changes with the file, and a missing file is a failure of ours."""

import os
from pathlib import Path

import pytest

from indexer.documents.fingerprint import content_hash, fingerprint
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode


def test_a_changed_file_has_another_fingerprint_even_with_its_times_set_back(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"first")
    before, hash_before = fingerprint(file), content_hash(file)
    file.write_bytes(b"other")
    os.utime(file, ns=(before.modified_ns, before.modified_ns))
    after = fingerprint(file)
    assert after.size_bytes == before.size_bytes
    assert after.modified_ns == before.modified_ns
    assert after != before
    assert content_hash(file) != hash_before


def test_a_renamed_file_keeps_its_inode_and_content(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"x" * 3_000_000)
    before, hash_before = fingerprint(file), content_hash(file)
    moved = file.rename(tmp_path / "b")
    assert (fingerprint(moved).inode, fingerprint(moved).device) == (before.inode, before.device)
    assert content_hash(moved) == hash_before


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    for ask in (fingerprint, content_hash):
        with pytest.raises(PagebeamError) as failure:
            ask(tmp_path / "gone")
        assert failure.value.code == ErrorCode.FILE_MISSING
