"""Depth that a phone stored in the photo itself.

Read are:
- Google's GDepth (XMP, <https://developers.google.com/depthmap-metadata>), depth in base64, and the
  same properties in the XDM 1.0 namespace;
- Dynamic Depth 1.0 (XMP that points into files appended to the JPEG);
- Apple's disparity or depth image in a JPEG (Multi-Picture Format, CIPA DC-007);
- the depth image of a HEIC (ISO/IEC 23008-12).

What is malformed is ignored with a note in the log: the photo is still good without it.
"""

from __future__ import annotations

import base64
import io
import logging
import re

import numpy as np
from PIL import Image
from PIL.MpoImagePlugin import MpoImageFile

from amena.engine.errors import EngineError
from amena.engine.photo.depth_image import depth_values, normalised, read_depth_image
from amena.engine.photo.file import MAX_PIXELS, decoder_errors, no_warnings
from amena.engine.photo.xmp import properties, structures, xmp_trees
from amena.engine.types import FloatImage

logger = logging.getLogger(__name__)

_DEPTH_NAMESPACES = (
    "http://ns.google.com/photos/dd/1.0/depthmap/",
    "http://ns.google.com/photos/1.0/depthmap/",
    "http://ns.xdm.org/photos/1.0/depthmap/",
)
_ITEM_NAMESPACES = (
    "http://ns.google.com/photos/dd/1.0/item/",
    "http://ns.google.com/photos/1.0/container/item/",
)
_APPLE_NAMESPACE = "http://ns.apple.com/pixeldatainfo/1.0/"

#: A depth map whose aspect ratio is further than this from the picture's is of something else.
_ASPECT_TOLERANCE = 0.03
#: Sensors leave a few wild values.
_OUTLIERS = 0.001


def read_embedded_depth(data: bytes, image: Image.Image) -> FloatImage | None:
    """Find the depth in a photo.

    Args:
        data: the whole file.
        image: the same file as Pillow opened it.

    Returns:
        float32 H×W in [0, 1], 1 = nearest, linear in inverse depth, at the map's own size,
        oriented as the stored picture (before EXIF orientation); None where there is none.
    """
    for reader in (_from_google_xmp, _from_apple_jpeg, _from_heif):
        try:
            with decoder_errors(), no_warnings():
                values = reader(data, image)
                if values is not None:
                    return _checked(values, image)
        except EngineError as error:
            logger.info("Depth in the photo ignored: %s", error.__cause__ or error.message)
    return None


def _checked(values: FloatImage, image: Image.Image) -> FloatImage:
    height, width = values.shape
    if abs(width * image.height / (height * image.width) - 1) > _ASPECT_TOLERANCE:
        raise ValueError("its shape is not the picture's")
    disparity = normalised(values, _OUTLIERS)
    if disparity is None:
        raise ValueError("it is the same everywhere")
    return disparity


def _from_google_xmp(data: bytes, image: Image.Image) -> FloatImage | None:
    trees = xmp_trees(image)
    for namespace in _DEPTH_NAMESPACES:
        depth = properties(trees, namespace)
        if "Data" in depth:
            stored = base64.b64decode(re.sub(r"\s", "", depth["Data"]) + "==")
        elif "DepthURI" in depth or "ItemSemantic" in depth:
            items = [structures(trees, namespace) for namespace in _ITEM_NAMESPACES]
            stored = _appended_file(data, next(filter(None, items), []), depth)
        else:
            continue
        return _google_inverse_depth(read_depth_image(stored), depth)
    return None


def _google_inverse_depth(values: FloatImage, depth: dict[str, str]) -> FloatImage:
    """Undo the quantisation: black is near in both formats."""
    if depth.get("Format", "RangeInverse").endswith("RangeInverse"):
        return 1 - values
    near, far = float(depth["Near"]), float(depth["Far"])
    if not 0 < near < far < float("inf"):
        raise ValueError("its range of distances is impossible")
    return np.asarray(1 / (near + values * (far - near)), np.float32)


def _appended_file(data: bytes, items: list[dict[str, str]], depth: dict[str, str]) -> bytes:
    """Dynamic Depth: the files follow the JPEG in the order of the directory, up to the end."""
    end = len(data)
    for item in reversed(items[1:]):
        end -= int(item.get("Padding", "0"))
        start = end - int(item["Length"])
        if not 0 < start < end:
            raise ValueError("its place in the file is impossible")
        if item.get("DataURI", "") == depth.get("DepthURI") or item.get(
            "Semantic", ""
        ) == depth.get("ItemSemantic"):
            return data[start:end]
        end = start
    raise ValueError("the file it names is missing")


def _from_apple_jpeg(data: bytes, image: Image.Image) -> FloatImage | None:
    if "mp" not in image.info:
        return None
    pictures = MpoImageFile(io.BytesIO(data))
    for index in range(1, pictures.n_frames):
        pictures.seek(index)
        about = properties(xmp_trees(pictures), _APPLE_NAMESPACE)
        kind = about.get("AuxiliaryImageType")
        # Mattes of hair, skin and so on call themselves depth too, but have a sub-type.
        if kind not in ("disparity", "depth") or "AuxiliaryImageSubType" in about:
            continue
        if pictures.width * pictures.height > MAX_PIXELS:
            raise ValueError("it is too large")
        low, high = float(about["FloatMinValue"]), float(about["FloatMaxValue"])
        values = low + depth_values(pictures) * (high - low)
        return values if kind == "disparity" else _inverse(values)
    return None


def _from_heif(data: bytes, image: Image.Image) -> FloatImage | None:  # noqa: ARG001
    stored = next(iter(image.info.get("depth_images", ())), None)
    if stored is None:
        return None
    if stored.size[0] * stored.size[1] > MAX_PIXELS:
        raise ValueError("it is too large")
    values = depth_values(stored.to_pillow())
    about = stored.info.get("metadata") or {}
    # Types 0, 1 and 3 are inverse depth or disparity (3 through a curve that nobody writes).
    if about.get("representation_type") != 2:
        return values
    near, far = float(about["z_near"]), float(about["z_far"])
    return _inverse(near + values * (far - near))


def _inverse(distance: FloatImage) -> FloatImage:
    """1 / distance; places without one (0 or less) become far."""
    return np.asarray(
        np.divide(1, distance, out=np.zeros_like(distance), where=distance > 0), np.float32
    )
