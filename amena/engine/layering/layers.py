"""Cut a photo with disparity into soft layers, each one a smooth surface over the whole canvas.

First the disparity alone decides which pixels lie on which layer (`peeling`), then every layer gets
its colours. Where two layers both carry the photo's own colour and disparity, alpha may fade
without being seen, so a silhouette need not be a closed curve. The near layer's alpha at the cut is
a local matte (SLIDE's soft visibility, Jampani et al. 2021); the hidden background grows only from
the background side (Shih et al. 2020; Kopf et al. 2020).

Everything is made of distance transforms, pyramids and box filters, without any loop over pixels.
Neither half keeps two cores busy, so a layer is coloured while what lies behind it is peeled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import cv2
import numpy as np

from amena.engine.geometry.grid import grid_step
from amena.engine.layering.bleeding import without_bleeding
from amena.engine.layering.cuts import drop_specks
from amena.engine.layering.depth_layer import DepthLayer, UnknownBand
from amena.engine.layering.gaps import seen_in_gaps
from amena.engine.layering.margin import extend
from amena.engine.layering.marks import find_marks, own_colour
from amena.engine.layering.matte import BAND_PX, CRISP_BAND_PX, front_colour, unmix
from amena.engine.layering.peeling import peel_layers
from amena.engine.layering.strands import find_strands
from amena.engine.memory import Memory
from amena.engine.pixels.fill import COLOUR_QUANTUM, push_pull
from amena.engine.pixels.texture import add_texture
from amena.engine.types import (
    AS_IT_CAME,
    ByteImage,
    Disparity,
    FloatImage,
    Layer,
    LayeredDepthImage,
    Mask,
    Photo,
)

#: rgb, hole, known → rgb with the hole filled from known pixels alone.
Fill = Callable[[ByteImage, Mask, Mask], ByteImage]

#: Pixels beside a cut that fills do not look at, unless more are mixed.
_FILL_BAND_PX = 4.0
#: Gaps that are narrow for so many times that width around have nothing better to be filled from.
_GAP = 3
#: Pixels of a picture with which all is done one after the other, for the memory's sake.
_LARGE = 4_000_000
#: Pixels by which enlarging to twice the size spreads what is near, and the most that counts.
_SPREAD_PX, _MOST_ENLARGED = 1.5, 3.0
#: Long side of the pictures in which estimates are off by as much as the unknown band is wide, and
#: by how many times that of larger ones is wider at most.
_KNOWN_TO, _MOST_COARSE = 960, 2.0
#: Of the file's pixels, into which the chroma of a JPEG bleeds.
_CHROMA_PX = 4.0


def build_layers(
    photo: Photo,
    disparity: Disparity,
    amplitude: float,
    inpaint: Fill,
    margin: tuple[int, int],
    memory: Memory | None = None,
) -> LayeredDepthImage:
    """Split the photo into up to five soft layers.

    Args:
        photo: the photo.
        disparity: sharpened disparity of the photo's size.
        amplitude: the largest motion the layers must bear, as a share of the long side.
        inpaint: fills hidden colour.
        margin: (x, y) pixels by which the canvas extends beyond the photo on each side.
        memory: of an earlier build: if its pixels were classified as these are, its colours are
            these layers' colours.
    """
    mx, my = margin
    rgb, values = extend(photo.rgb, disparity.values, margin)
    band = _unknown_band(photo, soft=disparity.soft)
    step = grid_step(photo.size)
    max_parallax_px = amplitude * max(photo.size)
    memory = Memory() if memory is None else memory
    colours = _Colours(rgb, band, inpaint)
    found: SimpleQueue[DepthLayer | None] = SimpleQueue()

    canvas, depths = values.shape, [drop_specks(values)]
    del values

    def peel() -> tuple[list[DepthLayer], FloatImage]:
        try:
            # Nobody else keeps them: while colours are made they are in nobody's way.
            return peel_layers(depths.pop(), max_parallax_px, band, step, found.put)
        finally:
            found.put(None)

    with ThreadPoolExecutor(1, thread_name_prefix="peeling") as beside:
        peeling = beside.submit(peel)
        if math.prod(canvas) > _LARGE:
            peeling.result()
        # Colours that may be remembered wait for the digest, which all layers make together.
        for layer in iter(found.get, None) if memory.blank else ():
            colours.add(layer)
        peeled, behind = peeling.result()
    digest = _colour_digest(memory, rgb, peeled, band)
    if digest in memory:
        memory.recall_all()
    else:
        memory.store(digest, colours.of(peeled))
    coloured = memory.recall(digest)
    hidden = np.ones(canvas, np.bool_)
    hidden[my : my + photo.size[1], mx : mx + photo.size[0]] = False
    for layer in peeled:
        hidden |= layer.hidden
    depths = [behind, *(layer.disparity for layer in reversed(peeled))]
    layers = [
        Layer(colour, alpha, depth) for (colour, alpha), depth in zip(coloured, depths, strict=True)
    ]
    return LayeredDepthImage(tuple(layers), margin, photo.size, hidden, digest)


def _unknown_band(photo: Photo, *, soft: bool) -> UnknownBand:
    """How far to mistrust the pixels beside a cut.

    Estimates know the scene no better in a larger picture: their silhouettes are off by as large a
    share of it. Where a photo was enlarged, more of the foreground has been spread over the
    background.
    """
    if not soft:
        return UnknownBand(CRISP_BAND_PX, CRISP_BAND_PX)
    enlarged = min(photo.enlarged, _MOST_ENLARGED)
    chroma_px = _CHROMA_PX * enlarged if enlarged > AS_IT_CAME else 0
    band_px = BAND_PX * float(np.clip(max(photo.size) / _KNOWN_TO, 1, _MOST_COARSE))
    return UnknownBand(band_px, band_px + _SPREAD_PX * (enlarged - 1), chroma_px)


def _colour_digest(
    memory: Memory, rgb: ByteImage, peeled: Sequence[DepthLayer], band: UnknownBand
) -> bytes:
    """The digest of all that the colours depend on."""
    masks = [
        np.packbits(
            np.stack(
                (
                    *(layer.foreground, layer.deferred, layer.distance == 0),
                    *(layer.hidden, layer.disoccluded, layer.opaque),
                )
            )
        )
        for layer in peeled
    ]
    return memory.digest(repr((rgb.shape, band)).encode(), rgb, *masks)


class _Colours:
    """The colours of all layers, nearest first, in the order in which they are found."""

    def __init__(self, rgb: ByteImage, band: UnknownBand, inpaint: Fill) -> None:
        self._behind, self._band, self._inpaint = rgb, band, inpaint
        self._made: list[tuple[ByteImage, FloatImage]] = []

    def add(self, layer: DepthLayer) -> None:
        """Colour the next layer. Where it has to be opaque may still change."""
        front, matte, self._behind = colour_layer(self._behind, layer, self._band, self._inpaint)
        self._made.append((front, matte))

    def of(self, layers: Sequence[DepthLayer]) -> list[tuple[ByteImage, ByteImage]]:
        """Colour (uint8 H×W×3) and alpha (uint8 H×W) of every layer, farthest first."""
        for layer in layers[len(self._made) :]:
            self.add(layer)
        coloured = [
            (front, _faded(layer, matte))
            for layer, (front, matte) in zip(layers, self._made, strict=True)
        ]
        back = self._behind
        return [(back, np.full(back.shape[:2], 255, np.uint8)), *reversed(coloured)]


def _faded(layer: DepthLayer, matte: FloatImage) -> ByteImage:
    """A layer's alpha: that of its cuts, fading where it and what lies behind are alike."""
    alpha = np.where(layer.foreground, np.minimum(layer.fade, matte), matte)
    return (alpha * 255 + 0.5).astype(np.uint8)


