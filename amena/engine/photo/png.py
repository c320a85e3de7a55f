"""A PNG's chunks (ISO/IEC 15948): the picture's own, checked, and the metadata beside it."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import Final

from amena.engine.photo.kinds import bad_structure, broken, truncated
from amena.engine.photo.limits import MAX_METADATA

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_PICTURE: Final = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
#: Read as well if they are in order: what tells colours, transparency, orientation and depth.
_OPTIONAL: Final = {b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"eXIf", b"iTXt"}
_XMP: Final = b"XML:com.adobe.xmp\0"
#: Encoders write the data in pieces of 8 kB and more.
_MAX_CHUNKS: Final = 100_000
_EMPTY_END: Final = b"\0\0\0\0IEND\xaeB`\x82"


@dataclass
class Png:
    """What the chunks say.

    Attributes:
        picture: a PNG of the picture alone, with a right end, for the decoder.
        width, height: pixels.
        bits, colour: bits a sample and colour type, as in the header.
        icc, exif, xmp: metadata; None where there is none in order.
        chromaticities: white, red, green and blue point (x, y each), or None.
        gamma: the power of light that samples are, or None.
        cicp: colour primaries and transfer characteristics (ITU-T H.273), or None.
        srgb: whether it says that it is sRGB.
        ignored: what metadata was passed over.
    """

    picture: bytes = b""
    width: int = 0
    height: int = 0
    bits: int = 8
    colour: int = 2
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    chromaticities: tuple[float, ...] | None = None
    gamma: float | None = None
    cicp: tuple[int, int] | None = None
    srgb: bool = False
    ignored: set[str] = field(default_factory=set)


def read_png(data: bytes) -> Png:
    """Walk over the chunks; no pixel is decoded.

    Metadata counts only where its checksum and its content are right, and is not looked at beyond
    `MAX_METADATA`. A missing end is added. A film's further frames are left out.

    Raises:
        PhotoError: `broken`, `truncated` or `bad_structure`.
    """
    found, kept, position = Png(), [SIGNATURE], 8
    seen: set[bytes] = set()
    for _ in range(_MAX_CHUNKS):
        if position + 12 > len(data):
            break
        length = int.from_bytes(data[position : position + 4], "big")
        kind, end = data[position + 4 : position + 8], position + 12 + length
        if (b"IHDR" in seen) == (kind == b"IHDR"):
            raise broken()
        if kind in _PICTURE:
            if end > len(data):
                raise truncated()
            kept.append(data[position:end])
        elif end <= len(data) and not (kind in seen and kind != b"iTXt"):
            if kind == b"tRNS" and _right(data, position, end):
                kept.append(data[position:end])
            _read_optional(found, kind, data, position, end)
        elif kind[:1].isupper():
            raise broken()
        seen.add(kind)
        if kind == b"IHDR":
            _read_header(found, data[position + 8 : end - 4])
        if kind == b"IEND":
            break
        position = end
    else:
        raise bad_structure("chunks without end")
    if b"IHDR" not in seen:
        raise broken()
    if b"IDAT" not in seen:
        raise truncated()
    if b"IEND" not in seen:
        found.ignored.add("end")
        kept.append(_EMPTY_END)
    found.picture = b"".join(kept)
    return found


def _read_header(found: Png, body: bytes) -> None:
    if len(body) != 13:
        raise broken()
    found.width, found.height, found.bits, found.colour = struct.unpack(">IIBB", body[:10])


def _right(data: bytes, start: int, end: int) -> bool:
    """Whether a chunk's checksum is right."""
    return zlib.crc32(data[start + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")


def _read_optional(found: Png, kind: bytes, data: bytes, start: int, end: int) -> None:
    if kind in (b"acTL", b"fcTL", b"fdAT"):
        found.ignored.add("animation")
        return
    name = kind.decode("latin-1")
    if kind not in _OPTIONAL:
        if kind in (b"tEXt", b"zTXt") and end - start > 2**20:
            found.ignored.add(name)
        return
    if end - start > MAX_METADATA or not _right(data, start, end):
        found.ignored.add(name)
        return
    body = data[start + 8 : end - 4]
    try:
        _take(found, kind, body)
    except (ValueError, struct.error, zlib.error):
        found.ignored.add(name)


def _take(found: Png, kind: bytes, body: bytes) -> None:
    if kind == b"gAMA":
        found.gamma = struct.unpack(">I", body)[0] / 1e5
    elif kind == b"cHRM":
        found.chromaticities = tuple(value / 1e5 for value in struct.unpack(">8I", body))
    elif kind == b"sRGB":
        found.srgb = True
    elif kind == b"cICP":
        found.cicp = (body[0], body[1]) if len(body) == 4 else None
    elif kind == b"iCCP":
        _, rest = body.split(b"\0", 1)
        found.icc = _inflated(rest[1:])
    elif kind == b"eXIf":
        found.exif = body
    elif kind == b"iTXt" and body.startswith(_XMP):
        packed, rest = body[len(_XMP)], body[len(_XMP) + 2 :]
        text = rest.split(b"\0", 2)[2]
        found.xmp = _inflated(text) if packed else text
    elif kind == b"iTXt" and len(body) > 2**20:
        found.ignored.add("iTXt")


def _inflated(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(packed, MAX_METADATA)
    if not unpacker.eof:
        raise ValueError("it is too large or cut off")
    return content
