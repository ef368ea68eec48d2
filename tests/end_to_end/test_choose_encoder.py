"""Through a real engine: import a model, choose it, keep finding pages while it catches up, and give it back.

The model is the tiny one of the golden set: its weights are random, so only the way is judged, not what it finds.
"""

import os
import shutil
import time
from pathlib import Path

import pymupdf
import pytest

from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import Quality, Task

CODE = "def sow(field): return [seed(row) for row in field.rows if row.is_free()] ; import turnips ; x = {1: a_b}"


@pytest.fixture
def checkpoint(tmp_path) -> Path:
    named = os.environ.get("PAGEBEAM_GOLDEN")
    golden = Path(named) if named else Path(__file__).resolve().parents[1] / "data" / "jina_v4"
    folder = tmp_path / "downloaded elsewhere"
    shutil.copytree(golden / "checkpoint", folder)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def encoders(engine):
    return {info.encoder_id: info for info in engine.ask(messages.ListEncoders).encoders}


def told(engine, condition):
    """Look with every event until the condition holds."""
    end = time.monotonic() + 150
    while True:
        seen = len(engine.events)
        if condition():
            return
        assert time.monotonic() < end
        engine.until(lambda: len(engine.events) > seen)  # noqa: B023 (waited for at once)


def serves(engine, encoder_id):
    told(engine, lambda: encoders(engine)[encoder_id].serving)


def test_a_model_is_imported_chosen_and_removed_while_pages_stay_findable(engine, documents, make_pdf, checkpoint):
    make_pdf(documents / "farm.pdf", "Turnips are sown in July.", "The harvest weighed 1240 kilograms.")
    make_pdf(documents / "code.pdf", CODE)
    engine.ask(messages.AddPaths, paths=(str(documents),))
    engine.all_read(2)
    before = encoders(engine)
    assert before["lite"].serving
    assert before["lite"].chosen
    jina = before["jina-v4"]
    assert not jina.ready
    assert len(jina.licences) == 2
    assert jina.download_bytes > 7e9
    assert jina.free_bytes > 0
    assert jina.seconds_per_page > 0
    assert not jina.seconds_measured
    assert jina.device_reason

    refused = engine.ask(messages.ChooseEncoder, encoder_id="jina-v4")
    assert refused.error.code == ErrorCode.MODEL_MISSING
    assert "pagebeam encoder download" in refused.error.message
    refused = engine.ask(messages.DownloadEncoder, encoder_id="jina-v4")
    assert refused.error.code == ErrorCode.LICENCE_NEEDED
    refused = engine.ask(messages.ImportEncoder, encoder_id="jina-v4", folder=str(documents))
    assert refused.error.code == ErrorCode.MODEL_FOLDER_WRONG

    assert isinstance(engine.ask(messages.ImportEncoder, encoder_id="jina-v4", folder=str(checkpoint)), messages.Done)
    assert [event for event in engine.events if isinstance(event, messages.DownloadProgress)]
    assert encoders(engine)["jina-v4"].ready
    assert encoders(engine)["jina-v4"].caution.code == ErrorCode.MODEL_UNCONFIRMED
    assert isinstance(engine.ask(messages.VerifyEncoder, encoder_id="jina-v4"), messages.Done)

    tasks = (Task.TEXT_MATCHING, Task.CODE)
    assert isinstance(engine.ask(messages.KeepTasks, encoder_id="jina-v4", tasks=tasks), messages.Done)
    assert isinstance(engine.ask(messages.ChooseEncoder, encoder_id="jina-v4"), messages.Done)
    best = engine.ask(messages.Search, query="turnips").results[0]
    assert best.path.endswith("farm.pdf")  # by Lite, until the other has caught up, or by the other
    serves(engine, "jina-v4")
    after = encoders(engine)
    assert after["jina-v4"].pages == after["jina-v4"].pages_total == 3
    assert after["jina-v4"].seconds_measured
    assert after["jina-v4"].vectors_bytes > 0
    assert after["lite"].pages == 3  # kept, and its room is told
    assert after["lite"].vectors_bytes > 0

    found = engine.ask(messages.Search, query="turnips in July")
    assert {result.key.page for result in found.results} == {1, 2}
    assert len(found.results) == 3
    assert any(word.regions for result in found.results for word in result.words)
    make_pdf(documents / "late.pdf", "A late harvest of turnips.")
    engine.ask(messages.Rescan)
    engine.all_read(3)
    assert len(engine.ask(messages.Search, query="turnips").results) == 4

    key = found.results[0].key
    alike = engine.ask(messages.MoreLikeThis, key=key)
    assert len(alike.results) == 3
    assert key not in [result.key for result in alike.results]
    in_code = engine.ask(messages.Search, query="import turnips", task=Task.CODE)
    assert in_code.results[0].path.endswith("code.pdf")

    refused = engine.ask(messages.SetQuality, encoder_id="jina-v4", quality=Quality(256))
    assert refused.error.code == ErrorCode.ENCODER_IN_USE
    refused = engine.ask(messages.RemoveEncoder, encoder_id="jina-v4")
    assert refused.error.code == ErrorCode.ENCODER_IN_USE
    engine.ask(messages.ChooseEncoder, encoder_id="lite")
    serves(engine, "lite")
    assert engine.ask(messages.Search, query="late harvest").results[0].path.endswith("late.pdf")
    assert engine.ask(messages.SetQuality, encoder_id="jina-v4", quality=Quality(3)).error.code == ErrorCode.BAD_REQUEST
    refused = engine.ask(messages.SetQuality, encoder_id="jina-v4", quality=Quality(2_800, crops=2))
    assert refused.error.code == ErrorCode.BAD_REQUEST
    closer = Quality(256, 2, crops=2)  # small crops beside the whole page, neighbours pooled
    assert isinstance(engine.ask(messages.SetQuality, encoder_id="jina-v4", quality=closer), messages.Done)
    changed = encoders(engine)["jina-v4"]
    assert (changed.quality, changed.pages, changed.vectors_bytes) == (closer, 0, 0)
    engine.ask(messages.KeepTasks, encoder_id="jina-v4", tasks=())
    engine.ask(messages.ChooseEncoder, encoder_id="jina-v4")
    serves(engine, "jina-v4")
    assert encoders(engine)["jina-v4"].version != after["jina-v4"].version
    found = engine.ask(messages.Search, query="turnips in July")
    assert len(found.results) == 4
    assert any(word.regions for result in found.results for word in result.words)
    engine.ask(messages.ChooseEncoder, encoder_id="lite")
    serves(engine, "lite")
    assert isinstance(engine.ask(messages.RemoveEncoder, encoder_id="jina-v4"), messages.Done)
    gone = encoders(engine)["jina-v4"]
    assert (gone.ready, gone.model_bytes, gone.vectors_bytes, gone.pages) == (False, 0, 0, 0)
    assert not gone.seconds_measured  # other files may come, which take another time
    assert gone.caution is None
    assert checkpoint.joinpath("config.json").is_file()


