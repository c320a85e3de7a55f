"""How pictures and disparity are coded in a scene's file, and read from one that may be damaged."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from amena.engine.types import ByteImage

#: Channels that a file has, as OpenCV orders them, and those asked for. A picture that is opaque
#: everywhere comes without alpha.
_ORDERS: Final = {
    (3, 3): cv2.COLOR_BGR2RGB,
    (3, 4): cv2.COLOR_BGR2RGBA,
    (4, 3): cv2.COLOR_BGRA2RGB,
    (4, 4): cv2.COLOR_BGRA2RGBA,
}


def read_member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """The content of a member, which may have `most` bytes, so that no archive fills the memory.

    Raises:
        ValueError: it is larger.
        KeyError: there is none of that name.
        zipfile.BadZipFile, zlib.error: it is damaged.
    """
    if archive.getinfo(name).file_size > most:
        raise ValueError(f"{name} is larger than it can be")
    return archive.read(name)


def pack_picture(pixels: ByteImage) -> bytes:
    """A picture, uint8 H×W×3 or H×W×4, as lossless WebP."""
    # Method 0 with little effort is quicker than any PNG, and smaller. `exact` keeps the colour
    # beneath transparent pixels, which smooth edges draw from.
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        file, "WEBP", lossless=True, method=0, quality=20, exact=True
    )
    return file.getvalue()


def read_picture(
    archive: zipfile.ZipFile, name: str, size: tuple[int, int], channels: int
) -> ByteImage:
    """A picture, uint8 H×W×channels: RGB or RGBA.

    Raises:
        ValueError: it is damaged, or not of `size` (rows, columns); and what `read_member` raises.
        OSError: it is no WebP.
    """
    data = read_member(archive, name, 8 * size[0] * size[1] + 10_000)
    with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
        if image.size != size[::-1]:
            raise ValueError(f"{name} has another size than its manifest says")
    # Pillow knows the size before anything is decoded; OpenCV takes two thirds of the time and
    # lets other threads go on meanwhile.
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.shape[:2] != size:
        raise ValueError(f"{name} cannot be read")
    return np.asarray(cv2.cvtColor(pixels, _ORDERS[pixels.shape[2], channels]), np.uint8)


def pack_levels(levels: NDArray[np.uint16]) -> bytes:
    """uint16 H×W so that deflate packs it well: less than half of what PNG makes of it.

    Every level becomes its difference from the left neighbour's, and that its difference from the
    one above, modulo 2¹⁶; differences −1, 1, −2, 2 … become 1, 2, 3, 4 …; first come the upper
    bytes of all, then the lower bytes.
    """
    across = np.diff(levels, axis=1, prepend=np.uint16(0))
    both = np.diff(across, axis=0, prepend=np.uint16(0)).view(np.int16)
    folded = ((both << 1) ^ (both >> 15)).view(np.uint16)
    return (folded >> 8).astype(np.uint8).tobytes() + folded.astype(np.uint8).tobytes()


def read_levels(archive: zipfile.ZipFile, name: str, size: tuple[int, int]) -> NDArray[np.uint16]:
    """The levels, uint16 of `size` (rows, columns), that `pack_levels` packed.

    Raises:
        ValueError: there are fewer; and what `read_member` raises.
    """
    count = size[0] * size[1]
    upper, lower = np.frombuffer(read_member(archive, name, 2 * count), np.uint8).reshape(2, *size)
    levels: NDArray[np.uint16] = cv2.merge([lower, upper]).view("<u2")[..., 0]
    sign = np.negative(levels & 1)
    levels >>= 1
    levels ^= sign
    np.cumsum(levels, axis=1, dtype=np.uint16, out=levels)
    # Row by row: numpy adds up along columns five times as slowly.
    for above, row in pairwise(levels):
        row += above
    return levels
