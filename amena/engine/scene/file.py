"""The one-file format of a scene.

The file is a ZIP archive:

    scene.json            format, version, sizes, amplitude and so on
    disparity             of the photo, 16 bits, as `pack_levels` describes
    estimate              the same before it was sharpened; missing where it was not
    photo.webp            lossless: what the photo has beyond the layers seen from its own camera
    tiles                 digests and answers of the inpainting network, so that an edit need not
                          ask again where nothing has changed
    disoccluded           one bit per canvas pixel
    layer-N.webp          lossless colour, for near layers with alpha and only the part they cover
    layer-N.disparity     of the same part, 12 bits, as above

A scene is quantised when it is built, so what a saved scene renders is the same, pixel for pixel,
as what the first render gave. Version 1 had neither `estimate` nor `photo.webp`: such a scene
renders as ever, but its depth cannot be edited. Version 3 is version 2 in another colour space than
sRGB (`colour_space`), which an engine that knows no other must not take for it.
"""

from __future__ import annotations

import json
import math
import os
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from amena.engine.colour_space import known
from amena.engine.errors import EngineError
from amena.engine.scene.coding import (
    pack_levels,
    pack_picture,
    read_levels,
    read_member,
    read_picture,
)
from amena.engine.scene.scene import (
    LAYER_LEVELS,
    PHOTO_LEVELS,
    Scene,
    Sources,
    bounding_box,
    from_levels,
    rest_view,
    seen_part,
    spread,
    to_levels,
)
from amena.engine.types import (
    DIGEST_SIZE,
    SRGB,
    TILE,
    Box,
    Disparity,
    Layer,
    LayeredDepthImage,
    Mask,
)

FORMAT: Final = "amena-scene"
VERSION: Final = 3
_READABLE: Final = (1, 2, 3)

_LONGEST_SIDE: Final = 16383  # WebP's
# More than are ever made: limits for damaged files.
_MOST_LAYERS: Final = 8
_MOST_TILES: Final = 2000