@pytest.mark.timeout(400)
def test_catching_up_survives_a_kill_and_a_damaged_model_hands_over_to_lite(start, documents, make_pdf, checkpoint):
    for number in range(3):
        make_pdf(documents / f"{number}.pdf", f"Document {number} about turnips.", "And lighthouses.")
    secret = pymupdf.open()
    secret.new_page().insert_text((72, 72), "A secret about turnips")
    secret.save(documents / "locked.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="pw", owner_pw="pw")
    first = start()
    first.hello()
    first.ask(messages.AddPaths, paths=(str(documents),))
    first.status_until(lambda s: s.documents == 4 and s.waiting == 0)
    locked = first.ask(messages.ListFailures).failures[0]
    first.ask(messages.Unlock, document_id=locked.document_id, password="pw")
    first.status_until(lambda s: s.indexed == 4)
    first.ask(messages.ImportEncoder, encoder_id="jina-v4", folder=str(checkpoint))
    first.ask(messages.ChooseEncoder, encoder_id="jina-v4")
    first.kill()
    away = documents.rename(documents.with_name("unplugged"))
    second = start()
    second.hello()
    assert encoders(second)["jina-v4"].chosen
    told(second, lambda: encoders(second)["jina-v4"].pages_waiting > 0)
    assert not encoders(second)["jina-v4"].serving  # pages on a disk that is away stay findable by Lite
    assert len(second.ask(messages.Search, query="turnips").results) == 7
    away.rename(documents)
    second.ask(messages.Rescan)
    serves(second, "jina-v4")
    assert encoders(second)["jina-v4"].pages == 7
    # A password is used once and forgotten: that page cannot be looked at again, which is told and holds nothing back.
    notices = [event.error.code for event in second.events if isinstance(event, messages.Notice)]
    assert ErrorCode.DOCUMENT_LOCKED in notices
    assert "locked.pdf" in str(second.ask(messages.Search, query="secret").results)  # found by its words
    library = Path(second.replies[1].pictures).parents[1]
    second.close()

    shard = max((library / "models" / "jina-v4").glob("model*.safetensors"))
    data = bytearray(shard.read_bytes())
    data[-1] ^= 1
    shard.write_bytes(data)
    third = start()
    third.hello()
    serves(third, "lite")
    third.until(lambda: any(isinstance(event, messages.Notice) for event in third.events))
    notice = next(event for event in third.events if isinstance(event, messages.Notice))
    assert notice.error.code == ErrorCode.MODEL_BROKEN
    assert shard.name in notice.error.message
    assert len(third.ask(messages.Search, query="turnips").results) == 7
    assert shard.name in encoders(third)["jina-v4"].problem.message
