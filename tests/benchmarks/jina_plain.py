"""jina-embeddings-v4 the plain way, to measure against: transformers' own forward as the published code runs it.

A loop over attention windows, Conv3d, a padded batch with a mask, and peft's adapters beside the base layers, under
autocast. Kinder to it than the published code in two points: no vocabulary logits and no key/value cache.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLModel

from indexer.encoder.jina_v4 import adapters, heads, inputs
from indexer.encoder.jina_v4.checkpoint import Checkpoint
from indexer.encoder.jina_v4.inputs import Preprocessing, TokenizedText
from indexer.encoder.jina_v4.model import JinaModules

PUBLISHED_TEXT = {
    "hidden_size": 2048, "intermediate_size": 11008, "num_hidden_layers": 36, "num_attention_heads": 16,
    "num_key_value_heads": 2, "vocab_size": 151936, "rms_norm_eps": 1e-6, "max_position_embeddings": 128000,
    "rope_theta": 1e6, "rope_scaling": {"type": "default", "rope_type": "default", "mrope_section": [16, 24, 24]},
}  # fmt: skip
PUBLISHED_VISION = {
    "depth": 32, "hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16, "out_hidden_size": 2048,
    "patch_size": 14, "spatial_merge_size": 2, "temporal_patch_size": 2, "window_size": 112,
    "fullatt_block_indexes": [7, 15, 23, 31], "hidden_act": "silu", "in_channels": 3,
}  # fmt: skip
REDUCED_TEXT = PUBLISHED_TEXT | {
    "hidden_size": 512, "intermediate_size": 2752, "num_hidden_layers": 4, "num_attention_heads": 4,
    "num_key_value_heads": 1,
}  # fmt: skip
REDUCED_VISION = PUBLISHED_VISION | {
    "depth": 8, "hidden_size": 320, "intermediate_size": 856, "num_heads": 4, "out_hidden_size": 512,
    "fullatt_block_indexes": [7],
}  # fmt: skip
"""A quarter of the width and a ninth to a quarter of the depth, in the published proportions: heads of 80 and of 128
numbers, one block in eight that sees the whole page."""
PUBLISHED_RANK, PUBLISHED_VECTOR = 32, 128
TASKS = ("retrieval", "text-matching", "code")


class RandomWeights(Checkpoint):
    """The published sizes without any file."""

    def fingerprint(self) -> str:
        return "random"


class PublishedPrompt:
    """The published token ids of the image prompt, and any question as random tokens."""

    before_image = (151644, 872, 198, 151652)
    after_image = (151653, 74785, 279, 2168, 13, 151645, 198)
    image_pad = 151655

    def tokenize(self, texts: list[str], prefix: str, max_tokens: int = 32768) -> list[TokenizedText]:
        lengths = [min(max_tokens, 3 + 2 * len(text.split())) for text in texts]
        return [TokenizedText(tuple(range(100, 100 + n)), ((-1, -1),) * n) for n in lengths]


def random_model(
    device: torch.device, dtype: torch.dtype, *, reduced: bool
) -> tuple[Checkpoint, JinaModules, PublishedPrompt]:
    """The published architecture with random weights and adapters, in full size or reduced."""
    sizes = Preprocessing(
        3136, 602112, 14, 2, 2, (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711), 1 / 255
    )
    text, vision = (REDUCED_TEXT, REDUCED_VISION) if reduced else (PUBLISHED_TEXT, PUBLISHED_VISION)
    hidden, layers = text["hidden_size"], text["num_hidden_layers"]
    singles = tuple(size for size in (128, 256, 512, 1024, 2048) if size <= hidden)
    checkpoint = RandomWeights(None, sizes, TASKS, singles, hidden, hidden, layers, 151655)
    config = Qwen2_5_VLConfig(text_config=text, vision_config=vision)
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            model = Qwen2_5_VLModel(config)
            projector = torch.nn.Linear(hidden, PUBLISHED_VECTOR, dtype=torch.float32)
    finally:
        torch.set_default_dtype(before)
    modules = JinaModules(model, projector).eval().requires_grad_(False)
    tensors = _random_adapters(modules, layers, device, dtype)
    adapters.attach(modules, tensors, {"r": PUBLISHED_RANK, "lora_alpha": PUBLISHED_RANK})
    adapters.check(modules, TASKS, layers)
    return checkpoint, modules.requires_grad_(False), PublishedPrompt()


def _random_adapters(modules: JinaModules, layers: int, device: torch.device, dtype: torch.dtype) -> dict[str, Tensor]:
    names = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"]
    names += ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]
    paths = [f"model.language_model.layers.{layer}.{name}" for layer in range(layers) for name in names]
    found: dict[str, Tensor] = {}
    for path in [*paths, adapters.PROJECTOR]:
        wide, narrow = modules.get_submodule(path).weight.shape
        for task in TASKS:
            start = f"base_model.model.{path}.lora_"
            down = torch.randn(PUBLISHED_RANK, narrow, device=device, dtype=dtype) * 0.02
            up = torch.randn(wide, PUBLISHED_RANK, device=device, dtype=dtype) * 0.02
            found |= {f"{start}A.{task}.weight": down, f"{start}B.{task}.weight": up}
    return found


@dataclass
class PlainWay:
    """transformers' forward over the modules with peft's adapters."""

    modules: JinaModules
    sizes: Preprocessing
    prompt: Any
    task: str
    device: torch.device
    dtype: torch.dtype

    def __post_init__(self) -> None:
        for module in self.modules.modules():
            if hasattr(module, "set_adapter") and hasattr(module, "lora_B"):
                module.set_adapter(self.task)
        self.modules.requires_grad_(False)

    def prepared(self, pixels: np.ndarray, max_pixels: int | None) -> tuple[Tensor, tuple[int, int]]:
        """pixel_values (patches, 3 * temporal * patch * patch) of one page, and its grid of patches."""
        height, width = inputs.target_size(*pixels.shape[:2], self.sizes, max_pixels)
        picture = inputs.resized(pixels, (height, width))
        rows = inputs.normalised(inputs.patch_rows(picture[None], self.sizes), self.sizes)
        still = rows.reshape(-1, 3, 1, self.sizes.patch**2).expand(-1, -1, self.sizes.temporal, -1)
        return still.reshape(len(still), -1), (height // self.sizes.patch, width // self.sizes.patch)

    @torch.inference_mode()
    def encode(self, pages: list[np.ndarray], max_pixels: int | None) -> list[tuple[Tensor, Tensor]]:
        """(single, multi) of each page; the pages are one padded batch."""
        pictures = [self.prepared(pixels, max_pixels) for pixels in pages]
        pixel_values = torch.cat([rows for rows, _ in pictures]).to(self.device)
        merge = self.sizes.merge
        counts = [rows * columns // merge**2 for _, (rows, columns) in pictures]
        before, after = self.prompt.before_image, self.prompt.after_image
        longest = max(counts) + len(before) + len(after)
        ids = torch.zeros(len(pages), longest, dtype=torch.long)
        mask = torch.zeros(len(pages), longest, dtype=torch.long)
        positions = torch.zeros(3, len(pages), longest, dtype=torch.long)
        for index, (count, (_, (rows, columns))) in enumerate(zip(counts, pictures, strict=True)):
            line = [*before, *[self.prompt.image_pad] * count, *after]
            ids[index, : len(line)] = torch.tensor(line)
            mask[index, : len(line)] = 1
            placed = inputs.image_positions(rows // merge, columns // merge, len(before), len(after))
            positions[:, index, : len(line)] = torch.from_numpy(placed)
        grids = torch.tensor([[1, *grid] for _, grid in pictures])
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.dtype == torch.bfloat16):
            hidden = self.modules.model(
                input_ids=ids.to(self.device), attention_mask=mask.to(self.device),
                position_ids=positions.to(self.device), pixel_values=pixel_values,
                image_grid_thw=grids.to(self.device), use_cache=False,
            ).last_hidden_state  # fmt: skip
            multi = torch.nn.functional.normalize(self.modules.multi_vector_projector(hidden.float()).float(), dim=-1)
        first, found = len(before) - 1, []
        for index, count in enumerate(counts):
            single = heads.single_vectors(hidden[index : index + 1], first, first + count + 1)[0]
            found.append((single.cpu(), multi[index, : count + len(before) + len(after)].cpu()))
        return found
