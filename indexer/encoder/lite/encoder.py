"""LiteEncoder: words to word vectors, sentence windows and a single vector.

A page gives one vector and one box per word (kind 0), and one vector per window of words, with the box around them
(kind 1): the mean of its words' vectors as they are in context, leaning to the mean of their passage. Embedding each
window as a sentence of its own costs three further passes and found no more. A question gives one vector per word,
weighted by the word's rarity in the library (weights add up to 1; words that say how something looks count less),
and one window vector, the question as a sentence without such words (weight 1).
"""

import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from indexer.documents.document import PageWords
from indexer.encoder.choice import LITE_DEVICE
from indexer.encoder.encoder import (
    WINDOW_KIND,
    WORD_KIND,
    EncodedPage,
    EncodedQuery,
    Encoder,
    PageInput,
    Rarity,
    VectorSpace,
)
from indexer.encoder.lite import projection
from indexer.encoder.lite.model_files import model_folder
from indexer.encoder.lite.network import MAX_PIECES
from indexer.encoder.lite.passages import passage_ranges
from indexer.encoder.lite.pieces import PieceEncoder, normalised, word_vectors
from indexer.encoder.lite.query import split
from indexer.encoder.lite.seen_words import is_seen
from indexer.encoder.lite.stop_words import STOP_WORDS
from indexer.encoder.lite.windows import window_ranges
from indexer.freeing import give_back_freed
from indexer.protocol.values import QueryWord, Task

WINDOW_WEIGHT = 1.0
SEEN_WEIGHT = 0.2
"""Of words that name a kind of picture or a colour. Measured over ../shared/bench, nDCG@5 and recall@5: 1 gives 0.768
and 0.836, 0.1 and 0.2 about 0.777 and 0.843."""
LEANING = 0.4
"""How much of its passage a window takes in: short windows find the place, the passage says what it is about. Measured
over ../shared/bench, nDCG@5: 0 gives 0.767, 0.3 to 0.5 give 0.772 to 0.776; 300 manual pages, nDCG@10: 0.951 and 0.952.
"""
QUESTION_PIECES = MAX_PIECES - 2
MAX_VECTORS = 500
"""Of a page: 500 int8 vectors of 256 with their scales are 129 kB."""

Floats = npt.NDArray[np.float32]
_GIVE_BACK_WORDS = 2000
"""After so many words memory is given back, which takes a hundredth of the time: no two pages are of the same length,
so what is freed after one does not fit the next."""


class LiteEncoder(Encoder):
    """The embedded default: any processor, no download."""

    encoder_id = "lite"
    version = "3"
    reads_pixels = False

    def __init__(self, pieces: PieceEncoder) -> None:
        self._pieces = pieces
        self._project_words, self._project_windows = projection.load()
        self._space = VectorSpace("lite", self.version, Task.RETRIEVAL, projection.SIZE, projection.SIZE)
        self._pages_lock = threading.Lock()  # one page at a time leaves a core for questions

    @classmethod
    def load(cls) -> "LiteEncoder":
        """Check and load the model. Raises MODEL_MISSING or MODEL_BROKEN."""
        return cls(PieceEncoder(model_folder()))

    def spaces(self) -> tuple[VectorSpace, ...]:
        """One space, for search."""
        return (self._space,)

    def device(self) -> tuple[str, str]:
        """The processor, always."""
        return LITE_DEVICE

    def encode_pages(self, pages: Sequence[PageInput], space: VectorSpace) -> list[EncodedPage]:
        """One EncodedPage a page, in order."""
        encoded, since = list[EncodedPage](), 0
        with self._pages_lock:
            for page in pages:
                encoded.append(self._page(page.words))
                since += len(page.words.texts)
                if since >= _GIVE_BACK_WORDS:
                    since = 0
                    give_back_freed()
        return encoded

    def encode_query(
        self, text: str, space: VectorSpace, rarity: Rarity | None = None, left_out: Sequence[int] = ()
    ) -> EncodedQuery:
        """A question of any length; one without words has no vectors."""
        units = split(text, left_out)
        words = [word for unit in units for word in unit.words]
        owner = np.repeat(np.arange(len(units)), [len(unit.words) for unit in units]).astype(np.int32)
        pieces = self._pieces.pieces(words) if words else []
        counts = [len(word) for word in pieces]
        used = np.array([units[o].word.searched and len(p) > 0 for o, p in zip(owner, pieces, strict=True)], np.bool_)
        if not used.any():
            return _empty_query(text, tuple(unit.word for unit in units))
        passages = passage_ranges(words, [0] * len(words), counts, QUESTION_PIECES)
        contextual, _, _ = self._pieces.contextual(pieces, passages)
        vectors = self._project_words(word_vectors(contextual, _owners(counts), len(words)))[used]
        asked = np.array([o not in left_out for o in owner], np.bool_)
        sentence = [piece for at in np.flatnonzero(_read(words, used, asked)) for piece in pieces[at]]
        window = self._project_windows(normalised(self._pieces.means([sentence])))
        weights = _rarities([word for word, use in zip(words, used, strict=True) if use], rarity)
        return EncodedQuery(
            text,
            window[0],
            np.concatenate([vectors, window]),
            np.array([WORD_KIND] * len(vectors) + [WINDOW_KIND], np.uint8),
            np.append(weights, WINDOW_WEIGHT).astype(np.float32),
            tuple(unit.word for unit in units),
            np.append(owner[used], -1).astype(np.int32),
        )

    def _page(self, words: PageWords) -> EncodedPage:
        pieces = self._pieces.pieces(words.texts) if words.texts else []
        counts = [len(word) for word in pieces]
        if not any(counts):
            nothing = np.zeros((0, projection.SIZE), np.float32)
            return EncodedPage(
                np.zeros(projection.SIZE, np.float32), nothing, np.zeros((0, 4), np.float32), np.zeros(0, np.uint8)
            )
        passages = passage_ranges(words.texts, words.lines.tolist(), counts)
        contextual, means, tokens = self._pieces.contextual(pieces, passages)
        in_words = word_vectors(contextual, _owners(counts), len(pieces))
        windows = window_ranges(len(words.texts))
        leaning = in_windows(in_words, counts, windows, normalised(means), passages)
        kept = kept_words(words.texts, pieces, MAX_VECTORS - len(windows))
        vectors = self._project_words(in_words[kept])
        window_boxes = np.stack([_around(words.boxes[window.start : window.stop]) for window in windows])
        return EncodedPage(
            self._project_windows(normalised((tokens @ means)[None].astype(np.float32)))[0],
            np.concatenate([vectors, self._project_windows(leaning)]),
            np.concatenate([words.boxes[kept], window_boxes]),
            np.array([WORD_KIND] * len(vectors) + [WINDOW_KIND] * len(windows), np.uint8),
        )


