"""Every format of docs/formats.md: decoded, upright, in its colours."""

from __future__ import annotations

import base64
import io
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pylibjxl
import pytest
from PIL import Image, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

from amena.engine.errors import PhotoError
from amena.engine.output.spatial import write_spatial
from amena.engine.photo import decode
from amena.engine.photo.headers import read_header
from amena.engine.photo.kinds import KINDS
from amena.engine.photo.limits import DECODE_MEMORY, MAX_PIXELS
from tests.conftest import ROOT
from tests.engine import depth_samples, samples
from tests.engine.samples import chunk, exif, pil
from tests.engine.stereo_samples import jps
from tests.engine.test_decode import assert_upright, loaded, quarters


def deep(kind: str) -> bytes:
    """The picture with 16 bits a channel."""
    pixels = np.asarray(samples.picture())[..., ::-1].astype(np.uint16) * 257
    return cv2.imencode(kind, pixels)[1].tobytes()


def jxl(**options: object) -> bytes:
    return pylibjxl.encode(np.asarray(samples.picture()), effort=3, **options)


def preview() -> bytes:
    large = samples.picture().resize((640, 480), Image.Resampling.NEAREST)
    return samples.encoded(large, "JPEG", quality=95)


FORMATS: dict[str, Callable[[], bytes]] = {
    "JPEG": samples.jpeg,
    "PNG": samples.png,
    "HEIF": samples.heic,
    "AVIF": pil("AVIF", quality=90),
    "WEBP": samples.webp,
    "TIFF": pil("TIFF", compression="tiff_lzw"),
    "GIF": samples.gif,
    "BMP": pil("BMP"),
    "JXL": jxl,
    "RAW": lambda: samples.dng(preview()),
}


