"""Random checkpoints in the published layout with other sizes than the golden set's, and transformers' own answer.

What the golden set fixes is free here: widths, heads, layers, windows, shards, ranks, special tokens, number bases. The
reference shares no code with the encoder: transformers' model and position ids, adapters added to its weights by hand.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLModel
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

PROMPT = "<|im_start|>user\n<|vision_start|>{}<|vision_end|>Describe the image.<|im_end|>\n"
_TEXT_NAMES = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj")
_MLP_NAMES = ("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")


@dataclass(frozen=True)
class Recipe:
    """Sizes of a checkpoint. `shards`: 0 for one file without an index. `unused`: words that no text has. `width`: of
    single vectors where nobody asks, None for all. `ranks`, `alphas`: of modules that differ. `output_layer`: whether
    the file holds the vocabulary's, which nothing needs."""

    name: str
    hidden: int = 96
    layers: int = 2
    heads: int = 6
    key_heads: int = 1
    mlp: int = 144
    sections: tuple[int, int, int] = (4, 2, 2)
    theta: float = 10_000.0
    eps: float = 1e-5
    vision: int = 80
    vision_heads: int = 5
    vision_mlp: int = 90
    depth: int = 3
    window: int = 56
    patch: int = 14
    merge: int = 2
    temporal: int = 2
    full: tuple[int, ...] = (0,)
    vector: int = 24
    widths: tuple[int, ...] = (12, 48, 96)
    rank: int = 3
    alpha: float = 4.5
    ranks: tuple[tuple[str, int], ...] = ()
    alphas: tuple[tuple[str, float], ...] = ()
    width: int | None = None
    output_layer: bool = False
    rslora: bool = False
    tasks: tuple[str, ...] = ("retrieval", "text-matching", "code")
    max_pixels: int = 200_704
    mean: tuple[float, float, float] = (0.5, 0.4, 0.3)
    std: tuple[float, float, float] = (0.2, 0.25, 0.3)
    rescale: float = 1 / 255
    shards: int = 3
    unused: int = 80


RECIPES = (
    Recipe("windows of 2 x 2, first block full, one key head, three shards"),
    Recipe("one file, no full block, as many key heads as heads, rank-stabilised", key_heads=3, full=(), shards=0,
           rslora=True, hidden=48, heads=3, widths=(24, 48), sections=(2, 2, 4), layers=3, window=168, rank=5),
    Recipe("every block full, wide heads, two shards", hidden=64, heads=2, key_heads=2,
           sections=(4, 6, 6), vision=64, vision_heads=2, full=(0, 1, 2), widths=(64,), shards=2, mlp=100, vector=7,
           unused=17, max_pixels=78_400),
    Recipe("patches of 12, cells of 3 x 3, one time slot, bytes to -1..1, modules of their own rank, an output layer",
           hidden=64, heads=4, key_heads=2, sections=(2, 2, 4), vision=48, vision_heads=3, patch=12, merge=3,
           temporal=1, window=72, full=(1,), mean=(1.0,) * 3, std=(1.0,) * 3, rescale=1 / 127.5, widths=(16, 32, 64),
           width=32, ranks=(("layers.1.mlp.up_proj", 5), ("multi_vector_projector", 1)),
           alphas=(("layers.0.self_attn.q_proj", 9.0),), output_layer=True),
)  # fmt: skip


def write(recipe: Recipe, tokenizer: Path, folder: Path, seed: int = 0) -> None:
    """A model folder; the words of `tokenizer` stay, its special tokens get other ids."""
    torch.manual_seed(seed)
    (folder / "adapters").mkdir(parents=True)
    ids = _write_tokenizer(recipe, tokenizer, folder)
    config = _config(recipe, ids)
    (folder / "config.json").write_text(json.dumps(config))
    pictures = {
        "min_pixels": 3136, "size": {"shortest_edge": 3136, "longest_edge": recipe.max_pixels},
        "patch_size": recipe.patch, "merge_size": recipe.merge, "temporal_patch_size": recipe.temporal,
        "image_mean": recipe.mean, "image_std": recipe.std, "rescale_factor": recipe.rescale,
        "image_processor_type": "Qwen2VLImageProcessor", "max_pixels": recipe.max_pixels,
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(pictures))
    model = Qwen2_5_VLModel(Qwen2_5_VLConfig(**{k: config[k] for k in ("text_config", "vision_config")}))
    tensors = {}
    for name, tensor in model.state_dict().items():
        old = name.removeprefix("language_model.")
        kept = name if name.startswith("visual.") else f"model.{old}"
        spread = torch.randn_like(tensor) * 0.1 if tensor.dim() > 1 else 1 + 0.2 * torch.randn_like(tensor)
        spread = 0.1 * torch.randn_like(tensor) if name.endswith("bias") else spread
        tensors[kept] = spread.to(torch.bfloat16)
    tensors["multi_vector_projector.weight"] = (torch.randn(recipe.vector, recipe.hidden) * 0.2).to(torch.bfloat16)
    tensors["multi_vector_projector.bias"] = (torch.randn(recipe.vector) * 0.1).to(torch.bfloat16)
    if recipe.output_layer:
        tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"] * 2
    _write_shards(recipe, tensors, folder)
    _write_adapters(recipe, model, folder)


