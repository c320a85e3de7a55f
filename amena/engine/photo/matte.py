"""The subject's silhouette, as Apple's phones store it beside a portrait (portrait effects matte).

It is an auxiliary picture of a HEIC (ISO/IEC 23008-12, 6.6) or one of the pictures of a JPEG
(Multi-Picture Format, CIPA DC-007). What is malformed is ignored with a note in the log.
"""

from __future__ import annotations

import logging

import numpy as np
from pillow_heif import HeifAuxImage, HeifFile

from amena.engine.errors import EngineError
from amena.engine.photo.depth_image import depth_values
from amena.engine.photo.embedded_depth import ASPECT_TOLERANCE, apple_pictures
from amena.engine.photo.file import PhotoFile, decoder_errors, no_warnings
from amena.engine.photo.limits import MAX_DEPTH_PIXELS
from amena.engine.types import FloatImage

logger = logging.getLogger(__name__)

_NAME = "portraiteffectsmatte"


def read_matte(data: bytes, opened: PhotoFile) -> FloatImage | None:
    """Find the matte in a photo.

    Args:
        data: the whole file.
        opened: the same file as `open_photo` opened it.

    Returns:
        float32 H×W in [0, 1], 1 = subject, at the matte's own size, oriented as the stored picture;
        None where there is none.
    """
    try:
        with decoder_errors(), no_warnings():
            values = _from_heif(opened) if opened.kind == "HEIF" else _from_jpeg(data, opened)
            if values is not None:
                height, width = values.shape
                if abs(width * opened.size[1] / (height * opened.size[0]) - 1) > ASPECT_TOLERANCE:
                    raise ValueError("its shape is not the picture's")
            return values
    except EngineError as error:
        logger.info("Matte in the photo ignored: %s", error.__cause__ or error.message)
        return None


def _from_heif(opened: PhotoFile) -> FloatImage | None:
    source = opened.source
    if not isinstance(source, HeifFile):
        return None
    kinds: dict[str, list[int]] = source.info.get("aux", {})
    item = next((ids[0] for kind, ids in kinds.items() if kind.endswith(_NAME)), None)
    if item is None:
        return None
    stored: HeifAuxImage = source.get_aux_image(item)  # type: ignore[no-untyped-call]
    if stored.size[0] * stored.size[1] > MAX_DEPTH_PIXELS:
        raise ValueError("it is too large")
    return np.asarray(depth_values(stored.to_pillow()), np.float32)


def _from_jpeg(data: bytes, opened: PhotoFile) -> FloatImage | None:
    for about, picture in apple_pictures(data, opened):
        kind = about.get("AuxiliaryImageSubType") or about.get("AuxiliaryImageType", "")
        if kind.endswith(_NAME):
            return depth_values(picture)
    return None
