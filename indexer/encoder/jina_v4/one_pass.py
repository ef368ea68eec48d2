"""The steps of pointwise.py for a processor, each in one pass over its numbers, while there are few of them.

torch runs a step as four to six operations; with a small model's narrow rows most of their time goes into starting
inner loops of a few numbers. On one thread of an Intel Xeon with AVX-512, 2,944 patches: rotary of 8 heads of 12 takes
0.30 ms instead of 0.91, sum and norm of rows of 48 takes 0.12 ms instead of 0.28. One thread does it, so beyond FEW
numbers, where several threads of torch are faster, torch does.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from indexer.compiled import compiled
from indexer.encoder.jina_v4 import pointwise
from indexer.encoder.jina_v4.pointwise import Pointwise

FEW = 2**20
"""Numbers of a tensor: a page of 2,944 patches up to 356 wide."""

Floats = npt.NDArray[np.float32]


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """As pointwise.rms_norm."""
    if not _suits(x):
        return pointwise.rms_norm(x, weight, eps)
    normed = torch.empty_like(x)
    _norm(x.numpy(), weight.float().numpy(), np.float32(eps), normed.numpy())
    return normed.to(weight.dtype)


def add_norm(x: Tensor, y: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """As pointwise.add_norm."""
    if not _suits(x):
        return pointwise.add_norm(x, y, weight, eps)
    total = x + y
    return total, rms_norm(total, weight, eps)


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """As pointwise.rotate."""
    if not _suits(x):
        return pointwise.rotate(x, cosine, sine)
    turned = torch.empty(x.shape)
    _rotate(x.numpy(), cosine[:, 0].numpy(), sine[:, 0].numpy(), turned.numpy())
    return turned


ONE_PASS = Pointwise(rms_norm, add_norm, rotate, pointwise.gated)


def _suits(x: Tensor) -> bool:
    return x.dtype is torch.float32 and x.numel() <= FEW


@compiled
def _norm(x: Floats, weight: Floats, eps: np.float32, normed: Floats) -> None:
    rows, width = x.shape
    for row in range(rows):
        squares = np.float32(0)
        for at in range(width):
            squares += x[row, at] * x[row, at]
        scale = np.float32(1) / np.sqrt(squares / np.float32(width) + eps)
        for at in range(width):
            normed[row, at] = x[row, at] * scale * weight[at]


@compiled
def _rotate(x: Floats, cosine: Floats, sine: Floats, turned: Floats) -> None:
    tokens, heads, size = x.shape
    half = size // 2
    for token in range(tokens):
        for head in range(heads):
            for at in range(half):
                first, second = x[token, head, at], x[token, head, at + half]
                turned[token, head, at] = first * cosine[token, at] - second * sine[token, at]
                turned[token, head, at + half] = second * cosine[token, at] + first * sine[token, at]
