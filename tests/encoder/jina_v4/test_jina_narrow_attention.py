"""Attention of narrow heads in one pass, beside the same in float64."""

import os
import sys
import threading

import pytest
import torch

from indexer import background
from indexer.encoder.jina_v4 import narrow_attention
from indexer.encoder.jina_v4.attention import NARROW, attention


def exactly(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, *, causal: bool) -> torch.Tensor:
    """Every score worked out in float64, without torch's own attention."""
    k, v = (part.repeat_interleave(q.shape[2] // part.shape[2], dim=2) for part in (k, v))
    scores = torch.einsum("bqhd,bkhd->bhqk", q.double(), k.double()) / q.shape[-1] ** 0.5
    if causal:
        ahead = torch.ones(q.shape[1], k.shape[1], dtype=torch.bool).triu(1)
        scores = scores.masked_fill(ahead, -torch.inf)
    return torch.einsum("bhqk,bkhd->bqhd", scores.softmax(-1), v.double())


def parts(batch: int, tokens: int, heads: int, key_heads: int, size: int, spread: float = 1.0) -> list[torch.Tensor]:
    """q, k, v as the network hands them on: views into what one product gave."""
    torch.manual_seed(tokens * size + heads)
    given = torch.randn(batch, tokens, heads + 2 * key_heads, size) * spread
    return list(given.split([heads, key_heads, key_heads], dim=2))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("tokens", [1, 2, 5, 6, 15, 16, 17, 31, 64, 200])
@pytest.mark.parametrize(("heads", "key_heads", "size"), [(1, 1, 2), (4, 2, 12), (3, 1, 7), (2, 2, 16), (2, 1, NARROW)])
def test_it_is_the_attention_of_every_count_of_tokens_and_heads(tokens, heads, key_heads, size, causal):
    q, k, v = parts(2, tokens, heads, key_heads, size)
    found = attention(q, k, v, causal=causal)
    assert found.dtype is torch.float32
    assert (found - exactly(q, k, v, causal=causal)).abs().max() < 2e-6


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("order", ["random", "rising", "falling"])
def test_scores_far_apart_lose_no_more_than_with_torch(order, causal):
    """Rising: each key weighs more than all before it, so that what has been summed is scaled down each time."""
    q, k, v = parts(1, 300, 2, 2, 12, spread=8.0)
    if order != "random":
        along = torch.linspace(-300.0, 300.0, 300)[None, :, None, None]
        q, k = torch.ones_like(q), (along if order == "rising" else along.flip(1)).expand_as(k)
    exact = exactly(q, k, v, causal=causal)
    theirs = torch.nn.functional.scaled_dot_product_attention(
        *(part.transpose(1, 2) for part in (q, k, v)), is_causal=causal
    ).transpose(1, 2)
    ours = attention(q, k, v, causal=causal)
    assert (ours - exact).abs().max() < 2 * (theirs - exact).abs().max() + 1e-5


def test_scores_below_every_number_that_stands_for_nothing_still_share():
    q, k, v = parts(1, 40, 1, 1, 4)
    q, k = torch.full_like(q, -3e3), torch.full_like(k, 3e3)
    assert (attention(q, k, v) - v.double().mean(dim=1, keepdim=True)).abs().max() < 1e-5


def test_what_is_no_number_stays_seen():
    q, k, v = parts(1, 40, 2, 2, 12)
    k[0, 33, 1, 5] = torch.nan
    found = attention(q, k, v)
    assert found[:, :, 1].isnan().all()
    assert not found[:, :, 0].isnan().any()


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
@pytest.mark.parametrize("causal", [False, True])
def test_threads_share_the_work_without_changing_a_number(threads, causal, monkeypatch):
    q, k, v = parts(2, 100, 3, 3, 12)
    alone = attention(q, k, v, causal=causal)
    monkeypatch.setattr(narrow_attention, "SHARED", 0)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert torch.equal(attention(q, k, v, causal=causal), alone)


@pytest.mark.skipif(sys.platform != "linux", reason="threads take over a priority there only")
def test_threads_that_help_are_as_important_as_the_one_they_help(monkeypatch):
    q, k, v = parts(2, 100, 3, 3, 12)
    seen: dict[str, set[int]] = {"question": set(), "page": set()}

    def watched(*arguments):
        who = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        seen[current[0]].add(who)

    def asked_by(name):
        current[0] = name
        if name == "page":
            background.this_thread()
        attention(q, k, v)

    current = [""]
    monkeypatch.setattr(narrow_attention, "SHARED", 0)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    monkeypatch.setattr(narrow_attention, "_attend", watched)
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    for name in ("question", "page"):
        thread = threading.Thread(target=asked_by, args=(name,))
        thread.start()
        thread.join()
    assert seen == {"question": {usual}, "page": {max(usual, 10)}}


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("size", [2, 12, NARROW])
def test_bfloat16_is_rounded_once(size, causal):
    q, k, v = (part.bfloat16() for part in parts(2, 90, 6, 3, size))
    exact, found = exactly(q, k, v, causal=causal), attention(q, k, v, causal=causal)
    assert found.dtype is torch.bfloat16
    assert ((found.double() - exact).abs() <= 2**-8 * exact.abs() + 4e-6).all()
