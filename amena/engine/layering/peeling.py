"""Depth peeling: which pixels lie on which layer, and how each goes on behind nearer ones.

All of this is decided by the disparity alone; the colours follow (`layers`). Along every cut the
foreground side goes to a near layer and the background side to a far one. Each layer continues
smoothly beyond the cut under or over the other, as far as the parallax reaches, and then returns to
the disparity of the photo itself. A layer falls off no faster than a moving camera bears, but for
creases of the envelope beside corners (`pixels/envelope.py`).

The name is that of Everitt 2001, “Interactive Order-Independent Transparency”, which takes one
surface after another off a scene, the nearest first.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.geometry.grid import LARGEST_STEP
from amena.engine.layering.cuts import CUT_JUMP, Cuts, find_cuts, worth_a_layer
from amena.engine.layering.depth_layer import OVERLAP_PX, DepthLayer, UnknownBand
from amena.engine.layering.matte import BAND_PX
from amena.engine.layering.slopes import MAX_SLOPE, limit_slope, yielding
from amena.engine.pixels.envelope import upper_envelope
from amena.engine.pixels.fill import distance_to, push_pull
from amena.engine.pixels.regions import drop_small
from amena.engine.pixels.windows import around, each_strip
from amena.engine.types import Box, FloatImage, Mask

#: Pixels of parallax by which a layer may miss a pixel that it takes, the nearest layer's first.
#: What lies beside steep slopes is deferred from peel to peel, so the last peels tolerate more.
_TOLERANCES_PX = (0.3, 0.8, 6.0, 16.0)
#: Pixels by which the foreground is dilated before its envelope is taken.
_DILATION_PX = 1
#: The quantisation step of coarse membranes, in disparity.
_QUANTUM = 1 / 256
#: The standard deviation in pixels by which the membrane behind a layer is smoothed.
_MEMBRANE_SIGMA_PX = 3.0
#: Pixels that this looks around: OpenCV's kernel ends at four standard deviations.
_MEMBRANE_REACH_PX = 12
#: A background pixel that stands above its surroundings by this share of the step is mixed.
_MIXED_SHARE = 0.15
#: Pixels of parallax by which a layer may miss what lies behind it where it fades.
_APART_PX = 0.4
#: Pixels of parallax by which what is behind all layers may miss a pixel that no layer takes.
_LOST_PX = 2.0
#: The share of the picture that such pixels are before anything is done about them.
_LOST_SHARE = 2e-5
#: Fade above which a layer, and not what lies behind it, is what is seen.
_SEEN = 0.5
#: Disparity by which the background must lie below the photo's for its colour to be made up.
_HIDDEN_BELOW = 0.004
#: Pixels beyond the band and the parallax in which the background stays level.
_LEVEL_MARGIN_PX = 2
#: Half the width of a sliver, as a share of the long side, and by how many times that it may lie
#: beside a cut.
_SLIVER, _SLIVER_REACH = 0.0027, 3
#: Pixels to a cut that are told apart: more than any width that is measured from there.
_NEAR_PX = 64
#: Estimates know nothing that has fewer pixels than this times the square of a sliver's half width.
_SPECK = 12


def peel_layers(
    disparity: FloatImage,
    max_parallax_px: float,
    band: UnknownBand,
    step: int,
    found: Callable[[DepthLayer], None] | None = None,
) -> tuple[list[DepthLayer], FloatImage]:
    """Peel all layers off a picture, nearest first.

    Args:
        disparity: float32 H×W in [0, 1].
        max_parallax_px: pixels that disparity 0 and 1 shift against each other at most.
        band: how far to mistrust the pixels beside a cut.
        step: pixels between two vertices of a layer.
        found: called with every layer, nearest first, once nothing but `opaque` may change.

    Returns:
        The layers, and the disparity (float32 H×W) of what lies behind all of them.
    """
    layers: list[DepthLayer] = []
    covered = np.zeros(disparity.shape, np.bool_)
    peel = None
    for tolerance_px in _TOLERANCES_PX:
        cuts = find_cuts(disparity)
        # Only cuts that can be seen past the nearer layers open anything up.
        if not worth_a_layer(cuts.jump, cuts.foreground & ~covered, max_parallax_px):
            break
        if layers and found is not None:
            found(layers[-1])
        before = disparity
        peel = partial(peel_layer, before, cuts, max_parallax_px, band, step, tolerance_px)
        layer, disparity = peel()
        covered |= layer.foreground & (layer.fade > _SEEN)
        layers.append(layer)
    del cuts
    if peel is not None:
        # What the last peel left has no layer of its own: it stays where it is less far off.
        off = np.abs(limit_slope(disparity, max_parallax_px) - before)
        lost = layer.deferred & (
            off > np.maximum(_LOST_PX / max_parallax_px, layer.disparity - before)
        )
        # At 3840 pixels these take 400 MB, and what follows needs more.
        del before, off, layer
        if lost.sum() > _LOST_SHARE * lost.size:
            del layers[-1], disparity
            layer, disparity = peel(also=lost)
            layers.append(layer)
            del layer
        del lost
    del peel
    behind = _gentle(disparity, layers, max_parallax_px)
    if layers and found is not None:
        found(layers[-1])
    return _opaque_where_apart(layers, behind, _APART_PX / max_parallax_px), behind


def _gentle(disparity: FloatImage, layers: list[DepthLayer], max_parallax_px: float) -> FloatImage:
    """What lies behind all layers, nowhere too steep; what is seen of it gives way last."""
    covered = np.zeros(disparity.shape, np.bool_)
    for layer in layers:
        covered |= layer.foreground & layer.opaque
    return yielding(disparity, covered, max_parallax_px)


def _opaque_where_apart(
    layers: list[DepthLayer], behind: FloatImage, apart: float
) -> list[DepthLayer]:
    """Each layer, opaque wherever what lies behind it in the end is farther away than `apart`.

    Later peels and the limit of the slope still move what is behind a layer. Where it fades, both
    are seen at once: if they moved differently, textures would be seen twice.
    """
    agreeing = []
    for layer in reversed(layers):
        opaque = layer.hidden | layer.foreground & (np.abs(layer.disparity - behind) > apart)
        layer = replace(layer, opaque=opaque)
        behind = np.where(layer.foreground & (layer.fade > _SEEN), layer.disparity, behind)
        agreeing.append(layer)
    return agreeing[::-1]


def peel_layer(
    disparity: FloatImage,
    cuts: Cuts,
    max_parallax_px: float,
    band: UnknownBand | None = None,
    step: int = LARGEST_STEP,
    tolerance_px: float = _TOLERANCES_PX[0],
    also: Mask | None = None,
) -> tuple[DepthLayer, FloatImage]:
    """Peel off the nearest layer: the foreground side of all cuts below no nearer envelope.

    Args:
        disparity: float32 H×W.
        cuts: its cuts.
        max_parallax_px: pixels that disparity 0 and 1 shift against each other at most.
        band: how far to mistrust the pixels beside a cut.
        step: pixels between two vertices of the layer.
        tolerance_px: pixels of parallax by which the layer may miss a pixel that it takes.
        also: bool H×W, pixels that it takes however far it misses them.

    Returns:
        The layer, and the disparity (float32 H×W) of what lies behind it.
    """
    band = band or UnknownBand()
    slope, tolerance = MAX_SLOPE / max_parallax_px, tolerance_px / max_parallax_px
    layer, cuts = _classify(disparity, cuts, slope, tolerance, also, soft=band.soft)
    layer = replace(layer, disparity=_extended(layer, (step + 1) // 2))
    back, hidden, disoccluded, apron = _background(
        disparity, layer, cuts, max_parallax_px, band, OVERLAP_PX * slope + 2 * tolerance
    )
    return replace(layer, hidden=hidden, disoccluded=disoccluded, opaque=hidden | apron), back


def _classify(
    disparity: FloatImage,
    cuts: Cuts,
    slope: float,
    tolerance: float,
    also: Mask | None,
    *,
    soft: bool,
) -> tuple[DepthLayer, Cuts]:
    """Foreground, deferred and background pixels, the foreground's surface, and the cuts it has.

    A threshold surface t through the cuts sorts the pixels: where the disparity d > t a pixel is on
    the foreground side. It belongs to the layer if the envelope E of what is nearer passes through
    it, E(d) − d ≤ tolerance; else it is deferred. Slivers along a cut and specks go with the layer
    all the same: left behind they would pull the background towards it.
    """
    below_envelope = upper_envelope(disparity, slope) - disparity > tolerance
    own = cuts.without(below_envelope)
    above = disparity > push_pull(own.threshold, own.either, _QUANTUM)
    reach = max(_NEAR_PX, _SLIVER_REACH * _sliver(disparity) + 1)
    distance = distance_to(own.either, reach)
    foreground = above & ~below_envelope
    foreground |= _slivers(above & below_envelope, distance)
    surface = upper_envelope(_dilated_foreground(disparity, foreground, own.foreground), slope)
    # The envelope of the dilated foreground lies above a few pixels more.
    missed = foreground & (surface - disparity > tolerance)
    foreground &= ~missed | _slivers(missed, distance)
    if soft:
        deferred = above & ~foreground
        foreground |= deferred & ~drop_small(deferred, _SPECK * _sliver(disparity) ** 2)
    if also is not None:
        foreground |= also
    if soft or also is not None:
        # All that the layer takes brings its cuts along: colours keep away from them.
        own = cuts.without(below_envelope & ~foreground)
        distance = distance_to(own.either, reach)
    none = np.zeros_like(foreground)
    deferred = above & ~foreground
    return DepthLayer(foreground, deferred, ~above, distance, none, none, none, surface), own


def _extended(layer: DepthLayer, pixels: int) -> FloatImage:
    """The layer's surface, level for some pixels beyond its cuts.

    Alpha and a renderer's grid reach across the cut.
    """
    beyond = layer.background & (layer.distance < 2 * pixels)
    return np.where(beyond, _dilated(layer.disparity, pixels), layer.disparity)


def _background(
    disparity: FloatImage,
    layer: DepthLayer,
    cuts: Cuts,
    max_parallax_px: float,
    band: UnknownBand,
    level_step: float,
) -> tuple[FloatImage, Mask, Mask, Mask]:
    """Disparity behind a layer, where it had to be made up, where that can come into sight, and
    where the photo itself goes on beneath the layer.

    The background goes on level as far as the parallax can reach, then rises to the foreground's
    disparity. What is deferred stays, with the overlap that the layer shares with it; where the
    layer is higher by more than `level_step`, it would keep below its envelope for ever what is
    deferred, and goes; but where no cut parts the two, what is deferred goes on level beneath the
    layer with the photo's own colours, for as many pixels as they can move apart. Mixed depths in
    the background's band are brought down to it.
    """
    mixed_band = layer.background_band(band.background_px)
    pure = layer.background & ~mixed_band
    membrane = push_pull(disparity, pure, _QUANTUM)
    jumps = push_pull(cuts.jump, cuts.either, _QUANTUM)
    slope = np.float32(MAX_SLOPE / max_parallax_px)
    # Steps to the cut rather than its distance: on a slant the ramp is no steeper than a layer may.
    steps = cv2.distanceTransform((~cuts.either).astype(np.uint8), cv2.DIST_C, 3)
    # Neighbours that no cut parts are at most so many pixels of parallax apart.
    apron_px = math.ceil(CUT_JUMP * max_parallax_px) + OVERLAP_PX
    inside = layer.deferred & (layer.distance > apron_px)
    back = np.empty_like(disparity)
    hidden, disoccluded, apron = np.empty((3, *disparity.shape), np.bool_)
    reach = max(_MEMBRANE_REACH_PX, apron_px)

    def go_on(part: Box) -> None:
        outer, within = around(part, reach, disparity.shape)
        here, jump, foreground = disparity[part], jumps[part], layer.foreground[part]
        smooth = cv2.GaussianBlur(membrane[outer], (0, 0), _MEMBRANE_SIGMA_PX)[within]
        level_px = jump * max_parallax_px + max(band.foreground_px, BAND_PX) + _LEVEL_MARGIN_PX
        rising = smooth + slope * np.where(foreground, np.maximum(steps[part] - level_px, 0), 0)
        # −1 lies below every disparity: foreground far from anything deferred is free.
        deferred = np.where(layer.deferred[outer], disparity[outer], np.float32(-1))
        free = foreground & (here > _dilated(deferred, OVERLAP_PX)[within] + level_step)
        mixed = mixed_band[part] & (here - smooth > _MIXED_SHARE * jump)
        back[part] = np.where(free | mixed, np.minimum(here, rising), here)
        deferred = np.where(inside[outer], disparity[outer], np.float32(-1))
        level = _dilated(deferred, apron_px)[within]
        apron[part] = free & (level >= 0)
        np.copyto(back[part], np.minimum(here, level), where=apron[part])
        free &= ~apron[part]
        hidden[part] = free & (back[part] < here - _HIDDEN_BELOW)
        # The layer moves off what lies behind it by no more pixels than this, so where the
        # background rises it stays covered.
        disoccluded[part] = hidden[part] & (steps[part] <= level_px)

    each_strip(go_on, disparity.shape)
    return back, hidden, disoccluded, apron


def _dilated_foreground(disparity: FloatImage, foreground: Mask, at_cut: Mask) -> FloatImage:
    """Disparity with the foreground dilated beyond its cuts, so that its edge moves as one with it.

    The soft alpha of the edge reaches beyond the cut.
    """
    dilated = np.maximum(disparity, _dilated(np.where(at_cut, disparity, 0), _DILATION_PX))
    return np.where(foreground, disparity, dilated).astype(np.float32)


def _dilated(values: FloatImage, radius: int) -> FloatImage:
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    return np.asarray(cv2.dilate(values, kernel), np.float32)


def _slivers(mask: Mask, distance: FloatImage) -> Mask:
    """The narrow parts of the mask that lie beside a cut."""
    radius = _sliver(mask)
    size = 2 * radius + 1
    wide = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    return np.asarray(mask & (wide == 0) & (distance < _SLIVER_REACH * radius))


def _sliver(picture: NDArray[Any]) -> int:
    """Half the width in pixels that a sliver may have."""
    return max(1, round(_SLIVER * float(max(picture.shape))))
