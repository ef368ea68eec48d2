"""A library whose list of documents was destroyed: the engine comes up all the same, says so, and has every page."""

from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode


def notices(engine) -> list[ErrorCode]:
    return [event.error.code for event in engine.events if isinstance(event, messages.Notice)]


def test_a_destroyed_catalogue_is_replaced_and_told(start, tmp_path, documents, make_pdf):
    make_pdf(documents / "farm.pdf", "Turnips are sown in July.", "The harvest weighed 1240 kilograms.")
    first = start()
    first.hello()
    first.ask(messages.AddPaths, paths=(str(documents),))
    first.all_read(1)
    first.kill()
    catalogue = tmp_path / "library" / "catalogue.sqlite3"
    catalogue.write_bytes(b"\xa5" * catalogue.stat().st_size)
    for end in ("-wal", "-shm"):
        catalogue.with_name(catalogue.name + end).unlink(missing_ok=True)
    second = start()
    assert isinstance(second.hello(), messages.Welcome)
    second.until(lambda: ErrorCode.CATALOGUE_REBUILT in notices(second))
    assert second.all_read(1).pages == 2
    second.until_searched(2)
    assert second.ask(messages.Search, query="harvest").results[0].path.endswith("farm.pdf")
