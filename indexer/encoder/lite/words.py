"""A page's words with boxes: the text layer where it is usable, else text recognition by rapidocr."""

import logging
import threading
from typing import TYPE_CHECKING

import numpy as np

from indexer.documents.document import PageWords, Pixels, RenderedPage
from indexer.encoder import threads
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import TextSource

if TYPE_CHECKING:
    from indexer.encoder.lite.recogniser import Recogniser

_MOST_THREADS = 2
_lock = threading.Lock()
_engine: "Recogniser | None" = None


def page_words(page: RenderedPage) -> PageWords:
    """The words of a page. Raises RECOGNITION_FAILED when recognition itself fails."""
    if page.text_usable:
        return page.words
    try:
        recognised = recognise(page.pixels)
    except Exception as problem:  # whatever it throws costs this page's words only
        logging.getLogger(__name__).warning("recognition failed: %s", type(problem).__name__)
        raise PagebeamError(ErrorCode.RECOGNITION_FAILED) from problem
    # A bad text layer is still better than nothing where recognition finds nothing at all.
    return recognised if recognised.texts or not page.words.texts else page.words


def recognise(pixels: Pixels) -> PageWords:
    """Recognise the words of a picture of a page, whichever way up it lies."""
    with _lock:
        lines = _recogniser().lines(pixels)
    if not lines:
        return PageWords(source=TextSource.NONE)
    return PageWords(
        tuple(word for line in lines for word in line.words),
        np.concatenate([line.boxes for line in lines]),
        np.repeat(np.arange(len(lines)), [len(line.words) for line in lines]).astype(np.int32),
        TextSource.RECOGNITION,
    )


def forget_models() -> None:
    """Give back what recognition keeps loaded, unless it is at work: 40 MB, and half a second for the next page."""
    global _engine
    if _lock.acquire(blocking=False):
        try:
            _engine = None
        finally:
            _lock.release()


def _recogniser() -> "Recogniser":
    global _engine
    allowed = min(_MOST_THREADS, threads.wanted())
    if _engine is None or _engine.threads != allowed:
        # Imported when first needed: onnxruntime and OpenCV take 0.5 s.
        from indexer.encoder.lite.recogniser import Recogniser

        _engine = Recogniser(allowed)
    return _engine
