"""Pictures of every make come upright, opaque and in eight bits, or say why not."""

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from indexer.documents.document import RenderedPage
from indexer.documents.kinds import kind_of
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import DocumentKind
from indexer.render.pool import PageFailure, RenderPool


def read(pool: RenderPool, path: Path) -> list[RenderedPage]:
    pages = list(pool.read(path, kind_of(path)))
    assert all(isinstance(page, RenderedPage) for page in pages)
    return [page for page in pages if isinstance(page, RenderedPage)]


def marked(mode: str = "RGB", size: tuple[int, int] = (80, 60)) -> Image.Image:
    """White, with a black square in the upper left corner."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((5, 5, 30, 20), fill="black")
    return image.convert(mode)


def assert_marked(page: RenderedPage) -> None:
    assert page.pixels[12, 15].max() < 60
    assert page.pixels[50, 70].min() > 190


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16", "I", "F", "YCbCr"])
def test_every_mode(pool: RenderPool, tmp_path: Path, mode: str) -> None:
    image = marked("L")
    if mode in ("I;16", "I", "F"):
        deep = np.asarray(image).astype({"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode])
        image = Image.fromarray(deep * (257 if mode != "F" else 1))
    else:
        image = image.convert("RGB").convert(mode)
    image.save(tmp_path / "a.tif")
    (page,) = read(pool, tmp_path / "a.tif")
    assert_marked(page)
    assert not page.text_usable


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF", "JPEG2000", "PPM", "HEIF"])
def test_every_format(pool: RenderPool, tmp_path: Path, format_: str) -> None:
    if format_ == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    marked().save(tmp_path / "a", format_)
    (page,) = read(pool, tmp_path / "a")
    assert page.pixels.shape == (60, 80, 3)
    assert_marked(page)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "TIFF", "PNG", "WEBP"])
def test_exif_orientation(pool: RenderPool, tmp_path: Path, orientation: int, format_: str) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    turned = marked()
    if orientation > 1:
        turned = turned.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned.save(tmp_path / "a", format_, exif=exif)
    (page,) = read(pool, tmp_path / "a")
    assert (page.width, page.height) == (80, 60)
    assert page.pixels.shape == (60, 80, 3)
    assert_marked(page)


def tiff(path: Path, values: np.ndarray, *, photometric: int = 1, extra: int | None = None) -> Path:
    """An uncompressed TIFF of unsigned numbers as its bytes say, whatever Pillow can write."""
    rows, columns, *more = values.shape
    samples, bits = (more or [1])[0], values.dtype.itemsize * 8
    wide = [(258, [bits] * samples), (339, [1] * samples)]
    tags = [(256, [columns]), (257, [rows]), (259, [1]), (262, [photometric]), (277, [samples]), (278, [rows]), *wide]
    tags += [(338, [extra])] if extra is not None else []
    tags = sorted([*tags, (273, [0]), (279, [values.nbytes])])
    place = 8 + 2 + 12 * len(tags) + 4
    longer, entries = b"", b""
    offset = place + 2 * 2 * samples * (samples > 2)
    for tag, numbers in tags:
        long = tag in (256, 257, 273, 278, 279)
        packed = struct.pack(f"<{len(numbers)}{'I' if long else 'H'}", *([offset] if tag == 273 else numbers))
        if len(packed) > 4:
            packed, longer = struct.pack("<I", place + len(longer)), longer + packed
        entries += struct.pack("<HHI", tag, 4 if long else 3, len(numbers)) + packed.ljust(4, b"\0")
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)
    path.write_bytes(head + longer + values.tobytes())
    return path


@pytest.mark.parametrize("kind", ["12 bits", "white is zero", "32 bits", "with alpha", "lab", "rgb", "cmyk"])
def test_deep_tiffs_look_as_they_should(pool: RenderPool, tmp_path: Path, kind: str) -> None:
    grey = np.asarray(marked("L")).astype(np.uint16) * 257
    path = tmp_path / "a.tif"
    match kind:
        case "12 bits":
            tiff(path, grey >> 4)
        case "white is zero":
            tiff(path, 65535 - grey, photometric=0)
        case "32 bits":
            tiff(path, grey.astype(np.uint32) * 65537)
        case "with alpha":
            tiff(path, np.dstack([grey, np.full_like(grey, 65535)]), extra=2)
        case "lab":
            tiff(path, np.dstack([grey, np.zeros_like(grey), np.zeros_like(grey)]), photometric=8)
        case "rgb":
            tiff(path, np.dstack([grey] * 3), photometric=2)
        case "cmyk":
            tiff(path, np.dstack([np.zeros_like(grey)] * 3 + [65535 - grey]), photometric=5)
    (page,) = read(pool, path)
    scale = page.pixels.shape[0] / 60
    assert page.pixels[int(12 * scale), int(15 * scale)].max() < 60
    assert page.pixels[int(50 * scale), int(70 * scale)].min() > 190


def test_a_tiff_cut_short_keeps_the_pages_that_are_whole(pool: RenderPool, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (3, 100, 120, 3), np.uint8)
    frames = [Image.fromarray(frame) for frame in noise]
    path = tmp_path / "a.tif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    first, second, third = pool.read(path, DocumentKind.IMAGE)
    assert [page.page for page in (first, second)] == [1, 2]
    assert isinstance(third, PageFailure)
    assert (third.page, third.report.code) == (3, ErrorCode.PAGE_BROKEN)


def test_a_drawing_larger_than_a_country_is_told_as_that(pool: RenderPool, tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="1000000000" height="10"><path d="M0 0L9 9"/></svg>')
    with pytest.raises(PagebeamError) as failure:
        list(pool.read(path, DocumentKind.IMAGE))
    assert failure.value.code == ErrorCode.PICTURE_TOO_LARGE


def test_black_letters_on_nothing_stay_readable(pool: RenderPool, tmp_path: Path) -> None:
    image = Image.new("RGBA", (80, 60), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((5, 5, 30, 20), fill=(0, 0, 0, 255))
    image.save(tmp_path / "a.png")
    (page,) = read(pool, tmp_path / "a.png")
    assert_marked(page)


def test_every_frame_of_a_tiff_is_a_page_and_the_first_of_an_animation(pool: RenderPool, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (60 + 10 * n, 50), (60 * n, 0, 0)) for n in range(3)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    for name in ("a.gif", "a.webp"):
        frames[0].save(tmp_path / name, save_all=True, append_images=[frame.resize((60, 50)) for frame in frames[1:]])
    pages = read(pool, tmp_path / "a.tif")
    assert [page.pixels.shape[1] for page in pages] == [60, 70, 80]
    assert [page.page for page in pages] == [1, 2, 3]
    for name in ("a.gif", "a.webp"):
        picture, note = pool.read(tmp_path / name, DocumentKind.IMAGE)
        assert isinstance(picture, RenderedPage)
        assert isinstance(note, PageFailure)
        assert (note.page, note.report.code) == (0, ErrorCode.FIRST_PICTURE_ONLY)
        assert "3 pictures" in note.report.message


def test_large_photographs_are_reduced_and_keep_their_shape(pool: RenderPool, tmp_path: Path) -> None:
    marked(size=(5000, 3000)).save(tmp_path / "a.jpg")
    (page,) = read(pool, tmp_path / "a.jpg")
    height, width, _ = page.pixels.shape
    assert width * height <= 1_000_000
    assert width / height == pytest.approx(5 / 3, rel=0.01)
    assert (page.width, page.height) == (5000, 3000)
    assert pool.picture(tmp_path / "a.jpg", kind_of(tmp_path / "a.jpg"), 1, 300).pixels.shape == (180, 300, 3)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "TIFF"])
def test_pictures_cut_short_are_shown_as_far_as_they_go(pool: RenderPool, tmp_path: Path, format_: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (300, 400, 3), np.uint8)
    target = tmp_path / "a"
    Image.fromarray(noise).save(target, format_)
    target.write_bytes(target.read_bytes()[: target.stat().st_size * 2 // 3])
    (page,) = read(pool, target)
    assert page.partial
    assert page.pixels[:100].std() > 50


def test_decoders_not_named_are_not_reached_by_a_false_name(pool: RenderPool, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")
    (tmp_path / "b.jpg").write_bytes(b"8BPS\x00\x01" + b"\x00" * 200)
    for name in ("a.png", "b.jpg"):
        with pytest.raises(PagebeamError) as failure:
            list(pool.read(tmp_path / name, kind_of(tmp_path / name)))
        assert failure.value.code in (ErrorCode.DOCUMENT_BROKEN, ErrorCode.KIND_UNSUPPORTED)


def test_svg_is_drawn_and_loads_nothing_from_outside(pool: RenderPool, tmp_path: Path) -> None:
    marked(size=(100, 100)).save(tmp_path / "outside.png")
    (tmp_path / "a.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="200" height="100">'
        f'<image xlink:href="file://{tmp_path}/outside.png" width="100" height="100"/>'
        '<image xlink:href="outside.png" width="100" height="100"/>'
        '<text x="110" y="50" font-size="20">inside</text></svg>'
    )
    (page,) = read(pool, tmp_path / "a.svg")
    height, width, _ = page.pixels.shape
    assert page.pixels[:, : width // 2].min() > 200
    assert page.words.texts == ("inside",)
    assert width == pytest.approx(2 * height, abs=2)
