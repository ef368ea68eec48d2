"""Events in, places out: the tables that say where to look again."""

import pytest

from indexer.watcher.coalesce import MOST_PLACES, Place, fewest, places_of

ROOT = "/docs"


@pytest.mark.parametrize(
    ("paths", "folder", "places"),
    [
        (["/docs/a/x.pdf"], False, {Place("/docs/a", deep=False)}),
        (["/docs/x.pdf", "/docs/b/x.pdf"], False, {Place("/docs", deep=False), Place("/docs/b", deep=False)}),
        (["/docs/a"], True, {Place("/docs/a", deep=True)}),
        (["/docs/a", "/docs/b"], True, {Place("/docs/a", deep=True), Place("/docs/b", deep=True)}),
        (["/docs/x.pdf.part", "/docs/x.pdf"], False, {Place("/docs", deep=False)}),
        (["/docs"], True, {Place("/docs", deep=True)}),
        (["/docs/.git/objects/aa"], False, set()),
        (["/docs/node_modules/a"], True, set()),
        (["/docs/program.exe"], False, set()),
        (["/elsewhere/x.pdf"], False, set()),
        (["", "/docs/x.pdf"], False, {Place("/docs", deep=False)}),
    ],
)
def test_an_event_becomes_the_places_where_something_may_have_changed(paths, folder, places):
    assert places_of(paths, ROOT, folder=folder) == places


@pytest.mark.parametrize(
    ("places", "left"),
    [
        ([("/docs/a", False), ("/docs/a/b", False)], [("/docs/a", False), ("/docs/a/b", False)]),
        ([("/docs/a", True), ("/docs/a/b", False)], [("/docs/a", True)]),
        ([("/docs/a", True), ("/docs/a", False)], [("/docs/a", True)]),
        ([("/docs/a", True), ("/docs/a/b/c", True)], [("/docs/a", True)]),
        ([("/docs/a", True), ("/docs/ab", True)], [("/docs/a", True), ("/docs/ab", True)]),
        ([("/docs", True), ("/docs/a", False)], [("/docs", True)]),
    ],
)
def test_places_that_others_cover_are_left_out(places, left):
    assert fewest({Place(*p) for p in places}, ROOT) == {Place(*p) for p in left}


def test_too_many_places_are_the_whole_folder():
    many = {Place(f"/docs/{number}", deep=False) for number in range(MOST_PLACES + 1)}
    assert fewest(many, ROOT) == {Place(ROOT, deep=True)}
