"""Jina behind the encoder's door: places, stored vectors, questions, settings, turns, and what goes wrong."""

import copy
import threading

import numpy as np
import pytest
import torch

from indexer.documents.document import PageWords
from indexer.encoder.encoder import PageInput
from indexer.encoder.jina_v4 import inputs
from indexer.encoder.jina_v4.adapters import Adapters
from indexer.encoder.jina_v4.encoder import JinaV4Encoder
from indexer.encoder.jina_v4.inputs import IMAGE_PROMPT
from indexer.encoder.jina_v4.query import MAX_QUERY_TOKENS
from indexer.encoder.jina_v4.settings import JinaSettings
from indexer.encoder.jina_v4.turns import InStep
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import Task

SIZES = ((420, 300), (300, 420), (840, 84), (84, 840), (1100, 777), (113, 509))
"""Pages (height, width) that are not square, on both axes; some are resized, some not."""


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def page(pixels: np.ndarray) -> PageInput:
    return PageInput(PageWords(), pixels)


def with_settings(encoder: JinaV4Encoder, **settings) -> JinaV4Encoder:
    """Another encoder over the same network, which keeps no state."""
    wanted = JinaSettings(device="cpu", dtype="float32", **settings)
    return JinaV4Encoder(encoder.checkpoint, encoder.network, encoder.text_input, encoder.choice, wanted)


@pytest.mark.parametrize("size", SIZES)
def test_the_vector_that_sees_a_spot_lies_where_the_spot_is(encoder, size):
    """Paint a spot somewhere on the page; of the patches that meet it, pixels change there and nowhere else."""
    height, width = size
    sizes = encoder.checkpoint.preprocessing
    space = encoder.spaces()[0]
    blank = np.full((height, width, 3), 255, np.uint8)
    target = inputs.target_size(height, width, sizes)
    plain = encoder.encode_pages([page(blank)], space)[0]
    rows, columns = plain.grid
    assert (rows * sizes.cell, columns * sizes.cell) == target
    for x, y in ((0.1, 0.1), (0.9, 0.1), (0.15, 0.85), (0.55, 0.4), (0.97, 0.97)):
        spotted = blank.copy()
        top, left = int(y * height), int(x * width)
        spotted[max(0, top - 2) : top + 3, max(0, left - 2) : left + 3] = (200, 0, 0)
        patches = inputs.patch_rows(inputs.resized(spotted, target)[None], sizes)[0]
        changed = (patches != 255).flatten(1).any(dim=1).nonzero().flatten().numpy()
        boxes = plain.regions[changed]
        assert len(changed) > 0
        around = [boxes[:, 0].min(), boxes[:, 1].min(), boxes[:, 2].max(), boxes[:, 3].max()]
        assert around[0] <= x <= around[2]
        assert around[1] <= y <= around[3]
        # Nothing far from the spot: the kernel of the resize reaches two pixels, a cell is 28.
        assert around[2] - around[0] <= 12 / width + 2 / columns + 1e-6
        assert around[3] - around[1] <= 12 / height + 2 / rows + 1e-6


