"""The layers as pictures of their own, for painters and compositors."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

import numpy as np
from PIL import Image

from amena.engine.scene.scene import bounding_box, rest_view
from amena.engine.types import ByteImage, LayeredDepthImage

_THUMBNAIL: Final = (256, 256)


def write_ora(image: LayeredDepthImage, path: Path) -> None:
    """Write the layers as an OpenRaster file (www.openraster.org): one picture each, alpha soft.

    The file shows the photo; layers go on beneath each other, the background with what was made up
    behind them, and a margin beyond the photo's border that a compositor can move into view.

    Args:
        image: the layers.
        path: file to write.
    """
    width, height = image.photo_size
    left, top = image.margin
    entries = []
    with zipfile.ZipFile(path, "w") as archive:
        # The first entry, uncompressed, by which the format is told.
        archive.writestr(zipfile.ZipInfo("mimetype"), "image/openraster")
        for index, layer in enumerate(image.layers):
            box = bounding_box(layer.alpha > 0)
            pixels = np.dstack([layer.rgb, layer.alpha])[box]
            name = f"data/layer{index}.png"
            archive.writestr(zipfile.ZipInfo(name), _png(pixels))
            title = "Background" if index == 0 else f"Layer {index}"
            entries.append(
                f'<layer name={quoteattr(title)} src="{name}" x="{box[1].start - left}" '
                f'y="{box[0].start - top}" opacity="1.0" visibility="visible" '
                'composite-op="svg:src-over"/>'
            )
        stack = "".join(reversed(entries))  # the topmost comes first
        archive.writestr(
            zipfile.ZipInfo("stack.xml"),
            f'<?xml version="1.0" encoding="UTF-8"?><image version="0.0.3" w="{width}" '
            f'h="{height}"><stack name="root">{stack}</stack></image>',
        )
        merged = rest_view(image)
        archive.writestr(zipfile.ZipInfo("mergedimage.png"), _png(merged))
        small = Image.fromarray(merged)
        small.thumbnail(_THUMBNAIL)
        archive.writestr(zipfile.ZipInfo("Thumbnails/thumbnail.png"), _png(np.asarray(small)))


def _png(pixels: ByteImage) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=4)
    return out.getvalue()
