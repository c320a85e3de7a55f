"""Whole photos of every format and kind that the service takes, small, to start mutations from."""

from __future__ import annotations

import base64
import functools
import io
from typing import Any

import numpy as np
import pylibjxl
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from pillow_heif import from_pillow

from amena.engine.output.spatial import paired
from tests.engine.deep_jpegs import deep_jpeg, with_segments
from tests.engine.depth_samples import huawei_depth_jpeg, samsung_depth_jpeg
from tests.engine.samples import dng
from tests.engine.stereo_samples import jps

_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" GDepth:Format="RangeInverse" '
    b'GDepth:Near="0.5" GDepth:Far="9" GDepth:Data="%s"/></rdf:RDF></x:xmpmeta>'
)


@functools.cache
def seeds() -> dict[str, bytes]:
    """Name → file."""
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = _exif()
    xmp = _XMP % _depth_png()
    rgb = _picture()
    grey16 = Image.fromarray((np.asarray(rgb.convert("L"), np.uint16) * 257).astype(np.uint16))
    text = PngInfo()
    text.add_itxt("XML:com.adobe.xmp", xmp.decode(), zip=True)
    text.add_text("Comment", "made for mutations", zip=True)
    rich: dict[str, Any] = {"exif": exif, "icc_profile": icc}
    return {
        "baseline.jpg": _saved(rgb, "JPEG", xmp=xmp, **rich),
        "progressive.jpg": _saved(rgb, "JPEG", progressive=True, **rich),
        "grey.jpg": _saved(rgb.convert("L"), "JPEG"),
        "cmyk.jpg": _saved(rgb.convert("CMYK"), "JPEG", icc_profile=icc),
        "deep.jpg": with_segments(deep_jpeg(rgb, 12), exif, icc),
        "progressive12.jpg": deep_jpeg(rgb, 12, progressive=1, subsamp=2),
        "arithmetic.jpg": deep_jpeg(rgb, 8, arithmetic=1),
        "lossless8.jpg": deep_jpeg(rgb, 8, lossless=1, predictor=6),
        "lossless16.jpg": deep_jpeg(rgb.convert("L"), 16, lossless=1),
        "rich.png": _saved(rgb, "PNG", pnginfo=text, **rich),
        "alpha.png": _saved(rgb.convert("RGBA"), "PNG"),
        "palette.png": _saved(rgb.quantize(32), "PNG", transparency=3),
        "grey16.png": _saved(grey16, "PNG"),
        "lossy.webp": _saved(rgb, "WEBP", xmp=xmp, **rich),
        "lossless.webp": _saved(rgb.convert("RGBA"), "WEBP", lossless=True),
        "phone.heic": _heic(rgb, exif, xmp),
        "still.avif": _saved(rgb, "AVIF", **rich),
        "scan.tif": _saved(rgb, "TIFF", compression="tiff_lzw", icc_profile=icc),
        "big.tif": _saved(rgb, "TIFF", big_tiff=True, icc_profile=icc),
        "plain.tif": _saved(rgb, "TIFF"),
        "still.gif": _saved(rgb.quantize(32), "GIF"),
        "still.bmp": _saved(rgb, "BMP"),
        "still.jxl": pylibjxl.encode(np.asarray(rgb), effort=3, exif=exif, icc=icc),
        "samsung.jpg": samsung_depth_jpeg(photo=_saved(rgb, "JPEG", **rich)),
        "huawei.jpg": huawei_depth_jpeg(photo=_saved(rgb, "JPEG", **rich)),
        "pair.mpo": _saved(rgb, "MPO", save_all=True, append_images=[rgb], **rich),
        "pair.jps": jps(np.hstack([np.asarray(rgb)] * 2)),
        "spatial.heic": _spatial(rgb),
        "camera.dng": dng(_saved(rgb.resize((640, 480)), "JPEG"), orientation=6),
    }


def _spatial(rgb: Image.Image) -> bytes:
    out = io.BytesIO()
    pair = from_pillow(rgb)
    pair.add_from_pillow(rgb)
    pair.save(out, quality=80, primary_index=0)
    return paired(out.getvalue(), *rgb.size)


def _picture() -> Image.Image:
    grid = np.indices((96, 128)).sum(0)
    noise = np.random.default_rng(0).integers(0, 40, (96, 128, 3))
    return Image.fromarray((grid[..., None] % 200 + noise).astype(np.uint8))


def _depth_png() -> bytes:
    depth = Image.linear_gradient("L").resize((128, 96))
    return base64.b64encode(_saved(depth, "PNG"))


def _exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Nobody"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 15.0)})
    exif.get_ifd(0x8769).update({0x9003: "2026:01:01 12:00:00"})
    return exif.tobytes()


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _heic(image: Image.Image, exif: bytes, xmp: bytes) -> bytes:
    out = io.BytesIO()
    from_pillow(image).save(out, format="HEIF", quality=50, exif=exif, xmp=xmp)
    return out.getvalue()
