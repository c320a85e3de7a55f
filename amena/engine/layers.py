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

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.fill import nearest_known, push_pull
from amena.engine.matte import FRINGE, front_colour, unmix
from amena.engine.types import (
    ByteImage,
    Disparity,
    FloatImage,
    Layer,
    LayeredDepthImage,
    Mask,
    Photo,
)

#: A step between neighbouring pixels from which on they are cut apart.
CUT_JUMP = 0.05
#: Steeper than this (disparity × amplitude, pixels per pixel) a sheet would show stretched skin.
MAX_SLOPE = 0.8
MAX_LAYERS = 3

#: rgb, hole, known → rgb with the hole filled from known pixels alone.
Inpainter = Callable[[ByteImage, Mask, Mask], ByteImage]


@dataclass(frozen=True)
class Cuts:
    """Where a disparity map is cut.

    Attributes:
        near, far: bool H×W, pixels on the near and the far side of a cut.
        jump: float32 H×W, the step's height at those pixels, 0 elsewhere.
        threshold: float32 H×W, half-way disparity at those pixels, 0 elsewhere.
    """

    near: Mask
    far: Mask
    jump: FloatImage
    threshold: FloatImage

    def without(self, excluded: Mask) -> Cuts:
        """Only the cuts whose near side lies outside `excluded`."""
        near = self.near & ~excluded
        beside = cv2.dilate(near.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        return Cuts(near, self.far & beside & ~near, self.jump, self.threshold)

    @property
    def any(self) -> bool:
        """Whether there is any cut."""
        return bool(self.near.any())


def find_cuts(disparity: FloatImage, min_jump: float = CUT_JUMP) -> Cuts:
    """Cut the links between 4-neighbours whose disparities differ by more than `min_jump`."""
    height, width = disparity.shape
    near = np.zeros((height, width), np.bool_)
    far = np.zeros((height, width), np.bool_)
    jump = np.zeros((height, width), np.float32)
    threshold = np.zeros((height, width), np.float32)
    for a, b in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1], np.s_[1:]),
    ):
        step = disparity[b] - disparity[a]
        middle = (disparity[b] + disparity[a]) / 2
        cut = np.abs(step) > min_jump
        for side, sign in ((a, -1), (b, 1)):
            near[side] |= cut & (step * sign > 0)
            far[side] |= cut & (step * sign < 0)
            stronger = cut & (np.abs(step) > jump[side])
            jump[side][stronger] = np.abs(step)[stronger]
            threshold[side][stronger] = middle[stronger]
    return Cuts(near, far, jump, threshold)


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
    rgb = cv2.copyMakeBorder(photo.rgb, my, my, mx, mx, cv2.BORDER_REFLECT_101)
    values = cv2.copyMakeBorder(disparity.values, my, my, mx, mx, cv2.BORDER_REFLECT_101)
    values = drop_specks(np.asarray(values, np.float32))
    hidden = np.ones(values.shape, np.bool_)
    hidden[my : my + photo.size[1], mx : mx + photo.size[0]] = False
    layers: list[Layer] = []
    rgb = np.asarray(rgb, np.uint8)
    while len(layers) < MAX_LAYERS - 1:
        cuts = find_cuts(values)
        if not _worth_a_layer(cuts, layers):
            break
        near, values, rgb, filled = peel(rgb, values, cuts, reach, inpaint)
        hidden |= filled
        layers.insert(0, near)
    flat = limit_slope(values, reach)
    layers.insert(0, Layer(rgb, np.full(values.shape, 255, np.uint8), flat))
    return LayeredDepthImage(tuple(layers), margin, photo.size, hidden)


def _worth_a_layer(cuts: Cuts, nearer: list[Layer]) -> bool:
    """Whether enough of the cuts can be seen past the nearer layers."""
    near = cuts.near
    for layer in nearer:
        near = near & (layer.alpha < 128)
    return int(near.sum()) > 0.02 * sum(near.shape)


def drop_specks(disparity: FloatImage) -> FloatImage:
    """Give isolated specks the disparity of their surroundings: a median over 3×3 pixels, twice.

    Two pixels wide is wide enough to stay: twigs and poles are not specks.
    """
    return np.asarray(cv2.medianBlur(cv2.medianBlur(disparity, 3), 3), np.float32)


