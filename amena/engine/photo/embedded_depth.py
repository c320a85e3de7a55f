"""Depth that a phone stored in the photo itself.

Read are:
- Google's GDepth (XMP, <https://developers.google.com/depthmap-metadata>), depth in base64, and the
  same properties in the XDM 1.0 namespace;
- Dynamic Depth 1.0 (XMP that points into files appended to a JPEG or HEIC);
- Apple's disparity or depth image in a JPEG (Multi-Picture Format, CIPA DC-007);
- the depth image of a HEIC (ISO/IEC 23008-12);
- Samsung's and Huawei's maps behind the picture (`trailers`).

What is malformed is ignored with a note in the log: the photo is still good without it.
"""

from __future__ import annotations

import base64
import io
import logging
import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
from PIL import Image
from PIL.MpoImagePlugin import MpoImageFile

from amena.engine.errors import EngineError
from amena.engine.photo.boxes import top_boxes
from amena.engine.photo.depth_image import depth_values, normalised, read_depth_image
from amena.engine.photo.file import UPRIGHT, PhotoFile, decoder_errors, no_warnings
from amena.engine.photo.jpeg import EXTENDED_XMP, XMP, lists_more_pictures, read_jpeg
from amena.engine.photo.limits import MAX_DEPTH_PIXELS
from amena.engine.photo.trailers import huawei_depth, samsung_depth
from amena.engine.photo.xmp import apple_auxiliary, properties, structures, xmp_trees
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

#: A depth map whose aspect ratio is further than this from the picture's is of something else.
ASPECT_TOLERANCE = 0.03
_PICTURE_START, _MOST_STARTS = re.compile(rb"\xff\xd8\xff|\x89PNG"), 1000
#: Sensors leave a few wild values.
_OUTLIERS = 0.001


class EmbeddedDepth(NamedTuple):
    """Depth that a file carries.

    Attributes:
        values: float32 H×W in [0, 1], 1 = nearest, linear in inverse depth, at the map's own size,
            oriented as the stored picture (before EXIF orientation).
        black: what black stands for in the file, 0 or 1: it is also written where nothing was
            measured.
    """

    values: FloatImage
    black: float


def read_embedded_depth(data: bytes, opened: PhotoFile) -> EmbeddedDepth | None:
    """Find the depth in a photo.

    Args:
        data: the whole file.
        opened: the same file as `open_photo` opened it.

    Returns:
        None where there is none.
    """
    for reader in (_from_google_xmp, _from_apple_jpeg, _from_heif, _from_samsung, _from_huawei):
        try:
            with decoder_errors(), no_warnings():
                values = reader(data, opened)
                if values is not None:
                    black = float(reader in (_from_google_xmp, _from_samsung, _from_huawei))
                    return EmbeddedDepth(_checked(values, opened.size), black)
        except EngineError as error:
            logger.info("Depth in the photo ignored: %s", error.__cause__ or error.message)
    return None


def _checked(values: FloatImage, size: tuple[int, int]) -> FloatImage:
    height, width = values.shape
    if abs(width * size[1] / (height * size[0]) - 1) > ASPECT_TOLERANCE:
        raise ValueError("its shape is not the picture's")
    disparity = normalised(values, _OUTLIERS)
    if disparity is None:
        raise ValueError("it is the same everywhere")
    return disparity


def _from_google_xmp(data: bytes, opened: PhotoFile) -> FloatImage | None:
    trees = xmp_trees(opened.xmp)
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
    """Dynamic Depth: the files follow the JPEG in the order of the directory.

    Their places are counted from the file's end, else from the end of the picture. Where other
    programs have put something before, between or behind them, the file is looked for by its
    length: it begins and ends as a picture does.
    """
    wanted, lengths = None, []
    for item in items[1:]:
        lengths.append((int(item["Length"]), int(item.get("Padding", "0"))))
        if min(lengths[-1]) < 0 or lengths[-1][0] == 0:
            raise ValueError("its place in the file is impossible")
        if item.get("DataURI", "") == depth.get("DepthURI") or item.get(
            "Semantic", ""
        ) == depth.get("ItemSemantic"):
            wanted = wanted if wanted is not None else len(lengths) - 1
    if wanted is None:
        raise ValueError("the file it names is missing")
    length = lengths[wanted][0]
    picture_end = _picture_end(data)
    for start in _possible_starts(data, lengths, wanted, picture_end, items[0]):
        found = data[start : start + length] if start > 0 else b""
        if len(found) == length and _whole_picture(found):
            return found
    raise ValueError("its place in the file is impossible")


