"""Pages of a batch in every vector space that lacks them, so that what spaces share is worked out once.

A batch that fails is tried page by page: the page it failed on is left without vectors and holds nothing up.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from indexer.encoder.encoder import EncodedPage, Encoder, PageInput, VectorSpace
from indexer.errors import PagebeamError
from indexer.indexing.code_pages import suits
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import PageKey

_log = logging.getLogger(__name__)

Found: TypeAlias = Mapping[tuple[VectorSpace, PageKey], EncodedPage]
"""A page's vectors in a space; what is not in it has none."""


def encoded(
    batch: Sequence[tuple[PageKey, PageInput | None]],
    lacking: Mapping[VectorSpace, set[PageKey]],
    encoder: Encoder,
    measured: Callable[[float], None],
) -> Found:
    """The vectors of a batch; `measured` gets the seconds a page took. Raises what the encoder raises for all pages."""
    groups: dict[tuple[VectorSpace, ...], list[tuple[PageKey, PageInput]]] = defaultdict(list)
    for key, page in batch:
        if page is not None:
            spaces = tuple(space for space, keys in lacking.items() if key in keys and suits(page.words.texts, space))
            groups[spaces].append((key, page))
    found: dict[tuple[VectorSpace, PageKey], EncodedPage] = {}
    for spaces, members in groups.items():
        if spaces:
            began = time.perf_counter()
            each = _tried([page for _, page in members], encoder, spaces)
            measured((time.perf_counter() - began) / len(members))
            for space, vectors in zip(spaces, each, strict=True):
                found |= {(space, key): one for (key, _), one in zip(members, vectors, strict=True)}
    return found


def nothing(space: VectorSpace) -> EncodedPage:
    """A page without vectors."""
    return EncodedPage(
        np.zeros(space.single_size, np.float32),
        np.zeros((0, space.vector_size), np.float32),
        np.zeros((0, 4), np.float32),
        np.zeros(0, np.uint8),
    )


def _tried(pages: Sequence[PageInput], encoder: Encoder, spaces: Sequence[VectorSpace]) -> list[list[EncodedPage]]:
    try:
        return encoder.encode_pages_in(pages, spaces)
    except PagebeamError as problem:
        if problem.code is not ErrorCode.ENCODER_FAILED:
            raise
        return [[_alone(page, encoder, space) for page in pages] for space in spaces]


def _alone(page: PageInput, encoder: Encoder, space: VectorSpace) -> EncodedPage:
    try:
        return encoder.encode_pages([page], space)[0]
    except PagebeamError as problem:
        if problem.code is not ErrorCode.ENCODER_FAILED:
            raise
        _log.warning("a page could not be encoded")
        return nothing(space)
