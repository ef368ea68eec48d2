"""What a Quality costs, told before any page is read with it: pure arithmetic over the published sizes of Jina v4.

Of an A4 page, drawn as the engine draws it. The network sees a page as areas of 28 x 28 pixels; its work grows with
their number, a little more than in proportion, because every area looks at every other in some layers. Tests hold
these figures to the encoder's and the store's own.
"""

import math
from dataclasses import dataclass

from indexer.protocol.values import Quality

IMAGE_TOKENS = (256, 512, 768, 2_800, 48_200)
"""The most areas a page is seen in. 768 is the published default: A4 at 78 dpi. 2,800 sees A4 at 150 dpi. 48,200 is the
limit under which the published results were measured (37.8 megapixels): what is drawn (DRAWN_PIXELS) then decides."""
POOLING = (1, 2, 3)
SINGLE_SIZES = (0, 1024, 512, 256, 128)
CROPS = (0, 2, 3)
CROP_OVERLAP = 0.1
"""Of a crop's side: a word cut by one crop's edge stands whole in its neighbour."""
DRAWN_PIXELS = 4_000_000
"""A page is never drawn with more: A4 at about 200 dpi."""

_USUAL_PIXELS = 1_000_000
_AREA_PX = 28
_A4 = (595.28, 841.89)
_MOST_WITH_CROPS = 768
_LOOKING = 22_543
"""Areas at which looking at each other costs as much as all the rest: counted from the architecture."""
_VECTOR_BYTES, _CODE_BYTES, _PLACE_BYTES = 128 + 2, 16 * (1 / 3 + 1 / 9), 8
"""A stored vector with its scale; bits of means of three and of nine vectors; a place that no grid tells."""
_WORDS_BYTES = 12_000
"""Words, their places and the full-text index of a page of 350 words."""
_FULL_SINGLE = 2048


@dataclass(frozen=True, slots=True)
class PageCost:
    """Of one A4 page. areas: that the network looks at, crops included. vectors: stored, after pooling. stored_bytes:
    on the disk. work: of the network, 1.0 for the default quality. dpi: at which the finest look sees the page."""

    areas: int
    vectors: int
    stored_bytes: int
    work: float
    dpi: int


def allowed(quality: Quality) -> bool:
    """Whether an encoder can be set to it: every value is offered, and crops are not made of a high resolution."""
    offered = (
        quality.image_tokens in IMAGE_TOKENS
        and quality.pooling in POOLING
        and quality.single_size in SINGLE_SIZES
        and quality.crops in CROPS
    )
    return offered and (not quality.crops or quality.image_tokens <= _MOST_WITH_CROPS)


def crop_side(crops: int) -> float:
    """A crop's side as a share of the page's, where crops x crops of them overlap by a tenth and cover the page."""
    return 1 / (crops - (crops - 1) * CROP_OVERLAP) if crops else 1.0


def page_cost(quality: Quality) -> PageCost:
    """What an A4 page costs under a quality."""
    width, height = _A4
    limit = quality.image_tokens * _AREA_PX**2
    pixels = min(DRAWN_PIXELS, max(_USUAL_PIXELS, limit / crop_side(quality.crops) ** 2))
    scale = math.sqrt(pixels / (width * height))
    side = crop_side(quality.crops)
    looks = [(width * scale, height * scale, 1)]
    looks += [(width * scale * side, height * scale * side, quality.crops**2)] if quality.crops else []
    areas = vectors = 0
    work = 0.0
    for across, down, times in looks:
        columns, rows = _grid(across, down, limit)
        areas += times * rows * columns
        vectors += times * rows * -(-columns // quality.pooling)
        work += times * rows * columns * (1 + rows * columns / _LOOKING)
    finest = columns * _AREA_PX / side / width * 72
    single = quality.single_size or _FULL_SINGLE
    each = _VECTOR_BYTES + _CODE_BYTES + (_PLACE_BYTES if quality.crops or quality.pooling > 1 else 0)
    stored = _WORDS_BYTES + 2 * single + vectors * each
    return PageCost(areas, vectors, round(stored), work / _USUAL_WORK, round(finest))


def _grid(across: float, down: float, limit: float) -> tuple[int, int]:
    """Columns and rows of areas, as the published preprocessing reckons them."""
    columns, rows = round(across / _AREA_PX), round(down / _AREA_PX)
    if columns * rows * _AREA_PX**2 > limit:
        shrink = math.sqrt(across * down / limit)
        columns, rows = int(across / shrink / _AREA_PX), int(down / shrink / _AREA_PX)
    return max(1, columns), max(1, rows)


_USUAL_WORK = 736 * (1 + 736 / _LOOKING)
"""Of an A4 page at the default."""
