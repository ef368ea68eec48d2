"""Attention of both towers: torch's fused call, with what each kind of device needs to do it well, or at all; and on
a processor another way for narrow heads, which small models have (narrow_attention.py).

On Apple's graphics processors torch works out every score of a call before it uses them. Beyond 4 GiB of them the
system ends the process (pytorch issue 149261), and in bfloat16 the softmax of long rows loses digits (pull request
190791). There queries are taken in parts that stay small, in float32; a row of the softmax needs no other, so the
numbers are the same.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from indexer.encoder.jina_v4.narrow_attention import narrow_attention

MPS_SCORES = 2**26
"""Scores worked out at once there: 256 MiB of float32. A page at the default limit has 139 million a full block."""

NARROW = 32
"""Heads of at most so many numbers go another way on a processor, in float32: products so short gain nothing from
bfloat16. For wider ones torch's call is near the processor's peak."""


def attention(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = False) -> Tensor:
    """(batch, tokens, heads, size) to the same shape; fewer key heads than heads are shared in order."""
    if q.device.type == "cpu" and q.shape[-1] <= NARROW:
        return narrow_attention(q.float(), k.float(), v.float(), causal=causal).to(v.dtype)
    if k.shape[2] != q.shape[2]:
        repeat = q.shape[2] // k.shape[2]
        k, v = k.repeat_interleave(repeat, dim=2), v.repeat_interleave(repeat, dim=2)
    q, k, v = (part.transpose(1, 2) for part in (q, k, v))
    scale = 1 / math.sqrt(q.shape[-1])
    if q.device.type == "mps" and q.shape[0] * q.shape[1] * q.shape[2] * k.shape[2] > MPS_SCORES:
        out = in_parts(q, k, v, scale, causal=causal, scores=MPS_SCORES)
    else:
        out = functional.scaled_dot_product_attention(q, k, v, is_causal=causal, scale=scale)
    return out.transpose(1, 2)


def in_parts(q: Tensor, k: Tensor, v: Tensor, scale: float, *, causal: bool, scores: int) -> Tensor:
    """(batch, heads, tokens, size) to the same shape, with at most `scores` scores at once, one row at least."""
    batch, heads, tokens, _ = q.shape
    items = max(1, scores // (heads * tokens * k.shape[2]))
    rows = tokens if items > 1 else max(1, scores // (heads * k.shape[2]))
    out = torch.empty_like(q)
    for first in range(0, batch, items):
        some = slice(first, first + items)
        keys, values = k[some].float(), v[some].float()
        for start in range(0, tokens, rows):
            stop = min(tokens, start + rows)
            seen = stop if causal else k.shape[2]
            mask = torch.ones(stop - start, seen, dtype=torch.bool, device=q.device).tril(start) if causal else None
            out[some, :, start:stop] = functional.scaled_dot_product_attention(
                q[some, :, start:stop].float(), keys[:, :, :seen], values[:, :, :seen], attn_mask=mask, scale=scale
            )
    return out
