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
CUT_JUMP = 0.04
#: Steeper than this (disparity × amplitude, pixels per pixel) a sheet would show stretched skin.
MAX_SLOPE = 0.5
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
    """Take the near side of all cuts off as a layer.

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
    at_cut = cuts.near | cuts.far
    # A threshold surface through the cuts sorts all pixels into near and far.
    threshold = push_pull(cuts.threshold, at_cut)
    is_near = disparity > threshold
    distance, owner = nearest_known(at_cut)
    jump = cuts.jump.ravel()[owner]
    inner = np.where(is_near, distance, 0)
    outer = np.where(is_near, 0, distance)
    flat = jump * reach + _FRINGE + 2
    # Long enough that the return to the photo's own disparity stays under the slope limit.
    # (A smoothstep is 1.5 times as steep in its middle as on average.)
    ramp = np.maximum(1.5 * jump * reach / MAX_SLOPE, 8.0)

    back = _continue(disparity, ~is_near, inner, flat, ramp)
    front = _continue(disparity, is_near, outer, np.full_like(flat, 2 * _FRINGE), ramp)
    end = flat + ramp
    hidden = is_near & (inner < end)
    fringe = ~is_near & (outer < _FRINGE)
    context = ~is_near & ~fringe
    back_rgb = inpaint(rgb, hidden | fringe, context)
    front_rgb = _front_colour(rgb, is_near, inner, outer)
    # The cut runs between pixels, half a pixel from those beside it.
    signed = np.where(is_near, inner + 0.5, -outer - 0.5).astype(np.float32)
    matte, front_rgb, back_rgb = _matte(rgb, front_rgb, back_rgb, signed)
    fade = np.clip(1 - (inner - end) / _FADE, 0, 1)
    alpha = np.where(is_near, np.minimum(fade, matte), matte * (outer < 2 * _FRINGE))
    layer = Layer(front_rgb, (alpha * 255 + 0.5).astype(np.uint8), limit_slope(front, reach))
    return layer, back, back_rgb, hidden


#: Pixels on both sides of a cut that may mix near and far colour.
_FRINGE = 3.0
#: Pixels over which the near layer fades where both sheets are alike.
_FADE = 12.0


def _continue(
    disparity: FloatImage, own: Mask, beyond: FloatImage, flat: FloatImage, ramp: FloatImage
) -> FloatImage:
    """The sheet of `own` pixels: continued `flat` pixels beyond its edge, then back over `ramp`."""
    membrane = push_pull(disparity, own)
    membrane = np.where(own, disparity, cv2.GaussianBlur(membrane, (0, 0), 4.0))
    t = np.clip((beyond - flat) / ramp, 0, 1)
    back = t * t * (3 - 2 * t)
    return np.asarray(
        np.where(own, disparity, membrane + (disparity - membrane) * back), np.float32
    )


def _front_colour(rgb: ByteImage, is_near: Mask, inner: FloatImage, outer: FloatImage) -> ByteImage:
    """The near side's own colour, without the far colour mixed into its rim, and a bit beyond."""
    pure = is_near & (inner >= _FRINGE)
    rim = (is_near & ~pure) | (~is_near & (outer < 4 * _FRINGE))
    if not rim.any() or not pure.any():
        return rgb
    extended = push_pull(rgb, pure | ~(rim | is_near) & (outer > 8 * _FRINGE))
    # Within the rim the photo's own detail stays, the closer to the inside the more.
    keep = np.where(is_near, np.clip(inner / _FRINGE, 0, 1), 0)[..., None]
    mixed = extended + (rgb.astype(np.float32) - extended) * keep
    return np.where(rim[..., None], np.clip(mixed + 0.5, 0, 255).astype(np.uint8), rgb)


def _matte(
    rgb: ByteImage, front: ByteImage, back: ByteImage, signed: FloatImage
) -> tuple[FloatImage, ByteImage, ByteImage]:
    """Unmix the photo's colours within `_FRINGE` of the cuts.

    Alpha is such that front over back gives the photo again; where both look alike the colours say
    nothing and alpha is a ramp across the cut. What the photo has beside a mixture of the two is
    given back to the side it was seen on, so that at rest no detail is lost, while the far side
    keeps none of the near side's colour (it would stay behind as a ghost outline).

    Args:
        rgb: the photo, uint8 H×W×3.
        front, back: first guesses of the two sides' colours.
        signed: float32 H×W, pixels to the cut, positive on the near side.

    Returns:
        Alpha (float32 H×W in [0, 1]), front and back colour.
    """
    alpha = np.clip(0.5 + signed / 2.0, 0, 1).astype(np.float32)
    at = np.abs(signed) < _FRINGE
    f, b, c = (x[at].astype(np.float32) / 255 for x in (front, back, rgb))
    contrast = ((f - b) ** 2).sum(axis=1)
    share = np.clip(((c - b) * (f - b)).sum(axis=1) / (contrast + 1e-4), 0, 1)
    # Far from the cut a stray colour match must not punch holes or leave dots.
    trust = contrast / (contrast + 0.02) * np.clip(1.5 - np.abs(signed[at]) / _FRINGE, 0, 1)
    a = alpha[at] + (share - alpha[at]) * trust
    alpha[at] = a
    near = signed[at] > 0
    pure_front = (c - (1 - a)[:, None] * b) / np.maximum(a, 0.5)[:, None]
    pure_back = c - share[:, None] * (f - b)
    front, back = front.copy(), back.copy()
    front[at] = _to_bytes(np.where((near & (a > 0.5))[:, None], pure_front, f))
    back[at] = _to_bytes(np.where(near[:, None], b, pure_back))
    return alpha, front, back


def _to_bytes(colour: NDArray[np.float32]) -> ByteImage:
    return (np.clip(colour, 0, 1) * 255 + 0.5).astype(np.uint8)


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
