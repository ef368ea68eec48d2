"""The values that both processes name alike: page keys, tasks, states, regions, similarity maps.

Plain frozen structs without behaviour beyond small conversions; messages puts them on the wire. Those that come by the
hundred in every answer are not tracked by the garbage collector (`gc=False`): frozen and without a way back to
themselves they need none, and 200 questions called it 200 times, at times for a tenth of a second, instead of 9.
"""

import enum

import msgspec

from indexer.protocol.errors import ErrorReport


class PageKey(msgspec.Struct, frozen=True, order=True, gc=False):
    """One page of one document: the catalogue's document id and the page number, from 1."""

    document_id: int
    page: int


class Task(enum.StrEnum):
    """What a vector is for. Vectors of two tasks are never compared."""

    RETRIEVAL = "retrieval"
    TEXT_MATCHING = "text-matching"
    CODE = "code"


class DocumentState(enum.StrEnum):
    """Where a document stands; every file found is in exactly one of these."""

    WAITING = "waiting"
    READING = "reading"
    INDEXED = "indexed"
    FAILED = "failed"
    IGNORED = "ignored"


class WaitReason(enum.StrEnum):
    """Why reading waits though nobody paused it (Progress.reason); Resume overrides it until it is gone.

    Where something is missing instead, Progress.reason is the ErrorCode: disk-full, model-missing, ...
    """

    BATTERY = "battery"
    FULL_SCREEN = "full-screen"
    HEAT = "heat"
    LOAD = "load"
    MAKING_READY = "making-ready"
    """At the first start after an installation: what search runs on is made."""


class DocumentKind(enum.StrEnum):
    """What a file is, decided by its content first and its name second."""

    PDF = "pdf"
    IMAGE = "image"
    BOOK = "book"
    OFFICE = "office"
    TEXT = "text"


class TextSource(enum.StrEnum):
    """Where a page's words come from."""

    TEXT_LAYER = "text-layer"
    RECOGNITION = "recognition"
    NONE = "none"


