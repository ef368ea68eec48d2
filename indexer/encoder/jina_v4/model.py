"""The network: pictures and text in, hidden states out. transformers' weights, run without what is not needed.

What transformers' own forward does that this one does not: a loop over attention windows, masks, a cache, rotary
tables for every layer, separate products for q, k, v, gate and up, and (through peft) a second pass for the adapter.
The weights stay those of transformers' modules, as views, so its own forward keeps working; tests compare both.

    pictures -> Vision.forward -> (cells, hidden) -> Text.forward -> (items, tokens, hidden) -> heads.py
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from indexer.encoder.jina_v4.attention import attention
from indexer.encoder.jina_v4.pointwise import PLAIN, Pointwise
from indexer.encoder.jina_v4.windows import Grid, WindowOrder, window_order

_VISION_EPS = 1e-6
"""Fixed by the architecture: no configuration names it."""

Pause = Callable[[], None]
"""Called between layers, so that a question need not wait for a whole page on a slow device."""


def no_pause() -> None:
    """Go on at once."""


def sums_type(weight: Tensor) -> torch.dtype:
    """The number type in which a tower adds up its layers' outputs. On a processor float32: rounding every sum to
    bfloat16 makes half of the error of a token, and there it costs nothing; on a card sums are what memory is for."""
    return torch.float32 if weight.device.type == "cpu" else weight.dtype


@dataclass(frozen=True, slots=True)
class LowRank:
    """An adapter beside a fused product: down (all ranks, in); for each slice of the outputs (start, stop, up)."""

    down: Tensor
    ups: tuple[tuple[int, int, Tensor], ...]


@dataclass(frozen=True, slots=True)
class Product:
    """y = x weight^T + bias, plus the adapter's part where it is not merged into the weight."""

    weight: Tensor
    bias: Tensor | None = None
    low_rank: LowRank | None = None

    def __call__(self, x: Tensor) -> Tensor:
        """(..., in) to (..., out)."""
        y = functional.linear(x, self.weight, self.bias)
        if self.low_rank is not None:
            narrow, first = functional.linear(x, self.low_rank.down), 0
            for start, stop, up in self.low_rank.ups:
                y[..., start:stop] += functional.linear(narrow[..., first : first + up.shape[1]], up)
                first += up.shape[1]
        return y


@dataclass(frozen=True, slots=True)
class Layer:
    """One block of either tower: norm, q k v, out, norm, gate and up, down."""

    norm: Tensor
    qkv: Product
    out: Product
    mlp_norm: Tensor
    gate_up: Product
    down: Product


