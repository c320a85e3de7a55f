"""3D Gaussian splats of a scene (Kerbl et al. 2023).

Every layer becomes flat Gaussians, as large as the pixels that they stand for and tilted along the
surface. Even parts take one Gaussian for a block of pixels, found by a quadtree, so that the file
stays small where there is nothing to see.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.geometry.camera import true_inverse_depth
from amena.engine.types import FloatImage, Layer, LayeredDepthImage, Mask

#: True distances of disparity 1 and 0, where they are known.
Metres = tuple[float, float] | None

#: Long side of a photo above which it is reduced: there would be no Gaussians for more pixels.
_LONGEST: Final = 1920
#: Sides of blocks in pixels, largest first.
_BLOCKS: Final = (16, 8, 4, 2, 1)
#: Difference of colour (of 255) within a block that is first taken for even, and its growth while
#: there are too many Gaussians.
_EVEN, _COARSER = 2.0, 1.5
#: Difference of disparity within a block, as a share of the whole depth, that one plane bears.
_LEVEL: Final = 0.02
#: Standard deviation of a Gaussian in block sides, and how thick it is against that.
_WIDTH, _THICKNESS = 0.6, 0.05
#: Steepest slope at which a surface is followed; beyond it splats would be needles.
_STEEPEST: Final = 4.0
#: Of a layer, alpha below this share shows nothing.
_UNSEEN: Final = 6


@dataclass(frozen=True)
class Splats:
    """Gaussians of a scene, x right, y down, z forward, the photo's camera at the origin.

    Attributes:
        positions: float32 N×3.
        colours: float32 N×3 in [0, 1], sRGB.
        alphas: float32 N in (0, 1), the opacity in the middle.
        scales: float32 N×3, standard deviations: across, down, through the surface.
        rotations: float32 N×4, unit quaternions w, x, y, z that turn these axes.
    """

    positions: FloatImage
    colours: FloatImage
    alphas: FloatImage
    scales: FloatImage
    rotations: FloatImage

    def __len__(self) -> int:
        return len(self.positions)


def build_splats(image: LayeredDepthImage, most: int, metres: Metres = None) -> Splats:
    """The scene as at most `most` Gaussians: blocks grow until there are no more."""
    even = _EVEN
    layers = [_Layer.of(image, index, metres) for index in range(len(image.layers))]
    while True:
        blocks = [layer.blocks(even) for layer in layers]
        if sum(len(each[0]) for each in blocks) <= most:
            break
        even *= _COARSER
    made = [layer.splats(*each) for layer, each in zip(layers, blocks, strict=True)]
    return Splats(*(np.concatenate(each) for each in zip(*made, strict=True)))


@dataclass(frozen=True)
class _Layer:
    """A layer, padded to whole blocks of the largest size.

    Attributes:
        rgb: float32 H×W×3.
        alpha: float32 H×W in [0, 1].
        disparity: float32 H×W.
        origin: (x, y) of the photo's centre in its pixels.
        unit: pixels of the photo's long side.
        metres: true distances of disparity 1 and 0, where they are known.
    """

    rgb: FloatImage
    alpha: FloatImage
    disparity: FloatImage
    origin: tuple[float, float]
    unit: float
    metres: Metres

    @classmethod
    def of(cls, image: LayeredDepthImage, index: int, metres: Metres) -> _Layer:
        layer = _reduced(image.layers[index], min(1.0, _LONGEST / max(image.photo_size)))
        height, width = layer.alpha.shape
        scale = width / image.layers[index].alpha.shape[1]
        largest = _BLOCKS[0]
        pad = ((0, -height % largest), (0, -width % largest))
        alpha = np.pad(layer.alpha, pad).astype(np.float32) / 255
        alpha[alpha < _UNSEEN / 255] = 0
        origin = [scale * (image.margin[at] + image.photo_size[at] / 2) for at in (0, 1)]
        return cls(
            np.pad(layer.rgb, (*pad, (0, 0)), mode="edge").astype(np.float32),
            np.asarray(alpha, np.float32),
            np.pad(layer.disparity, pad, mode="edge"),
            (origin[0], origin[1]),
            scale * max(image.photo_size),
            metres,
        )

    def blocks(self, even: float) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """Row, column (of the first pixel) and side of each block that is even, or one pixel."""
        found = []
        left: Mask = np.ones((self.alpha.shape[0] // 16, self.alpha.shape[1] // 16), np.bool_)
        for side in _BLOCKS:
            seen = self._seen[side]
            take = left & seen
            if side > 1:
                colour, level = self._spreads[side]
                take &= (colour <= even) & (level <= _LEVEL * even / _EVEN)
            rows, cols = np.nonzero(take)
            found.append((rows * side, cols * side, np.full(len(rows), side)))
            left &= seen & ~take
            if side > 1:
                left = left.repeat(2, axis=0).repeat(2, axis=1)
        starts = np.concatenate([np.stack(each, axis=1) for each in found]).astype(np.int32)
        return starts[:, 0], starts[:, 1], starts[:, 2]

    @cached_property
    def _seen(self) -> dict[int, Mask]:
        """Side → which blocks show anything."""
        plane, found = self.alpha, {1: self.alpha > 0}
        for side in sorted(_BLOCKS)[1:]:
            plane = _halved(plane, np.maximum)
            found[side] = plane > 0
        return found

    @cached_property
    def _spreads(self) -> dict[int, tuple[FloatImage, FloatImage]]:
        """Side → how far colour and alpha (of 255), and disparity, differ within each block."""
        planes = [*cv2.split(self.rgb), self.alpha * 255, self.disparity]
        ends = [(plane, plane) for plane in planes]
        found = {}
        for side in sorted(_BLOCKS)[1:]:
            ends = [(_halved(low, np.minimum), _halved(high, np.maximum)) for low, high in ends]
            *colours, level = (high - low for low, high in ends)
            found[side] = np.maximum.reduce(colours), level
        return found

    def splats(
        self, rows: NDArray[np.int32], cols: NDArray[np.int32], sides: NDArray[np.int32]
    ) -> tuple[FloatImage, ...]:
        """The attributes of `Splats` for these blocks."""
        y, x = rows + sides / 2 - 0.5, cols + sides / 2 - 0.5
        middle = (
            np.clip(np.round(y), 0, None).astype(int),
            np.clip(np.round(x), 0, None).astype(int),
        )
        q = true_inverse_depth(_sampled(self.disparity, x, y), self.metres)
        u = ((x + 0.5 - self.origin[0]) / self.unit).astype(np.float32)
        v = ((y + 0.5 - self.origin[1]) / self.unit).astype(np.float32)
        depth = 1 / q
        positions = np.stack([u * depth, v * depth, depth], axis=1)
        slope_x, slope_y = self._slopes(x, y)
        # A surface that turns its back to the camera cannot be seen; it is followed no further.
        turned = np.abs(u * slope_x) + np.abs(v * slope_y)
        slope_x, slope_y = (each / np.maximum(1, 2 * turned) for each in (slope_x, slope_y))
        sigma = (_WIDTH * sides / self.unit * depth).astype(np.float32)
        # How (u, v, 1) · depth moves with a step of a pixel to the right and down, in pixels there.
        along = np.stack([1 + u * slope_x, v * slope_x, slope_x], axis=1)
        down = np.stack([u * slope_y, 1 + v * slope_y, slope_y], axis=1)
        normal = np.cross(along, down)
        length = np.linalg.norm(along, axis=1)
        axis_x = along / length[:, None]
        axis_z = normal / np.linalg.norm(normal, axis=1)[:, None]
        axis_y = np.cross(axis_z, axis_x)
        height = np.abs((down * axis_y).sum(axis=1))
        scales = np.stack([sigma * length, sigma * height, sigma * _THICKNESS], axis=1)
        colours = np.stack([_sampled(plane, x, y) for plane in cv2.split(self.rgb)], axis=1) / 255
        alphas = _opacity(self.alpha[middle])
        frame = np.stack([axis_x, axis_y, axis_z], axis=2)
        return (
            positions.astype(np.float32),
            colours.astype(np.float32),
            alphas,
            scales.astype(np.float32),
            _quaternions(frame),
        )

    def _slopes(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[FloatImage, FloatImage]:
        """How depth grows with a step to the right and down, in steps at that depth."""
        depth = 1 / true_inverse_depth(cv2.blur(self.disparity, (5, 5)), self.metres)
        slopes = []
        for axis in (1, 0):
            grown = np.asarray(np.gradient(depth, axis=axis) * self.unit / depth, np.float32)
            slopes.append(np.clip(_sampled(grown, x, y), -_STEEPEST, _STEEPEST))
        return slopes[0], slopes[1]


def _reduced(layer: Layer, scale: float) -> Layer:
    if scale == 1:
        return layer
    planes = (layer.rgb, layer.alpha, layer.disparity)
    return Layer(
        *(
            cv2.resize(each, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            for each in planes
        )
    )


def _halved(plane: FloatImage, how: np.ufunc) -> FloatImage:
    """The largest or smallest value in each block of 2×2."""
    rows = how(plane[::2], plane[1::2])
    return np.asarray(how(rows[:, ::2], rows[:, 1::2]))


def _sampled(plane: FloatImage, x: NDArray[np.float64], y: NDArray[np.float64]) -> FloatImage:
    """The plane at places between pixels, float32 N."""
    # OpenCV takes maps of 32,767 rows at most.
    count = len(x)
    if not count:
        return np.zeros(0, np.float32)
    rows = -(-count // 1024)
    map_x, map_y = (np.resize(each.astype(np.float32), (rows, 1024)) for each in (x, y))
    drawn = cv2.remap(
        np.ascontiguousarray(plane, np.float32),
        map_x,
        map_y,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(drawn.reshape(-1)[:count])


def _opacity(alpha: FloatImage) -> FloatImage:
    """The opacity of Gaussians that overlap, so that together they cover a share of `alpha`.

    At a pixel's middle its own Gaussian counts whole, each of the four beside it by e^(−1/2σ²), and
    those across by its square: what is left of the light is the product of what each lets through.
    """
    beside = float(np.exp(-0.5 / _WIDTH**2))
    opacity = np.linspace(0, 0.995, 512)
    through = (1 - opacity) * (1 - opacity * beside) ** 4 * (1 - opacity * beside**2) ** 4
    found = np.interp(alpha, 1 - through, opacity)
    return np.clip(found, 1 / 255, 0.995).astype(np.float32)


def _quaternions(frames: NDArray[np.floating]) -> FloatImage:
    """Rotations, N×3×3 with axes as columns, as unit quaternions w, x, y, z.

    The surface faces the camera, so the rotation is by less than half a turn and w is not small.
    """
    trace = frames[:, 0, 0] + frames[:, 1, 1] + frames[:, 2, 2]
    w = np.sqrt(np.maximum(1 + trace, 1e-6)) / 2
    x = (frames[:, 2, 1] - frames[:, 1, 2]) / (4 * w)
    y = (frames[:, 0, 2] - frames[:, 2, 0]) / (4 * w)
    z = (frames[:, 1, 0] - frames[:, 0, 1]) / (4 * w)
    found = np.stack([w, x, y, z], axis=1)
    return np.asarray(found / np.linalg.norm(found, axis=1)[:, None], np.float32)
