"""More pages than are worth generating: the same pages seen in mirrors, each of which turns some dimensions around.

A mirror turns 16 of the 128 dimensions, so a page in it is another page, about 0.75 like the first, and near enough to
compete for a question. What is stored of it follows from what is stored of the page: its vectors with these signs
turned, its codes with these bits. (The means that codes are about are nearly zero in the dimensions that are turned, so
that these are the codes it would have had.) What is exactly right for it is computed as for any page.

Pages BASE and up lie in the library as pages of mirrors 1 to 3. A million pages are a hundred thousand and nine more
mirrors of all of these: their codes are held in memory, their patches are read as those of the page behind the mirror.
"""

import dataclasses
import functools

import numpy as np
from generated_pages import SIZE, sample_means

from indexer.catalogue.catalogue import Catalogue
from indexer.protocol.values import PageKey
from indexer.searching.memory_index import Snapshot
from indexer.store.data_files import nowhere
from indexer.store.schema import PATCHES
from indexer.store.store import Store
from indexer.store.values import Values, new_room

BASE, REAL, TURNED = 30_000, 100_000, 16
STORED, MORE = 4, 10
"""Mirrors 0 (which turns nothing) to 3 are stored; with each of them 10 again (0 turns nothing) are a million."""
UIDS, DOCUMENTS = 10_000_000, 1_000_000
"""A page that is not stored, in mirror m, has the uid and document's id of the page behind it plus m times these."""


@functools.cache
def signs(mirror: int) -> np.ndarray:
    """1 or -1 for each dimension, float32 (128,)."""
    turned = np.ones(SIZE, np.float32)
    if mirror:
        flat = np.argsort(np.abs(sample_means().vectors[0]))[: SIZE // 2]
        turned[np.random.default_rng((8, mirror)).choice(flat, TURNED, replace=False)] = -1
    return turned


def mask(mirror: int) -> np.ndarray:
    """The same as bits to turn, uint64 (2,)."""
    return np.packbits(signs(mirror) < 0, bitorder="little").view(np.uint64)


def stored_signs(number: int) -> np.ndarray:
    """Of a page in the library."""
    return signs(number // BASE)


def signs_of_more(mirror: int) -> np.ndarray:
    """Of the mirrors that are not stored."""
    return signs(100 + mirror) if mirror else signs(0)


def scores_in(asked, vectors, mirrors) -> np.ndarray:
    """Exact scores of a page in each of these mirrors (their signs): float32 (mirrors, questions)."""
    every = np.concatenate([query.vectors * turned for turned in mirrors for query in asked])
    best = (every @ vectors.T).max(axis=1).reshape(len(mirrors), len(asked), -1)
    return (best @ asked[0].weights).astype(np.float32)


def mirrored(snapshot: Snapshot) -> Snapshot:
    """The pages of the snapshot in one mirror after another."""
    segments = [_in_mirror(segment, mirror) for mirror in range(MORE) for segment in snapshot.segments]
    return Snapshot(tuple(segments), snapshot.means, snapshot.coarse)


def _in_mirror(segment, mirror):
    bits = mask(100 + mirror) if mirror else mask(0)
    return dataclasses.replace(
        segment,
        uids=segment.uids + mirror * UIDS,
        documents=segment.documents + mirror * DOCUMENTS,
        codes=segment.codes ^ bits[:, None],
        single=segment.single ^ bits,
    )


def page_behind(key: PageKey) -> PageKey:
    """The page that a page in a mirror is."""
    return PageKey(key.document_id % DOCUMENTS, key.page)


class MirroredStore(Store):
    """A page in a mirror has the patches of the page it is, with some signs turned, and its words."""

    def locate(self, part, space, uids):
        return nowhere(), np.array(uids, np.int64)  # as they lie in the files they are the pages behind

    def values(self, part, space, uids, room=new_room):
        found = super().values(part, space, sorted({uid % UIDS for uid in uids}), room)
        where = {uid: at for at, uid in enumerate(found.uids.tolist())}
        some = [uid for uid in uids if uid % UIDS in where]
        at = np.array([where[uid % UIDS] for uid in some], np.int64)
        if part == PATCHES:
            return self._turned(found, some, at)
        return Values(np.array(some, np.int64), found.numbers[at], found.buffer, found.starts[at], found.ends[at])

    @staticmethod
    def _turned(found, uids, at):
        pieces = []
        for uid, place in zip(uids, at.tolist(), strict=True):
            value = np.frombuffer(found.value(place), np.uint8).copy()
            size = int(value[4:8].view(np.uint32)[0])
            if uid >= UIDS:
                vectors = value[16 : 16 + size].view(np.int8).reshape(-1, SIZE)
                vectors *= signs_of_more(uid // UIDS).astype(np.int8)
            pieces.append(value)
        ends = np.cumsum([0, *(len(piece) for piece in pieces)]).astype(np.int64)
        buffer = np.concatenate(pieces) if pieces else np.zeros(0, np.uint8)
        return Values(np.array(uids, np.int64), found.numbers[at], buffer, ends[:-1], ends[1:])


class MirroredCatalogue(Catalogue):
    """What it says of a page in a mirror is what it says of the page."""

    def page_info(self, keys):
        return super().page_info([page_behind(key) for key in keys])
