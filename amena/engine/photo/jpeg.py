"""A JPEG's segments (ITU-T T.81, annex B): the picture's own, and the metadata beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from amena.engine.errors import PhotoError
from amena.engine.photo.kinds import bad_structure, broken, rare
from amena.engine.photo.limits import MAX_METADATA, MAX_SCANS
from amena.engine.photo.others import named

_SOI, _EOI, _SOS, _COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
#: A marker, as opposed to stuffed, padding and restart bytes, which have no content either.
_MARKER: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_LOSSLESS: Final = 0xC3
_PROGRESSIVE: Final = {0xC2, 0xCA}
#: Hierarchical ones, and lossless with arithmetic coding: no decoder is known to read them.
_UNREAD: Final = {0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF}
#: Start of JPEG-LS (ITU-T T.87), a format of its own.
_JPEG_LS: Final = 0xF7
#: Application segments that a decoder needs: JFIF, and Adobe's, which tells RGB and CMYK.
_KEPT: Final = {0xE0, 0xEE}
#: Bytes of a JFIF segment without a thumbnail; what is shorter says nothing that decoders need.
_JFIF_LENGTH: Final = 14
_MAX_SEGMENTS: Final = 10_000

EXIF, XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
#: Head of the segment that lists a Multi-Picture file's pictures (CIPA DC-007), where it stands at
#: most, and head of what a JPS says.
_MULTI_PICTURE, _MULTI_PICTURE_BEFORE, STEREO = b"MPF\0", 2**20, b"_JPSJPS_"
#: Head of what ISO 21496-1 has a picture say of itself that tells how much brighter another may be.
_GAIN_MAP: Final = b"urn:iso:std:iso:ts:21496:-1\0"
EXTENDED_XMP, ICC = b"http://ns.adobe.com/xmp/extension/\0", b"ICC_PROFILE\0"


@dataclass
class Jpeg:
    """What the segments before the picture's data say.

    Attributes:
        picture: a JPEG of the picture alone, without metadata, for the decoder.
        width, height: pixels.
        bits: of a sample.
        lossless, progressive: how it is coded.
        passes: over the picture; with several of them it is gathered before it is put together.
        components: 1 to 4.
        samples: of all components together, for each pixel.
        jfif, adobe: which of the two segments say what the components mean.
        app1, icc: contents of the APP1 segments in order, and pieces of the profile by number.
        stereo: what a JPS says of its two views, behind the head.
        gain_map: whether it says that it goes with a gain map, or is one.
        end: offset behind the end marker; the file's length where there is none.
        complete: whether there is an end marker.
    """

    picture: bytes = b""
    width: int = 0
    height: int = 0
    bits: int = 8
    lossless: bool = False
    progressive: bool = False
    passes: int = 0
    components: int = 3
    samples: float = 3.0
    jfif: bool = False
    adobe: bool = False
    app1: list[bytes] = field(default_factory=list)
    icc: dict[int, bytes] = field(default_factory=dict)
    stereo: bytes | None = None
    gain_map: bool = False
    end: int = 0
    complete: bool = True

    @property
    def exif(self) -> bytes | None:
        """The first EXIF segment, with its head."""
        return next((each for each in self.app1 if each.startswith(EXIF)), None)

    @property
    def profile(self) -> bytes | None:
        """The ICC profile, put together."""
        return b"".join(self.icc[number] for number in sorted(self.icc)) or None

    def xmp(self) -> list[bytes]:
        """The standard packet, then the segments of the extended one, all with their heads."""
        return [each for each in self.app1 if each.startswith((XMP, EXTENDED_XMP))]


def lists_more_pictures(data: bytes) -> bool:
    """Whether a file names further pictures behind the first one, as Multi-Picture files do."""
    return data.startswith(b"\xff\xd8") and data.find(_MULTI_PICTURE, 0, _MULTI_PICTURE_BEFORE) > 0


def read_jpeg(data: bytes) -> Jpeg:
    """Walk over the segments; no pixel is decoded.

    Raises:
        PhotoError: `broken`, `too_many_scans`, `bad_structure`, `is_jpeg_ls` or `rare_kind`.
    """
    found, kept, position, metadata = Jpeg(), [b"\xff\xd8"], 2, 0
    for _ in range(_MAX_SEGMENTS):
        marker = _MARKER.search(data, position)
        if marker is None:
            raise broken()
        kind, start = data[marker.start() + 1], marker.end()
        length = int.from_bytes(data[start : start + 2], "big")
        body = data[start + 2 : start + length]
        if kind == _SOS:
            break
        if kind == _EOI or length < 2:
            raise broken()
        if kind in _FRAMES:
            _read_frame(found, kind, body)
        if kind == _JPEG_LS:
            raise named("is_jpeg_ls")
        found.jfif |= kind == 0xE0 and body.startswith(b"JFIF\0")
        found.adobe |= kind == 0xEE and body.startswith(b"Adobe")
        if (kind & 0xF0 == 0xE0 and kind not in _KEPT) or kind == _COMMENT:
            metadata += len(body)
            if metadata <= 2 * MAX_METADATA:
                _read_metadata(found, kind, body)
        elif kind != 0xE0 or len(body) >= _JFIF_LENGTH:  # Pillow fails on shorter ones
            kept.append(data[marker.start() : start + length])
        position = start + length
    else:
        raise bad_structure("segments without end")
    if not found.width:
        raise broken()
    _read_scans(found, data, marker.start())
    kept.append(data[marker.start() : found.end])
    found.picture = b"".join(kept)
    return found


def _read_frame(found: Jpeg, kind: int, body: bytes) -> None:
    if len(body) < 6 or found.width:
        raise broken()
    found.bits = body[0]
    found.height = int.from_bytes(body[1:3], "big")
    found.width = int.from_bytes(body[3:5], "big")
    found.lossless, found.progressive = kind == _LOSSLESS, kind in _PROGRESSIVE
    found.components = body[5]
    factors = [(each >> 4) * (each & 15) for each in body[7 : 6 + 3 * body[5] : 3]]
    found.samples = sum(factors) / max(*factors, 1) if len(factors) > 1 else 1.0
    if kind in _UNREAD:
        raise rare()


def _read_metadata(found: Jpeg, kind: int, body: bytes) -> None:
    if kind == 0xE1:
        found.app1.append(body)
    elif kind == 0xE2 and body.startswith(ICC) and len(body) > 14:
        found.icc.setdefault(body[12], body[14:])
    elif kind == 0xE2 and body.startswith(_GAIN_MAP):
        found.gain_map = True
    elif kind == 0xE3 and body.startswith(STEREO):
        found.stereo = body.removeprefix(STEREO)


def _read_scans(found: Jpeg, data: bytes, position: int) -> None:
    """Count the passes over the picture and find its end, as a decoder would meet them."""
    found.passes = 0
    while marker := _MARKER.search(data, position):
        kind, position = data[marker.start() + 1], marker.end()
        if kind == _EOI:
            found.end = position
            return
        found.passes += kind == _SOS
        if found.passes > MAX_SCANS:
            raise PhotoError(
                "The JPEG is built up in far too many passes. Export it again.",
                code="too_many_scans",
            )
        position += int.from_bytes(data[position : position + 2], "big")
    found.end, found.complete = len(data), False
