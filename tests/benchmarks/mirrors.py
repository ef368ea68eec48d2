"""A million pages from a hundred thousand: the same pages seen in mirrors, each of which turns some dimensions around.

A mirror turns 16 of the 128 dimensions, so a page in it is another page, about 0.75 like the first, and near enough to
compete for a question. Everything that is stored of it follows from what is stored of the page: the codes and the
means they are about have these bits and signs turned, the vectors these signs. So the codes of a million pages are held
in memory and scanned, and what is exactly right is known; the patches of a page in a mirror are read from the disk as
those of the page, and turned.
"""

import dataclasses
import functools

import numpy as np
from generated_pages import SIZE

from indexer.catalogue.catalogue import Catalogue
from indexer.protocol.values import PageKey
from indexer.searching.memory_index import Snapshot
from indexer.store.schema import PATCHES
from indexer.store.store import Store
from indexer.store.values import Values, new_room

MIRRORS, QUESTIONS, TURNED = 10, 10, 16
"""Mirror 0 turns nothing. Only so many questions are asked of mirrors."""
UIDS, DOCUMENTS = 10_000_000, 1_000_000
"""A page in mirror m has its uid and document's id plus m times these."""


@functools.cache
def signs(mirror: int) -> np.ndarray:
    """1 or -1 for each dimension, float32 (128,)."""
    turned = np.ones(SIZE, np.float32)
    if mirror:
        turned[np.random.default_rng((8, mirror)).choice(SIZE, TURNED, replace=False)] = -1
    return turned


def mirrored_scores(asked, vectors) -> np.ndarray:
    """Exact scores of a page in every mirror but the first: float32 (MIRRORS - 1, QUESTIONS)."""
    some = asked[:QUESTIONS]
    every = np.concatenate([query.vectors * signs(mirror) for mirror in range(1, MIRRORS) for query in some])
    best = (every @ vectors.T).max(axis=1).reshape(MIRRORS - 1, QUESTIONS, -1)
    return (best @ some[0].weights).astype(np.float32)


def mirrored(snapshot: Snapshot, pages: int) -> Snapshot:
    """So many pages: those of the snapshot in one mirror after another."""
    segments, means, left = [], list(snapshot.means), pages
    for mirror in range(MIRRORS):
        turned = signs(mirror)
        mask = np.packbits(turned < 0, bitorder="little").view(np.uint64)
        first = len(means)
        for one in snapshot.means if mirror else ():
            means.append(
                dataclasses.replace(one, number=len(means), vectors=one.vectors * turned, single=one.single * turned)
            )
        for segment in snapshot.segments:
            if left <= 0:
                break
            kept = segment if len(segment) <= left else segment.without(np.arange(len(segment)) >= left).packed()
            left -= len(kept)
            if mirror:
                kept = dataclasses.replace(
                    kept,
                    means=first + kept.means,
                    uids=kept.uids + mirror * UIDS,
                    documents=kept.documents + mirror * DOCUMENTS,
                    codes=kept.codes ^ mask,
                    single=kept.single ^ mask,
                )
            segments.append(kept)
    return Snapshot(tuple(segments), tuple(means))


def page_behind(key: PageKey) -> PageKey:
    """The page that a page in a mirror is."""
    return PageKey(key.document_id % DOCUMENTS, key.page)


class MirroredStore(Store):
    """A page in a mirror has the patches of the page it is, with some signs turned, and its words."""

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
                vectors *= signs(uid // UIDS).astype(np.int8)
            pieces.append(value)
        ends = np.cumsum([0, *(len(piece) for piece in pieces)]).astype(np.int64)
        buffer = np.concatenate(pieces) if pieces else np.zeros(0, np.uint8)
        return Values(np.array(uids, np.int64), found.numbers[at], buffer, ends[:-1], ends[1:])


class MirroredCatalogue(Catalogue):
    """What it says of a page in a mirror is what it says of the page."""

    def page_info(self, keys):
        return super().page_info([page_behind(key) for key in keys])