def peel(
    rgb: ByteImage, disparity: FloatImage, cuts: Cuts, reach: float, inpaint: Inpainter
) -> tuple[Layer, FloatImage, ByteImage, Mask]:
    """Take the topmost sheet off: the near side of all cuts that no nearer cut overshadows.

    Args:
        rgb: uint8 H×W×3.
        disparity: float32 H×W.
        cuts: its cuts.
        reach: pixels that disparity 0 and 1 shift against each other at most.
        inpaint: fills hidden colour.

    Returns:
        The near layer; disparity (float32 H×W) and colour (uint8 H×W×3) of what lies behind it,
        and the mask (bool H×W) of what had to be made up there.
    """
    slope = np.float32(MAX_SLOPE / reach)
    sheet = upper_envelope(disparity, slope)
    overshadowed = sheet - disparity > _SHEET_TOLERANCE
    cuts = cuts.without(overshadowed)
    at_cut = cuts.near | cuts.far
    # A threshold surface through the cuts sorts all other pixels into near and far.
    above = disparity > push_pull(cuts.threshold, at_cut)
    distance, _ = nearest_known(at_cut)
    is_near = above & (~overshadowed | _slivers(above & overshadowed, distance))
    sheet = upper_envelope(_guarded(disparity, is_near, cuts.near), slope)
    inner = np.where(is_near, distance, 0)
    outer = np.where(is_near, 0, distance)
    fringe = ~is_near & (outer < FRINGE)

    # Behind the near side the far one goes on level as far as the parallax can reach, then rises.
    level = push_pull(cuts.jump, at_cut) * reach + FRINGE + 2
    membrane = push_pull(disparity, ~is_near & ~fringe)
    membrane = cv2.GaussianBlur(membrane, (0, 0), 3.0)
    rising = membrane + slope * np.maximum(inner - level, 0)
    back = np.where(is_near | fringe, np.minimum(disparity, rising), disparity).astype(np.float32)
    hidden = is_near & (back < disparity - 0.004)
    back_rgb = inpaint(rgb, hidden | fringe, ~is_near & ~fringe)

    front_rgb = front_colour(rgb, is_near, inner, outer)
    # The cut runs between pixels, half a pixel from those beside it.
    signed = np.where(is_near, inner + 0.5, -outer - 0.5).astype(np.float32)
    matte, front_rgb, back_rgb = unmix(rgb, front_rgb, back_rgb, signed)
    # Deep inside, where both sheets are alike again, the near one fades.
    beyond_hidden = cv2.distanceTransform((~hidden).astype(np.uint8), cv2.DIST_L2, 3)
    fade = np.clip(1 - beyond_hidden / _FADE, 0, 1)
    alpha = np.where(is_near, np.minimum(fade, matte), matte * (outer < 2 * FRINGE))
    layer = Layer(front_rgb, (alpha * 255 + 0.5).astype(np.uint8), sheet)
    return layer, back, back_rgb, hidden


def _guarded(disparity: FloatImage, is_near: Mask, rim: Mask) -> FloatImage:
    """Disparity with the near side widened beyond its cuts, so that its rim moves as one with it.

    The rim's soft alpha, and the grid on which renderers sample a sheet, reach beyond the cut.
    """
    near = np.where(rim, disparity, 0)
    size = 2 * _GUARD + 1
    widened = cv2.dilate(near, np.ones((size, size), np.uint8))
    return np.where(is_near, disparity, np.maximum(disparity, widened)).astype(np.float32)


#: Pixels by which the near side is widened: the fringe and a grid cell.
_GUARD = 4
#: Pixels over which the near layer fades where both sheets are alike.
_FADE = 12.0
#: How far the top sheet may lie above a pixel that still belongs to it.
_SHEET_TOLERANCE = 0.02
#: A sliver is narrower than twice this many pixels and this close to a cut.
_SLIVER_RADIUS, _SLIVER_REACH = 3, 12


def upper_envelope(values: FloatImage, slope: np.float32) -> FloatImage:
    """The lowest sheet over `values` that is nowhere steeper than `slope`.

    Equal to `values` except in the shadow of something higher. A grey dilation by a cone, composed
    of sparse dilations of doubling size.

    Args:
        values: float32 H×W in [0, 1].
        slope: largest difference between 4-neighbours.
    """
    sheet = values
    step = 1
    while step * slope < 1 and step < max(values.shape):
        kernel = np.zeros((2 * step + 1, 2 * step + 1), np.uint8)
        kernel[::step, ::step] = 1
        sheet = np.maximum(sheet, cv2.dilate(sheet, kernel) - np.float32(step) * slope)
        step *= 2
    return np.asarray(sheet, np.float32)


def _slivers(mask: Mask, distance: FloatImage) -> Mask:
    """Those narrow parts of the mask that lie beside a cut.

    Overshadowed remains of the near side; left behind they would pull the background towards it.
    """
    size = 2 * _SLIVER_RADIUS + 1
    wide = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    return np.asarray(mask & (wide == 0) & (distance < _SLIVER_REACH))


def limit_slope(disparity: FloatImage, reach: float) -> FloatImage:
    """Smooth where a sheet is so steep that `reach` pixels of parallax would stretch it too far."""
    values = disparity
    for sigma in (2.0, 4.0, 8.0):
        steep = _slope(values) * reach > MAX_SLOPE
        if not steep.any():
            break
        size = 2 * round(2 * sigma) + 1
        near_steep = cv2.dilate(steep.astype(np.float32), np.ones((size, size), np.uint8))
        blend = cv2.GaussianBlur(near_steep, (0, 0), sigma)
        values = values + (cv2.GaussianBlur(values, (0, 0), sigma) - values) * blend
    return np.asarray(values, np.float32)


def _slope(values: FloatImage) -> NDArray[np.float32]:
    right = np.abs(np.diff(values, axis=1, append=values[:, -1:]))
    down = np.abs(np.diff(values, axis=0, append=values[-1:]))
    return np.asarray(np.maximum(right, down), np.float32)