@pytest.mark.parametrize("size", SIZES[:4])
@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("low", [False, True])
def test_the_network_is_moved_most_where_the_page_changed(encoder, size, right, low):
    height, width = size
    one, other = noise(height, width), noise(height, width)
    part = (
        slice(height // 2, None) if low else slice(0, height // 2),
        slice(width // 2, None) if right else slice(0, width // 2),
    )
    other[part] = 255 - other[part]
    target = inputs.target_size(height, width, encoder.checkpoint.preprocessing)
    before, after = (encoder.network.look([inputs.resized(pixels, target)]) for pixels in (one, other))
    moved = (before - after).norm(dim=-1).numpy()
    regions = encoder.encode_pages([page(other)], encoder.spaces()[0])[0].regions
    centres = (regions[:, :2] + regions[:, 2:]) / 2
    inside = ((centres[:, 0] > 0.5) == right) & ((centres[:, 1] > 0.5) == low)
    if target[0] // encoder.checkpoint.preprocessing.cell > 1:
        assert moved[inside].mean() > 1.3 * moved[~inside].mean()


def test_stored_are_the_image_tokens_with_their_cells(encoder):
    space = encoder.spaces()[0]
    pixels = noise(300, 420)
    stored = encoder.encode_pages([page(pixels)], space)[0]
    whole = encoder.encode_images([pixels], space.task)[0]
    rows, columns = stored.grid
    first = encoder.network.first_image_token
    assert np.array_equal(stored.vectors, whole.multi[first : first + rows * columns].numpy())
    assert len(whole.multi) == rows * columns + first + len(encoder.text_input.after_image)
    assert np.array_equal(stored.single, whole.single.numpy())
    assert stored.regions.shape == (rows * columns, 4)
    areas = (stored.regions[:, 2:] - stored.regions[:, :2]).prod(axis=1)
    assert np.isclose(areas.sum(), 1)
    assert np.allclose(areas, 1 / (rows * columns))
    assert np.allclose(np.linalg.norm(stored.vectors, axis=1), 1, atol=1e-5)
    assert set(stored.kinds) == {0}


@pytest.mark.parametrize("pooling", [2, 3])
def test_pooled_vectors_are_means_of_neighbours_and_cover_both(encoder, pooling):
    coarse = with_settings(encoder, pooling=pooling)
    pixels = noise(300, 420)
    fine = encoder.encode_pages([page(pixels)], encoder.spaces()[0])[0]
    stored = coarse.encode_pages([page(pixels)], coarse.spaces()[0])[0]
    rows, columns = fine.grid
    assert stored.grid == (rows, -(-columns // pooling))
    assert len(stored.vectors) == stored.grid[0] * stored.grid[1] == len(stored.regions)
    for index in (0, stored.grid[1] - 1, len(stored.vectors) - 1):
        row, group = divmod(index, stored.grid[1])
        members = [row * columns + column for column in range(group * pooling, min(columns, (group + 1) * pooling))]
        mean = fine.vectors[members].mean(axis=0)
        assert np.allclose(stored.vectors[index], mean / np.linalg.norm(mean), atol=1e-5)
        boxes = fine.regions[members]
        union = [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]
        assert np.allclose(stored.regions[index], union, atol=1e-6)
    assert coarse.spaces()[0].version != encoder.spaces()[0].version


def test_crops_add_vectors_in_the_right_quarter_of_the_page(encoder):
    closer = with_settings(encoder, crops=2)
    pixels = noise(420, 300)
    whole = encoder.encode_pages([page(pixels)], encoder.spaces()[0])[0]
    stored = closer.encode_pages([page(pixels)], closer.spaces()[0])[0]
    count = len(whole.vectors)
    assert stored.grid == whole.grid
    assert np.array_equal(stored.single, whole.single)
    assert np.allclose(stored.vectors[:count], whole.vectors, atol=1e-5)
    added = stored.regions[count:]
    assert len(added) > 0
    assert added.min() >= 0
    assert added.max() <= 1 + 1e-6
    quarters = np.array_split(added, 4)
    centres = [(part[:, :2].min(axis=0) + part[:, 2:].max(axis=0)) / 2 for part in quarters]
    assert [(c[0] > 0.5, c[1] > 0.5) for c in centres] == [(False, False), (True, False), (False, True), (True, True)]
    # The upper left crop is the picture cut out and seen by itself.
    x0, y0, x1, y1 = (*quarters[0][:, :2].min(axis=0), *quarters[0][:, 2:].max(axis=0))
    cut = pixels[round(y0 * 420) : round(y1 * 420), round(x0 * 300) : round(x1 * 300)]
    alone = encoder.encode_pages([page(cut)], encoder.spaces()[0])[0]
    assert np.allclose(stored.vectors[count : count + len(alone.vectors)], alone.vectors, atol=1e-5)


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 2), (1, 100), (100, 1), (1, 5000), (5000, 1), (30, 3000), (27, 27), (2000, 9)]
)
def test_the_smallest_and_the_longest_pictures_have_vectors_everywhere(encoder, size):
    stored = encoder.encode_pages([page(noise(*size))], encoder.spaces()[0])[0]
    sizes = encoder.checkpoint.preprocessing
    fewest = max(1, sizes.min_pixels // sizes.cell**2)
    assert len(stored.vectors) == stored.grid[0] * stored.grid[1] >= fewest
    assert np.isfinite(stored.vectors).all()
    assert np.isfinite(stored.single).all()
    assert np.allclose(stored.regions.min(axis=0)[:2], 0)
    assert np.allclose(stored.regions.max(axis=0)[2:], 1)


@pytest.mark.parametrize(
    "pixels", [np.zeros((20, 20), np.uint8), np.zeros((20, 20, 4), np.uint8), np.zeros((20, 20, 3))]
)
def test_pixels_that_are_not_rgb_bytes_are_refused(encoder, pixels):
    with pytest.raises(ValueError, match="uint8"):
        encoder.encode_images([pixels], Task.RETRIEVAL)


def test_a_view_of_a_picture_is_as_good_as_a_copy(encoder):
    pixels = noise(200, 300)
    pixels.flags.writeable = False
    turned = np.rot90(pixels)
    found = encoder.encode_images([turned, pixels[::-1]], Task.RETRIEVAL)
    copies = encoder.encode_images([turned.copy(), pixels[::-1].copy()], Task.RETRIEVAL)
    assert all(torch.equal(a.multi, b.multi) for a, b in zip(found, copies, strict=True))


def test_pages_come_back_in_order_whatever_their_sizes(encoder):
    space = encoder.spaces()[0]
    shapes = [(300, 420), (84, 84), (420, 300), (300, 420), (84, 84), (56, 840)]
    pages = [page(noise(*shape, seed)) for seed, shape in enumerate(shapes)]
    together = encoder.encode_pages(pages, space)
    for one, alone in zip(together, (encoder.encode_pages([given], space)[0] for given in pages), strict=True):
        assert one.grid == alone.grid
        assert np.allclose(one.vectors, alone.vectors, atol=1e-5)


def test_no_pages_are_no_vectors(encoder):
    assert encoder.encode_pages([], encoder.spaces()[0]) == []


# Questions


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What was the revenue growth?", ["revenue", "growth"]),
        ('signed by "Anna Meyer" in Berlin', ["signed", "Anna Meyer", "Berlin"]),
        ("Größe: 12,5 m² étude", ["Größe", "12,5", "m²", "étude"]),
        ("مخرج الطوارئ في الطابق", ["مخرج", "الطوارئ", "الطابق"]),
        ("🚀 budget 👩‍🔬 2026", ["budget", "2026"]),
    ],
)
def test_every_searched_word_owns_the_tokens_that_spell_it(encoder, text, words):
    query = encoder.encode_query(text, encoder.spaces()[0])
    tokens = encoder.text_input.tokenize([text], "Query")[0]
    owned = {query.words[index].text for index in set(query.word_of.tolist()) - {-1}}
    assert set(words) <= owned
    assert all(query.words[index].searched for index in set(query.word_of.tolist()) - {-1})
    for place, owner in zip(tokens.places, query.word_of, strict=True):
        spelled = text[max(0, place[0]) : max(0, place[1])]
        if owner >= 0:
            word = query.words[owner]
            assert max(place[0], word.start) < min(place[1], word.end), (spelled, word.text)
        else:
            inside = [w for w in query.words if w.searched and max(place[0], w.start) < min(place[1], w.end)]
            assert not inside, (spelled, inside)


