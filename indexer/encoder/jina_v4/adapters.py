"""Task to adapter: peft holds the three LoRA adapters; the network gets plain weights for the task that a call names.

Nothing is switched: a call is handed its task's layers, so two threads may ask for two tasks at once. A task's
adapter is merged into its own copy of the text weights, made when the task is first asked for, while memory for that
copy is there; else it is applied beside the shared weights as two narrow products. Either way the base layers run
once. Merging adds up in float32 and rounds once.
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from torch import Tensor

from indexer.encoder.device import free_memory_bytes
from indexer.encoder.jina_v4.fusing import fused_text_layers
from indexer.encoder.jina_v4.model import JinaModules, Layer, LowRank, Product
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

_KEY = re.compile(r"^base_model\.model\.(?P<module>.+)\.lora_(?P<side>[AB])\.(?P<task>[^.]+)\.weight$")
PROJECTOR = "multi_vector_projector"
HEADROOM_BYTES = 3 * 2**30
"""Left free beside a merged copy, for the work itself: a batch of pages and what else runs on the machine."""


@dataclass(frozen=True, slots=True)
class TaskWeights:
    """What one task computes with: text layers, and the projector with its adapter merged, in float32."""

    layers: tuple[Layer, ...]
    projector_weight: Tensor
    projector_bias: Tensor
    merged: bool


def attach(modules: JinaModules, tensors: Mapping[str, Tensor], told: Mapping[str, Any]) -> Any:
    """Put every adapter of `tensors` (adapter_model.safetensors) on the modules; the PeftModel. told: what
    adapter_config.json says.

    peft's own loader takes one adapter a file and would load nothing of this one, with a warning only; so the tasks
    are taken apart here, the adapted modules come from the tensors' names, and all that was loaded is counted.
    Raises PagebeamError (MODEL_BROKEN).
    """
    if told.get("use_dora") or told.get("lora_bias") or told.get("bias", "none") != "none":
        raise _broken("adapters of a kind that is not known here")
    by_task: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        found = _KEY.match(key)
        if found is None:
            raise _broken(f"unknown adapter weight {key}")
        plain = f"base_model.model.{found['module']}.lora_{found['side']}.weight"
        by_task.setdefault(found["task"], {})[plain] = tensor
    peft_model: Any = None
    for task, weights in by_task.items():
        names = sorted({key.removeprefix("base_model.model.").rpartition(".lora_")[0] for key in weights})
        config = LoraConfig(
            r=int(told["r"]),
            lora_alpha=told["lora_alpha"],
            lora_dropout=0.0,
            target_modules=names,
            use_rslora=bool(told.get("use_rslora")),
            rank_pattern=told.get("rank_pattern") or {},
            alpha_pattern=told.get("alpha_pattern") or {},
        )
        # autocast_adapter_dtype: left on, peft widens bfloat16 adapters to float32 behind our back.
        if peft_model is None:
            peft_model = get_peft_model(
                modules, config, adapter_name=task, autocast_adapter_dtype=False, low_cpu_mem_usage=True
            )
        else:
            peft_model.add_adapter(task, config, autocast_adapter_dtype=False, low_cpu_mem_usage=True)
        result = set_peft_model_state_dict(peft_model, weights, adapter_name=task, low_cpu_mem_usage=True)
        if result.unexpected_keys:
            raise _broken(f"adapter weights without a place: {', '.join(result.unexpected_keys[:3])}")
    if peft_model is None:
        raise _broken("the adapter file is empty")
    return peft_model.eval()


def check(modules: JinaModules, tasks: tuple[str, ...], text_layers: int) -> None:
    """Every task has its adapter on every text layer and the projector, with numbers in it, and nowhere else."""
    adapted = adapted_modules(modules)
    expected = 7 * text_layers + 1
    if len(adapted) != expected or any(".visual." in name for name in adapted):
        raise _broken(f"adapters on {len(adapted)} modules instead of {expected}")
    for name, module in adapted.items():
        for task in tasks:
            if task not in module.lora_B:
                raise _broken(f"the adapter for {task} is missing")
            if module.lora_B[task].weight.is_meta or not bool(module.lora_B[task].weight.any()):
                raise _broken(f"the adapter for {task} has no numbers at {name}")


def adapted_modules(modules: JinaModules) -> dict[str, Any]:
    """Module name to the peft layer there."""
    return {name: module for name, module in modules.named_modules() if hasattr(module, "lora_B")}


class Adapters:
    """The weights of each task, made when first asked for; safe to ask from several threads."""

    def __init__(self, modules: JinaModules, tasks: tuple[str, ...], *, merge: bool | None = None) -> None:
        """merge: always or never; None merges while free memory allows."""
        self.tasks = tasks
        self._merge = merge
        self._adapted = adapted_modules(modules)
        self._base = fused_text_layers(modules)
        self._ready: dict[str, TaskWeights] = {}
        self._making = threading.Lock()

    def weights(self, task: str) -> TaskWeights:
        """The task's weights; making them for the first time takes moments, in which other tasks' can be had."""
        if task not in self.tasks:
            raise ValueError(f"no adapter for {task!r}; there are {', '.join(self.tasks)}")
        ready = self._ready.get(task)
        if ready is None:
            with self._making:  # one at a time, so that each knows what memory is left
                ready = self._ready.get(task) or self._make(task)
                self._ready[task] = ready
        return ready

    def copy_bytes(self) -> int:
        """What a merged copy of the text layers takes."""
        return sum(
            product.weight.numel() * product.weight.element_size()
            for layer in self._base
            for product in (layer.qkv, layer.out, layer.gate_up, layer.down)
        )

    @torch.inference_mode()
    def _make(self, task: str) -> TaskWeights:
        merge = self._merge
        if merge is None:
            merge = free_memory_bytes(self._base[0].norm.device) > self.copy_bytes() + HEADROOM_BYTES
        layers = tuple(self._layer(number, layer, task, merge=merge) for number, layer in enumerate(self._base))
        projector = self._adapted[PROJECTOR]
        weight = projector.base_layer.weight.float() + _delta(projector, task)
        return TaskWeights(layers, weight, projector.base_layer.bias.float(), merge)

    def _layer(self, number: int, layer: Layer, task: str, *, merge: bool) -> Layer:
        def adapted(product: Product, *names: str) -> Product:
            modules = [self._adapted[f"model.language_model.layers.{number}.{name}"] for name in names]
            return _merged(product, modules, task) if merge else _beside(product, modules, task)

        return Layer(
            layer.norm,
            adapted(layer.qkv, "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
            adapted(layer.out, "self_attn.o_proj"),
            layer.mlp_norm,
            adapted(layer.gate_up, "mlp.gate_proj", "mlp.up_proj"),
            adapted(layer.down, "mlp.down_proj"),
        )


def _delta(module: Any, task: str) -> Tensor:
    """(out, in) float32: (alpha / r) B A."""
    up, down = module.lora_B[task].weight.float(), module.lora_A[task].weight.float()
    delta: Tensor = up @ down * float(module.scaling[task])
    return delta


def _merged(product: Product, modules: list[Any], task: str) -> Product:
    delta = torch.cat([_delta(module, task) for module in modules])
    return Product((product.weight.float() + delta).to(product.weight.dtype), product.bias)


def _beside(product: Product, modules: list[Any], task: str) -> Product:
    dtype, start = product.weight.dtype, 0
    ups: list[tuple[int, int, Tensor]] = []
    for module in modules:
        up = module.lora_B[task].weight.float() * float(module.scaling[task])
        ups.append((start, start + up.shape[0], up.to(dtype)))
        start += up.shape[0]
    down = torch.cat([module.lora_A[task].weight for module in modules]).to(dtype)
    return Product(product.weight, product.bias, LowRank(down, tuple(ups)))


def _broken(detail: str) -> PagebeamError:
    return PagebeamError(ErrorCode.MODEL_BROKEN, detail=detail)
