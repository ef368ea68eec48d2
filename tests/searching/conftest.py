"""A library of short texts in a real store and catalogue, with an encoder that knows words alone."""

import functools
import zlib
from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from indexer.catalogue.catalogue import Catalogue
from indexer.catalogue.records import PageRecord
from indexer.documents.document import PageWords
from indexer.documents.fingerprint import Fingerprint
from indexer.documents.folding import folded
from indexer.encoder.encoder import EncodedPage, EncodedQuery, Encoder, PageInput, VectorSpace
from indexer.protocol.messages import Search
from indexer.protocol.values import DocumentKind, Filters, PageKey, QueryWord, Task, TextSource
from indexer.scoring.maxsim import maxima_reference, score
from indexer.searching.memory_index import MemoryIndex
from indexer.searching.ranking import EXACT_WEIGHT, Reach
from indexer.searching.search import Searcher
from indexer.store.rows import PageRow
from indexer.store.store import Store

SIZE, WINDOW = 128, 6


def unit(rows):
    return (rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)).astype(np.float32)


@functools.lru_cache(maxsize=100_000)
def word_vector(word: str) -> np.ndarray:
    """Words with the same first three letters lie near each other; all share a direction, as real ones do."""
    rngs = [np.random.default_rng(zlib.crc32(part.encode())) for part in ("", folded(word)[:3], folded(word))]
    return unit(sum(share * rng.normal(size=SIZE) for share, rng in zip((0.5, 0.5, 1), rngs, strict=True)))


class WordEncoder(Encoder):
    """One vector a word (kind 0), one a run of six words (kind 1)."""

    encoder_id, version = "words", "1"
    space = VectorSpace("words", "1", Task.RETRIEVAL, SIZE, SIZE)

    def spaces(self):
        return (self.space,)

    def device(self):
        return "test", "test"

    def encode_pages(self, pages, space):
        return [self.page(page.words) for page in pages]

    def page(self, words: PageWords) -> EncodedPage:
        vectors = np.array([word_vector(word) for word in words.texts], np.float32).reshape(-1, SIZE)
        starts = range(0, len(vectors), WINDOW)
        windows = np.array([unit(vectors[at : at + WINDOW].mean(axis=0)) for at in starts], np.float32)
        boxes = np.array([words.boxes[at] for at in starts], np.float32).reshape(-1, 4)
        single = unit(vectors.mean(axis=0)) if len(vectors) else np.zeros(SIZE, np.float32)
        kinds = np.array([0] * len(vectors) + [1] * len(windows), np.uint8)
        every = np.concatenate([vectors, windows.reshape(-1, SIZE)])
        return EncodedPage(single, every, np.concatenate([words.boxes, boxes]), kinds)

    def encode_query(self, text, space, rarity=None, left_out=()):
        parts = text.split('"')
        units = [(part, True) for part in parts[1::2] if part.strip()]
        units = [(word, False) for part in parts[0::2] for word in part.split()] + units
        words = tuple(
            QueryWord(shown, 0, len(shown), at not in left_out, quoted) for at, (shown, quoted) in enumerate(units)
        )
        each = [(at, one) for at, word in enumerate(words) if word.searched for one in word.text.split()]
        if not each:
            none = np.zeros((0, SIZE), np.float32)
            return EncodedQuery(
                text, np.zeros(SIZE, np.float32), none, np.zeros(0, np.uint8), none[:, 0], words, np.zeros(0, np.int32)
            )
        vectors = np.array([word_vector(one) for _, one in each], np.float32)
        weights = (
            np.ones(len(each), np.float32) if rarity is None else np.maximum(rarity([one for _, one in each]), 0.05)
        )
        window = unit(vectors.mean(axis=0))
        return EncodedQuery(
            text,
            window,
            np.concatenate([vectors, window[None]]),
            np.array([0] * len(each) + [1], np.uint8),
            np.append(weights / weights.sum(), 1).astype(np.float32),
            words,
            np.array([at for at, _ in each] + [-1], np.int32),
        )


