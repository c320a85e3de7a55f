"""The data that flows through the engine. Shapes are rows × columns (H×W); x runs right, y down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

FloatImage = NDArray[np.float32]
ByteImage = NDArray[np.uint8]
Mask = NDArray[np.bool_]
#: What the three bytes of a pixel mean.
ColourSpace = Literal["srgb", "display-p3"]
SRGB: Final = "srgb"
DISPLAY_P3: Final = "display-p3"
#: A part of a picture: rows and columns.
Box = tuple[slice, slice]

#: Pixels along a side of a tile of the inpainting network, and bytes that name a tile.
TILE, DIGEST_SIZE = 128, 16

#: Sources of a disparity that a camera or a person has made: the file's own map, both eyes of a
#: stereo photo, a map that was sent.
GIVEN: Final = ("embedded", "stereo", "uploaded")


@dataclass(frozen=True)
class Disparity:
    """Relative inverse depth of every pixel.

    Attributes:
        values: float32 H×W in [0, 1]; 0 = farthest, 1 = nearest; linear in 1/z.
        source: what it comes from: `embedded`, `stereo`, `uploaded`, or the estimator's `source`.
        soft: silhouettes may lie some pixels beside the photo's, as in estimates; False where they
            are exact steps.
        edited: touched up by hand since.
        sharpened: its silhouettes have been moved onto the photo's, or looked at and left.
        metres: true distances along the optical axis of disparity 1 and 0; None where no more than
            their order is known.
        black: what the darkest value of a map's file stands for, 0 = farthest or 1 = nearest.
            Cameras write it also where they could not measure.
    """

    values: FloatImage
    source: str
    soft: bool = True
    edited: bool = False
    sharpened: bool = False
    metres: tuple[float, float] | None = None
    black: float = 0.0

    @property
    def estimated(self) -> bool:
        """Whether a network or a rule made it up, rather than a camera or a person."""
        return self.source not in GIVEN


@dataclass(frozen=True)
class SecondEye:
    """The other view of a stereo photo.

    Attributes:
        rgb: uint8 H×W×3, of the photo's size and colour space.
        turn: quarter turns counter-clockwise of both views after which the photo is the left
            eye's: 0 as it is, 2 where it is the right eye's, 1 and 3 where one view was taken
            above the other.
    """

    rgb: ByteImage
    turn: int = 0


#: A photo of at most so many times its file's pixels along a side still has its own detail.
AS_IT_CAME = 1.1


@dataclass(frozen=True)
class Photo:
    """A decoded photo, ready to work on.

    Attributes:
        rgb: uint8 H×W×3, EXIF orientation applied, alpha flattened; H and W are even.
        original_size: (width, height) of the file's picture after orientation, before resizing.
        format: the file's format by content, a key of `photo.kinds.KINDS`.
        embedded: the depth that the file itself carried, at `rgb`'s size; None where it had none.
        second_eye: the other view, of a stereo photo.
        matte: float32 H×W, 1 = subject, where the file tells its silhouette.
        ignored: metadata that was passed over, since it is damaged or huge; `animation`,
            `pages` (of a TIFF) and `projection` (of a 360° photo): such a photo is taken as one
            flat picture; `depth_holes`: what a map had for depth where nothing was measured;
            `depth_levels`: the stairs of a map of few levels; `depth_swapped` and
            `depth_opposite`: which end of a map is near.
        colour_space: of `rgb`. Depth, layers and inpainting take the values as they are: both
            spaces have one white and one curve, and networks are no judges of a few levels.
    """

    rgb: ByteImage
    original_size: tuple[int, int]
    format: str
    embedded: Disparity | None = None
    second_eye: SecondEye | None = None
    ignored: tuple[str, ...] = ()
    matte: FloatImage | None = None
    colour_space: ColourSpace = SRGB

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of `rgb`."""
        return self.rgb.shape[1], self.rgb.shape[0]

    @property
    def enlarged(self) -> float:
        """By how much its sides have grown since it was taken, 1 where they have not."""
        return max(1.0, max(self.size) / max(self.original_size))


@dataclass(frozen=True)
class Layer:
    """One soft layer of a layered depth image, on the whole canvas.

    The disparity is smooth and defined everywhere, also where the layer is transparent, so that
    every renderer may treat the layer as one unbroken surface.

    Attributes:
        rgb: uint8 Hc×Wc×3, colour, extended beyond the layer's own edge (no bleeding of others).
        alpha: uint8 Hc×Wc, 255 = opaque. The farthest layer is opaque everywhere.
        disparity: float32 Hc×Wc in [0, 1].
    """

    rgb: ByteImage
    alpha: ByteImage
    disparity: FloatImage


@dataclass(frozen=True)
class LayeredDepthImage:
    """Layers from far to near on a canvas that is larger than the photo by a margin on all sides.

    Attributes:
        layers: one to five layers, farthest first, and the border of a photo that has one;
            painted in this order.
        margin: (x, y) pixels by which the canvas extends beyond the photo on each side.
        photo_size: (width, height) of the photo's part of the canvas.
        disoccluded: bool Hc×Wc, canvas pixels whose background was made up by inpainting.
        colour_digest: content hash of all that the layers' colours were made from; empty if that is
            not known.
    """

    layers: tuple[Layer, ...]
    margin: tuple[int, int]
    photo_size: tuple[int, int]
    disoccluded: Mask
    colour_digest: bytes = b""