def test_a_question_has_the_published_vectors_one_weight_each(encoder):
    text = "Where is the emergency exit?"
    query = encoder.encode_query(text, encoder.spaces()[0])
    published = encoder.encode_texts([text], Task.RETRIEVAL)[0]
    assert np.array_equal(query.vectors, published.multi.numpy())
    assert np.array_equal(query.single, published.single.numpy())
    assert np.allclose(query.weights, 1 / len(query.weights))
    assert query.word_of[0] == -1  # the prefix belongs to no word


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_the_empty_question_has_no_vectors(encoder, text):
    space = encoder.spaces()[0]
    query = encoder.encode_query(text, space)
    assert query.vectors.shape == (0, space.vector_size)
    assert query.single.shape == (space.single_size,)
    assert (query.words, len(query.word_of)) == ((), 0)


@pytest.mark.parametrize("text", ["🚀", "👩‍🔬🚀", "???", "→ ←"])
def test_a_question_of_signs_is_one_word(encoder, text):
    query = encoder.encode_query(f"  {text} ", encoder.spaces()[0])
    assert [word.text for word in query.words] == [text]
    assert 0 in query.word_of


@pytest.mark.parametrize("text", ["word " * 10_000, "字" * 10_000, "x" * 30_000, "\ud800 broken \udfff"])
def test_pasted_texts_of_any_length_are_cut_and_answered(encoder, text):
    query = encoder.encode_query(text, encoder.spaces()[0])
    assert 0 < len(query.vectors) <= MAX_QUERY_TOKENS
    assert np.isfinite(query.vectors).all()


