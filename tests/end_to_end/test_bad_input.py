"""Bad files, bad folders, bad lines: each a clear sentence, and the rest goes on."""

from PIL import Image

from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode


def test_bad_files_cost_themselves_only_and_the_log_names_none(engine, tmp_path, documents, make_pdf):
    import pymupdf

    make_pdf(documents / "good.pdf", "Turnips and carrots.")
    (documents / "empty.pdf").write_bytes(b"")
    (documents / "text.pdf").write_text("just some words, not a PDF")
    (documents / "broken.pdf").write_bytes(b"%PDF-1.7\n" + b"\x00garbage" * 200)
    locked = pymupdf.open()
    locked.new_page().insert_text((72, 72), "A secret about turnips")
    locked.save(documents / "locked.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="pw", owner_pw="pw")
    Image.new("1", (30_000, 30_000)).save(documents / "huge.png")
    engine.ask(messages.AddPaths, paths=(str(documents),))
    status = engine.all_read(6)
    failures = {f.path.rsplit("/", 1)[1]: f for f in engine.ask(messages.ListFailures).failures}
    assert (status.indexed, status.failed) == (1, 5)
    assert failures["empty.pdf"].code == ErrorCode.FILE_EMPTY
    assert failures["text.pdf"].code in (ErrorCode.KIND_UNSUPPORTED, ErrorCode.DOCUMENT_BROKEN)
    assert failures["locked.pdf"].code == ErrorCode.DOCUMENT_LOCKED
    assert failures["huge.png"].code == ErrorCode.PICTURE_TOO_LARGE
    assert all(failure.message for failure in failures.values())
    engine.ask(messages.Unlock, document_id=failures["locked.pdf"].document_id, password="pw")
    engine.status_until(lambda s: s.indexed == 2)
    assert engine.ask(messages.Search, query="secret").results[0].path.endswith("locked.pdf")
    log = b"".join(engine.words) + (tmp_path / "library" / "logs" / "engine.log").read_bytes()
    assert b"document " in log
    assert not [name for name in (*failures, "good.pdf", str(documents), "turnips") if name.encode() in log.lower()]


def test_missing_folders_are_refused_with_a_sentence(engine, tmp_path):
    added = engine.ask(messages.AddPaths, paths=(str(tmp_path / "nowhere"), str(tmp_path / "no.pdf")))
    assert [refused.code for refused in added.refused] == [ErrorCode.FOLDER_MISSING, ErrorCode.FILE_MISSING]


def test_lines_that_are_no_messages_are_answered_and_reading_goes_on(engine):
    engine.raw(b"this is not json\n")
    engine.raw(b'{"type": "dance", "id": 77}\n')
    assert engine.reply(77).error.code == ErrorCode.BAD_REQUEST
    assert isinstance(engine.ask(messages.GetStatus), messages.Status)


def test_a_document_forgotten_while_it_is_read_leaves_nothing(engine, documents, make_pdf):
    make_pdf(documents / "long.pdf", *["An old page about turnips."] * 120)
    engine.ask(messages.AddPaths, paths=(str(documents),))
    engine.status_until(lambda s: s.pages > 0)
    (documents / "long.pdf").unlink()
    engine.status_until(lambda s: s.documents == 0)
    make_pdf(documents / "next.pdf", "A new page about lighthouses.")
    engine.all_read(1)
    reply = engine.ask(messages.Search, query="turnips")
    assert [result.path.rsplit("/", 1)[1] for result in reply.results] == ["next.pdf"]


def test_a_single_file_gone_before_it_is_read_stops_nobody(engine, documents, make_pdf):
    engine.ask(messages.Pause)
    lost, kept = make_pdf(documents / "a.pdf", "Turnips."), make_pdf(documents / "b.pdf", "Lighthouses. " * 50)
    added = engine.ask(messages.AddPaths, paths=(str(lost), str(kept)))
    assert added.files == 2
    lost.unlink()
    engine.ask(messages.Resume)
    status = engine.all_read(1)
    assert (status.indexed, status.failed) == (1, 0)
    assert engine.ask(messages.Search, query="lighthouses").results[0].path == str(kept)


def test_documents_are_never_written_to(engine, documents, make_pdf):
    path = make_pdf(documents / "one.pdf", "Turnips and carrots.")
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    engine.ask(messages.AddPaths, paths=(str(documents),))
    engine.all_read(1)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_list_of_failures_read_between_two_events_does_not_stay_the_last_word(engine, documents):
    (documents / "broken.pdf").write_bytes(b"%PDF-1.7\n" + b"\x00garbage" * 200)
    engine.ask(messages.AddPaths, paths=(str(documents),))
    engine.until(lambda: messages.FailuresChanged(count=1) in engine.events)
    for _ in range(20):
        seen = len(engine.events)
        engine.ask(messages.Retry)
        if not engine.ask(messages.ListFailures).failures:  # it is being read again, and fails again at once
            engine.until(lambda: messages.FailuresChanged(count=1) in engine.events[seen:], 20)  # noqa: B023
            return
        engine.status_until(lambda status: status.failed == 1)
    raise AssertionError("the list was never asked for while the document was read")
