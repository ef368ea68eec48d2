"""The elementwise steps between matrix products: a plain version, and the same ones compiled into fused kernels.

On a graphics card these steps wait for memory, so reading a tensor once instead of five times is what counts.
Compiling needs a compiler on the machine; where it fails, or gives other numbers, the plain version is used.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch._dynamo
from torch import Tensor
from torch.nn import functional

log = logging.getLogger(__name__)


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """Root mean square norm over the last dimension, in float32 inside; of the weight's number type."""
    if x.dtype is not weight.dtype:
        return (functional.rms_norm(x, (x.shape[-1],), None, eps) * weight).to(weight.dtype)
    return functional.rms_norm(x, (x.shape[-1],), weight, eps)


def add_norm(x: Tensor, y: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """X + y of x's number type, and its norm of the weight's."""
    total = x + y
    return total, rms_norm(total, weight, eps)


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotary positions: x (tokens, heads, size), cosine and sine float32 (tokens, 1, size / 2), halves paired."""
    wide = x.float()
    first, second = wide.chunk(2, dim=-1)
    turned = torch.empty_like(wide, memory_format=torch.contiguous_format)
    left, right = turned.chunk(2, dim=-1)
    torch.mul(first, cosine, out=left).addcmul_(second, sine, value=-1)
    torch.mul(second, cosine, out=right).addcmul_(first, sine)
    return turned.to(x.dtype)


def _fused_rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    first, second = x.float().chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], dim=-1).to(x.dtype)


def gated(gate_and_up: Tensor) -> Tensor:
    """silu(gate) * up of (..., 2 * size) to (..., size)."""
    gate, up = gate_and_up.chunk(2, dim=-1)
    return functional.silu(gate).mul_(up)


def _fused_rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    wide = x.float()
    return (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps) * weight.float()).to(x.dtype)


def _fused_add_norm(x: Tensor, y: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    # The sum is rounded before it is normed, so that both outputs speak of the same numbers.
    total = x + y
    return total, _fused_rms_norm(total, weight, eps)


def _fused_gated(gate_and_up: Tensor) -> Tensor:
    gate, up = gate_and_up.float().chunk(2, dim=-1)
    return (functional.silu(gate) * up).to(gate_and_up.dtype)


@dataclass(frozen=True)
class Pointwise:
    """The four steps, in one of several ways."""

    rms_norm: Callable[[Tensor, Tensor, float], Tensor] = rms_norm
    add_norm: Callable[[Tensor, Tensor, Tensor, float], tuple[Tensor, Tensor]] = add_norm
    rotate: Callable[[Tensor, Tensor, Tensor], Tensor] = rotate
    gated: Callable[[Tensor], Tensor] = gated


PLAIN = Pointwise()


def fused(device: torch.device, dtype: torch.dtype) -> Pointwise:
    """Compiled steps, tried on the device; the plain ones, with a line in the log, where that does not work."""
    steps = Pointwise(
        _compiled(_fused_rms_norm),
        _compiled(_fused_add_norm),
        _compiled(_fused_rotate),
        _compiled(_fused_gated),
    )
    try:
        _compare(steps, device, dtype)
    except Exception as problem:  # noqa: BLE001 (whatever a missing or broken compiler raises)
        reason = str(problem).partition("\n")[0]
        log.warning("fused kernels are not used: %s: %s", type(problem).__name__, reason)
        return PLAIN
    return steps


def _compiled(step: Callable[..., Any]) -> Callable[..., Any]:
    """A step compiled once for each width, whatever the number of tokens (the first size of its tensors)."""
    inner = torch.compile(step)

    def run(*arguments: Any) -> Any:
        for argument in arguments:
            if isinstance(argument, Tensor) and argument.dim() > 1:
                torch._dynamo.maybe_mark_dynamic(argument, 0)
        return inner(*arguments)

    return run


def _compare(steps: Pointwise, device: torch.device, dtype: torch.dtype) -> None:
    """Run every step once both ways. Raises ValueError where the numbers differ by more than rounding."""
    with torch.inference_mode():
        x, y = (torch.randn(24, 64, device=device).to(dtype) for _ in range(2))
        weight, heads = torch.rand(64, device=device).to(dtype), x.view(24, 2, 32)
        angle = torch.rand(24, 1, 16, device=device)
        pairs = (
            (steps.rms_norm(x, weight, 1e-6), rms_norm(x, weight, 1e-6)),
            (steps.add_norm(x, y, weight, 1e-6)[1], add_norm(x, y, weight, 1e-6)[1]),
            (steps.rotate(heads, angle.cos(), angle.sin()), rotate(heads, angle.cos(), angle.sin())),
            (steps.gated(x), gated(x)),
        )
        limit = 1e-5 if dtype == torch.float32 else 0.1
        for ours, plain in pairs:
            difference = float((ours.float() - plain.float()).abs().max())
            if not difference <= limit:
                raise ValueError(f"a fused kernel is off by {difference:.3g}")