@pytest.mark.parametrize("typed", ["<|vision_start|>", "<|image_pad|>", "<|im_end|>\n<|im_start|>", IMAGE_PROMPT[0]])
def test_special_tokens_that_a_user_types_are_only_text(encoder, checkpoint, typed):
    text = f"before {typed} after"
    ids = encoder.text_input.tokenize([text], "Query")[0].ids
    prompt = encoder.text_input
    special = {prompt.before_image[0], prompt.before_image[-1], prompt.after_image[0], checkpoint.image_token}
    assert len(special) == 4
    assert not special & set(ids)
    query = encoder.encode_query(text, encoder.spaces()[0])
    assert len(query.vectors) == len(ids)
    assert np.isfinite(query.single).all()


def test_a_word_left_out_is_not_seen_at_all(encoder):
    space = encoder.spaces()[0]
    query = encoder.encode_query("invoice heat pump", space, left_out=(1,))
    assert [word.searched for word in query.words] == [True, False, True]
    assert 1 not in query.word_of
    assert {0, 2} <= set(query.word_of.tolist())
    assert np.array_equal(query.vectors, encoder.encode_texts(["invoice  pump"], Task.RETRIEVAL)[0].multi.numpy())


# Settings


def test_each_task_has_its_own_space_and_search_comes_first(encoder):
    spaces = encoder.spaces()
    assert [space.task for space in spaces] == [Task.RETRIEVAL, Task.TEXT_MATCHING, Task.CODE]
    assert len({space.name for space in spaces}) == 3
    pixels = noise(84, 112)
    singles = [encoder.encode_pages([page(pixels)], space)[0].single for space in spaces]
    assert np.abs(singles[0] - singles[1]).max() > 1e-3
    assert np.abs(singles[1] - singles[2]).max() > 1e-3


def test_pages_are_looked_at_once_for_all_tasks_and_get_each_tasks_vectors(own_encoder):
    spaces = own_encoder.spaces()
    pages = [page(noise(*size, seed)) for seed, size in enumerate(((84, 112), (140, 84), (84, 112)))]
    apart = [own_encoder.encode_pages(pages, space) for space in spaces]
    looks = []
    own_encoder.network = copy.copy(own_encoder.network)
    look = own_encoder.network.look
    own_encoder.network.look = lambda pictures, pause: looks.append(len(pictures)) or look(pictures, pause)
    together = own_encoder.encode_pages_in(pages, spaces)
    assert sum(looks) == len(pages)
    for ours, alone in zip(together, apart, strict=True):
        for one, other in zip(ours, alone, strict=True):
            assert np.allclose(one.vectors, other.vectors, atol=1e-5)
            assert np.allclose(one.single, other.single, atol=1e-5)
            assert one.grid == other.grid
    assert np.abs(together[0][0].single - together[1][0].single).max() > 1e-3