def rows() -> dict[str, list[str]]:
    """Format → the cells of its row in the table."""
    lines = (ROOT / "docs" / "formats.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return {row[0].strip("`"): row for row in cells if row and re.fullmatch("`[A-Z]+`", row[0])}


def test_the_table_has_every_format() -> None:
    assert set(rows()) == set(KINDS) == set(FORMATS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_of_the_table_is_true(kind: str) -> None:
    _, decoder, _, megapixels, colour, _, orientation = rows()[kind]
    data = FORMATS[kind]()
    found = decode.inspect(io.BytesIO(data))
    photo = loaded(data)
    assert found.format == photo.format == kind
    assert_upright(photo)
    header = read_header(data)
    module = {"HEIF": "pillow-heif", "JXL": "pylibjxl"}.get(header.decoder, "Pillow")
    assert decoder.startswith(module)
    each = header.memory / (header.size[0] * header.size[1])
    bound = min(MAX_PIXELS, DECODE_MEMORY / each if each else MAX_PIXELS)
    if kind == "TIFF":
        bound = min(bound, 2 * Image.MAX_IMAGE_PIXELS)  # Pillow's own limit
    assert int(megapixels) == int(bound / 1e6)
    if colour != "–":
        assert "ICC" in colour
        swapped = with_profile(kind, samples.swapped_profile())
        wanted = np.array(samples.QUARTERS)[:, ::-1]
        np.testing.assert_allclose(quarters(loaded(swapped)), wanted, atol=5)
    if orientation != "–":
        assert_upright(loaded(turned(kind, 6)), 6)


def gdepth(kind: str, prefix: str = "GDepth", space: str = "http://ns.google.com") -> bytes:
    """The picture as a file of that format, with a map in its XMP."""
    depth = samples.encoded(Image.fromarray(depth_samples.ramp()), "PNG")
    xmp = samples.xmp_packet(
        f'<rdf:Description xmlns:{prefix}="{space}/photos/1.0/depthmap/" '
        f'{prefix}:Format="RangeInverse" {prefix}:Data="{base64.b64encode(depth).decode()}"/>'
    )
    if kind == "PNG":
        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        return samples.encoded(samples.picture(), "PNG", pnginfo=text)
    if kind == "HEIF":
        return samples.encoded_heif(samples.picture(), xmp=xmp)
    return samples.encoded(samples.picture(), kind, xmp=xmp)


def pair(folder: Path) -> bytes:
    write_spatial(*[np.asarray(samples.picture())] * 2, folder / "pair.heic")
    return (folder / "pair.heic").read_bytes()


#: Word of the table's column → file that brings its depth so, for a format and a folder to work in.
DEPTH: dict[str, Callable[[str, Path], bytes]] = {
    "GDepth": lambda kind, _: gdepth(kind),
    "GDepth in XMP": lambda kind, _: gdepth(kind),
    "XDM": lambda kind, _: gdepth(kind, "XDM", "http://ns.xdm.org"),
    "Dynamic Depth": lambda kind, _: (
        depth_samples.dynamic_depth_jpeg() if kind == "JPEG" else depth_samples.dynamic_depth_heic()
    ),
    "Apple's": lambda *_: depth_samples.apple_depth_jpeg(),
    "Samsung's": lambda kind, _: depth_samples.samsung_depth_jpeg(
        photo=samples.heic() if kind == "HEIF" else None
    ),
    "Huawei's": lambda *_: depth_samples.huawei_depth_jpeg(),
    "the depth picture": lambda *_: depth_samples.heic_with_depth(),
    "MPO": lambda *_: samples.encoded(
        samples.picture(), "MPO", save_all=True, append_images=[samples.picture()]
    ),
    "JPS": lambda *_: jps(np.hstack([np.asarray(samples.picture())] * 2)),
    "the spatial photo's pair": lambda _, folder: pair(folder),
}


@pytest.mark.parametrize("kind", KINDS)
def test_depth_comes_as_the_table_says(kind: str, tmp_path: Path) -> None:
    cell = rows()[kind][5]
    for word in cell.split(", ") if cell != "–" else ():
        photo = loaded(DEPTH[word](kind, tmp_path))
        assert photo.format == kind
        if word in ("MPO", "JPS", "the spatial photo's pair"):
            assert photo.second_eye is not None, word
        else:
            assert photo.embedded is not None, word


def with_profile(kind: str, profile: bytes) -> bytes:
    if kind == "HEIF":
        return samples.heic(icc_profile=profile, icc_profile_type="prof")
    if kind == "JXL":
        return jxl(icc=profile, lossless=True)
    options = (
        {"icc_profile": profile, "quality": 92} if kind != "TIFF" else {"icc_profile": profile}
    )
    if kind == "RAW":
        return samples.dng(
            samples.encoded(samples.picture(640, 480), "JPEG", icc_profile=profile, quality=95)
        )
    return samples.encoded(samples.picture(), kind, **options)


def turned(kind: str, orientation: int) -> bytes:
    """The picture stored so that it has to be turned."""
    stored = samples.picture().transpose(samples.UNDO[orientation])
    if kind == "HEIF":
        return depth_samples.heic_with_depth(orientation)
    if kind == "JXL":
        options = {"exif": exif(orientation), "quality": 95}
        return pylibjxl.jpeg_to_jxl(samples.encoded(stored, "JPEG", **options))
    if kind == "RAW":
        large = samples.picture(640, 480).transpose(samples.UNDO[orientation])
        return samples.dng(samples.encoded(large, "JPEG", quality=95), orientation)
    options = {} if kind == "TIFF" else {"quality": 95}
    return samples.encoded(stored, kind, exif=exif(orientation), **options)


@pytest.mark.parametrize(
    "build",
    [
        lambda: deep(".tif"),
        lambda: deep(".png"),
        pil("TIFF", save_all=True, append_images=[Image.new("RGB", (100, 100))]),
        pil("TIFF", compression="jpeg"),
        pil("TIFF", big_tiff=True),
        pil("TIFF", big_tiff=True, save_all=True, append_images=[Image.new("RGB", (100, 100))]),
        lambda: samples.encoded(samples.picture().convert("CMYK"), "TIFF"),
        pil("MPO", save_all=True, append_images=[samples.picture()]),
        pil("AVIF", save_all=True, append_images=[Image.new("RGB", (320, 240))], quality=90),
        pil("WEBP", save_all=True, append_images=[Image.new("RGB", (320, 240))], lossless=True),
        pil("PNG", save_all=True, append_images=[Image.new("RGB", (320, 240))]),
        lambda: samples.encoded(
            samples.picture().quantize(16), "GIF", save_all=True,
            append_images=[Image.new("P", (320, 240))],
        ),
        *(
            lambda brand=brand: samples.heic().replace(b"ftypheic", b"ftyp" + brand, 1)
            for brand in (b"mif1", b"mif2", b"mif3", b"hevc", b"hevx", b"msf1", b"heix")
        ),
    ],
)  # fmt: skip
def test_kinds_within_a_format_are_taken(build: Callable[[], bytes]) -> None:
    assert_upright(loaded(build()), 6)


def test_an_animation_says_that_its_first_frame_was_taken() -> None:
    for data in (samples.animated_png(), samples.animated_webp(), samples.animated_gif()):
        photo = loaded(data)
        assert photo.ignored == ("animation",)
        assert photo.rgb[60, 80].tolist() == pytest.approx([255, 0, 0], abs=3)


def test_a_tiff_of_pages_says_that_the_first_was_taken_and_one_with_a_thumbnail_does_not() -> None:
    second = Image.new("RGB", (320, 240), "blue")
    data = samples.encoded(samples.picture(), "TIFF", save_all=True, append_images=[second, second])
    photo = loaded(data)
    assert photo.ignored == ("pages",)
    assert_upright(photo, 6)
    assert loaded(samples.encoded(samples.picture(), "TIFF")).ignored == ()
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[254] = 1  # a smaller copy of another page
    second.encoderinfo = {"tiffinfo": info}
    small = samples.encoded(samples.picture(), "TIFF", save_all=True, append_images=[second])
    assert loaded(small).ignored == ()


def png_with(*chunks: bytes) -> bytes:
    data = samples.png()
    return data[:33] + b"".join(chunks) + data[33:]


def heic_with_exif_alone(orientation: int) -> bytes:
    """EXIF that asks for a turn, which the container does not: the encoder wrote it as upright."""
    stored = samples.picture().transpose(samples.UNDO[orientation])
    upright = exif(1)
    data = samples.encoded_heif(stored, exif=upright)
    assert data.count(upright) == 1
    return data.replace(upright, exif(orientation))


@pytest.mark.parametrize("orientation", range(2, 9))
def test_orientation_that_a_heic_has_in_exif_alone_counts(orientation: int) -> None:
    data = heic_with_exif_alone(orientation)
    assert decode.inspect(io.BytesIO(data)) == decode.PhotoInfo("HEIF", 320, 240)
    assert_upright(loaded(data), 6)


@pytest.mark.parametrize(
    ("build", "ignored"),
    [
        (lambda: samples.jpeg() + b"SEFH" + b"x" * 5000, ()),
        (lambda: samples.jpeg()[:-2], ()),
        (lambda: samples.jpeg(exif=b"Exif\0\0" + b"\0" * 200), ("EXIF",)),
        (lambda: samples.jpeg(icc_profile=b"no profile"), ("ICC",)),
        (lambda: samples.heic() + b"\0\0SEFH" + b"x" * 5000, ()),
        (lambda: samples.heic() + b"\0\0\0\x40mpvd" + b"x" * 56, ()),
        (lambda: samples.webp() + b"x" * 100, ()),
        (lambda: samples.encoded(samples.picture(), "WEBP", exif=b"II*\0junk"), ()),
        (lambda: samples.png() + b"x" * 100, ()),
        (lambda: samples.png()[:-12], ("end",)),
        (lambda: png_with(chunk(b"zTXt", b"x\0\0" + b"x" * 2**21)), ("zTXt",)),
        (lambda: png_with(chunk(b"iCCP", b"x\0\0nothing")), ("iCCP",)),
        (lambda: png_with(chunk(b"gAMA", struct.pack(">I", 7))[:-1] + b"!"), ("gAMA",)),
        (lambda: png_with(chunk(b"eXIf", b"II*\0\xff\xff\xff\xff")), ()),
        (lambda: png_with(chunk(b"tEXt", b"x\0y")[:-1] + b"!"), ()),
    ],
)
def test_a_photo_is_taken_whatever_stands_beside_it(
    build: Callable[[], bytes], ignored: tuple[str, ...]
) -> None:
    photo = loaded(build())
    assert photo.ignored == ignored
    assert_upright(photo, 6)


def test_a_cut_jpeg_with_an_archive_of_zeros_behind_is_no_photo_without_an_end() -> None:
    """What follows the data of a picture that lacks its end is not taken for pixels."""
    cut = samples.truncated(samples.noisy_jpeg(), 0.7)
    with pytest.raises(PhotoError, match="cut off"):
        loaded(cut)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_photo_is_turned_as_asked(turn: int) -> None:
    """Photos from messengers have lost what says which way is up; depth turns along."""
    data = depth_samples.gdepth_jpeg()
    straight, found = loaded(data), decode.load(io.BytesIO(data), 160, rotate=turn)
    back = turn // 90
    assert found.original_size == (straight.original_size[::-1] if back % 2 else (320, 240))
    np.testing.assert_array_equal(np.rot90(found.rgb, back), straight.rgb)
    assert found.embedded is not None and straight.embedded is not None
    np.testing.assert_allclose(np.rot90(found.embedded.values, back), straight.embedded.values)


@pytest.mark.parametrize(("pixels", "kind"), [((16_384, 12_288), "JPEG"), ((8064, 6048), "PNG")])
def test_a_large_photo_takes_the_memory_of_its_working_size(
    pixels: tuple[int, int], kind: str
) -> None:
    """JPEG of 201 megapixels in what a small photo takes; other decoders hold the whole picture."""
    script = (
        "import io, resource, sys\n"
        "from amena.engine.photo import decode\n"
        "data = sys.stdin.buffer.read()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "photo = decode.load(io.BytesIO(data), 960)\n"
        "small = decode.thumbnail(io.BytesIO(data), 480)\n"
        "print(photo.size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    mode = "L"
    options = {"quality": 50} if kind == "JPEG" else {"compress_level": 1}
    data = samples.encoded(Image.new(mode, pixels, 77), kind, **options)
    run = subprocess.run(
        [sys.executable, "-c", script], input=data, stdout=subprocess.PIPE, check=True
    )
    grown = int(run.stdout.split()[-1]) * 1024
    assert b"(960, 720)" in run.stdout or b"(960, 718)" in run.stdout, run.stdout
    whole = 0 if kind == "JPEG" else 3 * pixels[0] * pixels[1]
    assert grown < 100_000_000 + whole
