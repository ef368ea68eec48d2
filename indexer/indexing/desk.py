"""What catching up asks of the rest of the engine, and what one round of it wants."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from indexer.documents.document import PageWords
from indexer.encoder.encoder import Encoder, VectorSpace
from indexer.indexing.code_pages import suits
from indexer.protocol.errors import ErrorReport
from indexer.protocol.values import PageKey, Task


@dataclass(frozen=True, slots=True)
class Target:
    """An encoder that pages need vectors of, and the tasks wanted; search comes first."""

    encoder_id: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """What CatchUp asks of the rest of the engine.

    targets: what is wanted now. load: an encoder by id. known: spaces that may hold words. noted: spaces about to be
    filled. measured: seconds a page took an encoder. done: search vectors of this encoder are complete. spare: give
    memory back where much is taken, or will be with so many bytes more. silent: whether a folder's disk does not
    answer.
    """

    targets: Callable[[], Sequence[Target]]
    load: Callable[[str], Encoder]
    known: Callable[[], Sequence[VectorSpace]]
    noted: Callable[[tuple[VectorSpace, ...]], None]
    measured: Callable[[str, float], None]
    done: Callable[[str], None]
    changed: Callable[[], None]
    notice: Callable[[ErrorReport], None]
    paused: Callable[[], bool]
    spare: Callable[[int], None]
    silent: Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One round for one encoder. lacking: pages by space, fewer as they are written. recorded: versions by page, from
    the catalogue. sources: spaces that may hold words, with their versions by page."""

    encoder: Encoder
    lacking: Mapping[VectorSpace, set[PageKey]]
    recorded: Mapping[PageKey, str]
    sources: Sequence[tuple[VectorSpace, Mapping[PageKey, str]]]

    def looks_at(self, key: PageKey, words: PageWords) -> bool:
        """Whether the page must be drawn for the encoder; the code task passes over pages by their words."""
        return self.encoder.reads_pixels and any(
            key in missing and suits(words.texts, space) for space, missing in self.lacking.items()
        )
