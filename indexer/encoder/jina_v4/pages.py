"""From what the network says of a page's pictures to what is stored of the page: vectors with places."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.documents.document import Pixels
from indexer.encoder.encoder import WORD_KIND, EncodedPage
from indexer.encoder.jina_v4 import heads, inputs, places
from indexer.encoder.jina_v4.inputs import Preprocessing
from indexer.encoder.jina_v4.network import Vectors
from indexer.encoder.jina_v4.settings import JinaSettings


@dataclass(frozen=True, slots=True)
class PageLayout:
    """Which parts of a page are looked at, and on which grid."""

    sizes: Preprocessing
    settings: JinaSettings

    def boxes(self) -> list[places.Box]:
        """The whole page first, then its crops."""
        return [places.WHOLE, *places.crop_boxes(self.settings.crops)]

    def grid(self, part: Pixels) -> tuple[int, int]:
        """Rows and columns of image tokens of a page or a crop."""
        rows, columns = inputs.target_size(
            part.shape[0], part.shape[1], self.sizes, self.settings.max_pixels(self.sizes)
        )
        return rows // self.sizes.cell, columns // self.sizes.cell


def stored_page(
    pixels: Pixels, seen: Sequence[Vectors], single: npt.NDArray[np.float32], before: int, layout: PageLayout
) -> EncodedPage:
    """Image tokens only, pooled as the settings say; `seen` of each box in order, `before` words ahead of the image."""
    pooling = layout.settings.pooling
    vectors, regions, grids = [], [], []
    for box, one in zip(layout.boxes(), seen, strict=True):
        height, width = pixels.shape[:2]
        rows, columns = layout.grid(pixels[places.pixel_box(box, height, width)])
        image = one.multi[before : before + rows * columns]
        vectors.append(heads.pooled(image, columns, pooling).numpy())
        regions.append(places.grid_regions(rows, columns, pooling, places.exact_box(box, height, width)))
        grids.append((rows, -(-columns // pooling)))
    kept = np.concatenate(vectors)
    kinds = np.full(len(kept), WORD_KIND, np.uint8)
    return EncodedPage(single, kept, np.concatenate(regions), kinds, grids[0])
