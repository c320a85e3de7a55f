"""Every format of docs/formats.md: decoded, upright, in its colours; what is refused is named."""

from __future__ import annotations

import base64
import gzip
import io
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pylibjxl
import pytest
from PIL import Image, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo
from pillow_heif import from_bytes

from amena.engine.errors import PhotoError
from amena.engine.output.spatial import write_spatial
from amena.engine.photo import decode
from amena.engine.photo.colour import Colours, in_space
from amena.engine.photo.headers import read_header
from amena.engine.photo.kinds import KINDS
from amena.engine.photo.limits import DECODE_MEMORY, MAX_PIXELS
from tests.conftest import ROOT
from tests.engine import depth_samples, samples
from tests.engine.stereo_samples import jps
from tests.engine.test_decode import assert_upright, loaded, quarters


def exif(orientation: int) -> bytes:
    found = Image.Exif()
    found[0x0112] = orientation
    return found.tobytes()


def deep(kind: str) -> bytes:
    """The picture with 16 bits a channel."""
    pixels = np.asarray(samples.picture())[..., ::-1].astype(np.uint16) * 257
    return cv2.imencode(kind, pixels)[1].tobytes()


def jxl(**options: object) -> bytes:
    return pylibjxl.encode(np.asarray(samples.picture()), effort=3, **options)


def preview() -> bytes:
    large = samples.picture().resize((640, 480), Image.Resampling.NEAREST)
    return samples.encoded(large, "JPEG", quality=95)


def pil(kind: str, **options: object) -> Callable[[], bytes]:
    return lambda: samples.encoded(samples.picture(), kind, **options)


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


def avc_heif() -> bytes:
    return samples.heic().replace(b"hvc1", b"avc1")


def patched_jpeg(at: int, value: int) -> bytes:
    data = bytearray(samples.jpeg())
    data[data.index(b"\xff\xc0") + at] = value
    return bytes(data)


def zipped(name: str = "photo.jpg", content: str | bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, content or samples.jpeg())
    return out.getvalue()


def bmp(header: int = 40, compression: int = 0) -> bytes:
    """A BMP whose header is of another version, or its pixels packed in another way."""
    data = bytearray(samples.encoded(samples.picture(), "BMP"))
    data[14:18], data[30:34] = header.to_bytes(4, "little"), compression.to_bytes(4, "little")
    return bytes(data)


def tiff_of(compression: int) -> bytes:
    """A TIFF that says it is packed so."""
    data = samples.encoded(samples.picture(), "TIFF")
    entry = struct.pack("<HHIH", 259, 3, 1, 1)
    assert data.count(entry) == 1
    return data.replace(entry, struct.pack("<HHIH", 259, 3, 1, compression))


