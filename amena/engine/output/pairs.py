"""Stills of two views: for headsets, eyes alone, glasses, 3D cameras and televisions."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image

from amena.engine.output.jpeg import jpeg
from amena.engine.output.stereo import anaglyph, grey_anaglyph, side_by_side
from amena.engine.types import SRGB, ByteImage, ColourSpace

_QUALITY: Final = 92
#: A card's long side in pixels at most, and its frame and dots in widths of one view.
_CARD: Final = 3600
_FRAME, _DOT = 0.05, 0.011
_PAPER: Final = 245
#: Types of the pictures of a stereo pair (CIPA DC-007, 5.2.3.3.1): disparity; the first stands for
#: both.
_DISPARITY, _REPRESENTATIVE = 0x020002, 0x20000000


def write_side_by_side(
    left: ByteImage, right: ByteImage, path: Path, space: ColourSpace = SRGB
) -> None:
    """Write a JPEG of H×2W: the left eye's view on the left (“parallel”)."""
    _save(side_by_side(left, right), path, space)


def write_top_and_bottom(
    left: ByteImage, right: ByteImage, path: Path, space: ColourSpace = SRGB
) -> None:
    """Write a JPEG of 2H×W: the left eye's view above the right eye's (“over-under”)."""
    _save(np.vstack([left, right]), path, space)


def write_cross_eyed(
    left: ByteImage, right: ByteImage, path: Path, space: ColourSpace = SRGB
) -> None:
    """Write a card for crossed eyes, the right eye's view on the left, with dots to fuse."""
    _save(_card(right, left), path, space)


def write_parallel(
    left: ByteImage, right: ByteImage, path: Path, space: ColourSpace = SRGB
) -> None:
    """Write a card for relaxed eyes or a stereoscope, the left eye's view on the left."""
    _save(_card(left, right), path, space)


def write_anaglyph(left: ByteImage, right: ByteImage, path: Path) -> None:
    """Write a JPEG for red-cyan glasses, in colour.

    Chroma is stored at full size: at half size each eye would see the other's edges.
    """
    _save(anaglyph(left, right), path, subsampling=0)


def write_grey_anaglyph(left: ByteImage, right: ByteImage, path: Path) -> None:
    """Write a JPEG for red-cyan glasses, without colour and so with the least rivalry."""
    _save(grey_anaglyph(left, right), path, subsampling=0)


def write_mpo(left: ByteImage, right: ByteImage, path: Path) -> None:
    """Write both views as one Multi-Picture Object (CIPA DC-007), as 3D cameras do."""
    out = io.BytesIO()
    first, second = Image.fromarray(left), Image.fromarray(right)
    first.save(out, "MPO", save_all=True, append_images=[second], quality=_QUALITY)
    path.write_bytes(_typed_as_pair(bytearray(out.getvalue())))


def _typed_as_pair(data: bytearray) -> bytes:
    """Pillow leaves the pictures' type open, by which viewers know a stereo pair."""
    tiff = data.index(b"MPF\0") + 4
    order = "<" if data[tiff : tiff + 2] == b"II" else ">"
    directory = tiff + struct.unpack_from(f"{order}I", data, tiff + 4)[0]
    for index in range(struct.unpack_from(f"{order}H", data, directory)[0]):
        tag, _, size, where = struct.unpack_from(f"{order}HHII", data, directory + 2 + 12 * index)
        if tag == 0xB002:  # the list of pictures, 16 bytes each
            for at in range(0, size, 16):
                kind = _DISPARITY | (0 if at else _REPRESENTATIVE)
                struct.pack_into(f"{order}I", data, tiff + where + at, kind)
    return bytes(data)


def _card(first: ByteImage, second: ByteImage) -> ByteImage:
    """Two views on light paper with a dot above each: when the dots are one, so are the views."""
    height, width = first.shape[:2]
    scale = min(1.0, _CARD / (width * (2 + 3 * _FRAME)))
    size = round(width * scale), round(height * scale)
    frame, radius = round(size[0] * _FRAME), max(2, round(size[0] * _DOT))
    card = np.full((size[1] + 4 * frame, 2 * size[0] + 3 * frame, 3), _PAPER, np.uint8)
    for index, view in enumerate((first, second)):
        left = frame + index * (size[0] + frame)
        small = cv2.resize(view, size, interpolation=cv2.INTER_AREA)
        card[3 * frame : 3 * frame + size[1], left : left + size[0]] = small
        dot = left + size[0] // 2, round(1.5 * frame)
        cv2.circle(card, dot, radius, (40, 40, 40), cv2.FILLED, cv2.LINE_AA)
    return card


def _save(picture: ByteImage, path: Path, space: ColourSpace = SRGB, subsampling: int = 2) -> None:
    path.write_bytes(jpeg(picture, _QUALITY, space, subsampling=subsampling))
