"""Separate linear layers put into one product each: q k v, gate and up; and the vision MLP widened to fit the device.

transformers' modules keep working on the same memory: their weights become views of the fused ones.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from indexer.encoder.jina_v4.model import JinaModules, Layer, Product

TENSOR_CORE_MULTIPLE = 64
"""The vision MLP is 3,420 wide, so its rows start at addresses the matrix units cannot read in one go. On CUDA it is
padded with zeros to a multiple of this (3,456); silu(0) * 0 is 0, so no number changes."""


def fused_text_layers(modules: JinaModules) -> tuple[Layer, ...]:
    """The text layers without any adapter."""
    return tuple(_text_layer(layer) for layer in _language_model(modules).layers)


def fused_vision_layers(modules: JinaModules, *, multiple: int | None = None) -> tuple[Layer, ...]:
    """The vision blocks; `multiple` is what the MLP's width is padded to (None: by the device)."""
    visual: Any = modules.model.visual
    device = visual.merger.ln_q.weight.device
    wanted = multiple or (TENSOR_CORE_MULTIPLE if device.type == "cuda" else 1)
    return tuple(_vision_layer(block, wanted) for block in visual.blocks)


def _language_model(modules: JinaModules) -> Any:
    return modules.model.language_model


@torch.no_grad()
def _text_layer(layer: Any) -> Layer:
    attention, mlp = layer.self_attn, layer.mlp
    return Layer(
        layer.input_layernorm.weight.detach(),
        _fused([attention.q_proj, attention.k_proj, attention.v_proj]),
        _fused([attention.o_proj]),
        layer.post_attention_layernorm.weight.detach(),
        _fused([mlp.gate_proj, mlp.up_proj]),
        _fused([mlp.down_proj]),
    )


@torch.no_grad()
def _vision_layer(block: Any, multiple: int) -> Layer:
    gate, up, down = block.mlp.gate_proj, block.mlp.up_proj, block.mlp.down_proj
    width = gate.weight.shape[0]
    spare = -width % multiple
    if not spare:
        gate_up, narrow = _fused([gate, up]), _fused([down])
    else:
        weight = torch.cat([functional.pad(part.weight, (0, 0, 0, spare)) for part in (gate, up)])
        bias = torch.cat([functional.pad(part.bias, (0, spare)) for part in (gate, up)])
        wide = functional.pad(down.weight, (0, spare))
        _point(gate, weight[:width], bias[:width])
        _point(up, weight[width + spare : 2 * width + spare], bias[width + spare : 2 * width + spare])
        _point(down, wide[:, :width], down.bias)
        gate_up, narrow = Product(weight, bias), Product(wide, down.bias.detach())
    return Layer(
        block.norm1.weight.detach(),
        _fused([block.attn.qkv]),
        _fused([block.attn.proj]),
        block.norm2.weight.detach(),
        gate_up,
        narrow,
    )


def _fused(modules: list[Any]) -> Product:
    """One product for several linear layers of the same input, in order."""
    linears: list[nn.Linear] = [getattr(module, "base_layer", module) for module in modules]
    biases: list[Tensor] = [part.bias for part in linears if part.bias is not None]
    if len(linears) == 1:
        return Product(linears[0].weight.detach(), biases[0].detach() if biases else None)
    if biases and len(biases) != len(linears):
        raise ValueError("layers with and without bias cannot be fused")
    weight = torch.cat([part.weight for part in linears])
    bias = torch.cat(biases) if biases else None
    start = 0
    for part in linears:
        stop = start + part.weight.shape[0]
        _point(part, weight[start:stop], None if bias is None else bias[start:stop])
        start = stop
    return Product(weight, bias)


def _point(linear: nn.Linear, weight: Tensor, bias: Tensor | None) -> None:
    """Let a linear layer read from a part of fused memory, so that the weights exist once."""
    linear.weight.data = weight
    if bias is not None:
        linear.bias.data = bias
