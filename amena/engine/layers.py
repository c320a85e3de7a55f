"""Cut a photo with disparity into soft layers, each one a smooth sheet over the whole canvas.

Along every cut (a step in disparity) the near side goes to a near sheet and the far side to a far
sheet. Each sheet continues smoothly beyond the cut under or over the other, as far as the parallax
reaches, and then returns to the disparity of the photo itself. Where both sheets carry the photo's
own colour and disparity, alpha may fade without being seen, so a silhouette need not be a closed
curve. The near sheet's alpha at the cut is a local matte (SLIDE's soft visibility, Jampani et al.
2021); the hidden background grows only from the far side (Shih et al. 2020; Kopf et al. 2020).

All of it is distance transforms, pyramids and box filters; no loop over pixels, no graph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.cuts import Cuts, drop_specks, find_cuts
from amena.engine.fill import nearest_known, push_pull
from amena.engine.margin import extend
from amena.engine.matte import CRISP_FRINGE, FRINGE, fringe_width, front_colour, unmix
from amena.engine.render.base import GRID_STEP, grid_step
from amena.engine.sharpen import drop_small
from amena.engine.sheets import MAX_SLOPE, limit_slope, upper_envelope
from amena.engine.types import (
    ByteImage,
    Disparity,
    FloatImage,
    Layer,
    LayeredDepthImage,
    Mask,
    Photo,
)

#: Pixels of parallax by which a sheet may miss what still belongs to it, the first sheet's first.
#: What lies in the shadow of steep slopes waits from sheet to sheet: the last ones are lenient.
_TOLERANCES = (0.4, 0.8, 6.0, 16.0)
MAX_LAYERS = len(_TOLERANCES) + 1

#: rgb, hole, known → rgb with the hole filled from known pixels alone.
Inpainter = Callable[[ByteImage, Mask, Mask], ByteImage]


def build_layers(
    photo: Photo,
    disparity: Disparity,
    amplitude: float,
    inpaint: Inpainter,
    margin: tuple[int, int],
) -> LayeredDepthImage:
    """Split the photo into up to `MAX_LAYERS` soft layers.

    Args:
        photo: the photo.
        disparity: sharpened disparity of the photo's size.
        amplitude: the largest motion the layers must bear, as a share of the long side.
        inpaint: fills hidden colour.
        margin: (x, y) pixels by which the canvas extends beyond the photo on each side.
    """
    mx, my = margin
    reach = amplitude * max(photo.size)
    rgb, values = extend(photo.rgb, disparity.values, margin)
    values = drop_specks(values)
    hidden = np.ones(values.shape, np.bool_)
    hidden[my : my + photo.size[1], mx : mx + photo.size[0]] = False
    fringe, outside = _fringes(photo, soft=disparity.soft)
    step = grid_step(photo.size)
    layers: list[Layer] = []
    for tolerance in _TOLERANCES:
        cuts = find_cuts(values)
        if not _worth_a_layer(cuts, layers, reach):
            break
        near, values, rgb, filled = peel(
            rgb, values, cuts, reach, inpaint, fringe, outside, step, tolerance
        )
        hidden |= filled
        layers.insert(0, near)
    flat = limit_slope(values, reach)
    layers.insert(0, Layer(rgb, np.full(values.shape, 255, np.uint8), flat))
    return LayeredDepthImage(tuple(layers), margin, photo.size, hidden)


def _fringes(photo: Photo, *, soft: bool) -> tuple[float, float]:
    """Pixels beside a cut that may be mixed, on the near and on the far side.

    Where a photo was enlarged, more of what is near has been spread over what is far.
    """
    if not soft:
        return CRISP_FRINGE, CRISP_FRINGE
    enlarged = min(max(photo.size) / max(photo.original_size), _MOST_ENLARGED)
    return FRINGE, FRINGE + _SPREAD * max(enlarged - 1, 0)


def _worth_a_layer(cuts: Cuts, nearer: list[Layer], reach: float) -> bool:
    """Whether the cuts that can be seen past the nearer layers open up enough of the picture."""
    near = cuts.near
    for layer in nearer:
        near = near & (layer.alpha < 128)
    return float(cuts.jump[near].sum()) * reach > _MIN_OPENING * near.size


@dataclass(frozen=True)
class _Sides:
    """The pixels of a picture, sorted by the cuts of its topmost sheet.

    Attributes:
        near: bool H×W, what the topmost sheet carries.
        waiting: bool H×W, on the near side too, but overshadowed: for a later sheet.
        far: bool H×W, all else.
        inner, outer: float32 H×W, pixels to the cut, on the near and on the far side; 0 elsewhere.
        distance: float32 H×W, pixels to the nearest cut.
        jump: float32 H×W, the step of the cuts nearby.
        sheet: float32 H×W, the topmost sheet.
    """

    near: Mask
    waiting: Mask
    far: Mask
    inner: FloatImage
    outer: FloatImage
    distance: FloatImage
    jump: FloatImage
    sheet: FloatImage


def peel(
    rgb: ByteImage,
    disparity: FloatImage,
    cuts: Cuts,
    reach: float,
    inpaint: Inpainter,
    fringe: float = FRINGE,
    outside: float = FRINGE,
    step: int = GRID_STEP,
    tolerance: float = _TOLERANCES[0],
) -> tuple[Layer, FloatImage, ByteImage, Mask]:
    """Take the topmost sheet off: the near side of all cuts that no nearer cut overshadows.

    Args:
        rgb: uint8 H×W×3.
        disparity: float32 H×W.
        cuts: its cuts.
        reach: pixels that disparity 0 and 1 shift against each other at most.
        inpaint: fills hidden colour.
        fringe: pixels on a cut's near side that may show the far side's colour.
        outside: pixels on its far side that may show the near side's colour, or a depth in between.
        step: pixels between two vertices of the sheet.
        tolerance: pixels of parallax by which the sheet may miss a pixel that it takes.

    Returns:
        The near layer; disparity (float32 H×W) and colour (uint8 H×W×3) of what lies behind it,
        and the mask (bool H×W) of what had to be made up there.
    """
    soft = fringe > CRISP_FRINGE
    slope, missing = MAX_SLOPE / reach, tolerance / reach
    sides = _sort(disparity, cuts, slope, missing, max(1, step // 2), soft=soft)
    rim = sides.far & (sides.outer < fringe_width(sides.outer, outside))
    back, hidden = _behind(disparity, sides, rim, reach, _SEAM * slope + 2 * missing)
    # Fills copy what they see: they keep a wider berth than what the photo itself may keep.
    berth = max(outside * _FILL_FRINGE / FRINGE, _FILL_FRINGE)
    doubtful = sides.far & (sides.outer < fringe_width(sides.outer, berth))
    back_rgb = inpaint(rgb, hidden | doubtful, sides.far & ~doubtful)
    back_rgb = np.where((doubtful & ~rim)[..., None], rgb, back_rgb)

    front_rgb = front_colour(rgb, sides.near, sides.far, sides.inner, sides.outer, fringe)
    # The cut runs between pixels, half a pixel from those beside it.
    signed = np.where(sides.far, -sides.outer - 0.5, sides.distance + 0.5).astype(np.float32)
    zone = (signed < fringe) & (signed > -outside) & ~sides.waiting
    matte, front_rgb, back_rgb = unmix(rgb, front_rgb, back_rgb, signed, zone, outside)
    # Deep inside, where both sheets are alike again, the near one fades.
    beyond_hidden = cv2.distanceTransform((~hidden).astype(np.uint8), cv2.DIST_L2, 3)
    fade = np.clip(1 - (beyond_hidden - _SEAM) / _FADE, 0, 1)
    rest = sides.far & (sides.outer < 2 * max(outside, FRINGE))
    alpha = np.where(sides.near, np.minimum(fade, matte), matte * rest)
    layer = Layer(front_rgb, (alpha * 255 + 0.5).astype(np.uint8), sides.sheet)
    return layer, back, back_rgb, hidden


def _sort(
    disparity: FloatImage, cuts: Cuts, slope: float, tolerance: float, onward: int, *, soft: bool
) -> _Sides:
    """Which pixels the topmost sheet takes, and that sheet, level `onward` pixels past its rim.

    The sheet is nowhere steeper than `slope`, and at most `tolerance` above what it takes. In a
    `soft` disparity specks that would wait for a later sheet go with the topmost one.
    """
    overshadowed = upper_envelope(disparity, slope) - disparity > tolerance
    cuts = cuts.without(overshadowed)
    at_cut = cuts.near | cuts.far
    # A threshold surface through the cuts sorts all other pixels into near and far.
    above = disparity > push_pull(cuts.threshold, at_cut, _GRAIN)
    distance, _ = nearest_known(at_cut)
    near = above & ~overshadowed
    near |= _slivers(above & overshadowed, distance)
    sheet = upper_envelope(_guarded(disparity, near, cuts.near), slope)
    # The widened rim overshadows a little more.
    missed = near & (sheet - disparity > tolerance)
    near &= ~missed | _slivers(missed, distance)
    if soft:
        waiting = above & ~near
        near |= waiting & ~drop_small(waiting, _SPECK * _sliver(disparity) ** 2)
    outer = np.where(above, 0, distance)
    # Seen from the far side the rim goes on: alpha and a renderer's grid reach across the cut.
    level = cv2.dilate(sheet, np.ones((2 * onward + 1, 2 * onward + 1), np.uint8))
    sheet = np.where(~above & (outer < 2 * onward), level, sheet)
    return _Sides(
        near,
        above & ~near,
        ~above,
        np.where(near, distance, 0),
        outer,
        distance,
        push_pull(cuts.jump, at_cut, _GRAIN),
        sheet,
    )


def _behind(
    disparity: FloatImage, sides: _Sides, rim: Mask, reach: float, level_step: float
) -> tuple[FloatImage, Mask]:
    """Disparity behind the topmost sheet, and where it had to be made up.

    The far side goes on level as far as the parallax can reach, then rises to the near side's
    disparity. What waits for a later sheet stays, with a seam's width of what the near sheet shares
    with it; where that is higher by more than `level_step`, it would overshadow what waits for
    ever, and goes. Depths in between, on the far side's rim, are brought down to it.
    """
    membrane = cv2.GaussianBlur(push_pull(disparity, sides.far & ~rim, _GRAIN), (0, 0), 3.0)
    level = sides.jump * reach + FRINGE + 2
    rising = membrane + np.float32(MAX_SLOPE / reach) * np.maximum(sides.inner - level, 0)
    waiting = _widened(np.where(sides.waiting, disparity, -1).astype(np.float32), _SEAM)
    free = sides.near & (disparity > waiting + level_step)
    between = rim & (disparity - membrane > _BETWEEN * sides.jump)
    back = np.where(free | between, np.minimum(disparity, rising), disparity).astype(np.float32)
    return back, free & (back < disparity - 0.004)


def _guarded(disparity: FloatImage, is_near: Mask, rim: Mask) -> FloatImage:
    """Disparity with the near side widened beyond its cuts, so that its rim moves as one with it.

    The rim's soft alpha reaches beyond the cut.
    """
    near = np.where(rim, disparity, 0)
    size = 2 * _GUARD + 1
    widened = cv2.dilate(near, np.ones((size, size), np.uint8))
    return np.where(is_near, disparity, np.maximum(disparity, widened)).astype(np.float32)


def _widened(values: FloatImage, radius: int) -> FloatImage:
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    return np.asarray(cv2.dilate(values, kernel), np.float32)


def _slivers(mask: Mask, distance: FloatImage) -> Mask:
    """Those narrow parts of the mask that lie beside a cut.

    Overshadowed remains of the near side; left behind they would pull the background towards it.
    """
    radius = _sliver(mask)
    size = 2 * radius + 1
    wide = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    return np.asarray(mask & (wide == 0) & (distance < 3 * radius))


def _sliver(picture: NDArray[Any]) -> int:
    """Half the width in pixels that a sliver may have."""
    return max(1, round(_SLIVER * float(max(picture.shape))))


#: Share of the picture that the cuts of a layer must be able to open up.
_MIN_OPENING = 0.001
#: Pixels beside a cut that fills do not look at, unless more are mixed.
_FILL_FRINGE = 4.0
#: Pixels by which enlarging to twice the size spreads what is near, and the most that counts.
_SPREAD, _MOST_ENLARGED = 1.5, 3.0
#: What coarse levels of disparity are rounded to.
_GRAIN = 1 / 256
#: Pixels by which the near side is widened before it casts its shadow.
_GUARD = 1
#: Pixels that two sheets share where one surface passes from one to the other.
_SEAM = 2
#: A far pixel higher than its surroundings by this share of the step lies in between.
_BETWEEN = 0.15
#: Pixels over which the near layer fades where both sheets are alike.
_FADE = 12.0
#: A sliver is narrower than twice this share of the long side, and as close to a cut as 3 of them.
_SLIVER = 0.0027
#: Estimates know nothing that has fewer pixels than this, times half a sliver's width squared.
_SPECK = 12
