"""The forward pass of MiniLM (a BERT of 6 layers), lean: no pooler, no padding mask, equal lengths in a batch.

Written out instead of loaded through transformers because that import alone takes 2 s and 150 MB on start, and the
whole network is forty lines. The tests hold it equal to transformers' BertModel.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

HEADS = 12
LAYERS = 6
HIDDEN = 384
MAX_PIECES = 256
"""What all-MiniLM-L6-v2 was trained with; its position table would allow 512."""
_EPS = 1e-12


class MiniLM:
    """Piece ids in, contextual vectors out. Thread-safe: holds weights only."""

    def __init__(self, weights: dict[str, Tensor], dtype: torch.dtype) -> None:
        self.dtype = dtype
        self._w = {name: tensor.to(dtype) for name, tensor in weights.items() if tensor.is_floating_point()}
        for layer in range(LAYERS):
            part = f"encoder.layer.{layer}.attention.self."
            for kind in ("weight", "bias"):  # one product for query, key and value
                rows = [self._w.pop(f"{part}{name}.{kind}") for name in ("query", "key", "value")]
                self._w[f"{part}qkv.{kind}"] = torch.cat(rows)

    @classmethod
    def load(cls, path: Path) -> "MiniLM":
        """Read model.safetensors. bfloat16 where the processor multiplies it in hardware, else float32."""
        return cls(load_file(path), fastest_dtype())

    @torch.inference_mode()
    def __call__(self, pieces: Tensor) -> Tensor:
        """pieces: int64 (batch, length), length <= MAX_PIECES. Gives float32 (batch, length, HIDDEN)."""
        w = self._w
        length = pieces.shape[1]
        x = w["embeddings.word_embeddings.weight"][pieces]
        x = x + w["embeddings.position_embeddings.weight"][:length] + w["embeddings.token_type_embeddings.weight"][0]
        x = self._norm(x, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            x = self._layer(x, f"encoder.layer.{layer}.")
        return x.float()

    def _layer(self, x: Tensor, name: str) -> Tensor:
        batch, length, _ = x.shape
        qkv = self._linear(x, f"{name}attention.self.qkv").view(batch, length, 3, HEADS, HIDDEN // HEADS)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, length, HIDDEN)
        x = self._norm(x + self._linear(mixed, f"{name}attention.output.dense"), f"{name}attention.output.LayerNorm")
        inner = functional.gelu(self._linear(x, f"{name}intermediate.dense"))
        return self._norm(x + self._linear(inner, f"{name}output.dense"), f"{name}output.LayerNorm")

    def _linear(self, x: Tensor, name: str) -> Tensor:
        return functional.linear(x, self._w[f"{name}.weight"], self._w[f"{name}.bias"])

    def _norm(self, x: Tensor, name: str) -> Tensor:
        return functional.layer_norm(x, (HIDDEN,), self._w[f"{name}.weight"], self._w[f"{name}.bias"], _EPS)


def fastest_dtype() -> torch.dtype:
    """bfloat16 with AMX tiles, float32 everywhere else (without tiles bfloat16 is slower on the processor)."""
    probe = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return torch.bfloat16 if probe is not None and probe() else torch.float32
