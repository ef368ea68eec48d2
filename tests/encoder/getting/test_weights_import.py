"""Importing a model folder: whole, or refused with a sentence that names the file."""

import errno
import json
import os
import shutil

import pytest

from indexer.encoder import manifest, origin
from indexer.encoder.published import MODELS
from indexer.encoder.weights import Weights
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

SHARD = "model-00002-of-00002.safetensors"


@pytest.fixture
def weights(tmp_path):
    return Weights(tmp_path / "models")


def refused(weights, folder, code):
    with pytest.raises(PagebeamError) as caught:
        weights.import_folder("jina-v4", folder)
    assert caught.value.code is code
    assert not weights.is_ready("jina-v4")
    assert [path.name for path in weights.root.iterdir()] == [] if weights.root.exists() else True
    return caught.value.report.message


def test_a_whole_folder_is_taken_without_its_code_and_left_as_it_was(weights, model):
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in model.rglob("*") if p.is_file()}
    told = []
    weights.import_folder("jina-v4", model, lambda done, total, name: told.append((done, total, name)))
    assert weights.is_ready("jina-v4")
    folder = weights.verified("jina-v4", every_byte=True)
    assert (folder / "adapters" / "adapter_model.safetensors").is_file()
    assert (folder / "LICENSE.txt").is_file()
    assert not list(folder.rglob("*.py"))
    assert told[-1][0] == told[-1][1] == sum(file.size_bytes for file in weights.manifest("jina-v4").files)
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in before} == before


def test_each_missing_part_is_named(weights, model):
    for name in ("config.json", "preprocessor_config.json", SHARD, "adapters/adapter_model.safetensors"):
        aside = (model / name).rename(model / "aside")
        assert f"{name} is missing" in refused(weights, model, ErrorCode.MODEL_FOLDER_WRONG)
        aside.rename(model / name)
    assert "no folder" in refused(weights, model / "nowhere", ErrorCode.MODEL_FOLDER_WRONG)


def test_another_models_folder_is_refused(weights, model):
    (model / "config.json").write_text('{"model_type": "bert"}')
    assert "another model (bert)" in refused(weights, model, ErrorCode.MODEL_FOLDER_WRONG)


@pytest.mark.parametrize("harm", ["cut", "header", "longer", "empty"])
def test_a_corrupt_shard_is_named(weights, model, harm):
    data = (model / SHARD).read_bytes()
    harmed = {"cut": data[:-100], "header": b"\xff" * 8 + data[8:], "longer": data + b"0", "empty": b""}[harm]
    (model / SHARD).write_bytes(harmed)
    assert SHARD in refused(weights, model, ErrorCode.MODEL_BROKEN)


def test_a_missing_adapter_is_named(weights, model):
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"task_names": ["retrieval", "clustering"]}))
    assert "no adapter for clustering" in refused(weights, model, ErrorCode.MODEL_BROKEN)


def test_checksums_kept_by_the_hubs_own_tool_are_compared(weights, model):
    kept = model / ".cache" / "huggingface" / "download"
    kept.mkdir(parents=True)
    revision = "4a58ca57710c49f51896e4bc820e202fbf64904b"
    sha256 = manifest.sha256_of(model / SHARD)
    (kept / f"{SHARD}.metadata").write_text(f"{revision}\n{sha256}\n1795000000.0\n")
    (kept / "config.json.metadata").write_text(f"{revision}\n{manifest.blob_id_of(model / 'config.json')}\n1.0\n")
    weights.import_folder("jina-v4", model)
    told = weights.manifest("jina-v4")
    assert told.revision == revision
    assert {file.name for file in told.files if file.confirmed} == {SHARD, "config.json"}
    weights.remove("jina-v4")
    data = bytearray((model / SHARD).read_bytes())
    data[-5] ^= 1
    (model / SHARD).write_bytes(data)
    assert SHARD in refused(weights, model, ErrorCode.MODEL_BROKEN)


def cautioned(weights, folder):
    """Import the folder; the code and the sentence that its user is told."""
    weights.import_folder("jina-v4", folder)
    told = origin.caution(weights.manifest("jina-v4"), MODELS["jina-v4"])
    return (None, "") if told is None else (told.code, told.message)


def keep_metadata(folder, revision, names=None):
    """Write what `hf download --local-dir` leaves beside the files."""
    for path in [p for p in folder.rglob("*") if p.is_file() and ".cache" not in p.parts]:
        name = path.relative_to(folder).as_posix()
        kept = folder / ".cache" / "huggingface" / "download" / f"{name}.metadata"
        if names is None or name in names:
            kept.parent.mkdir(parents=True, exist_ok=True)
            etag = manifest.sha256_of(path) if name.endswith(".safetensors") else manifest.blob_id_of(path)
            kept.write_text(f"{revision}\n{etag}\n1795000000.0\n")


def test_a_folder_that_tells_nothing_of_its_files_is_taken_and_its_user_told_so(weights, model):
    code, message = cautioned(weights, model)
    assert code is ErrorCode.MODEL_UNCONFIRMED
    assert "where 9 of its 9 files are from" in message
    assert weights.is_ready("jina-v4")


