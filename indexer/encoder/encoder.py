"""Encoder: what every encoder promises. One representation for all: every vector of a page has a region on it.

How a page is scored for a question, for every encoder (scoring/maxsim.py computes it):

    score = sum over query vectors i of weights[i] * max over page vectors j with kinds[j] == query kinds[i]
            of dot(query vectors[i], page vectors[j])

Kinds keep apart what must not be compared: Lite's word vectors (kind 0) and sentence windows (kind 1). Jina has
kind 0 only. Vectors are L2-normalised.
"""

import abc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from indexer.documents.document import PageWords, Pixels
from indexer.protocol.values import QueryWord, Task

WORD_KIND = 0
WINDOW_KIND = 1


@dataclass(frozen=True, slots=True)
class VectorSpace:
    """Vectors that may be compared: one encoder, one version, one task. Never mixed in one table."""

    encoder_id: str
    version: str
    task: Task
    single_size: int
    vector_size: int

    @property
    def name(self) -> str:
        """A table name suffix: letters, digits, `_`, `-` and `.` only."""
        return f"{self.encoder_id}-{self.version}-{self.task}"


@dataclass(frozen=True, slots=True)
class PageInput:
    """What an encoder gets to see of a page. Lite reads `words` only, Jina `pixels` only."""

    words: PageWords
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class EncodedPage:
    """single: float32 (single_size,). vectors: float32 (n, vector_size), n may be 0 for an empty page.
    regions: float32 (n, 4) normalised x0 y0 x1 y1. kinds: uint8 (n,), never decreasing.
    grid: (rows, columns) when the first rows * columns vectors are patches row by row over the whole page, else None.
    """

    single: npt.NDArray[np.float32]
    vectors: npt.NDArray[np.float32]
    regions: npt.NDArray[np.float32]
    kinds: npt.NDArray[np.uint8]
    grid: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """A question as vectors.

    single: float32 (single_size,). vectors: float32 (m, vector_size). kinds: uint8 (m,). weights: float32 (m,).
    words: the question's words in order, stop words included (`searched` false).
    word_of: int32 (m,), the index in `words` of each vector, -1 for one that belongs to the whole question.
    """

    text: str
    single: npt.NDArray[np.float32]
    vectors: npt.NDArray[np.float32]
    kinds: npt.NDArray[np.uint8]
    weights: npt.NDArray[np.float32]
    words: tuple[QueryWord, ...]
    word_of: npt.NDArray[np.int32]


Rarity: TypeAlias = Callable[[Sequence[str]], npt.NDArray[np.float32]]
"""Words to inverse document frequencies in the searched library (float32, >= 0); words are folded by the callee."""


class Encoder(abc.ABC):
    """Thread-safe: queries may be encoded while pages are."""

    encoder_id: str
    version: str
    reads_pixels: bool = True
    """Whether pages must be drawn for it; False when their words are enough."""
    page_pixels: int = 0
    """How many pixels a page should be drawn with for it; 0 where the usual number is enough."""

    @abc.abstractmethod
    def spaces(self) -> tuple[VectorSpace, ...]:
        """The vector spaces this encoder fills when it reads pages; the first is for search."""

    @abc.abstractmethod
    def encode_pages(self, pages: Sequence[PageInput], space: VectorSpace) -> list[EncodedPage]:
        """One EncodedPage a page, in order. Raises errors.PagebeamError (ENCODER_FAILED, OUT_OF_MEMORY)."""

    def encode_pages_in(self, pages: Sequence[PageInput], spaces: Sequence[VectorSpace]) -> list[list[EncodedPage]]:
        """Pages in several spaces at once, one list a space: what the spaces have in common is worked out once.

        Raises as encode_pages does.
        """
        return [self.encode_pages(pages, space) for space in spaces]

    @abc.abstractmethod
    def encode_query(
        self,
        text: str,
        space: VectorSpace,
        rarity: Rarity | None = None,
        left_out: Sequence[int] = (),
    ) -> EncodedQuery:
        """A question of any length, emptiness included (then zero vectors)."""

    @abc.abstractmethod
    def device(self) -> tuple[str, str]:
        """Where it runs, and why, as text: ("Lite on the processor", "...")."""

    def close(self) -> None:  # noqa: B027 (most encoders have nothing to give back)
        """Give back memory; the encoder is not used afterwards."""
