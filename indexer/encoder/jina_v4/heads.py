"""Hidden states to single vector and multi-vectors, always in float32: it costs nothing and is better."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


def single_vectors(hidden: Tensor, first: int, last: int) -> Tensor:
    """(items, tokens, size) to (items, size): the mean of tokens first..last, both included, then L2 norm."""
    return functional.normalize(hidden[:, first : last + 1].float().mean(dim=1), dim=-1)


def truncated(single: Tensor, size: int, allowed: Sequence[int]) -> Tensor:
    """Cut normalised single vectors (..., full) to a Matryoshka size and normalise again."""
    if size == single.shape[-1]:
        return single
    if size not in allowed:
        raise ValueError(f"a single vector has {', '.join(map(str, allowed))} numbers, not {size}")
    return functional.normalize(single[..., :size], dim=-1)


def multi_vectors(hidden: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """(..., hidden) to (..., vector size) through the task's projector, each of L2 norm 1."""
    assert hidden.shape[-1] == weight.shape[1], f"hidden {hidden.shape[-1]}, projector {tuple(weight.shape)}"
    return functional.normalize(functional.linear(hidden.float(), weight, bias), dim=-1)


def pooled(vectors: Tensor, columns: int, factor: int) -> Tensor:
    """(rows * columns, size) to (rows * ceil(columns / factor), size): means of neighbours in a row, L2 norm 1.

    Neighbours along a row, because writing runs along rows, and because the union of their places is one box.
    """
    if factor == 1:
        return vectors
    grid = vectors.view(-1, columns, vectors.shape[-1])
    parts = [grid[:, start : start + factor].mean(dim=1, keepdim=True) for start in range(0, columns, factor)]
    return functional.normalize(torch.cat(parts, dim=1), dim=-1).view(-1, vectors.shape[-1])
