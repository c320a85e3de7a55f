"""JPEG files, also of pictures that are all noise."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from amena.engine.types import ByteImage


def jpeg(picture: ByteImage, quality: int, **options: Any) -> bytes:
    """A picture as JPEG, with optimal Huffman tables where that can be.

    Args:
        picture: uint8 H×W×3 or H×W.
        quality: as Pillow has it.
        options: further ones of Pillow's.
    """
    image, out = Image.fromarray(picture), io.BytesIO()
    try:
        image.save(out, "JPEG", quality=quality, optimize=True, **options)
    except OSError:
        # Pillow gives an optimised file room for a byte a pixel, which noise alone exceeds; what
        # is written as it is coded needs no room.
        out = io.BytesIO()
        options.pop("progressive", None)
        image.save(out, "JPEG", quality=quality, **options)
    return out.getvalue()
