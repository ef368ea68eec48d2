"""Upgrades: a library of every past schema opens with all its pages, whatever kills the upgrade; newer ones do not."""

import contextlib
import os
import shutil
import sqlite3
import tarfile
from pathlib import Path

import pytest

from indexer.catalogue import migrations, schema
from indexer.catalogue.catalogue import Catalogue
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

PAST = [1]


@pytest.fixture(params=PAST)
def past(request, tmp_path, data) -> Path:
    """The catalogue of a library as an older Pagebeam left it."""
    with tarfile.open(data / f"library_v{request.param}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "pagebeam-fixture" / "library" / "catalogue.sqlite3"


def shape(path: Path) -> dict[str, list[tuple]]:
    """Every table's columns (whatever their order) and every index."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        names = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        tables = {n: sorted(r[1:] for r in db.execute(f"PRAGMA table_info({n})")) for n in names}
        tables["indexes"] = sorted(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index'"), key=str)
        return tables


def test_every_past_schema_has_a_library_to_test_with():
    assert list(range(1, schema.SCHEMA_VERSION)) == PAST == sorted(migrations.STEPS)


def test_an_old_library_opens_with_everything_in_it(past):
    catalogue = Catalogue(past)
    folder = catalogue.folders()[0]
    assert (folder.documents, folder.indexed, folder.pages) == (2, 2, 3)
    assert len(catalogue.page_versions()) == 3
    catalogue.close()


def test_an_upgraded_catalogue_is_shaped_like_a_new_one(past, tmp_path):
    Catalogue(past).close()
    Catalogue(tmp_path / "new.sqlite3").close()
    assert shape(past) == shape(tmp_path / "new.sqlite3")


def test_the_copy_stays_until_the_next_start_and_is_whole(past, tmp_path):
    version = schema.version_of_file(past)
    Catalogue(past).close()
    copy = migrations.copy_of(past, version)
    shutil.copy(copy, tmp_path / "copy.sqlite3")
    assert schema.version_of_file(tmp_path / "copy.sqlite3") == version
    assert (os.stat(copy).st_mode & 0o077) == 0
    Catalogue(past).close()
    assert not copy.exists()


def test_an_upgrade_that_fails_in_the_middle_leaves_the_old_library(past, monkeypatch):
    version = schema.version_of_file(past)
    good = migrations.STEPS[version]

    def fails_late(db):
        good(db)
        raise sqlite3.OperationalError("the power went")

    monkeypatch.setitem(migrations.STEPS, version, fails_late)
    with pytest.raises(PagebeamError):
        Catalogue(past)
    assert schema.version_of_file(past) == version
    monkeypatch.setitem(migrations.STEPS, version, good)
    catalogue = Catalogue(past)
    assert catalogue.folders()[0].pages == 3
    catalogue.close()


def test_a_reader_does_not_upgrade(past):
    version = schema.version_of_file(past)
    with pytest.raises(PagebeamError) as caught:
        Catalogue(past, read_only=True)
    assert caught.value.code is ErrorCode.DATA_UNREADABLE
    assert schema.version_of_file(past) == version


def test_a_newer_library_is_refused_and_not_touched(past):
    with contextlib.closing(sqlite3.connect(past)) as db:
        db.execute("PRAGMA user_version = 99")
    before = past.read_bytes()
    with pytest.raises(PagebeamError) as caught:
        Catalogue(past)
    assert caught.value.code is ErrorCode.DATA_NEWER
    assert past.read_bytes() == before
