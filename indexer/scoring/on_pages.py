"""Where on many pages a question matches, in one piece of machine code: pointing.py for each of them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from indexer.compiled import compiled
from indexer.scoring.pointing import Asked, Floats, best_places, word_places


class OnPage(NamedTuple):
    """places_on_page: strengths in 255 steps uint8 (words, n), boxes with strengths (words * limit, 5), how many of
    `limit` each word has (words,), and the best places for the whole question, strongest first (k, 5).
    """

    steps: npt.NDArray[np.uint8]
    boxes: npt.NDArray[np.float64]
    kept: npt.NDArray[np.int64]
    best: npt.NDArray[np.float64]


class OnPages(NamedTuple):
    """OnPage of many pages p: strengths one after another, (words, n) of each from firsts[p] on; boxes (p, words *
    limit, 5); kept (p, words); best (p, most, 5), of which the first found[p] are.
    """

    steps: npt.NDArray[np.uint8]
    firsts: npt.NDArray[np.int64]
    boxes: npt.NDArray[np.float64]
    kept: npt.NDArray[np.int64]
    best: npt.NDArray[np.float64]
    found: npt.NDArray[np.int64]


class Shown(NamedTuple):
    """Pages as places_on_pages takes them.

    products: flat, those of page p, (m, columns[p]), from starts[p] on; regions: (r, 4), from regioned[p] on those of
    its first columns, as many as are looked at; limits, mosts: (p,), how many places are told of a word and of the
    whole question.
    """

    products: Floats
    starts: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    regions: Floats
    regioned: npt.NDArray[np.int64]
    limits: npt.NDArray[np.int64]
    mosts: npt.NDArray[np.int64]


@compiled
def places_on_pages(
    shown: Shown,
    owner: npt.NDArray[np.int64],
    words: int,
    background: Floats,
    slope: Floats,
    least: float,
    asked: Asked,
) -> OnPages:
    """places_on_page of many pages, in one piece of machine code without the interpreter's lock."""
    pages, count = len(shown.starts), owner.shape[0]
    firsts = words * (shown.regioned - shown.regioned[0])
    steps = np.empty(firsts[-1], np.uint8)
    boxes = np.zeros((pages, words * shown.limits.max(), 5), np.float64)
    kept = np.zeros((pages, words), np.int64)
    best = np.zeros((pages, shown.mosts.max(), 5), np.float64)
    found = np.zeros(pages, np.int64)
    for page in range(pages):
        start, columns = shown.starts[page], shown.columns[page]
        first, end = shown.regioned[page], shown.regioned[page + 1]
        one = places_on_page(
            shown.products[start : start + count * columns].reshape(count, columns),
            end - first,
            owner,
            words,
            background,
            slope,
            shown.regions[first:end],
            shown.limits[page],
            least,
            asked,
            shown.mosts[page],
        )
        steps[firsts[page] : firsts[page + 1]] = one.steps.ravel()
        boxes[page, : len(one.boxes)] = one.boxes
        kept[page] = one.kept
        best[page, : len(one.best)] = one.best
        found[page] = len(one.best)
    return OnPages(steps, firsts[:-1], boxes, kept, best, found)


@compiled
def places_on_page(
    similarity: Floats,
    count: int,
    owner: npt.NDArray[np.int64],
    words: int,
    background: Floats,
    slope: Floats,
    regions: Floats,
    limit: int,
    least: float,
    asked: Asked,
    most: int,
) -> OnPage:
    """word_places, and `most` best_places at most."""
    steps, boxes, kept = word_places(similarity, count, owner, words, background, slope, regions, limit, least)
    best = np.empty((0, 5), np.float64)
    if most > 0:
        best = best_places(similarity, asked, regions, most)
    return OnPage(steps, boxes, kept, best)