def kept_words(texts: Sequence[str], pieces: Sequence[list[int]], limit: int) -> npt.NDArray[np.int64]:
    """Which words get a vector: not stop words nor bare signs; over the limit, further occurrences go first."""
    rank: list[tuple[int, int]] = []
    seen: dict[str, int] = {}
    for index, (text, piece) in enumerate(zip(texts, pieces, strict=True)):
        folded = text.casefold().strip(".,;:()[]!?\"'")
        if piece and folded not in STOP_WORDS and any(sign.isalnum() for sign in text):
            rank.append((seen.setdefault(folded, 0), index))
            seen[folded] += 1
    if len(rank) > limit:
        rank = sorted(rank)[:limit]
    return np.array(sorted(index for _, index in rank), np.int64)


def in_windows(
    words: Floats, pieces: Sequence[int], windows: Sequence[range], means: Floats, passages: Sequence[range]
) -> Floats:
    """The mean over each window's word pieces, leaning to the mean of the passage it lies in: (windows, HIDDEN).

    words: (n, HIDDEN), pieces: how many each has; means: (passages, HIDDEN), normalised.
    """
    sums = np.cumsum(words * np.asarray(pieces, np.float32)[:, None], axis=0, dtype=np.float64)
    sums = np.concatenate([np.zeros((1, words.shape[1])), sums])
    starts, ends = np.array([(window.start, window.stop) for window in windows]).T
    own = normalised((sums[ends] - sums[starts]).astype(np.float32))
    around = np.searchsorted([passage.stop for passage in passages], (starts + ends) // 2, side="right")
    return normalised(own + LEANING * means[np.minimum(around, len(passages) - 1)])


def _owners(pieces: Sequence[int]) -> npt.NDArray[np.int64]:
    """The word of each piece."""
    return np.repeat(np.arange(len(pieces)), pieces)


def _around(boxes: Floats) -> Floats:
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _read(words: Sequence[str], used: npt.NDArray[np.bool_], asked: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which of the words asked are in the question as a sentence: (n,), not those that are seen, if others are used."""
    read = np.array([not is_seen(word) for word in words], np.bool_)
    return asked & read if (used & read).any() else asked


def _rarities(words: Sequence[str], rarity: Rarity | None) -> Floats:
    """Weights that add up to 1; without a library all words count alike, but for those that are seen, not read."""
    values = np.ones(len(words), np.float32) if rarity is None else np.maximum(rarity(words), 0.05)
    values = values * np.where([is_seen(word) for word in words], SEEN_WEIGHT, 1).astype(np.float32)
    result: Floats = (values / values.sum()).astype(np.float32)
    return result


def _empty_query(text: str, words: tuple[QueryWord, ...]) -> EncodedQuery:
    return EncodedQuery(
        text,
        np.zeros(projection.SIZE, np.float32),
        np.zeros((0, projection.SIZE), np.float32),
        np.zeros(0, np.uint8),
        np.zeros(0, np.float32),
        words,
        np.zeros(0, np.int32),
    )
