"""Batches: nothing padded, within memory, short enough for questions; and whose turn it is."""

import threading

import pytest
import torch

from indexer.encoder import device as devices
from indexer.encoder.jina_v4 import pointwise
from indexer.encoder.jina_v4.batching import MAX_BATCH_CELLS, SECONDS_PER_BATCH, Budget, plan
from indexer.encoder.jina_v4.turns import InStep, Turns


@pytest.mark.parametrize("budget", [1, 700, 736, 1500, 10_000])
def test_batches_hold_equal_pages_once_each_within_the_budget(budget):
    cells = [736, 720, 736, 736, 720, 4, 736, 9000]
    batches = plan(cells, budget)
    assert sorted(index for batch in batches for index in batch) == list(range(len(cells)))
    for batch in batches:
        counts = {cells[index] for index in batch}
        assert len(counts) == 1
        assert len(batch) == 1 or len(batch) * counts.pop() <= budget


def test_batches_grow_with_the_speed_that_is_measured_and_stop_at_the_time_limit():
    budget = Budget(10**9)
    per_cell = 0.02 / 736  # fifty pages a second
    for _ in range(6):
        budget.took(budget.cells, budget.cells * per_cell)
    assert budget.cells * per_cell == pytest.approx(SECONDS_PER_BATCH, rel=0.01)
    for _ in range(6):
        budget.took(budget.cells, budget.cells * per_cell / 1000)
    assert budget.cells == MAX_BATCH_CELLS
    budget.took(736, 5.0)
    assert budget.cells < 736  # one page at a time


def test_what_did_not_fit_is_not_tried_again():
    budget = Budget(100_000)
    for _ in range(6):
        budget.took(budget.cells, 1e-6)
    budget.halve(8000)
    for _ in range(6):
        budget.took(budget.cells, 1e-6)
    assert budget.cells <= 4000


def test_a_question_comes_before_the_next_batch(until):
    turns, order = Turns(), []
    in_hand, asked = threading.Event(), threading.Event()

    def read(name: str) -> None:
        with turns.pages():
            order.append(name)
            in_hand.set()
            asked.wait(10)

    def ask() -> None:
        with turns.question():
            order.append("question")

    first = threading.Thread(target=read, args=("first batch",))
    first.start()
    assert in_hand.wait(10)
    second = threading.Thread(target=read, args=("second batch",))
    question = threading.Thread(target=ask)
    second.start()
    question.start()
    assert until(lambda: turns._questions == 1)
    asked.set()
    for thread in (first, question, second):
        thread.join(10)
    assert order == ["first batch", "question", "second batch"]


def test_between_layers_a_page_gives_way_to_questions_only(until):
    turns, order = Turns(), []
    waiting = threading.Event()

    def ask() -> None:
        waiting.set()
        with turns.question():
            order.append("question")

    with turns.pages():
        turns.give_way()
        order.append("layer 1")
        question = threading.Thread(target=ask)
        question.start()
        assert waiting.wait(10)
        assert until(lambda: turns._questions == 1)
        turns.give_way()
        order.append("layer 2")
    question.join(10)
    assert order == ["layer 1", "question", "layer 2"]


class AskedAhead:
    """What a graphics card is to its program: takes requests at once, and does them in order when told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.done = 0

    def work(self, limit: int) -> None:
        self.done = max(self.done, limit)

    def mark(self):
        """A wait for all that was asked until now."""
        end = len(self.asked)
        return lambda: self.work(end)


def test_on_a_card_a_question_has_a_few_layers_before_it_and_not_a_batch(until):
    turns, card = Turns(), AskedAhead()
    pause = InStep(turns.give_way, card.mark, ahead=4)
    before: list[int] = []

    def ask() -> None:
        with turns.question():
            before.append(len(card.asked) - card.done)
            card.asked.append("question")

    questions = [threading.Thread(target=ask) for _ in range(3)]
    for batch in range(2):
        with turns.pages():
            for layer in range(68):
                card.asked.append(f"{batch} {layer}")
                assert len(card.asked) - card.done <= 5 + len(before)  # never far ahead of what is done
                if batch == 0 and layer in (10, 30, 67):
                    questions[len(before)].start()
                    assert until(lambda: turns._questions == 1)
                    pause()
                    questions[len(before) - 1].join(10)  # it had its turn inside the pause
                else:
                    pause()
    assert len(before) == 3
    assert max(before) <= 4 + 1  # layers asked for and not done, or an earlier question among them
    assert [name for name in card.asked if name == "question"] == ["question"] * 3
    assert card.asked.index("question") == 11  # right behind the layer that was asked for last


def test_the_wait_for_a_device_returns_when_it_has_done_its_work():
    waited = devices.milestone(torch.device("cpu"))
    assert waited() is None
    if torch.cuda.is_available():
        product = torch.randn(4096, 4096, device="cuda") @ torch.randn(4096, 4096, device="cuda")
        devices.milestone(product.device)()
        assert torch.cuda.current_stream().query()


def test_a_batch_that_gave_way_goes_on_before_another_begins(until):
    """Else both would need memory at once, and each was reckoned to have it alone."""
    turns, order = Turns(), []

    def other() -> None:
        with turns.pages():
            order.append("other batch")

    def ask() -> None:
        with turns.question():
            order.append("question")

    second, question = threading.Thread(target=other), threading.Thread(target=ask)
    with turns.pages():
        second.start()
        question.start()
        assert until(lambda: turns._questions == 1)
        turns.give_way()
        order.append("first batch goes on")
    for thread in (second, question):
        thread.join(10)
    assert order == ["question", "first batch goes on", "other batch"]


def test_a_turn_that_fails_is_given_back():
    turns = Turns()
    for turn in (turns.pages, turns.question):
        with pytest.raises(KeyError), turn():
            raise KeyError
    with turns.question():
        pass


def test_fused_steps_that_cannot_be_compiled_are_the_plain_ones(monkeypatch, caplog):
    """A machine without a compiler, as most users' are."""
    monkeypatch.setenv("CXX", "/nonexistent/compiler")
    torch._dynamo.reset()
    monkeypatch.setattr("torch._inductor.config.cpp.cxx", ("/nonexistent/compiler",))
    monkeypatch.setattr("torch._inductor.config.force_disable_caches", True)
    steps = pointwise.fused(torch.device("cpu"), torch.float32)
    torch._dynamo.reset()
    assert steps is pointwise.PLAIN
    assert "fused kernels are not used" in caplog.text


def test_the_processor_is_chosen_with_a_reason_and_measured():
    choice = devices.choose_device("cpu")
    assert choice.device.type == "cpu"
    assert choice.reason
    asked = devices.choose_device("cpu", "bfloat16")
    assert asked.dtype is torch.bfloat16
    assert "bfloat16" in asked.reason
    assert devices.free_memory_bytes(choice.device) > 0
    rate = devices.matrix_rate(choice.device, torch.float32, 0.05)
    assert 1e8 < rate < 1e15


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_graphics_card_gives_the_processors_numbers(golden, encoder):
    from indexer.encoder.jina_v4.encoder import JinaV4Encoder
    from indexer.encoder.jina_v4.settings import JinaSettings
    from indexer.protocol.values import Task

    card = JinaV4Encoder.load(golden.checkpoint, JinaSettings(device="cuda", dtype="float32"))
    picture = golden.picture(next(iter(golden.cases[golden.ids("image")[0]]["images"])))
    for task in Task:
        ours, exact = (one.encode_images([picture], task)[0] for one in (card, encoder))
        assert (ours.multi - exact.multi).abs().max() < 2e-3
        assert (ours.single - exact.single).abs().max() < 2e-4