class Region(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A box on the upright page, normalised to 0..1, origin top left, with its strength in 0..1."""

    x0: float
    y0: float
    x1: float
    y1: float
    strength: float


class SimilarityMap(msgspec.Struct, frozen=True, gc=False):
    """One query word against a grid of patches covering the page, row by row from the top left.

    `values` holds rows * columns bytes; byte b stands for strength b / 255. The scale is the same for all
    words and all pages of one question: 0.2 is the background of unrelated pages, 0.95 the best cell.
    """

    rows: int
    columns: int
    values: bytes


class QueryWord(msgspec.Struct, frozen=True):
    """A word, or quoted phrase, of the question, with its place in the question's text.

    `searched` is false for stop words, which are shown as plain text and colour nothing.
    `pages` counts the pages among those found on which the word matches; -1 when it was not counted.
    """

    text: str
    start: int
    end: int
    searched: bool
    quoted: bool = False
    pages: int = -1


class WordMatch(msgspec.Struct, frozen=True, gc=False):
    """What one query word found on one page: `word` indexes the question's words.

    `score` is what the word's vectors add to the page's score; the rest of it belongs to the question as a whole, so
    the segments of the score bar stand in these proportions.
    `regions` are the places, strongest first; `exact` are places where the very word stands.
    `map` is there when the page's regions form a grid.
    """

    word: int
    strength: float
    score: float
    regions: tuple[Region, ...] = ()
    exact: tuple[Region, ...] = ()
    map: SimilarityMap | None = None


class PageResult(msgspec.Struct, frozen=True, gc=False):
    """One found page. `weak`: it fits no better than unrelated pages do, so it stands below the line.

    `regions` are the page's best places for the whole question, strongest first. `thumbnail` is a file name in
    the thumbnails folder ("" while there is none). `width` and `height` give the upright page's shape.
    """

    key: PageKey
    path: str
    page_count: int
    score: float
    weak: bool
    width: float
    height: float
    thumbnail: str
    kind: DocumentKind
    folder_id: int
    modified_s: float = 0.0
    words: tuple[WordMatch, ...] = ()
    regions: tuple[Region, ...] = ()
    snippet: str = ""
    text_source: TextSource = TextSource.NONE


class Filters(msgspec.Struct, frozen=True):
    """What a search is limited to; empty means everything. Applied before candidates are chosen."""

    folder_ids: tuple[int, ...] = ()
    path_prefix: str = ""
    kinds: tuple[DocumentKind, ...] = ()
    text_sources: tuple[TextSource, ...] = ()
    modified_from_s: float | None = None
    modified_to_s: float | None = None
    document_ids: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    """Codes such as `de`; pages whose language cannot be told are in none."""


class FolderInfo(msgspec.Struct, frozen=True):
    """A folder the user added, or the collection of single files dropped (`watched` false), with counts.

    `available` is false while the disk or share it lies on is not connected, or (`answers` is false) is, but hangs.
    """

    folder_id: int
    path: str
    watched: bool
    available: bool
    paused: bool
    documents: int
    indexed: int
    waiting: int
    failed: int
    ignored: int
    pages: int
    answers: bool = True


class SubfolderInfo(msgspec.Struct, frozen=True):
    """A folder below one that the user added, with what was read in it and below. `nested`: it has such folders too."""

    path: str
    documents: int
    pages: int
    nested: bool


class FailureInfo(msgspec.Struct, frozen=True):
    """A document, or a page of it (`page` > 0), that could not be read: a code, and the sentence for people."""

    document_id: int
    path: str
    code: str
    title: str
    message: str
    page: int = 0
    can_retry: bool = True


class Licence(msgspec.Struct, frozen=True):
    """A licence's name, where it stands, and who says that it applies."""

    name: str
    url: str
    source_url: str


class Quality(msgspec.Struct, frozen=True):
    """Speed and disk against quality, for an encoder that looks at pages.

    image_tokens: areas a page is seen in at most (the work grows with it). pooling: how many neighbouring areas of a
    row share one stored vector. single_size: numbers kept of the vector for the whole page (0 for all). crops: n looks
    at n x n overlapping crops beside the whole page, each at that limit of areas (0: none). What is offered, and what
    it costs, tells protocol/quality.py.
    """

    image_tokens: int = 768
    pooling: int = 1
    single_size: int = 0
    crops: int = 0


class EncoderInfo(msgspec.Struct, frozen=True):
    """An encoder that may be chosen: whether it is ready, where it runs and why, and what it costs.

    `ready`: its files are all there. `chosen`: the one the user wants. `serving`: the one whose vectors answer now;
    it differs from the chosen one until that has caught up. `pages` of `pages_total` pages have its vectors, of which
    `pages_waiting` lie on disks that are not connected.
    `model_bytes` are its files on disk, `partial_bytes` what an unfinished download left, `vectors_bytes` its vectors.
    `download_bytes` is what a download fetches (0: nothing to download), into `folder`, where `free_bytes` are free.
    `needs_bytes` is the memory it works in, `memory_bytes` what the device it would run on has.
    `seconds_per_page` is 0 while unknown; `seconds_measured` is false where it was worked out from the measured speed
    of this machine instead of from pages.
    `problem` is why it could not be loaded; `caution` what to know of its files before it is used.
    """

    encoder_id: str
    name: str
    version: str
    ready: bool
    chosen: bool
    device: str
    device_reason: str
    pages: int = 0
    size_bytes: int = 0
    seconds_per_page: float = 0.0
    seconds_measured: bool = False
    serving: bool = False
    downloading: bool = False
    pages_total: int = 0
    pages_waiting: int = 0
    model_bytes: int = 0
    partial_bytes: int = 0
    vectors_bytes: int = 0
    download_bytes: int = 0
    folder: str = ""
    free_bytes: int = 0
    needs_bytes: int = 0
    memory_bytes: int = 0
    tasks: tuple[Task, ...] = ()
    quality: Quality = Quality()
    licences: tuple[Licence, ...] = ()
    problem: ErrorReport | None = None
    caution: ErrorReport | None = None


class Limits(msgspec.Struct, frozen=True):
    """What reading may take of the computer, and for what it waits by itself.

    threads: processor threads for reading pages, 0 for as many as leave the computer usable. memory_mb: what the engine
    and its renderers may take together before renderers are replaced and memory is given back.
    """

    threads: int = 0
    memory_mb: int = 900
    wait_on_battery: bool = True
    wait_under_load: bool = True
    wait_for_full_screen: bool = True
    wait_when_hot: bool = True
