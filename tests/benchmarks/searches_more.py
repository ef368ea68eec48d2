"""What else is promised of searches: many at once, while pages are added or moved, of any length, within filters; and
what words do to pages that vectors alone put first.

Part of search.py --more; a JSON line of its own. load_ms: codes and words read by a new index over the open store;
cpu_ms: processor time of a search, all threads; the others by their functions below.
"""

import concurrent.futures
import dataclasses
import threading
import time

import numpy as np
from generated_pages import PER_DOCUMENT, SPACE, Generator, questions, target_of, unit

from indexer.catalogue.catalogue import Catalogue
from indexer.encoder.encoder import Encoder
from indexer.protocol.messages import MoreLikeThis, Search
from indexer.protocol.values import Filters, PageKey, QueryWord
from indexer.searching.memory_index import MemoryIndex, allowed_pages
from indexer.searching.search import Searcher
from indexer.store.store import Store

K, THREADS, ADDED, AT_ONCE = 20, 8, 1000, 16


class Prepared(Encoder):
    """Questions that are vectors already, by their text."""

    encoder_id, version = "generated", "1"

    def __init__(self, asked):
        self.asked = {query.text: query for query in asked}

    def spaces(self):
        return (SPACE,)

    def device(self):
        return "none", "nothing is encoded"

    def encode_pages(self, pages, space):
        raise NotImplementedError

    def encode_query(self, text, space, rarity=None, left_out=()):
        return self.asked[text]


def more(place):
    """All of it, on a library that stays as it is."""
    store, catalogue = Store(place), Catalogue(place / "catalogue.sqlite3")
    asked = list(questions())
    every = [*asked, *long_ones(asked)]
    index = MemoryIndex(store, SPACE)
    store.count(SPACE)
    load_s = timed(index.refresh)
    searcher = Searcher(index, Prepared(every), SPACE, catalogue)
    for query in asked[-20:]:
        ask(searcher, query)
    before = time.process_time()
    for query in asked[:100]:
        ask(searcher, query)
    figures = {
        "pages": len(index),
        "load_ms": round(load_s * 1000, 1),
        "cpu_ms": round((time.process_time() - before) * 10, 1),
        "threads": threads(searcher, asked),
        "lengths": lengths(searcher, every[len(asked) :]),
        "one_percent": one_percent(searcher, asked),
        "words": words(searcher, asked),
        "adding": adding(store, searcher, asked),
    }
    catalogue.close()
    return figures


def ask(searcher, query, **filters):
    return searcher.search(Search(id=0, query=query.text, k=K, filters=Filters(**filters)))


def p95(times):
    return round(float(np.percentile(times, 95)) * 1000, 1)


def timed(call):
    before = time.perf_counter()
    call()
    return time.perf_counter() - before


def threads(searcher, asked):
    """Every question from eight threads: the rate reached, and how many answers are not those given to one thread."""
    wanted = {query.text: [result.key for result in ask(searcher, query).results] for query in asked}
    started = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        replies = list(pool.map(lambda query: ask(searcher, query), [*asked, *asked, *asked]))
    taken = time.perf_counter() - started
    wrong = sum([result.key for result in reply.results] != wanted[reply.query] for reply in replies)
    return {"per_second": round(len(replies) / taken, 1), "answers": len(replies), "lost_or_wrong": wrong}


