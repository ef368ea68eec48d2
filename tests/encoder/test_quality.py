"""What a quality is said to cost is what it costs: areas, vectors and places of the encoder, bytes of the store."""

import numpy as np
import pytest

from indexer import cli
from indexer.config import RenderLimits
from indexer.documents.document import PageWords
from indexer.documents.kinds import kind_of
from indexer.encoder.choice import ChoiceFile
from indexer.encoder.encoder import EncodedPage, PageInput, VectorSpace
from indexer.protocol.quality import (
    CROPS,
    DRAWN_PIXELS,
    IMAGE_TOKENS,
    POOLING,
    SINGLE_SIZES,
    allowed,
    crop_side,
    page_cost,
)
from indexer.protocol.values import PageKey, Quality, Task
from indexer.render.mupdf import load_mupdf
from indexer.render.pool import RenderPool
from indexer.store.rows import PageRow
from indexer.store.store import Store

WORDS = 350


@pytest.fixture(scope="module")
def a4(tmp_path_factory):
    """An A4 page of text as a PDF."""
    path = tmp_path_factory.mktemp("pages") / "a4.pdf"
    document = load_mupdf().open()
    page = document.new_page(width=595.28, height=841.89)
    for line in range(WORDS // 10):
        page.insert_text((60, 60 + 20 * line), " ".join(f"word{line * 10 + i}" for i in range(10)), fontsize=9)
    document.save(path)
    return path


@pytest.fixture(scope="module")
def pool():
    made = RenderPool(RenderLimits())
    yield made
    made.close()


def offered():
    every = (Quality(t, p, 0, c) for t in IMAGE_TOKENS for p in POOLING for c in CROPS)
    return [quality for quality in every if allowed(quality)]


def test_crops_of_a_high_resolution_and_odd_numbers_are_not_offered():
    assert allowed(Quality())
    assert not allowed(Quality(2_800, crops=2))
    for wrong in (Quality(300), Quality(768, 4), Quality(768, 1, 100), Quality(768, 1, 0, 4)):
        assert not allowed(wrong)
    assert len(offered()) == 3 * 3 * 3 + 2 * 3


@pytest.mark.parametrize(
    "quality",
    [
        Quality(256),
        Quality(512, 2),
        Quality(),
        Quality(crops=2),
        Quality(256, 3, 0, 3),
        Quality(2_800),
        Quality(48_200),
    ],
)
def test_a_page_is_drawn_and_seen_as_the_quality_says(quality, a4, pool):
    from indexer.encoder.jina_v4 import inputs, places
    from indexer.encoder.jina_v4.inputs import Preprocessing
    from indexer.encoder.jina_v4.pages import PageLayout
    from indexer.encoder.jina_v4.settings import JinaSettings

    limit, cost = quality.image_tokens * 28**2, page_cost(quality)
    wanted = round(limit / crop_side(quality.crops) ** 2)
    (page,) = pool.read(a4, kind_of(a4), wanted)
    assert page.pixels.shape[0] * page.pixels.shape[1] <= 1.01 * DRAWN_PIXELS
    sizes = Preprocessing(3136, 602_112, 14, 2, 2, (0.5,) * 3, (0.2,) * 3, 1 / 255)
    layout = PageLayout(sizes, JinaSettings(quality.image_tokens, pooling=quality.pooling, crops=quality.crops))
    areas = vectors = 0
    for box in layout.boxes():
        rows, columns = layout.grid(page.pixels[places.pixel_box(box, *page.pixels.shape[:2])])
        areas += rows * columns
        vectors += rows * -(-columns // quality.pooling)
    assert cost.areas == pytest.approx(areas, rel=0.03)
    assert cost.vectors == pytest.approx(vectors, rel=0.03)
    rows, columns = inputs.target_size(*page.pixels.shape[:2], sizes, limit)
    if not quality.crops:
        assert cost.dpi == pytest.approx(columns / 595.28 * 72, rel=0.02)


def test_the_limits_of_the_renderer_stand_whatever_is_wished(a4, pool):
    (page,) = pool.read(a4, kind_of(a4), 10**12)
    pixels = page.pixels.shape[0] * page.pixels.shape[1]
    assert (
        0.95 * DRAWN_PIXELS < pixels <= 1.01 * DRAWN_PIXELS == pytest.approx(1.01 * RenderLimits().recognition_pixels)
    )
    (page,) = pool.read(a4, kind_of(a4), 5)
    assert page.pixels.shape[0] * page.pixels.shape[1] == pytest.approx(RenderLimits().page_pixels, rel=0.01)
    assert len(page.words.texts) == WORDS


@pytest.mark.parametrize(
    "quality", [Quality(256), Quality(), Quality(768, 3, 128), Quality(768, 2, 0, 2), Quality(2_800)]
)
def test_a_page_takes_the_room_that_is_told(quality, a4, pool, tmp_path):
    cost, pages = page_cost(quality), 8
    single = quality.single_size or 2048
    space = VectorSpace("jina-v4", "1", Task.RETRIEVAL, single, 128)
    (page,) = pool.read(a4, kind_of(a4))
    random = np.random.default_rng(0)
    store = Store(tmp_path / "store")

    def encoded() -> EncodedPage:
        vectors = random.standard_normal((cost.vectors, 128)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        one = random.standard_normal(single).astype(np.float32)
        kinds = np.zeros(len(vectors), np.uint8)
        if quality.crops or quality.pooling > 1:
            regions = random.random((len(vectors), 4)).astype(np.float32)
            return EncodedPage(one / np.linalg.norm(one), vectors, regions, kinds)
        regions = np.zeros((len(vectors), 4), np.float32)
        regions[:, 0], regions[:, 2] = (
            np.arange(len(vectors)) / len(vectors),
            np.arange(1, len(vectors) + 1) / len(vectors),
        )
        return EncodedPage(one / np.linalg.norm(one), vectors, regions, kinds, (1, len(vectors)))

    store.put(space, [PageRow(PageKey(number, 1), "1", encoded(), page.words) for number in range(pages)])
    assert store.space_bytes(space) / pages == pytest.approx(cost.stored_bytes, rel=0.15)


def test_work_is_told_from_the_architecture():
    """The same count as tests/benchmarks/jina_parts.py makes of the published sizes: 8.1 TFLOP an A4 page."""
    per_patch = 32 * (4 * 1280**2 + 3 * 1280 * 3420) + 3 * 2 * 14**2 * 1280
    per_token = 36 * (2 * 2048**2 + 2 * 2048**2 * 2 // 16 + 3 * 2048 * 11008)

    def flop(areas: int) -> float:
        patches = 4 * areas
        looking = 2 * 1280 * patches * (4 * patches + 28 * 64) + 2048 * areas**2 * 36
        return 2 * (patches * per_patch + areas * (5120**2 + 5120 * 2048 + per_token) + looking)

    for tokens in (256, 512, 2_800, 48_200):
        cost = page_cost(Quality(tokens))
        assert cost.work == pytest.approx(flop(cost.areas) / flop(736), rel=0.01)
    assert page_cost(Quality()).work == 1
    assert all(size <= 1024 for size in SINGLE_SIZES)


def test_a_page_input_of_any_quality_is_encoded(a4, pool, tmp_path):
    """The finest setting through the real network: the tiny one of the golden set."""
    from pathlib import Path

    from indexer.encoder.jina_v4.encoder import JinaV4Encoder
    from indexer.encoder.jina_v4.settings import JinaSettings

    folder = Path(__file__).parents[1] / "data" / "jina_v4" / "checkpoint"
    encoder = JinaV4Encoder.load(folder, JinaSettings(2_800, device="cpu", dtype="float32"))
    assert encoder.page_pixels == 2_800 * 784
    (page,) = pool.read(a4, kind_of(a4), encoder.page_pixels)
    stored = encoder.encode_pages([PageInput(PageWords(), page.pixels)], encoder.spaces()[0])[0]
    assert len(stored.vectors) == page_cost(Quality(2_800)).vectors
    assert stored.regions[-1].tolist() == pytest.approx([43 / 44, 62 / 63, 1, 1], abs=1e-6)


def test_the_command_line_sets_a_quality_and_says_what_it_costs(tmp_path, capsys):
    told = ["encoder", "quality", "--data-dir", str(tmp_path)]
    assert cli.main([*told, "--areas", "2800", "--pooling", "3"]) == 0
    said = capsys.readouterr().out
    assert "seen at 149 dpi in 2772 areas, 4.1 times the usual work; its 945 vectors take 153 kB" in said
    assert ChoiceFile(next(tmp_path.rglob("encoders.json"))).now.quality == {"jina-v4": Quality(2_800, 3)}
    assert cli.main([*told, "--areas", "2800", "--crops", "2"]) == 1
    assert cli.main(["evaluate", str(tmp_path), "--data-dir", str(tmp_path), "--areas", "300"]) == 2
    assert "not offered together" in capsys.readouterr().err
