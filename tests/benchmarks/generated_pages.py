"""Generated pages for measuring search: clustered, with near duplicates and noise; and what is exactly right for each.

64 topics of 64 concepts in 128 dimensions: a concept's direction is a direction of everything (0.5), one of its topic
(0.7) and its own (1). A document is 8 pages that share concepts of one topic. A page has 36 concepts, drawn with
Dirichlet(0.5) weights and shifted for this page by 0.55, and 256 to 768 patches (512 on average): 75 % of them a
concept with noise 0.45, 25 % one of 8 "white" concepts that all pages share. Every twentieth page is a near duplicate
of the one before: the same with fresh noise. A question is 16 vectors: 45 % patches of its target page with noise 1.1,
30 % concepts of its topic with noise 0.8, 25 % white. Noise and shifts are lengths, relative to 1 for a direction.

Clustering a page (Ward) takes most of the time, so from page 20,000 on assignments, noise and clusters are those of one
of 512 pages, with other concepts and another shift.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from indexer.documents.document import PageWords
from indexer.encoder.encoder import EncodedPage, EncodedQuery, VectorSpace
from indexer.protocol.values import PageKey, QueryWord, Task, TextSource
from indexer.store.codes import Means, page_cuts
from indexer.store.rows import PageRow

SIZE, TOPICS, CONCEPTS, PER_DOCUMENT, ON_PAGE, WHITE, TEMPLATES, OWN = 128, 64, 64, 8, 36, 8, 512, 20_000
QUESTIONS, EXACT, FEWER, FEWEST, ASKED, WORDS = 200, 40, 20, 5, 16, 300
"""Of all questions the first EXACT are asked for how right, FEWER of 100,000 pages, FEWEST of a million; all for how
fast.
"""
TARGETS = 4_900
"""Targets are among the first pages, so that every size of library has them."""
SPACE = VectorSpace("generated", "1", Task.RETRIEVAL, SIZE, SIZE)


def noise(rng, shape, length):
    return (rng.normal(size=shape) * (length / np.sqrt(SIZE))).astype(np.float32)


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


_world = np.random.default_rng(7)
DIRECTIONS = unit(
    0.5 * unit(_world.normal(size=(1, 1, SIZE)))
    + 0.7 * unit(_world.normal(size=(TOPICS, 1, SIZE)))
    + unit(_world.normal(size=(TOPICS, CONCEPTS, SIZE)))
)
WHITES = unit(_world.normal(size=(WHITE, SIZE)))


@dataclass
class Structure:
    """What of a page does not depend on its concepts."""

    concept: np.ndarray
    noise: np.ndarray
    white: np.ndarray
    labels: list | None = None


def structure(number):
    rng = np.random.default_rng((1, number))
    count = int(np.clip(rng.normal(512, 90), 256, 768))
    concept = rng.choice(ON_PAGE, count, p=rng.dirichlet(np.full(ON_PAGE, 0.5)))
    white = np.where(rng.random(count) < 0.25, rng.integers(0, WHITE, count), -1)
    return Structure(concept, noise(rng, (count, SIZE), 0.45), white)


def topic_of(number):
    return (number // PER_DOCUMENT) % TOPICS


def vectors_of(number, built):
    """Float32 (n, 128) unit vectors of page `number`."""
    if number % 20 == 19:  # a near duplicate
        copied = vectors_of(number - 1, built)
        return unit(copied + noise(np.random.default_rng((5, number)), copied.shape, 0.15))
    document = np.random.default_rng((2, number // PER_DOCUMENT))
    pool = document.choice(CONCEPTS, 48, replace=False)
    rng = np.random.default_rng((3, number))
    own = DIRECTIONS[topic_of(number)][rng.choice(pool, ON_PAGE, replace=False)]
    own = unit(own + noise(rng, own.shape, 0.55))
    base = np.where((built.white >= 0)[:, None], WHITES[built.white], own[built.concept])
    return unit(base + built.noise)


class Generator:
    """Pages in order of their number, with the clusters that codes are made from."""

    def __init__(self):
        self.templates = {}

    def vectors(self, number):
        """Float32 (n, 128)."""
        return vectors_of(number, self._built(number))

    def page(self, number):
        """Vectors, and the clusters of each cut."""
        built = self._built(number)
        vectors = vectors_of(number, built)
        if number < OWN:
            return vectors, page_cuts(vectors)
        if built.labels is None:
            built.labels = page_cuts(vectors)
        return vectors, built.labels

    def _built(self, number):
        source = number - 1 if number % 20 == 19 else number
        if number < OWN:
            return structure(source)
        chosen = source * 7919 % TEMPLATES
        if chosen not in self.templates:
            self.templates[chosen] = structure(chosen)
        return self.templates[chosen]

    def row(self, number, vectors):
        rng = np.random.default_rng((4, number))
        texts = (*(f"w{i}" for i in np.minimum(rng.zipf(1.3, WORDS), 60_000)), f"page{number}")
        boxes = np.sort(rng.random((len(texts), 4)), axis=1).astype(np.float32)
        words = PageWords(texts, boxes, np.arange(len(texts), dtype=np.int32) // 10, TextSource.TEXT_LAYER)
        grid = (1, len(vectors))  # regions of a grid are not stored; 512 boxes would be 4 kB a page
        regions = np.zeros((len(vectors), 4), np.float32)
        regions[:, 0] = np.arange(len(vectors)) / len(vectors)
        regions[:, 2] = np.arange(1, len(vectors) + 1) / len(vectors)
        regions[:, 3] = 1
        single = unit(vectors.mean(axis=0) + noise(rng, SIZE, 0.35))
        kinds = np.zeros(len(vectors), np.uint8)
        key = PageKey(number // PER_DOCUMENT + 1, number % PER_DOCUMENT + 1)
        return PageRow(key, "1", EncodedPage(single, vectors, regions, kinds, grid), words)


def target_of(at):
    """The number of the page that a question is about."""
    target = int(np.random.default_rng((6, at)).integers(0, TARGETS))
    return target // 20 * 20 + (18 if at % 2 else 0)  # 18 has a near duplicate


def questions(count=QUESTIONS) -> Iterator[EncodedQuery]:
    """The first of the same questions for every size of library."""
    for at in range(count):
        rng = np.random.default_rng((6, at))
        rng.integers(0, TARGETS)  # target_of
        target = target_of(at)
        patches = vectors_of(target, structure(target))
        parts = [
            unit(patches[rng.integers(0, len(patches), 7)] + noise(rng, (7, SIZE), 1.1)),
            unit(DIRECTIONS[topic_of(target)][rng.integers(0, CONCEPTS, 5)] + noise(rng, (5, SIZE), 0.8)),
            unit(WHITES[rng.integers(0, WHITE, 4)] + noise(rng, (4, SIZE), 0.45)),
        ]
        vectors = np.concatenate(parts)
        words = tuple(QueryWord(f"w{i}", 0, 1, True) for i in rng.integers(2, 5000, 4))
        yield EncodedQuery(
            f"question {at}",
            unit(vectors.mean(axis=0)),
            vectors,
            np.zeros(ASKED, np.uint8),
            np.full(ASKED, 1 / ASKED, np.float32),
            words,
            np.arange(ASKED, dtype=np.int32) % len(words),
        )


@functools.cache
def sample_means(pages=256) -> Means:
    """The means of some pages."""
    found = [vectors_of(number, structure(number)) for number in range(0, pages * 20, 20)]
    every = np.concatenate(found).mean(axis=0, dtype=np.float32)
    single = np.mean([unit(vectors.mean(axis=0)) for vectors in found], axis=0, dtype=np.float32)
    return Means(1, 65_536, np.stack([every, np.zeros(SIZE, np.float32)]), single)
