"""JPEG files, also of pictures that are all noise."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from amena.engine.colour_space import profile_of
from amena.engine.types import SRGB, ByteImage, ColourSpace


def jpeg(picture: ByteImage, quality: int, space: ColourSpace = SRGB, **options: Any) -> bytes:
    """A picture as JPEG, with optimal Huffman tables where that can be.

    Args:
        picture: uint8 H×W×3 or H×W.
        quality: as Pillow has it.
        space: of the picture; one of sRGB needs no profile to be taken for what it is.
        options: further ones of Pillow's.
    """
    image, out = Image.fromarray(picture), io.BytesIO()
    options["icc_profile"] = profile_of(space)
    try:
        image.save(out, "JPEG", quality=quality, optimize=True, **options)
    except OSError:
        # Pillow gives an optimised file room for a byte a pixel, which noise alone exceeds; what
        # is written as it is coded needs no room.
        out = io.BytesIO()
        options.pop("progressive", None)
        image.save(out, "JPEG", quality=quality, **options)
    return out.getvalue()
