"""Pictures and questions that no demonstration has, through a real engine on which Jina v4 answers."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from indexer.protocol import messages
from indexer.protocol.values import Quality

CHECKPOINT = Path(__file__).parents[1] / "data" / "jina_v4" / "checkpoint"
_spec = importlib.util.spec_from_file_location("choosing", Path(__file__).with_name("test_choose_encoder.py"))
choosing = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(choosing)

QUESTIONS = (
    "",
    "   ",
    "🚀👩‍🔬🎉",
    "?!",
    "مخرج الطوارئ في الطابق الثاني",
    "תוכנית חירום",
    "word " * 10_000,
    "字" * 10_000,
)


def shades(rows: int, columns: int, channels: int = 3) -> np.ndarray:
    """Without anything that could be taken for writing: recognition would take longer than the model."""
    down, across = np.mgrid[0:rows, 0:columns] * 255 // max(rows, columns)
    return np.stack([down, across, 255 - down, 128 + across // 2][:channels], axis=-1).astype(np.uint8)


@pytest.fixture
def pictures(documents) -> dict[str, tuple[int, int]]:
    """Picture files of every odd kind: name to width and height as a person sees them."""
    made = {
        "one pixel.png": Image.fromarray(shades(1, 1)),
        "a hundred to one.png": Image.fromarray(shades(20, 2_000)),
        "one to three hundred.png": Image.fromarray(shades(1_500, 5)),
        "transparent.png": Image.fromarray(shades(90, 120, 4)),
        "sixteen bits.png": Image.fromarray(shades(90, 120, 1)[:, :, 0].astype(np.uint16) * 257),
        "print.jpg": Image.fromarray(shades(90, 120, 4), "CMYK"),
        "turned.jpg": Image.fromarray(shades(90, 120)),
    }
    for name, picture in made.items():
        exif = Image.Exif()
        if name.startswith("turned"):
            exif[0x0112] = 6  # a quarter turn to the right
        picture.save(documents / name, **({"exif": exif} if name.endswith("jpg") else {}))
    return {name: picture.size for name, picture in made.items()} | {"turned.jpg": (90, 120)}


@pytest.mark.timeout(400)
def test_odd_pictures_are_seen_and_odd_questions_answered(engine, documents, pictures):
    ask = engine.ask
    assert isinstance(ask(messages.ImportEncoder, encoder_id="jina-v4", folder=str(CHECKPOINT)), messages.Done)
    ask(messages.SetQuality, encoder_id="jina-v4", quality=Quality(256))
    ask(messages.ChooseEncoder, encoder_id="jina-v4")
    choosing.serves(engine, "jina-v4")
    ask(messages.AddPaths, paths=(str(documents),))
    status = engine.all_read(len(pictures))
    assert (status.failed, status.pages) == (0, len(pictures))
    choosing.told(engine, lambda: choosing.encoders(engine)["jina-v4"].pages == len(pictures))
    choosing.told(engine, lambda: ask(messages.Search, query="heat pump").searched == len(pictures))

    found = ask(messages.Search, query="heat pump")
    assert {Path(result.path).name for result in found.results} == set(pictures)
    for result in found.results:
        wide, high = pictures[Path(result.path).name]
        assert result.width / result.height == pytest.approx(wide / high, rel=0.02)  # EXIF's turn was taken
        for word in result.words:
            assert all(0 <= r.x0 < r.x1 <= 1 and 0 <= r.y0 < r.y1 <= 1 for r in word.regions)
    for question in QUESTIONS:
        reply = ask(messages.Search, query=question)
        assert isinstance(reply, messages.SearchReply), question[:20]
        assert len(reply.results) == (len(pictures) if question.strip() else 0)
        assert not any(np.isnan(result.score) for result in reply.results)