def colour_layer(
    rgb: ByteImage, layer: DepthLayer, band: UnknownBand, inpaint: Fill
) -> tuple[ByteImage, FloatImage, ByteImage]:
    """The colours of the nearest layer and of what lies behind it.

    Args:
        rgb: uint8 H×W×3.
        layer: how the picture's pixels are classified.
        band: how far to mistrust those beside a cut.
        inpaint: fills hidden colour.

    Returns:
        The layer's colour (uint8 H×W×3), its alpha as far as its cuts decide it (float32 H×W in
        [0, 1]), the colour behind it (uint8 H×W×3).
    """
    inner, outer = layer.inner, layer.outer
    sides = layer.foreground, layer.background, inner, outer
    if band.chroma_px:
        rgb = without_bleeding(rgb, *sides, band.chroma_px, band.background_px)
    # Fills copy what they see: they keep farther away than what the photo itself may keep.
    fill_width = max(band.background_px * _FILL_BAND_PX / BAND_PX, _FILL_BAND_PX)
    # Corners between two silhouettes and notches are narrow too, but not far from what is not: all
    # that they have may be mixed, and would be a line on the background and a cloud in the fill,
    # unless it has the background's own colours.
    look_px = _GAP * fill_width if band.soft else 0
    mixed_band, fill_band = (
        layer.background_band(width, look_px) for width in (band.background_px, fill_width)
    )
    strands, marks = np.zeros((2, *layer.background.shape), np.bool_)
    if band.soft:
        narrow = fill_band & ~layer.background_band(fill_width)
        sure_near = layer.foreground & (inner >= band.foreground_px)
        gaps = seen_in_gaps(rgb, narrow, sure_near, layer.background & ~fill_band)
        mixed_band &= ~gaps
        fill_band &= ~gaps
        times = band.foreground_px / BAND_PX
        found = find_marks(rgb, layer.background, outer, band.background_px, times)
        marks = _grown(found, 1) & layer.background
        if band.chroma_px:
            found |= find_strands(rgb, *sides, band.foreground_px, band.background_px)
        strands = _grown(found, 1) & layer.background
        mixed_band |= strands
        fill_band |= _grown(found, 2) & layer.background
    hole, known = layer.disoccluded | fill_band, layer.background & ~fill_band
    with ThreadPoolExecutor(1, thread_name_prefix="front") as beside:
        coming = beside.submit(front_colour, rgb, *sides, band.foreground_px)
        if rgb[..., 0].size > _LARGE:
            coming.result()
        back = _covered(inpaint(rgb, hole, known), layer.hidden & ~hole, hole | known)
    front = coming.result()
    kept = fill_band & ~mixed_band
    back = np.where(kept[..., None], rgb, back)
    front[marks] = own_colour(rgb[marks], front[marks], back[marks])

    # The cut runs between pixels, half a pixel from those beside it.
    signed = np.where(layer.background, -outer - 0.5, layer.distance + 0.5).astype(np.float32)
    # A strand's pixels count as if they were close to the cut.
    signed = np.where(strands, np.maximum(signed, np.float32(-band.background_px / 2)), signed)
    unknown = (signed < band.foreground_px) & (signed > -band.background_px) & ~layer.deferred
    alpha_band = layer.background & (outer < 2 * max(band.background_px, BAND_PX)) | strands
    del inner, outer, sides, mixed_band, fill_band, strands  # 250 MB at 3840 pixels
    matte, front, back = unmix(rgb, front, back, signed, unknown, band.background_px)
    del signed, unknown
    matte *= layer.foreground | alpha_band
    # The matte is told apart by tones: texture comes after it.
    return front, matte, add_texture(back, hole & ~kept, known)


def _grown(mask: Mask, pixels: int) -> Mask:
    kernel = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
    return np.asarray(cv2.dilate(mask.view(np.uint8), kernel) > 0)


def _covered(rgb: ByteImage, covered: Mask, known: Mask) -> ByteImage:
    """What stays covered needs no more than a tone that continues what may be seen beside it.

    Blurs, reduced pictures and programs with cameras of their own look there all the same.
    """
    if not covered.any() or not known.any():
        return rgb
    smooth = push_pull(rgb, known, COLOUR_QUANTUM, covered)
    out = rgb.copy()
    out[covered] = np.clip(smooth[covered] + 0.5, 0, 255)
    return out
