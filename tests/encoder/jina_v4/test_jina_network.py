"""The network beside transformers' own forward: windows, batches, fused layers, adapters merged or beside."""

import copy
import threading

import numpy as np
import pytest
import torch

from indexer.encoder.jina_v4 import inputs
from indexer.encoder.jina_v4.adapters import Adapters
from indexer.encoder.jina_v4.attention import in_parts
from indexer.encoder.jina_v4.fusing import fused_vision_layers
from indexer.encoder.jina_v4.model import Vision
from indexer.encoder.jina_v4.network import JinaNetwork
from indexer.encoder.jina_v4.one_pass import ONE_PASS
from indexer.encoder.jina_v4.pointwise import PLAIN
from indexer.encoder.jina_v4.windows import window_order

SHAPES = ((1, 1), (1, 9), (9, 1), (2, 3), (4, 4), (5, 4), (4, 5), (6, 11), (11, 6), (8, 8), (7, 13))
"""Merged cells (rows, columns): whole windows, windows cut on the right, at the bottom, on both, and strips."""


ROUNDING = 1e-4
"""Of the largest number. Conv3d alone is off by 1e-5 on values around 8; another window or a wrong place changes them
by 0.1 and more."""


def apart(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    """The largest difference, as a share of the largest number where that is beyond 1."""
    return float((ours - theirs).abs().max() / theirs.abs().max().clamp(min=1.0))


def picture(rows: int, columns: int, sizes, seed: int = 0) -> torch.Tensor:
    made = torch.Generator().manual_seed(seed)
    shape = (3, rows * sizes.cell, columns * sizes.cell)
    return torch.randint(0, 256, shape, generator=made, dtype=torch.uint8)


def published_pixels(one: torch.Tensor, sizes) -> torch.Tensor:
    rows = inputs.normalised(inputs.patch_rows(one[None], sizes), sizes)
    still = rows.reshape(-1, 3, 1, sizes.patch**2).expand(-1, -1, sizes.temporal, -1)
    return still.reshape(len(still), -1)


def seen_by_transformers(modules, pictures, sizes) -> torch.Tensor:
    grids = torch.tensor([[1, one.shape[1] // sizes.patch, one.shape[2] // sizes.patch] for one in pictures])
    pixels = torch.cat([published_pixels(one, sizes) for one in pictures])
    with torch.inference_mode():
        return modules.model.visual(pixels, grid_thw=grids).pooler_output


@pytest.fixture(scope="module")
def network(encoder) -> JinaNetwork:
    return encoder.network


@pytest.mark.parametrize("shape", SHAPES)
def test_windows_of_every_shape_see_what_transformers_loop_sees(network, modules, shape):
    one = picture(*shape, network.preprocessing)
    ours, theirs = network.look([one]), seen_by_transformers(modules, [one], network.preprocessing)
    assert apart(ours, theirs) < ROUNDING


def test_pages_of_one_count_and_other_shapes_share_a_batch_and_do_not_see_each_other(network, modules):
    sizes = network.preprocessing
    pictures = [picture(6, 4, sizes, 1), picture(4, 6, sizes, 2), picture(3, 8, sizes, 3), picture(6, 4, sizes, 4)]
    together = network.look(pictures)
    alone = torch.cat([network.look([one]) for one in pictures])
    assert apart(together, alone) < ROUNDING
    assert apart(together, seen_by_transformers(modules, pictures, sizes)) < ROUNDING


def test_pages_of_unequal_size_are_refused_rather_than_mixed_up(network):
    with pytest.raises(AssertionError, match="unequal"):
        network.look([picture(2, 2, network.preprocessing), picture(2, 3, network.preprocessing)])


def test_a_window_order_is_an_order_and_its_sizes_add_up():
    order = window_order(((5, 7), (7, 5)), 4)
    assert sorted(order.order) == list(range(70))
    assert (order.order[order.inverse] == np.arange(70)).all()
    assert sum(windows * cells for windows, cells in order.groups) == 70
    assert [cells for _, cells in order.groups] == sorted({16, 12, 4, 3}, reverse=True)


def test_the_linear_patch_embedding_is_the_convolution(network, modules):
    rows = published_pixels(picture(3, 5, network.preprocessing), network.preprocessing)
    with torch.inference_mode():
        convolved = modules.model.visual.patch_embed(rows)
        still = inputs.normalised(
            inputs.patch_rows(picture(3, 5, network.preprocessing)[None], network.preprocessing), network.preprocessing
        )
        ours = torch.nn.functional.linear(still.reshape(-1, still.shape[-1]), network.vision._patch_kernel)
    assert apart(ours, convolved) < ROUNDING


def test_a_wider_mlp_for_the_matrix_units_changes_no_number(network, checkpoint):
    modules = checkpoint.load(torch.device("cpu"), torch.float32)
    before = seen_by_transformers(modules, [picture(5, 6, network.preprocessing)], network.preprocessing)
    layers = fused_vision_layers(modules, multiple=64)
    assert layers[0].gate_up.weight.shape[0] % 128 == 0
    vision = Vision(modules.model.visual, layers)
    patches = inputs.normalised(
        inputs.patch_rows(picture(5, 6, network.preprocessing)[None], network.preprocessing), network.preprocessing
    )
    with torch.inference_mode():
        assert apart(vision.forward(patches[0], ((5, 6),)), before) < ROUNDING
    # transformers' modules now read from the same memory, and still say the same.
    after = seen_by_transformers(modules, [picture(5, 6, network.preprocessing)], network.preprocessing)
    assert apart(after, before) < ROUNDING


def test_merged_and_beside_are_the_same_adapter(network, modules, low_rank, checkpoint, text_input):
    beside = JinaNetwork(modules, low_rank, checkpoint.preprocessing, text_input, network.steps)
    ids = [one.ids for one in text_input.tokenize(["a few words", "and more of them here"], "Query")]
    for task in checkpoint.tasks:
        assert network.adapters.weights(task).merged
        assert not low_rank.weights(task).merged
        for ours, other in zip(network.texts(ids, task), beside.texts(ids, task), strict=True):
            assert (ours.multi - other.multi).abs().max() < 2e-5
            assert (ours.single - other.single).abs().max() < 2e-6


def test_where_memory_is_short_nothing_is_merged(modules, checkpoint, monkeypatch):
    monkeypatch.setattr("indexer.encoder.jina_v4.adapters.HEADROOM_BYTES", 2**60)
    assert not Adapters(modules, checkpoint.tasks).weights(checkpoint.tasks[0]).merged


def test_two_threads_with_two_tasks_get_their_own_answers(network, modules, low_rank, checkpoint, text_input):
    beside = JinaNetwork(modules, low_rank, checkpoint.preprocessing, text_input, network.steps)
    ids = [one.ids for one in text_input.tokenize(["which adapter answers this question"], "Query")]
    page = picture(3, 4, network.preprocessing)
    for one in (network, beside):
        alone = {task: (one.texts(ids, task)[0].multi, one.images([page], task)[0].multi) for task in checkpoint.tasks}
        tasks = list(alone)
        assert (alone[tasks[0]][0] - alone[tasks[1]][0]).abs().max() > 0.01
        wrong: list[str] = []
        start = threading.Barrier(len(tasks))

        def ask(task: str, one=one, alone=alone, wrong=wrong, start=start) -> None:
            start.wait()
            for _ in range(15):
                same = torch.equal(one.texts(ids, task)[0].multi, alone[task][0])
                if not same or not torch.equal(one.images([page], task)[0].multi, alone[task][1]):
                    wrong.append(task)

        threads = [threading.Thread(target=ask, args=(task,)) for task in tasks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong


def test_an_unknown_task_is_refused(network):
    with pytest.raises(ValueError, match="no adapter"):
        network.texts([[1, 2]], "poetry")


def test_there_are_no_logits_and_no_cache(modules, encoder):
    names = {name for name, _ in modules.named_parameters()}
    assert not any("lm_head" in name for name in names)
    assert encoder.network.text.embedding.requires_grad is False
    assert not any(one.requires_grad for one in modules.parameters())


def test_a_text_has_the_same_vectors_alone_and_beside_a_longer_one(network, text_input):
    short, long = (one.ids for one in text_input.tokenize(["short", "a much longer text " * 20], "Passage"))
    alone, beside = network.texts([short], "retrieval")[0], network.texts([short, long], "retrieval")[0]
    assert (
        alone.multi.shape
        == beside.multi.shape
        == (len(short), network.adapters.weights("retrieval").projector_weight.shape[0])
    )
    assert apart(alone.multi, beside.multi) < ROUNDING


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("scores", [1, 60, 700, 5_000, 10**9])
@pytest.mark.parametrize("shape", [(1, 2, 37, 8), (5, 3, 16, 4)])
def test_attention_in_parts_is_the_same_attention(shape, scores, causal):
    """As Apple's graphics processors need it, where torch would work out every score at once."""
    torch.manual_seed(0)
    q, k, v = (torch.randn(shape) for _ in range(3))
    whole = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal, scale=0.3)
    parts = in_parts(q, k, v, 0.3, causal=causal, scores=scores)
    assert (parts - whole).abs().max() < 1e-6
    half = in_parts(*(part.bfloat16() for part in (q, k, v)), 0.3, causal=causal, scores=scores)
    assert half.dtype is torch.bfloat16
    assert (half.float() - whole).abs().max() < 0.05


@pytest.mark.parametrize(("tokens", "heads", "size"), [(1, 1, 2), (7, 3, 12), (300, 5, 16), (9000, 8, 20)])
def test_steps_in_one_pass_are_the_plain_ones(tokens, heads, size):
    """The largest is beyond what is done in one pass; of the heads some are passed over, as values are."""
    torch.manual_seed(0)
    x, y = (torch.randn(tokens, heads * size) * 3 for _ in range(2))
    weight, wide = torch.rand(heads * size), torch.randn(tokens, heads + 2, size)
    angle = torch.rand(tokens, 1, size // 2) * 6
    pairs = (
        (ONE_PASS.rms_norm(x, weight, 1e-6), PLAIN.rms_norm(x, weight, 1e-6)),
        (ONE_PASS.add_norm(x, y, weight, 1e-6)[0], x + y),
        (ONE_PASS.add_norm(x, y, weight, 1e-6)[1], PLAIN.add_norm(x, y, weight, 1e-6)[1]),
        (
            ONE_PASS.rotate(wide[:, :heads], angle.cos(), angle.sin()),
            PLAIN.rotate(wide[:, :heads], angle.cos(), angle.sin()),
        ),
    )
    for ours, plain in pairs:
        assert ours.shape == plain.shape
        assert (ours - plain).abs().max() < 1e-5
    assert ONE_PASS.rms_norm(x.bfloat16(), weight.bfloat16(), 1e-6).dtype is torch.bfloat16
    half = (weight.bfloat16(), 1e-6)
    for steps in (ONE_PASS, PLAIN):  # a sum stays float32, what goes into the next product is the weights' type
        total, normed = steps.add_norm(x, y.bfloat16(), *half)
        assert torch.equal(total, x + y.bfloat16())
        assert normed.dtype is torch.bfloat16
        exact = PLAIN.rms_norm(total, weight.bfloat16().float(), 1e-6)
        assert ((normed.float() - exact).abs() <= 2**-7 * exact.abs() + 1e-6).all()


def test_sums_in_float32_make_bfloat16_on_a_processor_more_exact(encoder, bf16_encoder):
    sizes = encoder.network.preprocessing
    page = picture(14, 11, sizes)
    exact = encoder.network.images([page], "retrieval")[0].multi
    rounded = copy.copy(bf16_encoder.network)
    rounded.vision, rounded.text = copy.copy(rounded.vision), copy.copy(rounded.text)
    rounded.vision._sums = rounded.text._sums = torch.bfloat16
    ours, other = (
        1 - (one.images([page], "retrieval")[0].multi * exact).sum(-1) for one in (bf16_encoder.network, rounded)
    )
    assert ours.mean() < 0.9 * other.mean()