@pytest.mark.parametrize(
    ("build", "code", "word"),
    [
        (pil("JPEG2000"), "is_jpeg2000", "JPEG 2000"),
        (lambda: patched_jpeg(1, 0xC7), "rare_kind", "rare kind"),
        (lambda: patched_jpeg(1, 0xF7), "is_jpeg_ls", "JPEG-LS"),
        (avc_heif, "heif_codec", "H.264"),
        (lambda: samples.dng(b"no picture"), "raw_without_preview", "raw file"),
        (lambda: b"8BPS\0\1" + b"\0" * 100, "is_psd", "Photoshop"),
        (lambda: b"%PDF-1.7\n" + b"\0" * 100, "is_pdf", "PDF"),
        (samples.svg, "is_svg", "SVG"),
        (zipped, "is_archive", "packed file"),
        (lambda: gzip.compress(samples.png()), "is_archive", "packed file"),
        (lambda: b"\n<!DOCTYPE html><html><svg></svg></html>", "is_web_page", "web page"),
        (lambda: b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moov", "is_video", "video"),
        (lambda: b"\x1aE\xdf\xa3" + b"\0" * 100, "is_video", "video"),
        (pil("PPM"), "is_pnm", "PPM"),
        (lambda: b"P2\n# made by hand\n320 240\n255\n0 1 2", "is_pnm", "PGM"),
        (pil("TGA"), "is_tga", "a TGA"),
        (lambda: pil("TGA")()[:-26], "is_tga", "TGA"),
        (pil("TGA", compression="tga_rle"), "is_tga", "TGA"),
        (lambda: samples.encoded(samples.picture().convert("P"), "TGA")[:-26], "is_tga", "TGA"),
        (pil("ICO"), "is_icon", "an ICO"),
        (lambda: pil("ICO")().replace(b"\0\0\1", b"\0\0\2", 1), "is_cursor", "CUR"),
        (pil("ICNS"), "is_icns", "an ICNS"),
        (pil("PCX"), "is_pcx", "PCX"),
        (pil("DDS"), "is_dds", "DDS"),
        (pil("SGI"), "is_sgi", "SGI"),
        (pil("EPS"), "is_eps", "PostScript"),
        (lambda: samples.encoded(samples.picture().convert("1"), "XBM"), "is_xbm", "an XBM"),
        (lambda: b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n", "is_radiance", "HDR"),
        (lambda: b"\x76\x2f\x31\1\2\0\0\0" + b"\0" * 99, "is_openexr", "an OpenEXR"),
        (lambda: b"SIMPLE  =" + b"T".rjust(21) + b" " * 50, "is_fits", "FITS"),
        (lambda: b"gimp xcf v011\0" + b"\0" * 99, "is_xcf", "GIMP"),
        (lambda: b"\0" * 128 + b"DICM\2\0\0\0UL", "is_dicom", "DICOM"),
        (lambda: b"\xd7\xcd\xc6\x9a\0\0" + b"\0" * 99, "is_metafile", "WMF"),
        (lambda: b"\1\0\0\0" + b"\0" * 36 + b" EMF" + b"\0" * 99, "is_metafile", "EMF"),
        (lambda: b"II\x1a\0\0\0HEAPCCDR" + b"\0" * 99, "raw_without_preview", "raw"),
        (lambda: b"FOVb\0\0\3\0" + b"\0" * 99, "raw_without_preview", "raw"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "is_document", "document"),
        (lambda: zipped("[Content_Types].xml"), "is_document", "document"),
        (lambda: zipped("mimetype", "application/epub+zip"), "is_document", "document"),
        (lambda: zipped("mimetype", "image/openraster"), "is_openraster", "OpenRaster"),
        (
            lambda: b"\0\0\0\x1cftypM4A \0\0\0\0M4A mp42\0\0\0\0" + b"\0\0\0\x08moov",
            "is_audio",
            "sound",
        ),
        (lambda: b"ID3\4\0\0\0\0\0\x0a" + b"\0" * 99, "is_audio", "sound"),
        (lambda: (b"\xff\xfb\x90\0" + b"\0" * 413) * 3, "is_audio", "sound"),
        (lambda: b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 99, "is_audio", "sound"),
        (lambda: b"OggS\0\2" + b"\0" * 20 + b"\1\x1e\1vorbis", "is_audio", "sound"),
        (lambda: b"OggS\0\2" + b"\0" * 20 + b"\1\x2a\x80theora", "is_video", "video"),
        (lambda: (b"\x47\x40\0\x10" + b"\0" * 184) * 6, "is_video", "video"),
        (lambda: b"\0\0\0\x08wide\0\0\1\0mdat" + b"\0" * 99, "is_video", "video"),
        (lambda: b"\0\1\0\0\0\x0f\0\x80\0\3\0\x70GDEF" + b"\0" * 99, "is_font", "font"),
        (lambda: b"wOF2\0\1\0\0" + b"\0" * 99, "is_font", "font"),
        (lambda: b"MZ\x90\0" + b"\0" * 99, "is_program", "program"),
        (lambda: b"SQLite format 3\0" + b"\0" * 99, "is_database", "database"),
        (lambda: b"glTF\2\0\0\0" + b"\0" * 99, "is_model", "3D model"),
        (lambda: bmp(header=16), "rare_kind", "rare kind"),
        (lambda: bmp(compression=5), "rare_kind", "rare kind"),
        (lambda: tiff_of(50001), "rare_kind", "rare kind"),
        (lambda: b"hello, this is a text", "unknown_format", "not a picture"),
        (lambda: b"\0" * 5000, "unknown_format", "not a picture"),
    ],
)
def test_what_is_refused_is_named(build: Callable[[], bytes], code: str, word: str) -> None:
    with pytest.raises(PhotoError) as raised:
        decode.inspect(io.BytesIO(build()))
    assert raised.value.code == code
    assert word in raised.value.message


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


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


def pq(light: np.ndarray) -> np.ndarray:
    """Light, 1 = 203 cd/m², to samples (SMPTE ST 2084)."""
    power = (light * 203 / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hlg(light: np.ndarray) -> np.ndarray:
    """Light, 1 = 203 of 1000 cd/m², to samples (ITU-R BT.2100), grey alone."""
    scene = (light * 0.203) ** (1 / 1.2)
    log = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), log)


def to_light(srgb: np.ndarray) -> np.ndarray:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


#: Linear sRGB → linear BT.2020 and Display P3 (ITU-R BT.2087, SMPTE EG 432-1).
TO_2020 = np.array(((0.6274, 0.3293, 0.0433), (0.0691, 0.9195, 0.0114), (0.0164, 0.0880, 0.8956)))
TO_P3 = np.array(((0.8225, 0.1774, 0.0), (0.0332, 0.9669, 0.0), (0.0171, 0.0724, 0.9108)))


def described(samples_of: Callable[[np.ndarray], np.ndarray], matrix: np.ndarray) -> np.ndarray:
    light = to_light(np.asarray(samples.picture()) / 255.0) @ matrix.T
    return samples_of(light.clip(0, 1))


def srgb_curve(light: np.ndarray) -> np.ndarray:
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize(
    ("curve", "matrix", "primaries", "transfer"),
    [(pq, TO_2020, 9, 16), (srgb_curve, TO_P3, 12, 13), (srgb_curve, TO_2020, 9, 14)],
)
def test_colours_described_by_code_points_become_srgb(
    curve: Callable[[np.ndarray], np.ndarray], matrix: np.ndarray, primaries: int, transfer: int
) -> None:
    encoded = described(curve, matrix)
    deep_pixels = (encoded * 65535 + 0.5).astype(np.uint16)
    heif = from_bytes("RGB;16", (320, 240), deep_pixels.tobytes())
    heif.info["nclx_profile"] = None
    out = io.BytesIO()
    heif.save(
        out, quality=98, chroma=444, color_primaries=primaries, transfer_characteristics=transfer,
        matrix_coefficients=9, full_range_flag=1, save_nclx_profile=True,
    )  # fmt: skip
    assert_upright(loaded(out.getvalue()), 6)
    bytes_png = samples.encoded(Image.fromarray((encoded * 255 + 0.5).astype(np.uint8)), "PNG")
    tagged = chunk(b"cICP", bytes((primaries, transfer, 0, 1)))
    assert_upright(loaded(bytes_png[:33] + tagged + bytes_png[33:]), 8)


def test_hlg_greys_keep_their_place() -> None:
    grey = np.linspace(0, 1, 101, dtype=np.float32)
    encoded = np.repeat(hlg(to_light(grey))[None, :, None], 3, 2).astype(np.float32)
    found = np.asarray(in_space(encoded, Colours(None, 1, 18)))
    np.testing.assert_allclose(found[0, :, 0], grey * 255, atol=4)


def test_brightness_beyond_white_is_pressed_together_in_order() -> None:
    light = np.repeat(np.linspace(0, 5, 200, dtype=np.float32)[None, :, None], 3, 2)
    encoded = pq(light).astype(np.float32)
    found = np.asarray(in_space(encoded, Colours(None, 1, 16)))[0, :, 0]
    assert (np.diff(found.astype(int)) >= 0).all()
    assert found[-1] == 255
    assert 215 < found[40] < 250  # paper white: below what is brighter
    assert found[10] == pytest.approx(255 * srgb_curve(np.float64(50 / 199)), abs=4)


def test_gamma_and_primaries_of_a_png_count() -> None:
    light = (to_light(np.asarray(samples.picture()) / 255.0) * 255 + 0.5).astype(np.uint8)
    linear = samples.encoded(Image.fromarray(light), "PNG")
    data = linear[:33] + chunk(b"gAMA", struct.pack(">I", 100_000)) + linear[33:]
    assert_upright(loaded(data), 8)
    p3 = (described(srgb_curve, TO_P3) * 255 + 0.5).astype(np.uint8)
    plain = samples.encoded(Image.fromarray(p3), "PNG")
    points = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    data = plain[:33] + chunk(b"cHRM", struct.pack(">8I", *points)) + plain[33:]
    assert_upright(loaded(data), 6)


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
