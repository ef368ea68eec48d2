"""Page picture to patch grid, and text to tokens, exactly as the published model wants them.

Sizes come from the checkpoint (Preprocessing); the arithmetic is that of the published preprocessing: half to even,
uint8 bicubic with antialias (bit for bit), patches ordered by merged cell.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import Tensor

from indexer.documents.document import Pixels
from indexer.protocol.values import Task

IMAGE_PROMPT = (
    "<|im_start|>user\n<|vision_start|>",
    "<|image_pad|>",
    "<|vision_end|>Describe the image.<|im_end|>\n",
)
"""Around every picture, for every task; the middle one stands once for each image token."""
MAX_TEXT_TOKENS = 32_768
WIDEST_ASPECT = 200
"""The published preprocessing refuses pictures beyond 200:1. Here they are seen as if they were 200:1: fractions of
the page stay right, so places still point where they should."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """Numbers of preprocessor_config.json: pixels of the area, pixels of a patch's side, patches of a merged side.

    rescale: what a byte of colour is multiplied with, before mean and std.
    """

    min_pixels: int
    max_pixels: int
    patch: int
    merge: int
    temporal: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    rescale: float

    @property
    def cell(self) -> int:
        """Side in pixels of what one image token sees."""
        return self.patch * self.merge


def target_size(height: int, width: int, sizes: Preprocessing, max_pixels: int | None = None) -> tuple[int, int]:
    """(height, width) in pixels to which a picture is resized: multiples of a cell within the pixel limits."""
    if height < 1 or width < 1:
        raise ValueError(f"a picture of {width} x {height} pixels has nothing to see")
    limit, cell = max_pixels or sizes.max_pixels, sizes.cell
    height, width = max(height, -(-width // WIDEST_ASPECT)), max(width, -(-height // WIDEST_ASPECT))
    rows, columns = round(height / cell) * cell, round(width / cell) * cell  # half to even, as published
    if rows * columns > limit:
        shrink = math.sqrt(height * width / limit)
        rows = max(cell, math.floor(height / shrink / cell) * cell)
        columns = max(cell, math.floor(width / shrink / cell) * cell)
    elif rows * columns < sizes.min_pixels:
        grow = math.sqrt(sizes.min_pixels / (height * width))
        rows, columns = math.ceil(height * grow / cell) * cell, math.ceil(width * grow / cell) * cell
    return rows, columns


def resized(pixels: Pixels, size: tuple[int, int]) -> Tensor:
    """uint8 (3, height, width) of `size`. Raises ValueError for what is not height x width x 3 of uint8."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(f"pixels are uint8 (height, width, 3), not {pixels.dtype} {pixels.shape}")
    # Copied where the array cannot be shared: negative strides, or memory that must not be written.
    owned = np.require(pixels, requirements=["C", "W"])
    picture = torch.from_numpy(owned).permute(2, 0, 1)[None]
    if tuple(picture.shape[2:]) != size:
        picture = torch.nn.functional.interpolate(
            picture, size=size, mode="bicubic", antialias=True, align_corners=False
        )
    return picture[0].contiguous()


def patch_rows(pictures: Tensor, sizes: Preprocessing) -> Tensor:
    """uint8 (pictures, 3, height, width) to uint8 (pictures, cells, merge * merge, 3 * patch * patch).

    Cells row by row over the page, inside a cell its patches row by row, inside a patch (channel, y, x).
    """
    count, channels, height, width = pictures.shape
    cell_rows, cell_columns = height // sizes.cell, width // sizes.cell
    inside = (sizes.merge, sizes.patch)
    ordered = pictures.reshape(count, channels, cell_rows, *inside, cell_columns, *inside).permute(
        0, 2, 5, 3, 6, 1, 4, 7
    )
    return ordered.reshape(count, cell_rows * cell_columns, sizes.merge**2, channels * sizes.patch**2)


def normalised(rows: Tensor, sizes: Preprocessing) -> Tensor:
    """uint8 (..., 3 * patch * patch) to float32: (x - 255 mean) / (255 std), channel by channel; 255 is 1 / rescale."""
    mean = torch.tensor(sizes.mean, dtype=torch.float32, device=rows.device).mul(1 / sizes.rescale)
    std = torch.tensor(sizes.std, dtype=torch.float32, device=rows.device).mul(1 / sizes.rescale)
    area = sizes.patch**2
    return rows.float().sub_(mean.repeat_interleave(area)).div_(std.repeat_interleave(area))


def image_positions(cell_rows: int, cell_columns: int, before: int, after: int) -> npt.NDArray[np.int64]:
    """(3, tokens): time, height and width positions of `before` words, an image and `after` words."""
    words = np.arange(before)
    row, column = np.divmod(np.arange(cell_rows * cell_columns), cell_columns)
    image = np.stack([np.full_like(row, before), before + row, before + column])
    rest = before + max(cell_rows, cell_columns) + np.arange(after)
    return np.concatenate([np.tile(words, (3, 1)), image, np.tile(rest, (3, 1))], axis=1)


def prefix_for(task: Task, *, is_query: bool) -> str:
    """The word before a text: text-matching compares like with like, so both its sides are queries."""
    return "Query" if is_query or task is Task.TEXT_MATCHING else "Passage"


@dataclass(frozen=True, slots=True)
class TokenizedText:
    """Token ids with the place of each in the text, counted without the prefix: (-1, -1) for the prefix's own."""

    ids: tuple[int, ...]
    places: tuple[tuple[int, int], ...]


class TextInput:
    """Text to tokens. What a user types is never taken for a special token. Not shared between threads while set."""

    def __init__(self, tokenizer_file: str) -> None:
        # Two tokenizers rather than one switched to and fro: a switch would be state shared between threads.
        self._words = Tokenizer.from_file(tokenizer_file)
        self._words.encode_special_tokens = True
        self._words.no_padding()
        self._words.no_truncation()
        markup = Tokenizer.from_file(tokenizer_file)
        before, pad, after = (markup.encode(part, add_special_tokens=False).ids for part in IMAGE_PROMPT)
        self.before_image: tuple[int, ...] = tuple(before)
        self.after_image: tuple[int, ...] = tuple(after)
        self.image_pad: int = pad[0]
        if len(pad) != 1:
            raise ValueError(f"the image token takes {len(pad)} tokens")

    def tokenize(self, texts: Sequence[str], prefix: str, max_tokens: int = MAX_TEXT_TOKENS) -> list[TokenizedText]:
        """Each text with its prefix, cut on the right to `max_tokens`, prefix included. Empty texts are legal."""
        start = f"{prefix}: "
        # A lone surrogate (from a broken paste) cannot become UTF-8; it is replaced as a text editor would.
        whole = [start + text.encode("utf-8", "replace").decode() for text in texts]
        return [
            TokenizedText(
                tuple(encoded.ids[:max_tokens]),
                tuple(_without(start, place) for place in encoded.offsets[:max_tokens]),
            )
            for encoded in self._words.encode_batch(whole, add_special_tokens=False)
        ]


def _without(start: str, place: tuple[int, int]) -> tuple[int, int]:
    first, last = place[0] - len(start), place[1] - len(start)
    return (-1, -1) if last <= 0 else (max(0, first), last)