def page_words(text: str, source: TextSource = TextSource.TEXT_LAYER) -> PageWords:
    texts = tuple(text.split())
    at = np.arange(len(texts), dtype=np.float32)
    x, y = (at % 10) / 10, (at // 10) / 50
    boxes = np.stack([x, y, x + 0.09, y + 0.015], axis=1).astype(np.float32)
    return PageWords(texts, boxes, (at // 10).astype(np.int32), source)


class Library:
    """What a test does with a library."""

    def __init__(self, place, encoder=None):
        self.place, self.encoder = place, encoder or WordEncoder()
        self.space = self.encoder.spaces()[0]
        self.store = Store(place / "store")
        self.catalogue = Catalogue(place / "catalogue.sqlite3")
        self.searcher = self.new_searcher()
        self._added = 0

    def new_searcher(self, store: Store | None = None, reach: Reach | None = None) -> Searcher:
        index = MemoryIndex(store or self.store, self.space)
        return Searcher(index, self.encoder, self.space, self.catalogue, reach)

    def add(
        self,
        path: str,
        texts: Sequence[str],
        *,
        folder: str = "/papers",
        kind: DocumentKind = DocumentKind.PDF,
        source: TextSource = TextSource.TEXT_LAYER,
        modified_s: int = 1,
    ) -> int:
        """A document of these pages, as the pipeline would store it; adding a path again replaces it."""
        self._added += 1
        folder_id = self.catalogue.add_folder(folder, watched=True)
        self.catalogue.found(folder_id, [(path, Fingerprint(self._added, modified_s * 10**9, 1, self._added, 1))])
        document = self.catalogue.next_waiting()
        words = [page_words(text, source) for text in texts]
        rows = [
            PageRow(PageKey(document.document_id, at), document.version, self.encode(one), one)
            for at, one in enumerate(words, 1)
        ]
        for at in range(0, len(rows), 128):
            self.store.put(self.space, rows[at : at + 128])
        records = [PageRecord(at, 1, 1, source, "") for at in range(1, len(rows) + 1)]
        assert self.catalogue.pages_indexed(document, kind, records, len(rows))
        self.catalogue.finished(document, [])
        return document.document_id

    def encode(self, words: PageWords) -> EncodedPage:
        return self.encoder.encode_pages([PageInput(words, np.zeros((1, 1, 3), np.uint8))], self.space)[0]

    def ask(self, query: str, k: int = 20, **filters):
        return self.searcher.search(Search(id=0, query=query, k=k, filters=Filters(**filters)))

    def found(self, query: str, k: int = 20, **filters) -> list[PageKey]:
        return [result.key for result in self.ask(query, k, **filters).results]

    @functools.cache  # noqa: B019 (a library lives as long as its test)
    def pages(self):
        return list(self.store.pages(self.space))

    def exact_order(self, query: str, documents: set[int] | None = None) -> list[PageKey]:
        """Pages by MaxSim of unrounded vectors, the plain way, with the bonus for words that stand on the page."""
        asked = self.encoder.encode_query(query, self.space, self.searcher._index.rarity)
        scored = []
        for page in self.pages():
            if documents is not None and page.key.document_id not in documents:
                continue
            encoded = self.encode(page.words)
            best = maxima_reference(asked.vectors, asked.kinds, encoded.vectors, encoded.kinds)
            there = {folded(word) for word in page.words.texts}
            words = asked.kinds == 0
            exact = sum(
                weight
                for weight, owner in zip(asked.weights[words], asked.word_of[words], strict=True)
                if folded(asked.words[owner].text) in there
            )
            scored.append((float(score(best[None], asked.weights)[0]) + EXACT_WEIGHT * float(exact), page.key))
        return [key for _, key in sorted(scored, key=lambda pair: (-pair[0], pair[1]))]


def random_texts(count: int, words: int = 24, seed: int = 0) -> Iterable[str]:
    """Pages of words of which some are common and most rare."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield " ".join(f"{chr(97 + number % 26)}{number % 17}x{number}" for number in rng.zipf(1.25, words) % 4000)


@pytest.fixture(scope="session")
def library_of():
    """Library, for other fixtures."""
    return Library


@pytest.fixture
def library(tmp_path):
    made = Library(tmp_path)
    yield made
    made.catalogue.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Five hundred pages in ten documents of two folders, more than candidates are asked for. Only read from it."""
    made = Library(tmp_path_factory.mktemp("large"))
    texts = list(random_texts(500))
    for at in range(10):
        made.add(
            f"/papers/{at % 2}/{at}.pdf",
            texts[at * 50 : at * 50 + 50],
            folder=f"/papers/{at % 2}",
            kind=DocumentKind.PDF if at < 9 else DocumentKind.BOOK,
            source=TextSource.TEXT_LAYER if at else TextSource.RECOGNITION,
            modified_s=1000 + at,
        )
    made.texts = texts
    made.searcher = made.new_searcher(reach=Reach(by_codes=200, everything=0))
    yield made
    made.catalogue.close()
