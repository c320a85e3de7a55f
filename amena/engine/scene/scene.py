"""A scene: all that later renders and edits of the same photo need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.colour_space import converted
from amena.engine.memory import Memory
from amena.engine.pixels.fill import push_pull
from amena.engine.pixels.windows import each_strip
from amena.engine.types import (
    SRGB,
    Box,
    ByteImage,
    ColourSpace,
    Disparity,
    FloatImage,
    Layer,
    LayeredDepthImage,
    Mask,
)

#: Highest levels of the two kinds of disparity. For a layer, 12 bits are a hundredth of a pixel of
#: parallax in a photo of 960 pixels; more would be noise that does not compress.
PHOTO_LEVELS: Final = 65535
LAYER_LEVELS: Final = 4095
#: Canvas pixels around a near layer's alpha whose colour and disparity may still matter.
_RIM: Final = 8
#: What coarse levels of the disparity that nobody sees are rounded to.
_QUANTUM: Final = 1 / 64


@dataclass(frozen=True)
class Sources:
    """What a scene was made from, so that its depth can be edited.

    Attributes:
        rgb: uint8 H×W×3, the photo at working size.
        estimate: float32 H×W in [0, 1], the disparity before it was sharpened, of 16 bits; None
            where it was not sharpened, but taken as it came.
        tiles: what the inpainting network said of each tile, int8 TILE×TILE×3, by digest.
    """

    rgb: ByteImage
    estimate: FloatImage | None
    tiles: Mapping[bytes, NDArray[np.int8]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """What renders and edits need.

    Attributes:
        layers: the layered depth image.
        disparity: the sharpened disparity of the photo, in [0, 1].
        amplitude: the largest amplitude that the layers were built for.
        budget: the largest amplitude that `auto` takes; a motion may ask for less.
        focus: the disparity that `auto` focuses on.
        original_size: (width, height) of the picture in the uploaded file.
        sources: what the layers were made from; None in a scene of an older format.
        ignored: what was passed over in the uploaded file, as `Photo.ignored` has it.
        colour_space: of layers and sources.
    """

    layers: LayeredDepthImage
    disparity: Disparity
    amplitude: float
    budget: float
    focus: float
    original_size: tuple[int, int]
    sources: Sources | None = None
    ignored: tuple[str, ...] = ()
    colour_space: ColourSpace = SRGB

    def memory(self) -> Memory:
        """What a build of the same photo with another depth need not make again."""
        results: dict[bytes, Any] = dict(self.sources.tiles) if self.sources else {}
        # A scene of an older version does not tell what its colours were made from.
        if self.layers.colour_digest:
            colours = [(layer.rgb, layer.alpha) for layer in self.layers.layers]
            results[self.layers.colour_digest] = colours
        return Memory(results, amplitude=self.amplitude)

    def in_srgb(self) -> Scene:
        """The scene for whatever cannot say that its colours are others; most are so themselves.

        What lies beyond sRGB comes out as its border. Made once, from the layers: frames that are
        drawn of it need no conversion of their own.
        """
        return self if self.colour_space == SRGB else self._in_srgb

    @cached_property
    def _in_srgb(self) -> Scene:
        def narrowed(rgb: ByteImage) -> ByteImage:
            return converted(rgb, self.colour_space, SRGB)

        layers = tuple(replace(each, rgb=narrowed(each.rgb)) for each in self.layers.layers)
        sources = self.sources and replace(self.sources, rgb=narrowed(self.sources.rgb))
        image = replace(self.layers, layers=layers)
        return replace(self, layers=image, sources=sources, colour_space=SRGB)

    def quantised(self) -> Scene:
        """The scene as it will be after saving and loading."""
        back, *near = self.layers.layers
        layers = (
            replace(back, disparity=rounded(back.disparity, LAYER_LEVELS)),
            *map(_tidied, near),
        )
        values = rounded(self.disparity.values, PHOTO_LEVELS)
        return replace(
            self,
            layers=replace(self.layers, layers=layers),
            disparity=replace(self.disparity, values=values),
        )


def rest_view(image: LayeredDepthImage) -> ByteImage:
    """The scene from the photo's own camera, uint8 H×W×3: the layers composed without parallax."""
    (mx, my), (width, height) = image.margin, image.photo_size
    window = slice(my, my + height), slice(mx, mx + width)
    picture = image.layers[0].rgb[window].copy()

    def compose(part: Box) -> None:
        mixed: FloatImage | None = None
        for layer in image.layers[1:]:
            alpha = layer.alpha[window][part]
            left, _, across, _ = cv2.boundingRect(alpha)
            if not across:
                continue
            if mixed is None:
                mixed = picture[part].astype(np.float32)
            seen = np.s_[:, left : left + across]
            below, weight = mixed[seen], alpha[seen].astype(np.float32)[..., None] / 255
            below += (layer.rgb[window][part][seen] - below) * weight
        if mixed is not None:
            picture[part] = mixed + 0.5

    each_strip(compose, picture.shape)
    return np.asarray(picture, np.uint8)


def _tidied(layer: Layer) -> Layer:
    """A near layer without what nobody sees: black far from its alpha, and smooth disparity."""
    seen = seen_part(layer.alpha)
    box = bounding_box(seen)
    disparity = np.zeros_like(layer.disparity)
    if seen.any():
        disparity[box] = push_pull(layer.disparity, seen, _QUANTUM)[box]
    rgb = layer.rgb * seen[..., None]
    return spread(rgb[box], layer.alpha[box], rounded(disparity, LAYER_LEVELS)[box], box, seen)


def seen_part(alpha: ByteImage) -> Mask:
    """The canvas pixels, bool H×W, whose colour or disparity may matter to a near layer."""
    size = 2 * _RIM + 1
    visible = (alpha > 0).astype(np.uint8)
    return np.asarray(cv2.dilate(visible, np.ones((size, size), np.uint8)) > 0)


def bounding_box(seen: Mask) -> Box:
    """The smallest part that holds all of `seen`; one pixel where there is nothing."""
    x, y, width, height = cv2.boundingRect(seen.astype(np.uint8))
    return slice(y, y + max(height, 1)), slice(x, x + max(width, 1))


def spread(
    rgb: ByteImage, alpha: ByteImage, disparity: FloatImage, box: Box, canvas: NDArray[Any]
) -> Layer:
    """A layer of the whole canvas from the part in `box`: black, transparent, level beyond it.

    `canvas` is any array of the canvas' size.
    """
    around = [(part.start, side - part.stop) for part, side in zip(box, canvas.shape, strict=False)]
    return Layer(
        np.pad(rgb, [*around, (0, 0)]),
        np.pad(alpha, around),
        np.pad(disparity, around, mode="edge"),
    )


def to_levels(values: FloatImage, highest: int) -> NDArray[np.uint16]:
    """Values in [0, 1] as whole levels, 0 to `highest`.

    >>> to_levels(np.float32([0, 0.5, 1]), 4095).tolist()
    [0, 2048, 4095]
    """
    return (np.clip(values, 0, 1) * np.float32(highest) + 0.5).astype(np.uint16)


def from_levels(levels: NDArray[np.uint16], highest: int) -> FloatImage:
    """What `to_levels` made, as values in [0, 1] again."""
    return levels.astype(np.float32) / np.float32(highest)


def rounded(values: FloatImage, highest: int) -> FloatImage:
    """Values in [0, 1] as they will be after saving and loading."""
    return from_levels(to_levels(values, highest), highest)
