"""The scene as OpenEXR, for compositors: distances of 32 bits, and the layers, in linear light."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from amena.engine.colour_space import CHROMATICITIES, to_xyz
from amena.engine.geometry.camera import true_inverse_depth
from amena.engine.scene.scene import Scene, rest_view
from amena.engine.types import SRGB, FloatImage, Layer

#: Level of sRGB (IEC 61966-2-1) → light, 0 to 1.
_LINEAR: Final = np.where(
    np.arange(256) <= 0.04045 * 255,
    np.arange(256) / (255 * 12.92),
    ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4,
).astype(np.float32)
#: Rows that are converted at a time: whole blocks of the compression, which are of 16.
_BAND: Final = 64


def write_exr(scene: Scene, path: Path) -> None:
    """Write photo, distances and layers as one OpenEXR file of many channels.

    R, G, B, A and Z are the photo; `layer0.R` and so on the layers, the farthest first. They reach
    beyond the frame (the data window beyond the display window) by the margin, where the photo's A
    is 0. Colours are linear light with the primaries of BT.709, multiplied by A, as half floats;
    what lies beyond them, in a photo in Display P3, has channels below 0 or above 1. Z
    is a float of 32 bits: the distance along the optical axis, in metres where it is known
    (`scene.disparity.metres`), else in units in which the scene lies between 1 and 5. Camera: a
    pinhole at the origin; the standard attributes `screenWindowCenter` and `screenWindowWidth` tell
    what it sees at distance 1.

    All this is one part: few programs read files of more.

    Args:
        scene: what is written.
        path: file to write, replaced if it exists.
    """
    import Imath  # comes with OpenEXR
    import OpenEXR  # no other output needs it

    image, metres = scene.layers, scene.disparity.metres
    (left, top), (width, height) = image.margin, image.photo_size
    canvas_height, canvas_width = image.layers[0].alpha.shape
    header = OpenEXR.Header(width, height)
    header["dataWindow"] = Imath.Box2i(
        Imath.V2i(-left, -top), Imath.V2i(canvas_width - left - 1, canvas_height - top - 1)
    )
    header["compression"] = Imath.Compression(Imath.Compression.ZIP_COMPRESSION)
    header["screenWindowWidth"] = width / max(width, height)
    unit = "metres" if metres else "units of no known length, nearest 1, farthest 5"
    header["comments"] = (
        f"Z: distance along the optical axis, in {unit}. Pinhole camera at the origin, focal "
        f"length {max(width, height)} pixels, principal point in the middle of the display window. "
        "Layers: farthest first, alpha premultiplied, linear light."
    ).encode()
    sizes = {"Z": Imath.PixelType.FLOAT}
    to_bt709 = None
    if scene.colour_space != SRGB:
        to_bt709 = np.linalg.solve(
            *(to_xyz(CHROMATICITIES[each]) for each in (SRGB, scene.colour_space))
        ).astype(np.float32)
    pictures = {"": _photo(scene)}
    pictures |= {f"layer{index}.": layer for index, layer in enumerate(image.layers)}
    header["channels"] = {
        prefix + name: Imath.Channel(Imath.PixelType(sizes.get(name, Imath.PixelType.HALF)))
        for prefix in pictures
        for name in "RGBAZ"
    }
    file = OpenEXR.OutputFile(str(path), header)
    try:
        for start in range(0, canvas_height, _BAND):
            rows = slice(start, min(start + _BAND, canvas_height))
            band = {
                prefix + name: np.ascontiguousarray(plane).tobytes()
                for prefix, picture in pictures.items()
                for name, plane in _channels(picture, rows, metres, to_bt709)
            }
            file.writePixels(band, rows.stop - rows.start)
    finally:
        file.close()


def _photo(scene: Scene) -> Layer:
    """The photo as a layer of the canvas, transparent beyond its border."""
    canvas = scene.layers.layers[0].alpha.shape
    around = [
        (margin, side - margin - inner)
        for margin, side, inner in zip(
            scene.layers.margin[::-1], canvas, scene.disparity.values.shape, strict=True
        )
    ]
    opaque = np.full(scene.disparity.values.shape, 255, np.uint8)
    return Layer(
        np.pad(rest_view(scene.layers), [*around, (0, 0)]),
        np.pad(opaque, around),
        np.pad(scene.disparity.values, around, mode="edge"),
    )


def _channels(
    layer: Layer,
    rows: slice,
    metres: tuple[float, float] | None,
    to_bt709: FloatImage | None,
) -> Iterator[tuple[str, NDArray[Any]]]:
    share: FloatImage = np.asarray(layer.alpha[rows] / 255, np.float32)
    light = _LINEAR[layer.rgb[rows]]
    if to_bt709 is not None:
        light = light @ to_bt709.T
    for index, name in enumerate("RGB"):
        yield name, (light[..., index] * share).astype("<f2")
    yield "A", share.astype("<f2")
    yield "Z", (1 / true_inverse_depth(layer.disparity[rows], metres)).astype("<f4")
