"""A damaged catalogue is replaced by its copy, or by a new one that knows the folders."""

import sqlite3
from pathlib import Path

import pytest

from indexer.catalogue import safekeeping
from indexer.catalogue.catalogue import Catalogue
from indexer.catalogue.schema import CatalogueDamaged
from indexer.documents.fingerprint import Fingerprint
from indexer.errors import PagebeamError

ODD = "/home/me/caf\udce9"


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "catalogue.sqlite3"


def filled(path: Path) -> Catalogue:
    catalogue = Catalogue(path)
    folder = catalogue.add_folder(ODD, watched=True)
    catalogue.found(folder, [(f"{ODD}/{n}.pdf", Fingerprint(n, n, n, n, 1)) for n in range(500)])
    return catalogue


def damage(path: Path, at: int, length: int = 4096) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"\xa5" * length)


def test_a_copy_holds_what_the_catalogue_holds_though_its_log_was_not_emptied(path):
    catalogue = filled(path)
    assert safekeeping.keep_copy(path)
    catalogue.close()
    damage(path, 0)
    with pytest.raises(CatalogueDamaged):
        Catalogue(path)
    assert safekeeping.replace(path)
    again = Catalogue(path)
    assert (again.folders()[0].path, again.folders()[0].documents) == (ODD, 500)
    assert path.with_name("catalogue.sqlite3.damaged").exists()


def test_damage_met_at_work_is_told_and_remembered(path):
    catalogue = filled(path)
    catalogue.truncate_log()
    catalogue.close()
    pages = path.stat().st_size // 4096
    for page in range(pages // 2, pages):
        damage(path, page * 4096)
    told = []
    catalogue = Catalogue(path)
    catalogue.on_damage = lambda: told.append(True)
    with pytest.raises(PagebeamError):
        [catalogue.content_of(f"{ODD}/{below}.pdf") for below in range(500)]
    assert told
    assert safekeeping.is_suspect(path)


def test_of_a_damaged_catalogue_no_copy_is_kept_in_place_of_a_good_one(path):
    catalogue = filled(path)
    assert safekeeping.keep_copy(path)
    catalogue.truncate_log()
    catalogue.close()
    good = path.with_name("catalogue.sqlite3.copy").read_bytes()
    damage(path, 12 * 4096)
    assert not safekeeping.keep_copy(path)
    assert path.with_name("catalogue.sqlite3.copy").read_bytes() == good


def test_a_damaged_copy_does_not_take_the_catalogues_place(path):
    filled(path).close()
    safekeeping.keep_copy(path)
    damage(path, 0)
    damage(path.with_name("catalogue.sqlite3.copy"), 0)
    assert not safekeeping.replace(path)
    assert not path.exists()


def test_folders_are_kept_with_names_that_are_no_text(path):
    kept = (safekeeping.KeptFolder(ODD, watched=True, paused=False), safekeeping.KeptFolder("", False, False, (ODD,)))
    safekeeping.keep_folders(path, kept)
    assert safekeeping.kept_folders(path) == kept
    path.with_name("catalogue.sqlite3.folders").write_text('[{"path": 1}]')
    assert safekeeping.kept_folders(path) == ()


def test_a_catalogue_that_is_busy_is_not_damaged(path):
    filled(path).close()
    with sqlite3.connect(path) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as busy:
            sqlite3.connect(path, timeout=0).execute("BEGIN IMMEDIATE")
        assert not safekeeping.is_damage(busy.value)
