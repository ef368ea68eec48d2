"""Loading encoders by id: from an imported folder, with the quality chosen, or refused with a sentence."""

from pathlib import Path

import numpy as np
import pytest

from indexer.documents.document import PageWords
from indexer.encoder.choice import Choice, ChoiceFile
from indexer.encoder.encoder import PageInput, VectorSpace
from indexer.encoder.registry import Registry
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import Quality, Task

CHECKPOINT = Path(__file__).parents[1] / "data" / "jina_v4" / "checkpoint"
PAGE = PageInput(PageWords(), np.full((420, 300, 3), 200, np.uint8))


def test_quality_changes_what_is_stored_and_the_space_it_is_stored_in(tmp_path):
    registry = Registry(tmp_path)
    with pytest.raises(PagebeamError) as caught:
        registry.load("jina-v4")
    assert caught.value.code is ErrorCode.MODEL_MISSING
    assert registry.problem("jina-v4") is caught.value
    registry.weights.import_folder("jina-v4", CHECKPOINT)
    whole = registry.load("jina-v4")
    assert registry.problem("jina-v4") is None
    assert registry.load("jina-v4") is whole
    plain = whole.encode_pages([PAGE], whole.spaces()[0])[0]
    registry.release("jina-v4")
    registry.quality = lambda _: Quality(256, 2)
    small = registry.load("jina-v4")
    pooled = small.encode_pages([PAGE], small.spaces()[0])[0]
    assert small.spaces()[0].name != whole.spaces()[0].name
    assert plain.grid[1] > pooled.grid[1]
    assert len(plain.vectors) > len(pooled.vectors) > 0


def test_an_unknown_encoder_is_refused(tmp_path):
    with pytest.raises(PagebeamError) as caught:
        Registry(tmp_path).load("clip")
    assert caught.value.code is ErrorCode.NOT_FOUND


def test_the_choice_is_on_disk_and_a_damaged_file_is_the_beginning(tmp_path):
    path = tmp_path / "encoders.json"
    space = VectorSpace("jina-v4", "1.ab", Task.CODE, 64, 16)
    wanted = Choice(
        "jina-v4", "lite", {"jina-v4": (Task.CODE,)}, (space,), {"jina-v4 Processor": 0.5}, {"jina-v4": Quality(512)}
    )
    ChoiceFile(path).change(lambda _: wanted)
    assert ChoiceFile(path).now == wanted
    reader = ChoiceFile.kept_in_memory(path)
    reader.change(lambda _: Choice())
    assert ChoiceFile(path).now == wanted
    path.write_text('{"chosen": 3')
    assert ChoiceFile(path).now == Choice()