class Vision:
    """Patches to one vector per merged cell; the same for all tasks."""

    def __init__(self, visual: Any, layers: Sequence[Layer]) -> None:
        config = visual.config
        self._layers = tuple(layers)
        self._full = frozenset(config.fullatt_block_indexes)
        self._heads: int = config.num_heads
        self._head_size: int = config.hidden_size // config.num_heads
        self._window: int = config.window_size // config.spatial_merge_size // config.patch_size
        self._merge: int = config.spatial_merge_size
        self._merger = visual.merger
        self._merger_norm: Tensor = visual.merger.ln_q.weight.detach()
        # The picture stands still, so both time slots of the Conv3d see the same numbers: its kernel, summed over
        # time, is a linear layer. Conv3d itself is very slow in bfloat16 on some cards and fails on Apple's.
        # The sum is kept, and the product made, in float32: rounded to bfloat16 it doubled the mean error of a slide's
        # tokens, and it is half a thousandth of a page's work.
        kernel: Tensor = visual.patch_embed.proj.weight
        self._patch_kernel = kernel.detach().float().sum(dim=2).flatten(1)
        self._sums = sums_type(kernel)
        self.numbers_per_patch = _numbers_alive(self._layers[0])
        quarter = self._head_size // 2
        steps = torch.arange(0, quarter, 2, dtype=torch.float32) / quarter
        self._frequencies = (1.0 / config.rope_parameters["rope_theta"] ** steps).to(kernel.device)

    def forward(
        self, patches: Tensor, grids: tuple[Grid, ...], steps: Pointwise = PLAIN, pause: Pause = no_pause
    ) -> Tensor:
        """(cells, merge * merge, 3 * patch * patch) normalised, pages one after another, to (cells, hidden).

        Pages of one call have equally many cells, so full attention needs no padding.
        """
        cells, per_cell, _ = patches.shape
        assert len({rows * columns for rows, columns in grids}) == 1, f"pages of unequal size in a batch: {grids}"
        assert cells == sum(r * c for r, c in grids), f"{cells} cells for grids {grids}"
        windows = window_order(grids, self._window)
        order = torch.from_numpy(windows.order).to(patches.device, non_blocking=True)
        inverse = torch.from_numpy(windows.inverse).to(patches.device, non_blocking=True)
        cosine, sine = self._rotary(windows, patches.device)
        x = functional.linear(patches, self._patch_kernel).to(self._sums)
        x = x.view(cells, -1).index_select(0, order).view(cells * per_cell, -1)
        normed = steps.rms_norm(x, self._layers[0].norm, _VISION_EPS)
        for number, layer in enumerate(self._layers):
            qkv = layer.qkv(normed).view(cells * per_cell, 3 * self._heads, self._head_size)
            if number in self._full:
                attended = self._over_pages(qkv, len(grids), order, inverse, (cosine, sine), steps)
            else:
                attended = self._over_windows(qkv, windows.groups, per_cell, (cosine, sine), steps)
            x, normed = steps.add_norm(x, layer.out(attended), layer.mlp_norm, _VISION_EPS)
            after = self._layers[number + 1].norm if number + 1 < len(self._layers) else self._merger_norm
            x, normed = steps.add_norm(x, layer.down(steps.gated(layer.gate_up(normed))), after, _VISION_EPS)
            pause()
        merged: Tensor = self._merger.mlp(normed.view(cells, -1))
        return merged.index_select(0, inverse)

    def _over_windows(
        self,
        qkv: Tensor,
        groups: Sequence[tuple[int, int]],
        per_cell: int,
        rotary: tuple[Tensor, Tensor],
        steps: Pointwise,
    ) -> Tensor:
        """Attention inside windows: one call for each window size, on views."""
        heads, size = self._heads, self._head_size
        rotated, values = steps.rotate(qkv[:, : 2 * heads], *rotary), qkv[:, 2 * heads :]
        done, first = [], 0
        for windows, cells in groups:
            tokens = cells * per_cell
            part = slice(first, first + windows * tokens)
            q, k = rotated[part].view(windows, tokens, 2, heads, size).unbind(2)
            v = values[part].view(windows, tokens, heads, size)
            done.append(attention(q, k, v).reshape(windows * tokens, -1))
            first += windows * tokens
        return done[0] if len(done) == 1 else torch.cat(done)

    def _over_pages(
        self,
        qkv: Tensor,
        pages: int,
        order: Tensor,
        inverse: Tensor,
        rotary: tuple[Tensor, Tensor],
        steps: Pointwise,
    ) -> Tensor:
        """Attention over whole pages, never across them: cells are put back in page order for it."""
        heads, cells = self._heads, order.shape[0]
        rotated = steps.rotate(qkv[:, : 2 * heads], *rotary)
        by_page = rotated.view(cells, -1).index_select(0, inverse).view(pages, -1, 2, heads, self._head_size)
        v = qkv[:, 2 * heads :].reshape(cells, -1).index_select(0, inverse).view(pages, -1, heads, self._head_size)
        attended = attention(by_page[:, :, 0], by_page[:, :, 1], v)
        return attended.reshape(cells, -1).index_select(0, order).view(qkv.shape[0], -1)

    def _rotary(self, windows: WindowOrder, device: torch.device) -> tuple[Tensor, Tensor]:
        """cosine, sine: float32 (patches, 1, head size / 2) in window order: rows' angles, then columns'."""
        inside_row, inside_column = (part.reshape(-1) for part in _cell_offsets(self._merge))
        rows = torch.from_numpy(windows.rows)[:, None] * self._merge + inside_row
        columns = torch.from_numpy(windows.columns)[:, None] * self._merge + inside_column
        places = torch.stack([rows.reshape(-1), columns.reshape(-1)], dim=1).to(device, non_blocking=True)
        angles = (places[:, :, None].float() * self._frequencies).flatten(1)[:, None, :]
        return angles.cos(), angles.sin()