def test_every_matryoshka_size_can_be_stored(encoder, checkpoint):
    pixels, full = noise(84, 112), encoder.spaces()[0]
    whole = encoder.encode_pages([page(pixels)], full)[0].single
    for size in checkpoint.single_sizes:
        smaller = with_settings(encoder, single_size=size)
        space = smaller.spaces()[0]
        single = smaller.encode_pages([page(pixels)], space)[0].single
        assert space.single_size == len(single) == len(smaller.encode_query("a", space).single) == size
        assert np.allclose(single, whole[:size] / np.linalg.norm(whole[:size]), atol=1e-5)
        assert size == checkpoint.hidden_size or space.name != full.name
    unknown = checkpoint.hidden_size + 1
    with pytest.raises(ValueError, match=f"not {unknown}"):
        with_settings(encoder, single_size=unknown)


@pytest.mark.parametrize("tokens", [256, 512, 768])
def test_fewer_image_tokens_where_the_user_wants_speed(encoder, tokens):
    quick = with_settings(encoder, image_tokens=tokens)
    stored = quick.encode_pages([page(noise(1754, 1240))], quick.spaces()[0])[0]
    assert 0.85 * tokens < len(stored.vectors) <= tokens


@pytest.mark.parametrize("wrong", [{"pooling": 4}, {"pooling": 0}, {"crops": 1}, {"crops": 9}, {"image_tokens": 0}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        JinaSettings(**wrong)


def test_the_device_and_its_reason_can_be_read(encoder):
    name, reason = encoder.device()
    assert name == "Processor"
    assert "float32" in reason


# Turns and failures


class Rationed:
    """The network with room for so many pages at once: what a graphics card that is too small does."""

    def __init__(self, network, pages: int, error: Exception) -> None:
        self._network, self._pages, self._error = network, pages, error
        self.tried: list[int] = []

    def __getattr__(self, name: str):
        return getattr(self._network, name)

    def images_in(self, pictures, tasks, pause):
        self.tried.append(len(pictures))
        if len(pictures) > self._pages:
            raise self._error
        return self._network.images_in(pictures, tasks, pause)


@pytest.fixture
def own_encoder(encoder) -> JinaV4Encoder:
    """Not shared with other tests: budgets learn and lost cards stay lost. Batches may be large from the start."""
    made = with_settings(encoder)
    made._budget.took(10_000, 1e-6)
    made._budget.took(10_000, 1e-6)
    return made


OUT_OF_MEMORY = (
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory"),
    MemoryError(),
)


@pytest.mark.parametrize("error", OUT_OF_MEMORY)
def test_too_little_memory_is_answered_by_smaller_batches(encoder, own_encoder, error):
    space = own_encoder.spaces()[0]
    pages = [page(noise(84, 84, seed)) for seed in range(8)]
    expected = encoder.encode_pages(pages, space)
    real = own_encoder.network
    own_encoder.network = rationed = Rationed(real, 2, error)
    found = own_encoder.encode_pages(pages, space)
    assert all(np.allclose(a.vectors, b.vectors, atol=1e-5) for a, b in zip(found, expected, strict=True))
    assert max(rationed.tried) > 2
    rationed.tried.clear()
    own_encoder.encode_pages(pages, space)
    assert max(rationed.tried) <= 2  # learnt, not tried again and again


@pytest.mark.parametrize("error", OUT_OF_MEMORY)
def test_a_page_that_never_fits_is_a_clear_error_and_not_a_loop(own_encoder, error):
    own_encoder.network = rationed = Rationed(own_encoder.network, 0, error)
    with pytest.raises(PagebeamError) as caught:
        own_encoder.encode_pages([page(noise(84, 84, seed)) for seed in range(8)], own_encoder.spaces()[0])
    assert caught.value.code is ErrorCode.OUT_OF_MEMORY
    assert len(rationed.tried) <= 5


def test_a_card_that_is_gone_is_told_and_not_asked_again(own_encoder):
    error = RuntimeError("CUDA error: unspecified launch failure\nCUDA kernel errors might be reported later")
    own_encoder.network = rationed = Rationed(own_encoder.network, 0, error)
    for _ in range(2):
        with pytest.raises(PagebeamError) as caught:
            own_encoder.encode_pages([page(noise(84, 84))], own_encoder.spaces()[0])
        assert caught.value.code is ErrorCode.DEVICE_LOST
    assert len(rationed.tried) == 1
    with pytest.raises(PagebeamError):
        own_encoder.encode_query("still there?", own_encoder.spaces()[0])


def test_any_other_failure_is_the_encoders(own_encoder):
    own_encoder.network = Rationed(own_encoder.network, 0, RuntimeError("shapes cannot be multiplied"))
    with pytest.raises(PagebeamError) as caught:
        own_encoder.encode_pages([page(noise(84, 84))], own_encoder.spaces()[0])
    assert caught.value.code is ErrorCode.ENCODER_FAILED


def test_a_page_of_what_is_no_number_is_the_encoders_failure_and_is_not_stored(own_encoder, monkeypatch):
    real = own_encoder.network.images_in

    def spoilt(pictures, tasks, pause):
        found = real(pictures, tasks, pause)
        found[0][-1].multi[5, 3] = np.nan
        return found

    monkeypatch.setattr(own_encoder.network, "images_in", spoilt)
    with pytest.raises(PagebeamError) as caught:
        own_encoder.encode_pages([page(noise(84, 84))], own_encoder.spaces()[0])
    assert caught.value.code is ErrorCode.ENCODER_FAILED


@pytest.mark.parametrize("ahead", [0, 4])
def test_a_question_waits_for_the_layer_in_hand_and_for_no_batch(own_encoder, ahead, until):
    """As on a processor, and as on a card that is asked a few layers ahead: counted, not timed."""
    space = own_encoder.spaces()[0]
    pages = [page(noise(500, 700, seed)) for seed in range(6)]
    turns, network = own_encoder._turns, own_encoder.network
    layers, batches, seen = [0], Counted(network), []
    own_encoder.network = batches
    rows, columns = inputs.target_size(500, 700, network.preprocessing)
    own_encoder._budget.halve(rows * columns // network.preprocessing.cell**2)  # a page a batch
    real = InStep(turns.give_way, lambda: lambda: None, ahead) if ahead else own_encoder._pause
    asker = threading.Thread(target=lambda: (own_encoder.encode_query("is anybody there", space), seen.append(facts())))

    def facts() -> tuple[int, int]:
        return layers[0], batches.begun

    def pause() -> None:
        layers[0] += 1
        if batches.begun == 2 and not seen:  # after the first layer of the second page
            seen.append(facts())
            asker.start()
            assert until(lambda: turns._questions == 1, limit_s=30.0)
        real()

    own_encoder._pause = pause
    own_encoder.encode_pages(pages, space)
    asker.join(60)
    asked, answered = seen
    assert answered[1] == asked[1] == 2  # no batch was begun between question and answer
    assert answered[0] - asked[0] <= 1
    assert batches.begun == len(pages)


def test_weights_of_a_task_are_made_before_the_turn_and_hold_nobody_up(own_encoder, modules, checkpoint):
    """Merging an adapter takes seconds of a processor; a question about another task does not wait for it."""
    weights = Adapters(modules, checkpoint.tasks)
    weights.weights(checkpoint.tasks[0])
    making, finish = threading.Event(), threading.Event()
    real = weights._make

    def make(task: str):
        making.set()
        assert finish.wait(60)
        return real(task)

    weights._make = make
    own_encoder.network = copy.copy(own_encoder.network)
    own_encoder.network.adapters = weights
    first, second = own_encoder.spaces()[:2]
    reading = threading.Thread(target=lambda: own_encoder.encode_pages([page(noise(84, 84))], second))
    reading.start()
    assert making.wait(60)
    assert len(own_encoder.encode_query("meanwhile", first).vectors)
    finish.set()
    reading.join(60)
    assert not reading.is_alive()


class Counted:
    """The network, counting batches of pages."""

    def __init__(self, network) -> None:
        self._network, self.begun = network, 0

    def __getattr__(self, name: str):
        return getattr(self._network, name)

    def images_in(self, pictures, tasks, pause):
        self.begun += 1
        return self._network.images_in(pictures, tasks, pause)
