"""Relevance: how far above unrelated pages a page stands, and from where on it counts as a match.

    relevance = (MaxSim - mean of the sample) / (deviation of the sample + STEADY) + STANDING * share of words present

The sample are pages of the same library that have nothing to do with the question (background.py), so the number means
the same for every encoder and every question. Chosen on ../shared/bench by taking from each of its 67 answered
questions the documents that answer it, which makes it one that nothing answers: of the forms tried (MaxSim itself,
distances from the sample by word and by window, geometric means over words) this one told most of these from the
answered ones when one answered question in eleven is called not convincing. Of its six unanswerable questions three or
four are then called so.

The best of many unrelated pages stands the higher the more there are: over 15 to 240 pages of that library its mean
grew from 1.53 to 2.54, as the square root of twice the logarithm of their number does. So the line rises with it.

In a library of few pages the sample holds the answers themselves. There MaxSim with its bonus is compared with a fixed
number when the question has word and window vectors, which is Lite's scale; for other encoders nothing is called weak.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from indexer.encoder.encoder import WINDOW_KIND, EncodedQuery
from indexer.scoring.maxsim import score
from indexer.searching.ranking import RankedPage

CONVINCING, MEASURED_AT = 2.2, 242
"""Least relevance of a match in a library of so many pages: 7 to 9 % of the answered questions stay below it, as
the encoder multiplies in whole numbers or float32.
"""
STEADY, STANDING = 0.02, 0.5
FEW_PAGES = 48
SMALL_CONVINCING = 0.60
"""MaxSim of words (0..1), of the best window (0..1) and the bonus together: 9 % of the answered questions are below."""

Floats = npt.NDArray[np.float32]


def relevance(query: EncodedQuery, best: Floats, background: Floats, shares: Floats) -> Floats:
    """Of pages (p,). best: float32 (p, m), background: float32 (s, m), s > 0; shares (p,): of words there."""
    usual = score(np.maximum(background, 0), query.weights)
    here = score(np.maximum(best, 0), query.weights)
    result: Floats = (here - usual.mean()) / (usual.std() + STEADY) + STANDING * shares
    return result


def least(pages: int) -> float:
    """The least relevance of a match in a library of so many pages; never below what was measured."""
    return CONVINCING + max(0.0, math.sqrt(2 * math.log(pages)) - math.sqrt(2 * math.log(MEASURED_AT)))


def weak_pages(query: EncodedQuery, pages: Sequence[RankedPage], background: Floats, among: int) -> list[bool]:
    """Whether each of these pages is no match. among: pages of the library."""
    if among >= FEW_PAGES and len(background) and pages:
        shares = np.array([page.share for page in pages], np.float32)
        best = np.stack([page.best for page in pages])
        above = relevance(query, best, background, shares)
        return [value < least(among) for value in above.tolist()]
    told = bool((query.kinds == WINDOW_KIND).any())
    return [told and page.score < SMALL_CONVINCING for page in pages]
