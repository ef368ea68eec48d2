"""Page pixels to thumbnail files: written aside, then renamed, so that a reader never sees half of one."""

import os
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from indexer.documents.document import Pixels
from indexer.errors import from_os_error
from indexer.protocol.values import PageKey

_QUALITY = 82
THUMBNAIL_PX = 512
"""The longer side of a page's thumbnail; a page picture has another width."""


def picture_name(key: PageKey, version: str, width_px: int) -> str:
    """The file name of a page's picture: by document, page, version of the document's content, and width.

    >>> picture_name(PageKey(12, 3), "9f2c", 512)
    '12-3-9f2c-512.jpg'
    """
    plain = "".join(c if c.isalnum() else "_" for c in version)[:40]
    return f"{key.document_id}-{key.page}-{plain}-{width_px}.jpg"


def reduced(pixels: Pixels, max_side_px: int = THUMBNAIL_PX) -> Pixels:
    """Pixels (height, width, 3) with a longer side of at most `max_side_px`; never enlarged."""
    height, width, channels = pixels.shape
    if channels != 3:
        raise ValueError(f"pixels of shape {pixels.shape}, expected (height, width, 3)")
    scale = max_side_px / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    way = Image.Resampling.BOX if scale < 0.6 else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(pixels).resize(size, way))


def write_thumbnail(pixels: Pixels, target: Path, max_side_px: int = THUMBNAIL_PX) -> None:
    """Write `pixels` (height, width, 3) as JPEG, its longer side at most `max_side_px`; never enlarged.

    Raises PagebeamError DISK_FULL, FILE_UNREADABLE (no permission); then nothing is left behind.
    """
    image = Image.fromarray(reduced(pixels, max_side_px))
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, aside = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)
        try:
            with open(descriptor, "wb") as file:
                image.save(file, "JPEG", quality=_QUALITY)
            os.replace(aside, target)
        except BaseException:
            os.unlink(aside)
            raise
    except OSError as problem:
        raise from_os_error(problem, str(target)) from problem
