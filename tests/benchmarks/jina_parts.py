"""Where the time goes: the arithmetic of a page counted from the architecture, and each part timed by itself."""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from indexer.encoder import device as devices
from indexer.encoder.jina_v4 import inputs
from indexer.encoder.jina_v4.attention import attention
from indexer.encoder.jina_v4.checkpoint import Checkpoint
from indexer.encoder.jina_v4.model import JinaModules
from indexer.encoder.jina_v4.network import JinaNetwork
from indexer.encoder.jina_v4.windows import window_order


def page_work(
    modules: JinaModules, sizes: inputs.Preprocessing, pages: list[np.ndarray], max_pixels: int | None, prompt: Any
) -> float:
    """Floating-point operations of a page, on average: matrix products and attention of both towers, no padding."""
    visual, text = modules.model.visual, modules.model.language_model
    vision_config, config = visual.config, text.config
    wide, mlp = vision_config.hidden_size, vision_config.intermediate_size
    per_patch = vision_config.depth * (4 * wide * wide + 3 * wide * mlp)
    per_patch += 3 * sizes.temporal * sizes.patch**2 * wide
    merged = wide * sizes.merge**2
    per_cell = merged * merged + merged * vision_config.out_hidden_size
    hidden, heads, keys = config.hidden_size, config.num_attention_heads, config.num_key_value_heads
    per_token = config.num_hidden_layers * (
        2 * hidden * hidden + 2 * hidden * hidden * keys // heads + 3 * hidden * config.intermediate_size
    )
    full = len(vision_config.fullatt_block_indexes)
    window = (vision_config.window_size // sizes.patch) ** 2
    total = 0.0
    for pixels in pages:
        rows, columns = inputs.target_size(*pixels.shape[:2], sizes, max_pixels)
        cells = rows * columns // sizes.cell**2
        patches = cells * sizes.merge**2
        tokens = cells + len(prompt.before_image) + len(prompt.after_image)
        attention = 2 * wide * patches * (full * patches + (vision_config.depth - full) * window)
        attention += hidden * tokens * tokens * config.num_hidden_layers  # causal: half of it
        total += 2 * (patches * per_patch + cells * per_cell + tokens * per_token + attention)
    return total / len(pages)


def plain_patch_embedding(modules: JinaModules, device: torch.device, dtype: torch.dtype) -> float:
    """Seconds a page of transformers' Conv3d, which is slow on some cards."""
    visual = modules.model.visual
    kernel = visual.patch_embed.proj.weight
    rows = torch.randn(2944, kernel[0].numel(), device=device, dtype=dtype)
    with torch.inference_mode():
        return _seconds(lambda: visual.patch_embed(rows), device, 3)


def print_parts(
    network: JinaNetwork, checkpoint: Checkpoint, prepared: list[torch.Tensor], batch: int, peak: float
) -> None:
    """One line a part, on stderr: milliseconds a page, and the share of the matrix peak for products."""
    pictures = [one for one in prepared if one.shape == prepared[0].shape][:batch]
    device, sizes = network.device, network.preprocessing
    grids = tuple(network.grid(one) for one in pictures)
    pages, cells = len(pictures), grids[0][0] * grids[0][1] * len(pictures)
    per_cell = sizes.merge**2
    order = window_order(grids, network.vision._window)
    task = checkpoint.tasks[0]
    text_layers = network.adapters.weights(task).layers
    tokens = pages * (cells // pages + 11)
    lines: list[tuple[str, float, float]] = []

    def add(name: str, times: int, flop: float, run: Callable[[], Any]) -> None:
        with torch.inference_mode():
            lines.append((name, 1e3 * times * _seconds(run, device, 5) / pages, times * flop / pages))

    add("whole network", 1, 0.0, lambda: network.images(pictures, task))
    add("vision tower", 1, 0.0, lambda: network.look(pictures))
    add("resize, one page on the processor", 1, 0.0, lambda: _resize(prepared, sizes))
    vision, text = network.vision, network.text
    with torch.inference_mode():
        rows = torch.stack([one.to(device) for one in pictures])
        add("upload, patches, normalise", 1, 0.0, lambda: _patches(pictures, network))
        del rows
        _add_tower(add, network, vision._layers, cells * per_cell, "vision")
        qkv = _random(cells * per_cell, vision._layers[0].qkv.weight.shape[0], like=text.embedding)
        qkv = qkv.view(cells * per_cell, 3 * vision._heads, vision._head_size)
        rotary = vision._rotary(order, device)
        index = torch.from_numpy(order.order).to(device), torch.from_numpy(order.inverse).to(device)
        full = len(vision._full)
        add(
            "vision window attention, with rotary",
            len(vision._layers) - full,
            0.0,
            lambda: vision._over_windows(qkv, order.groups, per_cell, rotary, network.steps),
        )
        add(
            "vision full attention, with rotary",
            full,
            0.0,
            lambda: vision._over_pages(qkv, pages, *index, rotary, network.steps),
        )
        add(
            "vision rotary",
            len(vision._layers),
            0.0,
            lambda: network.steps.rotate(qkv[:, : 2 * vision._heads], *rotary),
        )
        _add_tower(add, network, text_layers, tokens, "text")
        q = _random(tokens, text._heads * text._head_size, like=text.embedding)
        q = q.view(pages, -1, text._heads, text._head_size)
        k = q[:, :, : text._key_heads].contiguous()
        add("text attention", len(text_layers), 0.0, lambda: attention(q, k, k, causal=True))
    print(f"{'part':44s} {'ms/page':>9s} {'of peak':>8s}   (batch {pages})", file=sys.stderr)
    for name, milliseconds, flop in lines:
        share = f"{flop / (milliseconds / 1e3) / peak:8.0%}" if flop else " " * 8
        print(f"{name:44s} {milliseconds:9.3f} {share}", file=sys.stderr)
    if device.type == "cuda":
        _print_kernels(lambda: network.images(pictures, task))


def _add_tower(add: Any, network: JinaNetwork, layers: Any, rows: int, name: str) -> None:
    layer, steps = layers[0], network.steps
    x = _random(rows, layer.norm.shape[0], like=layer.norm)
    for part in ("qkv", "out", "gate_up", "down"):
        product = getattr(layer, part)
        wide, narrow = product.weight.shape
        given = _random(rows, narrow, like=layer.norm)
        add(
            f"{name} {part} ({narrow} to {wide})",
            len(layers),
            2.0 * rows * wide * narrow,
            lambda p=product, g=given: p(g),
        )
    add(f"{name} add and norm", 2 * len(layers), 0.0, lambda: steps.add_norm(x, x, layer.norm, 1e-6))
    both = _random(rows, layer.gate_up.weight.shape[0], like=layer.norm)
    add(f"{name} gate", len(layers), 0.0, lambda: steps.gated(both))


def _print_kernels(run: Callable[[], Any]) -> None:
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CUDA, ProfilerActivity.CPU]) as found:
        run()
        torch.cuda.synchronize()
    print(
        found.key_averages().table(sort_by="self_cuda_time_total", row_limit=22, max_name_column_width=70)[:9000],
        file=sys.stderr,
    )


def _resize(prepared: list[torch.Tensor], sizes: inputs.Preprocessing) -> torch.Tensor:
    page = np.zeros((1754, 1240, 3), np.uint8)
    return inputs.resized(page, (prepared[0].shape[1], prepared[0].shape[2]))


def _patches(pictures: list[torch.Tensor], network: JinaNetwork) -> torch.Tensor:
    sent = torch.stack([one.to(network.device, non_blocking=True) for one in pictures])
    return inputs.normalised(inputs.patch_rows(sent, network.preprocessing), network.preprocessing)


def _random(rows: int, columns: int, like: torch.Tensor) -> torch.Tensor:
    return torch.randn(rows, columns, device=like.device, dtype=like.dtype)


def _seconds(run: Callable[[], Any], device: torch.device, repeats: int) -> float:
    run()
    devices.wait_for(device)
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    devices.wait_for(device)
    return (time.perf_counter() - start) / repeats
