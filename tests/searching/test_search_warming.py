"""Warming does what a first search would wait for, and changes nothing."""

from indexer.protocol.values import PageKey
from indexer.searching.warming import warm


def test_a_library_made_ready_answers_as_before(library):
    library.add("/papers/a.pdf", ["the heat pump is new", "a word", ""])
    index = library.searcher._index
    warm(index, library.space)
    assert len(index) == 3
    assert library.found("pump", k=1) == [PageKey(1, 1)]


def test_an_empty_library_is_made_ready(library):
    warm(library.searcher._index, library.space)
    assert library.found("alpha") == []
