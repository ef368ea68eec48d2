"""Searches from many threads while pages are written, replaced, dropped and tidied: no error, nothing lost."""

import threading
import time

from indexer.protocol.values import PageKey
from indexer.store.schema import CODES, PAGES, PARTS, PATCHES, table_name
from indexer.store.store import Store


def test_eight_threads_ask_while_pages_come_and_go(library):
    texts = [f"page{at} common words alpha beta gamma" for at in range(40)]
    library.add("/papers/a.pdf", texts)
    library.found("page1")
    problems, asked = [], [0]
    done = threading.Event()

    def ask(first):
        at = first
        while not done.is_set():
            at = (at + 7) % 40
            try:
                if library.found(f"page{at}", k=5)[0] != PageKey(1, at + 1):
                    problems.append(f"page{at} was lost")
            except Exception as problem:  # noqa: BLE001 (whatever it is, the test tells it)
                problems.append(repr(problem))
            asked[0] += 1

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for number in range(6):
        library.add("/papers/b.pdf", [f"other{number} words here"] * 16)
        library.store.drop_pages(library.space, [PageKey(2, 3)])
        library.store.tidy(library.space)
    until(lambda: asked[0] >= 80)
    done.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(library.found("other5", k=100)) == 40 + 15


def until(condition, limit_s=60.0):
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.01)


def test_what_is_added_is_taken_over_by_who_added_it_before_the_call_returns(library):
    library.add("/papers/a.pdf", ["alpha beta"])
    index = library.searcher._index
    assert len(index.now) == 0  # nobody has asked: nothing is held for nobody
    library.found("alpha")
    library.add("/papers/b.pdf", ["zeppelin", "harbour"])
    assert len(index.now) == 3
    library.store.tidy(library.space)
    assert index.now is index.refresh()


def test_whoever_asks_while_pages_are_added_waits_for_nothing_and_sees_nothing_dropped(library, monkeypatch):
    library.add("/papers/a.pdf", ["alpha beta"])
    library.add("/papers/b.pdf", ["alpha gamma"])
    library.found("alpha")
    store, synced = library.store, library.store.tables.synced
    codes = table_name(CODES, library.space.name)
    written, go_on = threading.Event(), threading.Event()

    def stop_after_codes(name):
        synced(name)
        if name == codes and store.is_adding(library.space):
            written.set()
            assert go_on.wait(60)

    def asked_while_adding(path, text):
        written.clear()
        go_on.clear()
        adding = threading.Thread(target=library.add, args=(path, [text]))
        adding.start()
        assert written.wait(60)
        before = library.searcher._index.now
        found = library.found("alpha")
        taken_over = library.searcher._index.now is not before
        go_on.set()
        adding.join()
        return found, taken_over

    monkeypatch.setattr(store.tables, "synced", stop_after_codes)
    found, taken_over = asked_while_adding("/papers/c.pdf", "alpha delta")
    assert sorted(found) == [PageKey(1, 1), PageKey(2, 1)]
    assert not taken_over
    assert sorted(library.found("alpha")) == [PageKey(1, 1), PageKey(2, 1), PageKey(3, 1)]
    store.drop_documents(library.space, [2])
    found, taken_over = asked_while_adding("/papers/d.pdf", "alpha epsilon")
    assert PageKey(2, 1) not in found
    assert taken_over
    assert sorted(library.found("alpha")) == [PageKey(1, 1), PageKey(3, 1), PageKey(4, 1)]


def test_a_follower_that_fails_costs_no_page(library):
    class Broken:
        def written(self, space):
            raise OSError("no more")

    broken = Broken()
    library.store.follow(broken)
    library.add("/papers/a.pdf", ["alpha beta"])
    assert library.found("alpha") == [PageKey(1, 1)]
    assert not library.store.is_adding(library.space)


def test_a_stale_handle_neither_doubles_nor_misses_a_page(library):
    library.add("/papers/a.pdf", ["alpha beta", "gamma delta"])
    stale = Store(library.place / "store")
    assert len(stale.versions(library.space)) == 2
    library.add("/papers/b.pdf", ["epsilon"])
    library.store.tidy(library.space)
    page = next(stale.pages(library.space, [PageKey(1, 1)]))
    row = _row_again(library, page.words)
    stale.put(library.space, [row])
    for store in (stale, library.store, Store(library.place / "store")):
        assert sorted(store.versions(library.space)) == [PageKey(1, 1), PageKey(1, 2), PageKey(2, 1)]
        for part in PARTS:
            assert store.tables.get(table_name(part, library.space.name)).count_rows() == 3
    assert library.found("alpha")[0] == PageKey(1, 1)


def _row_again(library, words):
    from indexer.store.rows import PageRow

    return PageRow(PageKey(1, 1), "2", library.encoder.page(words), words)


def test_a_table_dropped_under_a_search_costs_answers_but_no_crash(library):
    library.add("/papers/a.pdf", ["alpha beta", "gamma delta"])
    assert library.found("alpha")
    fresh = library.new_searcher(Store(library.place / "store", read_only=True))
    for part in (PATCHES, PAGES, CODES):
        library.store.drop_uids(library.space, [1] if part == CODES else [])
    library.searcher = fresh
    assert library.found("alpha") == [PageKey(1, 2)]
    library.store.tables.get(table_name(PATCHES, library.space.name)).delete("uid = 2")
    library.searcher = library.new_searcher(Store(library.place / "store", read_only=True))
    assert library.found("gamma") == []
    library.store.recover(library.space)
    assert library.store.versions(library.space) == {}


def test_codes_are_made_anew_as_the_library_grows_and_every_page_is_found_throughout(library):
    texts = [f"page{at} same words on all of them" for at in range(80)]
    for number, first in enumerate(range(0, 80, 16)):
        library.add(f"/papers/{number}.pdf", texts[first : first + 16])
        for at in range(0, first + 16, 7):
            assert library.found(f"page{at}", k=3)[0] == PageKey(at // 16 + 1, at % 16 + 1)
    library.store.tidy(library.space)
    means = library.store.means(library.space)
    assert means.number >= 1
    codes = library.store.tables.get(table_name(CODES, library.space.name)).search().to_arrow()
    assert set(codes["means"].to_pylist()) == {means.number}
    assert len(codes) == 80
    assert [key for key in library.store.verify(library.space) if key] == []
    assert library.found("page33", k=3)[0] == PageKey(3, 2)
