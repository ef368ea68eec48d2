"""What an answer is made of gives the garbage collector nothing to do: its pauses are the user's."""

import gc

import msgspec


def tracked(value) -> list[object]:
    """Structs that the collector looks at, of a value and all that is in it."""
    found = [value] if isinstance(value, msgspec.Struct) and gc.is_tracked(value) else []
    fields = [getattr(value, name) for name in getattr(value, "__struct_fields__", ())]
    inside = value if isinstance(value, tuple) else fields
    return found + [one for part in inside for one in tracked(part)]


def test_results_are_not_tracked_by_the_garbage_collector(library):
    library.add("/papers/a.pdf", ["alpha beta gamma", "alpha delta"])
    reply = library.ask("alpha beta")
    assert len(reply.results) == 2
    assert reply.results[0].words[0].exact
    assert [tracked(result) for result in reply.results] == [[], []]
