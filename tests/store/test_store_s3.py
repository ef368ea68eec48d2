"""A shared library in an object store: written by one program, read and searched by another, over real HTTP.

The store is moto's server, which speaks S3's protocol on this machine's loopback.
"""

import numpy as np
import pytest

from indexer.documents.document import PageWords
from indexer.encoder.encoder import EncodedPage, EncodedQuery, VectorSpace
from indexer.errors import PagebeamError
from indexer.protocol.values import PageKey, QueryWord, Task, TextSource
from indexer.searching.memory_index import MemoryIndex, allowed_pages
from indexer.searching.ranking import Ranker
from indexer.store.rows import PageRow, StoredPage
from indexer.store.store import Store

SPACE = VectorSpace("shared", "1", Task.RETRIEVAL, 64, 128)
PAGES = 64


@pytest.fixture(scope="module")
def endpoint():
    moto = pytest.importorskip("moto.server", reason="moto, which is S3 on this machine, is not installed")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def options(endpoint):
    """What the reader of a shared library is told: where it lies and who asks."""
    import boto3

    keys = {"aws_access_key_id": "reader", "aws_secret_access_key": "secret"}
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys).create_bucket(Bucket="library")
    return {**keys, "endpoint": endpoint, "region": "us-east-1", "allow_http": "true"}


def page(number: int) -> PageRow:
    rng = np.random.default_rng(number)
    vectors = rng.normal(size=(40, 128)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = ("common", f"page{number}", "heat", "pump") if number % 2 else ("common", f"page{number}", "heat")
    words = PageWords(
        texts, np.zeros((len(texts), 4), np.float32), np.zeros(len(texts), np.int32), TextSource.TEXT_LAYER
    )
    regions = np.zeros((40, 4), np.float32)
    single = rng.normal(size=64).astype(np.float32)
    return PageRow(PageKey(1, number), "1", EncodedPage(single, vectors, regions, np.zeros(40, np.uint8)), words)


def question(number: int, word: str) -> EncodedQuery:
    vectors = page(number).encoded.vectors[:3]
    words = (QueryWord(word, 0, len(word), True),)
    weights = np.full(3, 1 / 3, np.float32)
    return EncodedQuery(
        word, page(number).encoded.single, vectors, np.zeros(3, np.uint8), weights, words, np.zeros(3, np.int32)
    )


@pytest.fixture(scope="module")
def shared(options):
    """A library that somebody else wrote."""
    writer = Store("s3://library/papers", options=options)
    for first in range(0, PAGES, 32):
        writer.put(SPACE, [page(number) for number in range(first, first + 32)])
    writer.drop_pages(SPACE, [PageKey(1, 3)])
    writer.tidy(SPACE)
    return writer


def ranked(ranker, query, k=5):
    snapshot = ranker.index.refresh()
    return [found.key for found in ranker.rank(query, snapshot, allowed_pages(snapshot, None, (), None), k).pages]


def test_a_shared_library_is_read_and_searched_like_one_on_the_disk(shared, options):
    reader = Store("s3://library/papers", read_only=True, options=options)
    assert sorted(key.page for key in reader.versions(SPACE)) == [n for n in range(PAGES) if n != 3]
    stored = next(reader.pages(SPACE, [PageKey(1, 7)]))
    assert isinstance(stored, StoredPage)
    assert stored.words.texts == page(7).words.texts
    assert np.abs(stored.vectors * stored.scales[:, None] - page(7).encoded.vectors).max() < 0.01
    ranker = Ranker(MemoryIndex(reader, SPACE), reader, SPACE)
    for number in (0, 41, PAGES - 1):
        assert ranked(ranker, question(number, f"page{number}"))[0] == PageKey(1, number)
        assert ranked(ranker, question(number, f"page{number}"))[0] == PageKey(1, number)  # now from memory
    assert len(reader.phrase_search(SPACE, ["heat", "pump"])) == PAGES // 2 - 1
    assert reader.text_search(SPACE, ["page41"], 3) == reader.phrase_search(SPACE, ["page41"]) != []


def test_what_the_other_writes_is_found_and_what_it_drops_is_not(shared, options):
    reader = Store("s3://library/papers", read_only=True, options=options)
    ranker = Ranker(MemoryIndex(reader, SPACE), reader, SPACE)
    assert ranked(ranker, question(200, "page200"))[0] != PageKey(1, 200)
    shared.put(SPACE, [page(200)])
    assert ranked(ranker, question(200, "page200"))[0] == PageKey(1, 200)
    shared.drop_pages(SPACE, [PageKey(1, 200)])
    assert ranked(ranker, question(200, "page200"))[0] != PageKey(1, 200)


def test_a_place_that_cannot_be_reached_is_told(options):
    nowhere = {**options, "endpoint": "http://127.0.0.1:9"}
    with pytest.raises(PagebeamError, match="data-unreadable"):
        Store("s3://library/papers", read_only=True, options=nowhere).versions(SPACE)
