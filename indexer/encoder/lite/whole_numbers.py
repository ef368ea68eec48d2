"""Matrix products in whole numbers: weights of 7 bits, one scale a row; inputs of 8 bits, one scale a call.

On processors with AVX2 and no more, a product of 512 pieces runs at 110 to 120 billion operations a second and core
instead of 65 to 75 in float32. Two things keep it near: 7 bits of weight, because the processor adds two products of 8
by 8 bits in 16, which overflows; and smoothing (Xiao et al. 2022, SmoothQuant, arXiv 2211.10438): inputs have a few
columns that are ten times as large as the rest, so these are divided by a factor and the weights multiplied by it. A
piece's vector then keeps a cosine of 0.993 to the one in float32 (without smoothing 0.987, with 8 and 7 bits 0.958).
"""

import warnings
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

_LARGEST_WEIGHT = 63
_SHARE = 0.7
"""How much of the largest inputs moves into the weights; 0.6 to 0.8 kept 0.991 to 0.994."""
_ENGINES = ("x86", "fbgemm")
_LEAST = 1e-3


def runs_here() -> bool:
    """Whether this torch has such products for this processor (x86-64; on Apple's, float32 is the fast one)."""
    return torch.backends.quantized.engine in _ENGINES and hasattr(torch.ops.quantized, "linear_dynamic")


def smoothing(path: Path) -> dict[str, Tensor]:
    """The largest input of each column of each product, float32 (columns,). Raises MODEL_MISSING or MODEL_BROKEN."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: torch.from_numpy(file[name].astype(np.float32)) for name in file.files}
    except FileNotFoundError:
        raise PagebeamError(ErrorCode.MODEL_MISSING, detail=path.name) from None
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        raise PagebeamError(ErrorCode.MODEL_BROKEN, detail=path.name) from None


class WholeNumberLinear:
    """inputs @ weight.T + bias. Thread-safe."""

    def __init__(self, weight: Tensor, bias: Tensor, largest: Tensor) -> None:
        """weight: float32 (rows, columns); bias: (rows,); largest: (columns,), the largest input seen of each."""
        if largest.shape != weight.shape[1:]:
            raise ValueError(f"weights of {weight.shape[1]} columns, smoothing of {tuple(largest.shape)}")
        heaviest = weight.abs().amax(dim=0).clamp_min(_LEAST)
        factor = largest.clamp_min(_LEAST) ** _SHARE / heaviest ** (1 - _SHARE)
        smoothed = weight * factor
        scales = smoothed.abs().amax(dim=1).clamp_min(1e-8) / _LARGEST_WEIGHT
        with warnings.catch_warnings():
            # pytorch issue 184982: these tensors will go some day. torch is pinned; runs_here() looks for the product.
            warnings.filterwarnings("ignore", "torch.quantize_per_tensor", UserWarning)
            whole = torch.quantize_per_channel(
                smoothed, scales, torch.zeros(len(scales), dtype=torch.int64), 0, torch.qint8
            )
        self._inverse = 1 / factor
        self._packed = torch.ops.quantized.linear_prepack(whole, bias)

    def __call__(self, inputs: Tensor) -> Tensor:
        """(n, columns) to (n, rows), float32."""
        result: Tensor = torch.ops.quantized.linear_dynamic(inputs * self._inverse, self._packed, False)
        return result
