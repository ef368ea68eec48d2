"""Text recognition by rapidocr, on pages that lie any way up: the page is turned upright, its boxes are turned back.

The library reads a line that lies on its side or on its head, but the boxes it then gives to the words of that line
are in the wrong order, and so are the lines. So after it has found the lines, and before it reads them, they say how
the page lies; if most of them are not upright, the whole picture is turned and looked at again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidocr import RapidOCR

from indexer.documents.document import Pixels
from indexer.encoder.lite.bounded import GivingBack, InBands, prepared

_TALL = 1.5
"""Height to width from which the library takes a line for one that lies on its side."""
_SURE = 0.9
_CHARACTERS = 4
"""A line must be this many times longer than high to say anything: a lone letter lies no way."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text: its words and their boxes, float32 (n, 4) normalised to the picture as it was given."""

    words: tuple[str, ...]
    boxes: Floats


class _LiesAnotherWay(Exception):  # noqa: N818 (a way out of the library, not an error)
    def __init__(self, turns: int) -> None:
        super().__init__(turns)
        self.turns = turns


class Recogniser:
    """Not thread-safe. Loads its models when made: about 0.5 s."""

    def __init__(self, threads: int = 2) -> None:
        self.threads = threads
        # Lines are read one at a time: six together, padded to the longest, took 250 MB on a page of long lines.
        params = {
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "Rec.rec_batch_num": 1,
        }
        self._engine = _Engine(params=params)

    def lines(self, pixels: Pixels) -> list[Line]:
        """The lines of a picture in reading order as far as rows go: from top to bottom, in a row from left to right.

        pixels: uint8 (height, width, 3), RGB. Raises whatever the library raises.
        """
        turns = 0
        self._engine.may_turn = True
        try:
            result = self._read(pixels)
        except _LiesAnotherWay as found:
            turns, self._engine.may_turn = found.turns, False
            result = self._read(np.rot90(pixels, turns))
        if result.boxes is None:
            return []
        height, width = pixels.shape[:2] if turns % 2 == 0 else pixels.shape[1::-1]
        lines = [_line(words, width, height) for words in result.word_results or () if words]
        ordered = [lines[at] for at in _reading_order([line.boxes for line in lines])]
        return [Line(line.words, turned_back(line.boxes, turns)) for line in ordered if line.words]

    def _read(self, pixels: Pixels) -> Any:
        return self._engine(np.ascontiguousarray(pixels[:, :, ::-1]), return_word_box=True)


class _Engine(RapidOCR):  # type: ignore[misc]  # the library has no types
    """Stops between finding lines and reading them when the page does not lie upright; finds them in little memory."""

    may_turn = True

    def _load_det_model(self) -> Any:
        """The library's step that loads the network which finds lines, when it is first needed."""
        finder = super()._load_det_model()
        if not isinstance(finder.session, InBands):
            finder.session, finder.get_preprocess = InBands(finder.session), lambda: prepared
        return finder

    def cls_and_rotate(self, img: list[Any]) -> tuple[list[Any], Any]:
        """The library's step that turns the pictures of lines that stand on their head."""
        upright, result = super().cls_and_rotate(img)
        if self.may_turn and result.cls_res is not None:
            flipped = ["180" in label and score > _SURE for label, score in result.cls_res]
            # A line on its side was already turned by a quarter, so it is wider than high here: ask the boxes.
            turns = quarter_turns([picture.shape[:2] for picture in img], self._tall, flipped)
            if turns:
                raise _LiesAnotherWay(turns)
        return upright, result

    def _load_rec_model(self) -> Any:
        """The library's step that loads the network which reads lines, when it is first needed."""
        reader = super()._load_rec_model()
        if not isinstance(reader.session, GivingBack):
            reader.session = GivingBack(reader.session)
        return reader

    def detect_and_crop(self, img: Any, op_record: dict[str, Any]) -> tuple[list[Any], Any]:
        """The library's step that finds lines; notes which of them lie on their side."""
        pictures, found = super().detect_and_crop(img, op_record)
        self._tall = [_is_tall(np.asarray(box, np.float32)) for box in found.boxes]
        return pictures, found


def quarter_turns(sizes: Sequence[tuple[int, int]], tall: Sequence[bool], flipped: Sequence[bool]) -> int:
    """How often the page must be turned left by 90 degrees so that most of its text is upright: 0 to 3.

    sizes: (height, width) in pixels of each line's own picture, a line on its side turned left by 90 degrees already.
    flipped: whether it is upside down then. Long lines count more.
    """
    weights = np.array([width if width >= _CHARACTERS * height else 0 for height, width in sizes], np.float32)
    if weights.sum() == 0:
        return 0
    votes = np.zeros(4, np.float32)
    for weight, side, head in zip(weights, tall, flipped, strict=True):
        votes[(1 if side else 0) + (2 if head else 0)] += weight
    return int(votes.argmax())


def turned_back(boxes: Floats, turns: int) -> Floats:
    """Boxes (n, 4) on a picture turned left `turns` times by 90 degrees, as boxes on the picture before that."""
    x0, y0, x1, y1 = boxes.T
    columns = {
        0: (x0, y0, x1, y1),
        1: (1 - y1, x0, 1 - y0, x1),
        2: (1 - x1, 1 - y1, 1 - x0, 1 - y0),
        3: (y0, 1 - x1, y1, 1 - x0),
    }
    return np.stack(columns[turns], axis=1).astype(np.float32)


def _is_tall(corners: Floats) -> bool:
    width = max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[2] - corners[3]))
    height = max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2]))
    return bool(height >= _TALL * width)


def _line(words: Sequence[tuple[str, float, Any]], width: int, height: int) -> Line:
    texts: list[str] = []
    boxes: list[Sequence[float]] = []
    for text, _score, corners in words:
        points = np.asarray(corners, np.float32)
        low, high = points.min(axis=0), points.max(axis=0)
        for word in str(text).split():
            texts.append(word)
            boxes.append((low[0] / width, low[1] / height, high[0] / width, high[1] / height))
    return Line(tuple(texts), np.clip(np.asarray(boxes, np.float32).reshape(-1, 4), 0, 1))


def _reading_order(lines: Sequence[Floats]) -> list[int]:
    """Rows from top to bottom; lines whose middles lie within half a line's height of each other are one row."""
    middles = [float((boxes[:, 1] + boxes[:, 3]).mean() / 2) if len(boxes) else 0.0 for boxes in lines]
    heights = [float((boxes[:, 3] - boxes[:, 1]).mean()) if len(boxes) else 0.0 for boxes in lines]
    rows: list[list[int]] = []
    for at in sorted(range(len(lines)), key=middles.__getitem__):
        first = rows[-1][0] if rows else None
        if first is not None and middles[at] - middles[first] < 0.5 * min(heights[at], heights[first]):
            rows[-1].append(at)
        else:
            rows.append([at])
    return [at for row in rows for at in sorted(row, key=lambda i: float(lines[i][:, 0].min(initial=1.0)))]
