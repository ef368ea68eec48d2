"""Many events to the fewest places to look again. Pure: paths in, paths out, nothing asked of the disk.

An event is a hint that something happened; what happened is found by looking. So an event becomes a place: of a file
the folder it lies in, of a folder everything below it, and of a move both ends.
"""

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from indexer.documents.kinds import could_be_document
from indexer.watcher.scan import is_ignored

MOST_PLACES = 256
"""More places in one folder than this cost more than looking at all of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: the files of a folder, and with `deep` those of every folder below it."""

    path: str
    deep: bool


def places_of(paths: Iterable[str], root: str, *, folder: bool) -> set[Place]:
    """Where to look after an event that names these paths (two of a move). Empty for what is never indexed."""
    places = set()
    for path in paths:
        if not path or _never_indexed(path, root, folder=folder):
            continue
        places.add(Place(path, deep=True) if folder else Place(os.path.dirname(path), deep=False))
    return places


def fewest(places: Collection[Place], root: str) -> set[Place]:
    """The same places without those that others cover; the whole of `root` when there are too many."""
    everything = Place(root, deep=True)
    if everything in places:
        return {everything}
    deep = {place.path for place in places if place.deep}
    kept = {place for place in places if not _covered(place, deep)}
    return {everything} if len(kept) > MOST_PLACES else kept


def _covered(place: Place, deep: set[str]) -> bool:
    path = place.path if not place.deep else os.path.dirname(place.path)
    while True:
        if path in deep:
            return True
        above = os.path.dirname(path)
        if above == path:
            return False
        path = above


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _never_indexed(path: str, root: str, *, folder: bool) -> bool:
    if path == root:
        return False
    if not _inside(path, root):
        return True
    *above, name = path[len(root.rstrip(os.sep)) + 1 :].split(os.sep)
    if any(is_ignored(part, folder=True) for part in above) or is_ignored(name, folder=folder):
        return True
    return not folder and not could_be_document(name)