def words(searcher, asked):
    """How many of a hundred questions find their page first: without words; with words that stand on other pages, as a
    picture's or a paraphrase's do; and with a word of the page.

    Vectors of one kind alone, as Jina's are, and the same weight for words that stand on a page as every encoder has.
    """
    snapshot = searcher._index.refresh()
    firsts = dict.fromkeys(("without", "of other pages", "of the page"), 0)
    for at, query in enumerate(asked[:100]):
        number = target_of(at)
        key = PageKey(number // PER_DOCUMENT + 1, number % PER_DOCUMENT + 1)
        own = (QueryWord(f"page{number}", 0, 1, True),)
        for name, some in (("without", ()), ("of other pages", query.words), ("of the page", own)):
            of = query.word_of % len(some) if some else np.full_like(query.word_of, -1)
            varied = dataclasses.replace(query, words=some, word_of=of)
            ranking = searcher._ranker.rank(varied, snapshot, allowed_pages(snapshot, None, (), None), 1)
            firsts[name] += ranking.pages[0].key == key
    return firsts


def adding(store, searcher, asked):
    """p95 alone, while a thousand pages are added, sixteen at a time, and while files are then merged; the pages are
    taken away again.
    """
    alone = p95([timed(lambda query=query: ask(searcher, query)) for query in asked])
    generator, first = Generator(), 20_000_000 // PER_DOCUMENT * PER_DOCUMENT
    numbers = range(first, first + ADDED)
    rows = [generator.row(number, generator.vectors(number)) for number in numbers]

    def write():
        for at in range(0, ADDED, AT_ONCE):
            store.put(SPACE, rows[at : at + AT_ONCE])

    started = time.perf_counter()
    while_adding = asked_meanwhile(write, searcher, asked)
    taken = time.perf_counter() - started
    while_tidying = asked_meanwhile(lambda: store.tidy(SPACE), searcher, asked)
    store.drop_documents(SPACE, sorted({row.key.document_id for row in rows}))
    store.purge(SPACE)  # merged with others, they would stay on the disk
    return {
        "p95_ms": alone,
        "p95_while_adding_ms": p95(while_adding),
        "pages_per_s": round(ADDED / taken, 1),
        "p95_while_tidying_ms": p95(while_tidying),
        "slowest_while_tidying_ms": round(max(while_tidying) * 1000, 1),
    }


def asked_meanwhile(work, searcher, asked):
    """How long questions take, one after another, while something else is done."""
    done = threading.Event()

    def do():
        try:
            work()
        finally:
            done.set()

    worker = threading.Thread(target=do)
    worker.start()
    meanwhile = []
    while not done.is_set():
        query = asked[len(meanwhile) % len(asked)]
        meanwhile.append(timed(lambda query=query: ask(searcher, query)))
    worker.join()
    return meanwhile


def long_ones(asked):
    """One word; two hundred words of 300 vectors; a picture of 768 vectors."""
    made = []
    for at, query in enumerate(asked[:20]):
        rng = np.random.default_rng((9, at))
        for name, count, words in (("one word", 1, 1), ("200 words", 300, 200), ("picture", 768, 0)):
            vectors = unit(
                query.vectors[rng.integers(0, len(query.vectors), count)] + 0.1 * rng.normal(size=(count, 128))
            )
            each = tuple(QueryWord(f"w{i}", 0, 1, True) for i in rng.integers(2, 5000, words))
            of = np.arange(count, dtype=np.int32) % max(words, 1) if words else np.full(count, -1, np.int32)
            kinds, weights = np.zeros(count, np.uint8), np.full(count, 1 / count, np.float32)
            made.append(
                dataclasses.replace(
                    query,
                    text=f"{name} {at}",
                    vectors=vectors,
                    kinds=kinds,
                    weights=weights,
                    words=each,
                    word_of=of,
                )
            )
    return made


def lengths(searcher, made):
    """p95 of each kind of question, and of a page as the question."""
    figures = {}
    for name in ("one word", "200 words", "picture"):
        mine = [query for query in made if query.text.startswith(name)]
        ask(searcher, mine[0])
        figures[f"{name} p95_ms"] = p95([timed(lambda query=query: ask(searcher, query)) for query in mine])
    pages = [MoreLikeThis(id=0, key=PageKey(document, 1), k=K) for document in range(1, 41, 2)]
    searcher.more_like_this(pages[0])
    figures["page p95_ms"] = p95([timed(lambda page=page: searcher.more_like_this(page)) for page in pages])
    return figures


def one_percent(searcher, asked):
    """p95 within one of a hundred folders, and whether the best ten are those of scoring every page in it."""
    times, hits = [], 0
    for at, query in enumerate(asked[:40]):
        prefix = f"/generated/{at}/"
        before = time.perf_counter()
        reply = ask(searcher, query, path_prefix=prefix)
        times.append(time.perf_counter() - before)
        every = ask_everything(searcher, query, prefix)
        if not every:  # a small library has not a hundred folders
            break
        hits += len({result.key for result in reply.results[:10]} & set(every[:10])) / min(10, len(every))
    return {"p95_ms": p95(times), "recall_at_10": round(hits / max(len(times), 1), 3)}


def ask_everything(searcher, query, prefix):
    """The order of all pages in a folder by their exact scores."""
    reply = searcher.search(Search(id=0, query=query.text, k=10_000, filters=Filters(path_prefix=prefix)))
    return [result.key for result in reply.results]