def test_a_folder_of_another_revision_is_taken_and_its_user_told_so(weights, model):
    keep_metadata(model, "b" * 40)
    code, message = cautioned(weights, model)
    assert code is ErrorCode.MODEL_OTHER_REVISION
    assert "revision bbbbbbbb" in message
    assert MODELS["jina-v4"].revision[:8] in message
    keep_metadata(model, MODELS["jina-v4"].revision)
    assert cautioned(weights, model) == (None, "")
    keep_metadata(model, "c" * 40, [SHARD])  # one file fetched later, from another revision
    assert cautioned(weights, model)[0] is ErrorCode.MODEL_OTHER_REVISION


def test_one_file_that_is_from_elsewhere_is_told_of(weights, model):
    keep_metadata(model, MODELS["jina-v4"].revision)
    (model / ".cache" / "huggingface" / "download" / f"{SHARD}.metadata").unlink()
    code, message = cautioned(weights, model)
    assert code is ErrorCode.MODEL_UNCONFIRMED
    assert "where 1 of its 9 files" in message
    (model / ".cache" / "huggingface" / "download" / "LICENSE.txt.metadata").unlink()
    assert "where 1 of its 9 files" in cautioned(weights, model)[1]  # nothing is loaded from the licence


def test_a_hub_cache_snapshot_of_links_is_taken(weights, model, tmp_path):
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshots" / ("a" * 40)
    for path in [p for p in model.rglob("*") if p.is_file()]:
        blob = blobs / manifest.sha256_of(path)
        blobs.mkdir(exist_ok=True)
        shutil.copyfile(path, blob)
        link = snapshot / path.relative_to(model)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(blob)
    weights.import_folder("jina-v4", snapshot)
    told = weights.manifest("jina-v4")
    assert told.revision == "a" * 40
    assert all(file.confirmed for file in told.files)
    assert not (weights.folder("jina-v4") / SHARD).is_symlink()


def test_a_file_changed_after_the_import_is_never_used(weights, model):
    weights.import_folder("jina-v4", model)
    path = weights.folder("jina-v4") / SHARD
    copy = path.with_name("copy")
    shutil.copyfile(path, copy)
    copy.replace(path)  # another time, the same bytes: read once and accepted
    weights.verified("jina-v4")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(PagebeamError, match=SHARD):
        weights.verified("jina-v4")
    os.utime(path, ns=(0, weights.manifest("jina-v4").files[2].modified_ns))
    with pytest.raises(PagebeamError, match=SHARD):
        weights.verified("jina-v4", every_byte=True)
    path.unlink()
    with pytest.raises(PagebeamError, match=f"{SHARD} is gone"):
        weights.verified("jina-v4")
    assert not weights.is_ready("jina-v4")


def test_an_import_that_is_cancelled_leaves_nothing(weights, model):
    with pytest.raises(PagebeamError) as caught:
        weights.import_folder("jina-v4", model, cancelled=lambda: True)
    assert caught.value.code is ErrorCode.CANCELLED
    assert list(weights.root.iterdir()) == []


def test_a_copy_from_another_disk_is_whole_told_as_it_grows_and_stopped_within_a_file(weights, model, monkeypatch):
    def no_link(source, target):
        raise OSError(errno.EXDEV, "another disk")

    monkeypatch.setattr(os, "link", no_link)
    long = model / "long.txt"
    long.write_bytes(os.urandom(2**20) * 40)
    told = []
    weights.import_folder("jina-v4", model, lambda done, total, name: told.append((done, total, name)))
    weights.verified("jina-v4", every_byte=True)
    assert (weights.folder("jina-v4") / "long.txt").read_bytes() == long.read_bytes()
    assert len([name for _, _, name in told if name == "long.txt"]) > 5
    assert told[-1][0] == told[-1][1]
    weights.remove("jina-v4")

    copied = []

    def stop() -> bool:
        growing = weights.root / "jina-v4.import" / "long.txt"
        copied.append(growing.stat().st_size if growing.exists() else 0)
        return copied[-1] > 0

    with pytest.raises(PagebeamError) as caught:
        weights.import_folder("jina-v4", model, cancelled=stop)
    assert caught.value.code is ErrorCode.CANCELLED
    assert 0 < copied[-1] < long.stat().st_size / 2
    assert list(weights.root.iterdir()) == []


def test_what_a_killed_import_left_is_cleared_away(weights, model):
    weights.import_folder("jina-v4", model)
    half = weights.root / "jina-v4.import"
    half.mkdir()
    (half / SHARD).write_bytes(b"half")
    weights.put_right("jina-v4")
    assert [path.name for path in weights.root.iterdir()] == ["jina-v4"]
    # Killed between taking the old model away and putting the new one in its place.
    weights.folder("jina-v4").rename(weights.root / "jina-v4.old")
    weights.put_right("jina-v4")
    assert [path.name for path in weights.root.iterdir()] == ["jina-v4"]
    weights.verified("jina-v4", every_byte=True)


def test_removing_tells_what_it_freed(weights, model):
    weights.import_folder("jina-v4", model)
    size = weights.model_bytes("jina-v4")
    assert size > 100_000
    assert weights.remove("jina-v4") == size
    assert not weights.is_ready("jina-v4")
    with pytest.raises(PagebeamError) as caught:
        weights.verified("jina-v4")
    assert caught.value.code is ErrorCode.MODEL_MISSING
