"""When it is quiet the library takes on the disk what lives in it, hardly more; pages stay what they were."""

import lance

from indexer.protocol import messages


def bytes_below(folder) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


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
    versions = [table / "_versions" for table in store.glob("*.lance")]
    library.until(lambda: all(len(list(one.glob("*.manifest"))) <= 2 for one in versions))
    words = sum(bytes_below(table / "_indices") for table in store.glob("*.lance"))
    assert bytes_below(store) - words < 1.3 * live_bytes(store, tmp_path / "once")
    assert engine.catalogue.folders()[0].pages == 20
    assert engine.check() == []
    reply = engine.searcher().search(messages.Search(id=2, query="turnips", k=50))
    assert len(reply.results) == 20