def _write_tokenizer(recipe: Recipe, source: Path, folder: Path) -> dict[str, int]:
    told = json.loads(source.read_text(encoding="utf-8"))
    words = told["model"]["vocab"]
    special = sorted(told["added_tokens"], key=lambda token: token["content"])  # another order than the published
    for token in special:
        words.pop(token["content"], None)
    words |= {f"unused {number}": len(words) + number for number in range(recipe.unused)}
    for index, token in enumerate(special):
        token["id"] = len(words) + index
    told["added_tokens"] = special
    (folder / "tokenizer.json").write_text(json.dumps(told), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text("{}", encoding="utf-8")
    made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert all(made.token_to_id(token["content"]) == token["id"] for token in special)
    return {token["content"]: token["id"] for token in special}


def _config(recipe: Recipe, ids: dict[str, int]) -> dict[str, Any]:
    text = {
        "model_type": "qwen2_5_vl_text", "vocab_size": max(ids.values()) + 9, "hidden_size": recipe.hidden,
        "intermediate_size": recipe.mlp, "num_hidden_layers": recipe.layers, "num_attention_heads": recipe.heads,
        "num_key_value_heads": recipe.key_heads, "rms_norm_eps": recipe.eps, "rope_theta": recipe.theta,
        "rope_scaling": {"type": "default", "rope_type": "default", "mrope_section": list(recipe.sections)},
        "max_position_embeddings": 32_768, "hidden_act": "silu",
    }  # fmt: skip
    vision = {
        "model_type": "qwen2_5_vl", "depth": recipe.depth, "hidden_size": recipe.vision, "hidden_act": "silu",
        "intermediate_size": recipe.vision_mlp, "num_heads": recipe.vision_heads, "in_channels": 3,
        "patch_size": recipe.patch, "spatial_merge_size": recipe.merge, "temporal_patch_size": recipe.temporal,
        "window_size": recipe.window,
        "out_hidden_size": recipe.hidden, "fullatt_block_indexes": list(recipe.full), "tokens_per_second": 2,
    }  # fmt: skip
    return {
        "model_type": "qwen2_5_vl", "architectures": ["JinaEmbeddingsV4Model"], "task_names": list(recipe.tasks),
        "matryoshka_dims": list(recipe.widths), "multi_vector_projector_dim": recipe.vector,
        "truncate_dim": recipe.width,
        "tie_word_embeddings": True, "image_token_id": ids["<|image_pad|>"], "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"], "vision_end_token_id": ids["<|vision_end|>"],
        **{key: value for key, value in text.items() if key != "model_type"},
        "text_config": text, "vision_config": vision,
    }  # fmt: skip


def _write_shards(recipe: Recipe, tensors: dict[str, torch.Tensor], folder: Path) -> None:
    if not recipe.shards:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    names, places = sorted(tensors, reverse=True), {}
    for index in range(recipe.shards):
        shard = f"model-{index + 1:05d}-of-{recipe.shards:05d}.safetensors"
        part = {name: tensors[name] for name in names[index :: recipe.shards]}
        save_file(part, folder / shard, metadata={"format": "pt"})
        places |= dict.fromkeys(part, shard)
    index_file = {"metadata": {"total_size": 0}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index_file))