class Text:
    """Embedded tokens to hidden states: causal attention, last norm, no cache, no logits."""

    def __init__(self, language_model: Any) -> None:
        config = language_model.config
        self._heads: int = config.num_attention_heads
        self._key_heads: int = config.num_key_value_heads
        self._head_size: int = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        self._eps: float = config.rms_norm_eps
        self.embedding: Tensor = language_model.embed_tokens.weight
        self._sums = sums_type(self.embedding)
        self._norm: Tensor = language_model.norm.weight.detach().to(self._sums)
        self.numbers_per_token = 10 * config.hidden_size + 4 * config.intermediate_size
        rope = config.rope_parameters
        base, sections = float(rope["rope_theta"]), list(rope["mrope_section"])
        half = self._head_size // 2
        if sum(sections) != half:
            raise ValueError(f"mrope sections {sections} do not fill {half} frequencies")
        steps = torch.arange(0, self._head_size, 2, dtype=torch.float32) / self._head_size
        self._frequencies = (1.0 / base**steps).to(self.embedding.device)
        # Which of the three positions (time, height, width) turns which frequency.
        self._axis = torch.repeat_interleave(torch.arange(3), torch.tensor(sections)).to(self.embedding.device)

    def embed(self, ids: Tensor) -> Tensor:
        """Token ids to embeddings."""
        return functional.embedding(ids, self.embedding)

    def forward(
        self,
        x: Tensor,
        positions: Tensor,
        layers: Sequence[Layer],
        steps: Pointwise = PLAIN,
        pause: Pause = no_pause,
    ) -> Tensor:
        """(items, tokens, hidden) and positions (3, items, tokens) to the last hidden states after the last norm.

        Shorter items are padded on the right: attention is causal, so no real token ever sees padding, and no mask
        is needed.
        """
        items, tokens, hidden = x.shape
        angles = (positions[self._axis].permute(1, 2, 0).float() * self._frequencies).flatten(0, 1)[:, None, :]
        cosine, sine = angles.cos().contiguous(), angles.sin().contiguous()
        turned = self._heads + self._key_heads
        x = x.reshape(items * tokens, hidden).to(
            self._sums
        )  # one row a token, so that fused steps meet one shape whatever the batch
        normed = steps.rms_norm(x, layers[0].norm, self._eps)
        for number, layer in enumerate(layers):
            qkv = layer.qkv(normed).view(items * tokens, turned + self._key_heads, self._head_size)
            rotated = steps.rotate(qkv[:, :turned], cosine, sine).view(items, tokens, turned, self._head_size)
            q, k = rotated[:, :, : self._heads], rotated[:, :, self._heads :]
            v = qkv[:, turned:].view(items, tokens, self._key_heads, self._head_size)
            attended = attention(q, k, v, causal=True).reshape(items * tokens, -1)
            x, normed = steps.add_norm(x, layer.out(attended), layer.mlp_norm, self._eps)
            after = layers[number + 1].norm if number + 1 < len(layers) else self._norm
            x, normed = steps.add_norm(x, layer.down(steps.gated(layer.gate_up(normed))), after, self._eps)
            pause()
        return normed.view(items, tokens, hidden)


def _numbers_alive(layer: Layer) -> int:
    """How many numbers a token has at once in its widest step: input, sums, q k v twice, gate and up."""
    return 10 * layer.norm.shape[0] + 2 * layer.gate_up.weight.shape[0]


def _cell_offsets(merge: int) -> tuple[Tensor, Tensor]:
    rows, columns = torch.meshgrid(torch.arange(merge), torch.arange(merge), indexing="ij")
    return rows, columns


class JinaModules(nn.Module):
    """transformers' model and the projector, under the names that the adapter file uses."""

    def __init__(self, model: nn.Module, projector: nn.Linear) -> None:
        super().__init__()
        self.model = model
        self.multi_vector_projector = projector