def _picture_end(data: bytes) -> int:
    """Offset behind the picture, where phones append what goes with it."""
    if data.startswith(b"\xff\xd8"):
        return read_jpeg(data).end
    return max((box.end for box in top_boxes(data) if box.end <= len(data)), default=0)


def _possible_starts(
    data: bytes,
    lengths: list[tuple[int, int]],
    wanted: int,
    picture_end: int,
    primary: dict[str, str],
) -> Iterator[int]:
    yield len(data) - sum(map(sum, lengths[wanted:]))
    yield picture_end + int(primary.get("Padding", "0")) + sum(map(sum, lengths[:wanted]))
    for found in islice(_PICTURE_START.finditer(data, picture_end), _MOST_STARTS):
        yield found.start()


def _whole_picture(data: bytes) -> bool:
    """Whether it begins and ends as a JPEG or PNG does; zeros behind it are filling."""
    end = data[-64:].rstrip(b"\0")
    jpeg = data.startswith(b"\xff\xd8\xff") and end.endswith(b"\xff\xd9")
    return jpeg or (data.startswith(b"\x89PNG") and end.endswith(b"IEND\xaeB`\x82"))


def apple_pictures(data: bytes, opened: PhotoFile) -> Iterator[tuple[dict[str, str], MpoImageFile]]:
    """What Apple's programs say of each further picture in a JPEG, and the picture."""
    if opened.kind != "JPEG" or not lists_more_pictures(data):
        return
    pictures = MpoImageFile(io.BytesIO(data))
    for index in range(1, pictures.n_frames):
        pictures.seek(index)
        packets = [body for name, body in pictures.applist if name == "APP1"]
        about = apple_auxiliary([x for x in packets if x.startswith((XMP, EXTENDED_XMP))])
        if about and pictures.width * pictures.height > MAX_DEPTH_PIXELS:
            raise ValueError("it is too large")
        yield about, pictures


def _from_apple_jpeg(data: bytes, opened: PhotoFile) -> FloatImage | None:
    for about, picture in apple_pictures(data, opened):
        kind = about.get("AuxiliaryImageType")
        # Mattes of hair, skin and so on call themselves depth too, but have a sub-type.
        if kind not in ("disparity", "depth") or "AuxiliaryImageSubType" in about:
            continue
        low, high = float(about["FloatMinValue"]), float(about["FloatMaxValue"])
        values = low + depth_values(picture) * (high - low)
        return values if kind == "disparity" else _inverse(values)
    return None


def _from_heif(_data: bytes, opened: PhotoFile) -> FloatImage | None:
    stored = next(iter(opened.source.info.get("depth_images", ())), None)
    if stored is None:
        return None
    if stored.size[0] * stored.size[1] > MAX_DEPTH_PIXELS:
        raise ValueError("it is too large")
    values = depth_values(stored.to_pillow())
    about = stored.info.get("metadata") or {}
    # Types 0, 1 and 3 are inverse depth or disparity (3 through a curve that nobody writes).
    if about.get("representation_type") != 2:
        return values
    near, far = float(about["z_near"]), float(about["z_far"])
    return _inverse(near + values * (far - near))


def _from_samsung(data: bytes, _opened: PhotoFile) -> FloatImage | None:
    return samsung_depth(data)


def _from_huawei(data: bytes, opened: PhotoFile) -> FloatImage | None:
    if opened.kind != "JPEG":
        return None
    upright = huawei_depth(data, _picture_end(data))
    if upright is None:
        return None
    # What undoes a turn is the same turn, but for those by a quarter.
    turn = UPRIGHT.get({6: 8, 8: 6}.get(opened.orientation, opened.orientation))
    image = Image.fromarray(upright)
    return np.asarray(image if turn is None else image.transpose(turn), np.float32)


def _inverse(distance: FloatImage) -> FloatImage:
    """1 / distance; places without one (0 or less) become far."""
    return np.asarray(
        np.divide(1, distance, out=np.zeros_like(distance), where=distance > 0), np.float32
    )
