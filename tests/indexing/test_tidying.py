"""When it is quiet the library takes on the disk what lives in it, hardly more; pages stay what they were."""

import contextlib
import os

import lance

from indexer.protocol import messages


def bytes_below(folder) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # cleaned up in this moment
                total += os.stat(os.path.join(place, name)).st_size
    return total


def live_bytes(store, folder) -> int:
    """What the same rows take in tables that are written once, without the index of words."""
    for table in store.glob("*.lance"):
        data = lance.dataset(table)
        lance.write_dataset(data.to_batches(), folder / table.name, schema=data.schema)
    return bytes_below(folder)


def test_after_tidying_little_but_what_lives_is_on_the_disk(library, documents, make_pdf, tmp_path):
    engine = library.open(idle_s=0.3, commit_pages=2)
    for number in range(3):
        make_pdf(documents / f"{number}.pdf", *[f"Page {page} of {number}, about turnips." for page in range(10)])
    engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),)))
    engine.start()
    library.all_read()
    (documents / "2.pdf").unlink()
    engine.sync.compare_all()
    store = library.root / "store"
    live = live_bytes(store, tmp_path / "once")

    def taken() -> int:
        return bytes_below(store) - sum(bytes_below(table / "_indices") for table in store.glob("*.lance"))

    library.until(lambda: taken() < 1.3 * live)
    assert engine.catalogue.folders()[0].pages == 20
    assert engine.check() == []
    reply = engine.searcher().search(messages.Search(id=2, query="turnips", k=50))
    assert len(reply.results) == 20


def test_a_round_of_verifying_does_not_hold_tidying_up(library, documents, make_pdf):
    engine = library.open(commit_pages=2)
    make_pdf(documents / "a.pdf", *[f"Page {page}, about turnips." for page in range(20)])
    engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),)))
    engine.start()
    library.all_read()
    library.close()

    def files() -> int:
        return sum(1 for _ in (library.root / "store").rglob("data/*.lance"))

    before = files()
    engine = library.open(idle_s=2.0, verify_first_s=0.0, verify_page_s=5.0)
    engine.start()
    library.until(lambda: files() < before / 2)
    assert engine.check() == []
