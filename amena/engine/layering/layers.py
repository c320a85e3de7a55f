"""Cut a photo with disparity into soft layers, each one a smooth sheet over the whole canvas.

First the disparity alone decides which pixels lie on which sheet (`sheets`), then every sheet gets
its colours. Where two sheets both carry the photo's own colour and disparity, alpha may fade
without being seen, so a silhouette need not be a closed curve. The near sheet's alpha at the cut is
a local matte (SLIDE's soft visibility, Jampani et al. 2021); the hidden background grows only from
the far side (Shih et al. 2020; Kopf et al. 2020).

All of it is distance transforms, pyramids and box filters; no loop over pixels, no graph.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from amena.engine.geometry.grid import grid_step
from amena.engine.layering.cuts import drop_specks
from amena.engine.layering.margin import extend
from amena.engine.layering.matte import CRISP_FRINGE, FRINGE, front_colour, unmix
from amena.engine.layering.peeling import Rims, Sheet, take_sheets
from amena.engine.types import (
    DIGEST_SIZE,
    ByteImage,
    Disparity,
    Layer,
    LayeredDepthImage,
    Mask,
    Photo,
)

#: rgb, hole, known → rgb with the hole filled from known pixels alone.
Inpainter = Callable[[ByteImage, Mask, Mask], ByteImage]

#: Pixels beside a cut that fills do not look at, unless more are mixed.
_FILL_FRINGE = 4.0
#: Pixels by which enlarging to twice the size spreads what is near, and the most that counts.
_SPREAD, _MOST_ENLARGED = 1.5, 3.0


def build_layers(
    photo: Photo,
    disparity: Disparity,
    amplitude: float,
    inpaint: Inpainter,
    margin: tuple[int, int],
    earlier: LayeredDepthImage | None = None,
    key: bytes = b"",
) -> LayeredDepthImage:
    """Split the photo into up to five soft layers.

    Args:
        photo: the photo.
        disparity: sharpened disparity of the photo's size.
        amplitude: the largest motion the layers must bear, as a share of the long side.
        inpaint: fills hidden colour.
        margin: (x, y) pixels by which the canvas extends beyond the photo on each side.
        earlier: layers of the same photo with another disparity. Where they were sorted as these
            are, their colours are these layers' colours.
        key: tells inpainters apart.
    """
    mx, my = margin
    rgb, values = extend(photo.rgb, disparity.values, margin)
    rims = _rims(photo, soft=disparity.soft)
    step = grid_step(photo.size)
    reach = amplitude * max(photo.size)
    sheets, behind = take_sheets(drop_specks(values), reach, rims, step)
    hidden = np.ones(values.shape, np.bool_)
    hidden[my : my + photo.size[1], mx : mx + photo.size[0]] = False
    for sheet in sheets:
        hidden |= sheet.hidden
    sorting = _digest(rgb, sheets, rims, key)
    if earlier is not None and earlier.sorting == sorting:
        coloured = [(layer.rgb, layer.alpha) for layer in earlier.layers]
    else:
        coloured = _colours(rgb, sheets, rims, inpaint)
    depths = [behind, *(sheet.disparity for sheet in reversed(sheets))]
    layers = [Layer(*both, depth) for both, depth in zip(coloured, depths, strict=True)]
    return LayeredDepthImage(tuple(layers), margin, photo.size, hidden, sorting)


def _rims(photo: Photo, *, soft: bool) -> Rims:
    """How far to trust the pixels beside a cut.

    Where a photo was enlarged, more of what is near has been spread over what is far.
    """
    if not soft:
        return Rims(CRISP_FRINGE, CRISP_FRINGE)
    enlarged = min(max(photo.size) / max(photo.original_size), _MOST_ENLARGED)
    return Rims(FRINGE, FRINGE + _SPREAD * max(enlarged - 1, 0))


def _digest(rgb: ByteImage, sheets: Sequence[Sheet], rims: Rims, key: bytes) -> bytes:
    """Names all that the colours depend on."""
    digest = hashlib.blake2b(key, digest_size=DIGEST_SIZE)
    digest.update(repr((rgb.shape, rims)).encode())
    digest.update(rgb.data)
    for sheet in sheets:
        masks = (sheet.near, sheet.waiting, sheet.hidden, sheet.distance == 0)
        digest.update(np.packbits(np.stack(masks)).data)
    return digest.digest()


def _colours(
    rgb: ByteImage, sheets: Sequence[Sheet], rims: Rims, inpaint: Inpainter
) -> list[tuple[ByteImage, ByteImage]]:
    """Colour (uint8 H×W×3) and alpha (uint8 H×W) of every layer, farthest first."""
    near = []
    for sheet in sheets:
        front, alpha, rgb = colour_sheet(rgb, sheet, rims, inpaint)
        near.append((front, alpha))
    return [(rgb, np.full(rgb.shape[:2], 255, np.uint8)), *reversed(near)]


def colour_sheet(
    rgb: ByteImage, sheet: Sheet, rims: Rims, inpaint: Inpainter
) -> tuple[ByteImage, ByteImage, ByteImage]:
    """The colours of the topmost sheet and of what lies behind it.

    Args:
        rgb: uint8 H×W×3.
        sheet: how the picture's pixels are sorted.
        rims: how far to trust those beside a cut.
        inpaint: fills hidden colour.

    Returns:
        The sheet's colour (uint8 H×W×3) and alpha (uint8 H×W), the colour behind it (uint8 H×W×3).
    """
    inner, outer = sheet.inner, sheet.outer
    rim = sheet.fringe(rims.outside)
    # Fills copy what they see: they keep a wider berth than what the photo itself may keep.
    berth = max(rims.outside * _FILL_FRINGE / FRINGE, _FILL_FRINGE)
    doubtful = sheet.fringe(berth)
    back = inpaint(rgb, sheet.hidden | doubtful, sheet.far & ~doubtful)
    back = np.where((doubtful & ~rim)[..., None], rgb, back)

    front = front_colour(rgb, sheet.near, sheet.far, inner, outer, rims.inside)
    # The cut runs between pixels, half a pixel from those beside it.
    signed = np.where(sheet.far, -outer - 0.5, sheet.distance + 0.5).astype(np.float32)
    zone = (signed < rims.inside) & (signed > -rims.outside) & ~sheet.waiting
    matte, front, back = unmix(rgb, front, back, signed, zone, rims.outside)
    rest = sheet.far & (outer < 2 * max(rims.outside, FRINGE))
    alpha = np.where(sheet.near, np.minimum(sheet.fade, matte), matte * rest)
    return front, (alpha * 255 + 0.5).astype(np.uint8), back