def save_scene(scene: Scene, path: Path) -> None:
    """Write the scene to one file. What was not `quantised` loses precision on the way."""
    image = scene.layers
    whole = slice(0, image.disoccluded.shape[0]), slice(0, image.disoccluded.shape[1])
    boxes = [whole, *(bounding_box(seen_part(layer.alpha)) for layer in image.layers[1:])]
    manifest = {
        "format": FORMAT,
        "version": _version(scene),
        "boxes": [[rows.start, rows.stop, cols.start, cols.stop] for rows, cols in boxes],
        "margin": image.margin,
        "photo_size": image.photo_size,
        "original_size": scene.original_size,
        "depth_source": scene.disparity.source,
        "depth_soft": scene.disparity.soft,
        "depth_edited": scene.disparity.edited,
        "depth_metres": scene.disparity.metres,
        "amplitude": scene.amplitude,
        "budget": scene.budget,
        "focus": scene.focus,
        "ignored": scene.ignored,
        "colour_space": scene.colour_space,
        "sorting": image.colour_digest.hex(),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("scene.json", json.dumps(manifest))
        levels = to_levels(scene.disparity.values, PHOTO_LEVELS)
        archive.writestr("disparity", pack_levels(levels))
        if scene.sources is not None:
            _write_sources(archive, scene.sources, image)
        archive.writestr("disoccluded", np.packbits(image.disoccluded).tobytes())
        for index, (layer, box) in enumerate(zip(image.layers, boxes, strict=True)):
            pixels = layer.rgb[box] if index == 0 else np.dstack([layer.rgb, layer.alpha])[box]
            archive.writestr(f"layer-{index}.webp", pack_picture(pixels), zipfile.ZIP_STORED)
            levels = to_levels(layer.disparity[box], LAYER_LEVELS)
            archive.writestr(f"layer-{index}.disparity", pack_levels(levels))


def _version(scene: Scene) -> int:
    """The lowest that says everything, so that engines of before read what they can."""
    if scene.sources is None:
        return 1
    return 2 if scene.colour_space == SRGB else VERSION


def _write_sources(archive: zipfile.ZipFile, sources: Sources, image: LayeredDepthImage) -> None:
    # The layers at rest are the photo again but for rounding: what is left takes next to nothing.
    archive.writestr("photo.webp", pack_picture(sources.rgb - rest_view(image)), zipfile.ZIP_STORED)
    if sources.estimate is not None:
        levels = to_levels(sources.estimate, PHOTO_LEVELS)
        archive.writestr("estimate", pack_levels(levels))
    answers = np.stack([*sources.tiles.values()]) if sources.tiles else np.empty(0, np.int8)
    archive.writestr("tiles", b"".join(sources.tiles) + answers.tobytes())


def load_scene(path: Path, *, sources: bool = True) -> Scene:
    """Read a scene back.

    Args:
        path: a file that `save_scene` wrote.
        sources: whether what it was made from is read as well; a film needs none of it.

    Raises:
        EngineError: with code `bad_scene`: the file is not a scene, damaged, or of a version this
            engine does not know.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(read_member(archive, "scene.json", 100_000))
            _check_version(manifest)
            return _read(archive, manifest, sources=sources)
    except (
        *(OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError),
        *(EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error, cv2.error),
        *(Image.DecompressionBombError, Image.DecompressionBombWarning),
    ) as error:
        raise EngineError(
            "The saved scene cannot be read. Make the 3D photo again from the original.",
            code="bad_scene",
        ) from error


def _check_version(manifest: dict[str, Any]) -> None:
    if manifest["format"] == FORMAT and manifest["version"] not in _READABLE:
        raise EngineError(
            f"The saved scene has version {manifest['version']}, this engine reads "
            f"1 to {VERSION}. "
            "Make the 3D photo again from the original.",
            code="bad_scene",
        )
    if manifest["format"] != FORMAT:
        raise ValueError("not a scene")


def _read(archive: zipfile.ZipFile, manifest: dict[str, Any], *, sources: bool) -> Scene:
    width, height = (_within(side, _LONGEST_SIDE) for side in manifest["photo_size"])
    mx, my = (_within(margin, _LONGEST_SIDE) for margin in manifest["margin"])
    canvas = (_within(height + 2 * my, _LONGEST_SIDE), _within(width + 2 * mx, _LONGEST_SIDE))
    count = canvas[0] * canvas[1]
    bits = np.frombuffer(read_member(archive, "disoccluded", count), np.uint8)
    if len(bits) != -(-count // 8):
        raise ValueError("the mask and the canvas differ in size")
    disoccluded = np.unpackbits(bits, count=count).reshape(canvas) > 0
    boxes = manifest["boxes"]
    if not 1 <= len(boxes) <= _MOST_LAYERS:
        raise ValueError(f"a scene has one to {_MOST_LAYERS} layers")
    parts = []
    for top, bottom, left, right in boxes:
        if not (0 <= top < bottom <= canvas[0] and 0 <= left < right <= canvas[1]):
            raise ValueError("a layer lies beyond the canvas")
        parts.append((slice(top, bottom), slice(left, right)))
    threads = min(len(parts) + 1, len(os.sched_getaffinity(0)))
    with ThreadPoolExecutor(threads, thread_name_prefix="scene") as pool:
        reading = [
            pool.submit(_read_layer, archive, index, box, disoccluded)
            for index, box in enumerate(parts)
        ]
        levels = read_levels(archive, "disparity", (height, width))
        layers = tuple(layer.result() for layer in reading)
    colour_digest = bytes.fromhex(manifest.get("sorting", ""))
    image = LayeredDepthImage(layers, (mx, my), (width, height), disoccluded, colour_digest)
    original_width, original_height = manifest["original_size"]
    return Scene(
        image,
        Disparity(
            from_levels(levels, PHOTO_LEVELS),
            str(manifest["depth_source"]),
            bool(manifest.get("depth_soft", True)),
            bool(manifest.get("depth_edited", False)),
            sharpened=True,
            metres=_metres(manifest.get("depth_metres")),
        ),
        float(manifest["amplitude"]),
        float(manifest["budget"]),
        float(manifest["focus"]),
        (int(original_width), int(original_height)),
        _read_sources(archive, image) if sources and manifest["version"] > 1 else None,
        tuple(map(str, manifest.get("ignored", ()))),
        known(manifest.get("colour_space", SRGB)),
    )


def _read_sources(archive: zipfile.ZipFile, image: LayeredDepthImage) -> Sources:
    width, height = image.photo_size
    beyond = read_picture(archive, "photo.webp", (height, width), 3)
    estimate = None
    if "estimate" in archive.namelist():
        estimate = from_levels(read_levels(archive, "estimate", (height, width)), PHOTO_LEVELS)
    return Sources(rest_view(image) + beyond, estimate, _read_tiles(archive))


def _read_tiles(archive: zipfile.ZipFile) -> dict[bytes, NDArray[np.int8]]:
    shape = (TILE, TILE, 3)
    size = DIGEST_SIZE + math.prod(shape)
    data = read_member(archive, "tiles", _MOST_TILES * size)
    count, rest = divmod(len(data), size)
    if rest:
        raise ValueError("a tile is cut off")
    answers = np.frombuffer(data, np.int8, offset=count * DIGEST_SIZE).reshape(count, *shape)
    starts = range(0, count * DIGEST_SIZE, DIGEST_SIZE)
    names = [data[start : start + DIGEST_SIZE] for start in starts]
    return dict(zip(names, answers, strict=True))


def _read_layer(archive: zipfile.ZipFile, index: int, box: Box, canvas: Mask) -> Layer:
    size = (box[0].stop - box[0].start, box[1].stop - box[1].start)
    pixels = read_picture(archive, f"layer-{index}.webp", size, 3 if index == 0 else 4)
    disparity = from_levels(read_levels(archive, f"layer-{index}.disparity", size), LAYER_LEVELS)
    if index == 0:
        return Layer(pixels, np.full(size, 255, np.uint8), disparity)
    return spread(pixels[..., :3], pixels[..., 3], disparity, box, canvas)


def _metres(ends: Any) -> tuple[float, float] | None:
    if ends is None:
        return None
    near, far = (float(each) for each in ends)
    if not 0 < near < far < math.inf:
        raise ValueError("these are no distances")
    return near, far


def _within(number: Any, most: int) -> int:
    if not isinstance(number, int) or not 0 <= number <= most:
        raise ValueError(f"{number} is not a size")
    return number
