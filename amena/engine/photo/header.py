"""What a photo's file says before any decoder runs: one shape for all formats."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from amena.engine.photo.colour import Colours
from amena.engine.photo.deep_jpeg import DeepJpeg

#: Bytes that a decoder takes for each pixel of the whole picture, its output included; measured.
MEMORY: Final = {"HEIF": 7.1, "AVIF": 14.0, "WEBP": 16.0, "TIFF": 5.0, "GIF": 9.0, "BMP": 5.0,
                  "JXL": 20.0}  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What a file says of its picture.

    Attributes:
        kind: of the file, as in `kinds.KINDS`.
        decoder: format of `picture`.
        picture: the file, or the picture in it, for that decoder.
        size: (width, height); of HEIF and AVIF before the container's own turn.
        memory: bytes that decoding the whole picture takes, roughly.
        orientation: where something else than EXIF tells it.
        colours, exif, xmp: metadata.
        complete_metadata: whether that is all there is, so that the decoder need not be asked.
        ignored: what was passed over.
        endless: the picture, where it has no end marker.
        deep: the picture, where it is a JPEG that Pillow does not decode.
    """

    kind: str
    decoder: str
    picture: bytes
    size: tuple[int, int]
    memory: int = 0
    orientation: int | None = None
    colours: Colours = field(default_factory=Colours)
    exif: bytes | None = None
    xmp: tuple[bytes, ...] = ()
    complete_metadata: bool = False
    ignored: tuple[str, ...] = ()
    endless: bytes | None = None
    deep: DeepJpeg | None = None


def plain(kind: str, data: bytes, size: tuple[int, int]) -> Header:
    """Of a file that is handed to its decoder as it is, and says no more."""
    return Header(kind, kind, data, size, int(MEMORY[kind] * size[0] * size[1]))
