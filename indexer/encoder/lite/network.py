"""The forward pass of MiniLM (a BERT of 6 layers), lean: no pooler, no padding; texts of any lengths in one go.

Written out instead of loaded through transformers because that import alone takes 2 s and 150 MB on start, and the
whole network is sixty lines. The tests hold it equal to transformers' BertModel. The texts' pieces stand one after
another in one matrix, so that the products are large; attention alone looks at each text for itself.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from indexer.encoder.lite.whole_numbers import WholeNumberLinear, runs_here, smoothing
from indexer.resources import resource

HEADS = 12
LAYERS = 6
HIDDEN = 384
MAX_PIECES = 256
"""What all-MiniLM-L6-v2 takes; its position table would allow 512."""
_EPS = 1e-12


class MiniLM:
    """Piece ids in, contextual vectors out. Thread-safe: holds weights only."""

    def __init__(self, weights: dict[str, Tensor], smooth: dict[str, Tensor] | None = None) -> None:
        """smooth: as from whole_numbers.smoothing(), for products in whole numbers; without it they are in float32."""
        self._w = {name: tensor.float() for name, tensor in weights.items() if tensor.is_floating_point()}
        for layer in range(LAYERS):
            part = f"encoder.layer.{layer}.attention.self."
            for kind in ("weight", "bias"):  # one product for query, key and value
                rows = [self._w.pop(f"{part}{name}.{kind}") for name in ("query", "key", "value")]
                self._w[f"{part}qkv.{kind}"] = torch.cat(rows)
        self._whole = {
            name: WholeNumberLinear(self._w.pop(f"{name}.weight"), self._w.pop(f"{name}.bias"), largest)
            for name, largest in (smooth or {}).items()
        }

    @classmethod
    def load(cls, path: Path) -> "MiniLM":
        """Read model.safetensors. Whole numbers on x86-64, float32 elsewhere. Raises MODEL_MISSING or MODEL_BROKEN.

        Not bfloat16, even where the processor has AMX tiles for it: a page takes the same time, a question 1.8 times as
        much, and machines that share a library would round in different ways.
        """
        smooth = smoothing(resource("lite", "smoothing.npz")) if runs_here() else None
        return cls(load_file(path), smooth)

    @torch.inference_mode()
    def __call__(self, texts: Sequence[Sequence[int]]) -> list[Tensor]:
        """Piece ids of each text, special ones included, none longer than MAX_PIECES, none empty.

        Gives float32 (length, HIDDEN) for each.
        """
        if not texts:
            return []
        w = self._w
        lengths = [len(text) for text in texts]
        pieces = torch.tensor([piece for text in texts for piece in text], dtype=torch.int64)
        places = torch.cat([torch.arange(length) for length in lengths])
        x = w["embeddings.word_embeddings.weight"][pieces]
        x = x + w["embeddings.position_embeddings.weight"][places] + w["embeddings.token_type_embeddings.weight"][0]
        x = self._norm(x, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            x = self._layer(x, lengths, f"encoder.layer.{layer}.")
        return list(torch.split(x.float(), lengths))

    def _layer(self, x: Tensor, lengths: list[int], name: str) -> Tensor:
        qkv = self._linear(x, f"{name}attention.self.qkv").view(len(x), 3, HEADS, HIDDEN // HEADS)
        mixed = torch.cat([_attention(part) for part in torch.split(qkv, lengths)])
        x = self._norm(x + self._linear(mixed, f"{name}attention.output.dense"), f"{name}attention.output.LayerNorm")
        inner = functional.gelu(self._linear(x, f"{name}intermediate.dense"))
        return self._norm(x + self._linear(inner, f"{name}output.dense"), f"{name}output.LayerNorm")

    def _linear(self, x: Tensor, name: str) -> Tensor:
        whole = self._whole.get(name)
        if whole is not None:
            return whole(x)
        return functional.linear(x, self._w[f"{name}.weight"], self._w[f"{name}.bias"])

    def _norm(self, x: Tensor, name: str) -> Tensor:
        return functional.layer_norm(x, (HIDDEN,), self._w[f"{name}.weight"], self._w[f"{name}.bias"], _EPS)


def _attention(qkv: Tensor) -> Tensor:
    """One text: (length, 3, HEADS, HIDDEN / HEADS) to (length, HIDDEN)."""
    q, k, v = qkv.permute(1, 2, 0, 3)[:, None]  # each (1, HEADS, length, HIDDEN / HEADS)
    return functional.scaled_dot_product_attention(q, k, v)[0].transpose(0, 1).reshape(len(qkv), HIDDEN)