def _write_adapters(recipe: Recipe, model: Any, folder: Path) -> None:
    shapes = {"multi_vector_projector": (recipe.vector, recipe.hidden)}
    for number, layer in enumerate(model.language_model.layers):
        for name in (*_TEXT_NAMES, *_MLP_NAMES):
            shapes[f"model.language_model.layers.{number}.{name}"] = tuple(layer.get_submodule(name).weight.shape)
    tensors = {}
    for path, (wide, narrow) in shapes.items():
        rank, _ = _rank_and_alpha(recipe, path)
        for task in recipe.tasks:
            start = f"base_model.model.{path}.lora_"
            tensors[f"{start}A.{task}.weight"] = (torch.randn(rank, narrow) * 0.1).to(torch.bfloat16)
            tensors[f"{start}B.{task}.weight"] = (torch.randn(wide, rank) * 0.1).to(torch.bfloat16)
    save_file(tensors, folder / "adapters" / "adapter_model.safetensors")
    config = {
        "r": recipe.rank, "lora_alpha": recipe.alpha, "peft_type": "LORA", "use_rslora": recipe.rslora,
        "rank_pattern": dict(recipe.ranks), "alpha_pattern": dict(recipe.alphas),
    }  # fmt: skip
    (folder / "adapters" / "adapter_config.json").write_text(json.dumps(config))


def _rank_and_alpha(recipe: Recipe, path: str) -> tuple[int, float]:
    """Of the adapter on a module."""
    rank = next((rank for ending, rank in recipe.ranks if path.endswith(ending)), recipe.rank)
    return rank, next((alpha for ending, alpha in recipe.alphas if path.endswith(ending)), recipe.alpha)


class Reference:
    """transformers' own forward for one task, in float32."""

    def __init__(self, recipe: Recipe, folder: Path, task: str) -> None:
        self.width = recipe.width
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.model = Qwen2_5_VLModel.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager", local_files_only=True
        ).eval()
        every: dict[str, torch.Tensor] = {}
        for path in folder.glob("*.safetensors"):
            every |= {k: v.float() for k, v in load_file(path).items() if k.startswith("multi_vector_projector")}
        self.weight, self.bias = every["multi_vector_projector.weight"], every["multi_vector_projector.bias"]
        lora = {k: v.float() for k, v in load_file(folder / "adapters" / "adapter_model.safetensors").items()}
        for key in [name for name in lora if f".lora_A.{task}." in name]:
            path = key.removeprefix("base_model.model.").partition(".lora_A.")[0]
            rank, alpha = _rank_and_alpha(recipe, path)
            factor = alpha / (rank**0.5 if recipe.rslora else rank)
            delta = factor * lora[key.replace(".lora_A.", ".lora_B.")] @ lora[key]
            if path == "multi_vector_projector":
                self.weight = self.weight + delta
            else:
                self.model.get_submodule(path.removeprefix("model.")).weight.data += delta
        self.processor = Qwen2VLImageProcessorPil(
            do_resize=False, image_mean=recipe.mean, image_std=recipe.std, rescale_factor=recipe.rescale,
            patch_size=recipe.patch, merge_size=recipe.merge, temporal_patch_size=recipe.temporal,
        )  # fmt: skip

    @torch.inference_mode()
    def text(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """single, multi of a text with its prefix."""
        ids = torch.tensor([self.tokenizer.encode(text, add_special_tokens=False).ids])
        return self._vectors(self.model(input_ids=ids, use_cache=False).last_hidden_state[0], 0, ids.shape[1])

    @torch.inference_mode()
    def picture(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """single, multi of a picture that has its target size already."""
        from PIL import Image

        made = self.processor(images=[Image.fromarray(pixels)], return_tensors="pt")
        grid = made["image_grid_thw"]
        count = int(grid.prod()) // self.processor.merge_size**2
        prompt = PROMPT.format("<|image_pad|>" * count)
        ids = torch.tensor([self.tokenizer.encode(prompt, add_special_tokens=False).ids])
        pad, start, end = (self.tokenizer.token_to_id(f"<|{n}|>") for n in ("image_pad", "vision_start", "vision_end"))
        hidden = self.model(
            input_ids=ids, pixel_values=made["pixel_values"], image_grid_thw=grid, use_cache=False,
            attention_mask=torch.ones_like(ids), mm_token_type_ids=(ids == pad).int(),
        ).last_hidden_state[0]  # fmt: skip
        order = ids[0].tolist()
        return self._vectors(hidden, order.index(start), order.index(end) + 1)

    def _vectors(self, hidden: torch.Tensor, first: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        single = functional.normalize(hidden[first:stop].mean(0), dim=0)
        single = functional.normalize(single[: self.width], dim=0)
        multi = functional.normalize(hidden @ self.weight.T + self.bias, dim=-1)
        return single.numpy(), multi.numpy()
