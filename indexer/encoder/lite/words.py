"""A page's words with boxes: the text layer where it is usable, else text recognition by rapidocr."""

import logging
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from indexer.documents.document import PageWords, Pixels, RenderedPage
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import TextSource

_lock = threading.Lock()
_engine: Any = None


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
    """Recognise the words of a picture of a page, lines from top to bottom."""
    with _lock:
        result = _recogniser()(np.ascontiguousarray(pixels[:, :, ::-1]), return_word_box=True)
    lines = [line for line in result.word_results or () if line] if result.boxes is not None else []
    texts: list[str] = []
    boxes: list[Sequence[float]] = []
    numbers: list[int] = []
    height, width = pixels.shape[:2]
    for number, line in enumerate(sorted(lines, key=_top)):
        for text, box in _joined(line):
            points = np.asarray(box, np.float32)
            low, high = points.min(axis=0), points.max(axis=0)
            for word in text.split():
                texts.append(word)
                boxes.append((low[0] / width, low[1] / height, high[0] / width, high[1] / height))
                numbers.append(number)
    if not texts:
        return PageWords(source=TextSource.NONE)
    return PageWords(
        tuple(texts),
        np.clip(np.asarray(boxes, np.float32), 0, 1),
        np.asarray(numbers, np.int32),
        TextSource.RECOGNITION,
    )


def _recogniser() -> Any:
    global _engine
    if _engine is None:
        from rapidocr import RapidOCR  # imported when first needed: onnxruntime and OpenCV take 0.5 s

        _engine = RapidOCR(params={"Global.log_level": "error", "EngineConfig.onnxruntime.intra_op_num_threads": 2})
    return _engine


def _top(line: Any) -> float:
    return float(np.asarray(line[0][2], np.float32)[:, 1].mean())


def _joined(line: Any) -> list[tuple[str, Any]]:
    """The recogniser's words of one line as (text, four corners)."""
    return [(str(text), box) for text, _score, box in line if str(text).strip()]
