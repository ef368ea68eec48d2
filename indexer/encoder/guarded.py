"""GuardedEncoder: an encoder that goes on when its graphics card does not.

A card that was unplugged, reset by its driver or taken by another program fails every call from then on. The encoder is
loaded again on the processor and the call made once more; the user is told once. Everybody who holds the guard keeps
working with the new encoder.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from indexer.encoder.encoder import EncodedPage, EncodedQuery, Encoder, PageInput, Rarity, VectorSpace
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode, ErrorReport, report

_log = logging.getLogger(__name__)


class GuardedEncoder(Encoder):
    """`again` loads the encoder anew, without the card; `on_notice` tells the user."""

    def __init__(self, inner: Encoder, again: Callable[[], Encoder], on_notice: Callable[[ErrorReport], None]) -> None:
        self.encoder_id, self.version = inner.encoder_id, inner.version
        self.reads_pixels, self.page_pixels = inner.reads_pixels, inner.page_pixels
        self._inner, self._again, self._on_notice = inner, again, on_notice
        self._changing = threading.Lock()

    def spaces(self) -> tuple[VectorSpace, ...]:
        """Of the encoder within."""
        return self._inner.spaces()

    def device(self) -> tuple[str, str]:
        """Of the encoder within."""
        return self._inner.device()

    def encode_pages(self, pages: Sequence[PageInput], space: VectorSpace) -> list[EncodedPage]:
        """As the encoder within does, on the processor when its card has failed."""
        inner = self._inner
        try:
            return inner.encode_pages(pages, space)
        except PagebeamError as problem:
            return self._instead(inner, problem).encode_pages(pages, space)

    def encode_pages_in(self, pages: Sequence[PageInput], spaces: Sequence[VectorSpace]) -> list[list[EncodedPage]]:
        """As the encoder within does, on the processor when its card has failed."""
        inner = self._inner
        try:
            return inner.encode_pages_in(pages, spaces)
        except PagebeamError as problem:
            return self._instead(inner, problem).encode_pages_in(pages, spaces)

    def encode_query(
        self, text: str, space: VectorSpace, rarity: Rarity | None = None, left_out: Sequence[int] = ()
    ) -> EncodedQuery:
        """As the encoder within does, on the processor when its card has failed."""
        inner = self._inner
        try:
            return inner.encode_query(text, space, rarity, left_out)
        except PagebeamError as problem:
            return self._instead(inner, problem).encode_query(text, space, rarity, left_out)

    def _instead(self, failed: Encoder, problem: PagebeamError) -> Encoder:
        """The encoder to go on with; raises the problem when it is not the device's."""
        if problem.code is not ErrorCode.DEVICE_LOST:
            raise problem
        with self._changing:
            if self._inner is failed:
                name = failed.device()[0]
                _log.warning("%s failed: %s", name, problem.report.message)
                self._inner = self._again()
                self._on_notice(report(ErrorCode.DEVICE_LOST, detail=name))
            return self._inner
