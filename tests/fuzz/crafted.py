"""Files made to hurt: bombs, loops and files that are two things at once."""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import struct
import zipfile
import zlib
from typing import Final

import numpy as np
from PIL import Image

from tests.fuzz import several
from tests.fuzz.seeds import seeds

_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED: Final = b"http://ns.adobe.com/xmp/extension/\0"
#: As many pixels as are let in, nearly.
_WIDE, _HIGH = 6300, 6300
_IROT: Final = (b"irot", b"\1")
_LAUGHS: Final = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (c + 1, b"&%c;" % c * 20) for c in range(ord("a"), ord("k")))
    + b"]><l>&k;</l>"
)


@functools.cache
def crafted() -> dict[str, bytes]:
    """Name → file."""
    photo, png = seeds()["baseline.jpg"], seeds()["rich.png"]
    return {
        "a bomb of pixels.png": _png(30_000, 30_000, b"\0" * 1000),
        "a header that promises too much.png": _png(_WIDE, _HIGH, b""),
        "forty million transparent pixels.png": _flat("RGBA"),
        "forty million grey pixels of 16 bits.png": _flat("I;16"),
        "forty million pixels.jpg": _flat("RGB", "JPEG"),
        "forty million pixels.webp": _flat("RGB", "WEBP"),
        "too much data behind.png": _png(100, 100, b"\0" * 50_000_000),
        "a bomb in the profile.png": _with_chunk(png, b"iCCP", b"x\0\0" + _zeros(100)),
        "a bomb in the text.png": _with_chunk(png, b"zTXt", b"x\0\0" + _zeros(100)),
        "a bomb in the metadata.png": _with_chunk(
            png, b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + _zeros(100)
        ),
        "a thousand texts.png": _many_texts(png),
        "a million elements.png": _with_chunk(
            png, b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(_elements(1_000_000))
        ),
        "laughs.jpg": _with_segment(photo, 0xE1, _XMP + _LAUGHS),
        "a deep tree.jpg": _extended(photo, b"<a>" * 500_000 + b"</a>" * 500_000),
        "many elements.jpg": _extended(photo, _elements(1_000_000)),
        "a bomb as depth.jpg": _with_depth(seeds()["grey.jpg"], _flat("RGBA")),
        "scans without end.jpg": _scans(),
        "a directory that leads to itself.jpg": _with_segment(photo, 0xE1, _looping_exif()),
        "counts without end.jpg": _with_segment(photo, 0xE1, _counting_exif()),
        "a profile of nonsense.jpg": _with_segment(
            photo, 0xE2, b"ICC_PROFILE\0\1\1" + b"\xff" * 60_000
        ),
        "a picture and an archive.jpg": photo + _archive(),
        "a picture and a page.jpg": _with_segment(photo, 0xFE, b"<script>alert(1)</script>"),
        "a page and a picture.jpg": b"<html><script>alert(1)</script>" + photo,
        "a picture and a program.png": _with_chunk(png, b"tEXt", b"x\0<?php system('id'); ?>"),
        "boxes in boxes.heic": _boxes(),
        "a box without end.heic": b"\0\0\0\x18ftypheic" + b"\0" * 12 + b"\0\0\0\1mdat\xff\xff",
        "an animation.png": _animated("PNG"),
        "an animation.webp": _animated("WEBP"),
        "two hundred rotations.heic": heif([(b"iden", [n + 1], [_IROT]) for n in range(1, 201)]),
        "a picture derived from itself.heic": heif([(b"iden", [1], [_IROT])]),
        "a grid of a thousand large pictures.heic": heif([(b"grid", [2] * 1000, [])]),
        "a million chunks.png": png[:33] + _chunk(b"tEXt", b"") * 1_000_000 + png[33:],
        "a hundred thousand segments.jpg": (
            photo[:2] + b"\xff\xe5\0\x03x" * 100_000 + photo[2:]
        ),
        "a bomb of 46 bytes.webp": _lossless_webp(16_383, 16_383),
        "a smaller bomb.webp": _lossless_webp(15_000, 15_000),
        "directories without end.tif": _directories(),
        "a directory of 65535 entries.tif": b"II*\0\x08\0\0\0\xff\xff" + b"\0" * 65535 * 12,
        "a drawing with scripts.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
        **several.crafted(photo),
    }  # fmt: skip


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(width: int, height: int, pixels: bytes) -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = _chunk(b"IDAT", zlib.compress(pixels, 9))
    return b"\x89PNG\r\n\x1a\n" + header + data + _chunk(b"IEND", b"")


@functools.cache
def _zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(b"\0" * 2**20) for _ in range(megabytes)) + packer.flush()


def _with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    after_header = 8 + 25
    return png[:after_header] + _chunk(kind, body) + png[after_header:]


def _many_texts(png: bytes) -> bytes:
    one = _chunk(b"zTXt", b"x\0\0" + zlib.compress(b"\0" * 900_000))
    return png[:33] + one * 1000 + png[33:]


def _elements(count: int) -> bytes:
    return b"<x>" + b"<a/>" * count + b"</x>"


def _with_segment(jpeg: bytes, marker: int, body: bytes) -> bytes:
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + jpeg[2:]


def _extended(jpeg: bytes, packet: bytes) -> bytes:
    """Extended XMP: a packet in many segments, named by its hash."""
    guid = hashlib.md5(packet, usedforsecurity=False).hexdigest().upper().encode()
    step, out = 65_000, b""
    for start in range(0, len(packet), step):
        piece = packet[start : start + step]
        body = _EXTENDED + guid + struct.pack(">II", len(packet), start) + piece
        out += struct.pack(">BBH", 0xFF, 0xE1, len(body) + 2) + body
    return jpeg[:2] + out + jpeg[2:]


def _with_depth(jpeg: bytes, depth: bytes) -> bytes:
    return _extended(
        jpeg,
        b'<x xmlns:g="http://ns.google.com/photos/1.0/depthmap/" g:Format="RangeInverse" '
        b'g:Near="1" g:Far="2" g:Data="' + base64.b64encode(depth) + b'"/>',
    )


@functools.cache
def _flat(mode: str, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    fast = {"compress_level": 1} if kind == "PNG" else {"method": 0} if kind == "WEBP" else {}
    if mode == "I;16":
        image = Image.fromarray(np.zeros((_HIGH, _WIDE), np.uint16))
    else:
        image = Image.new(mode, (_WIDE, _HIGH))
    image.save(out, kind, **fast)
    return out.getvalue()


def _scans() -> bytes:
    """A progressive JPEG whose last pass, which holds next to nothing, comes thousands of times."""
    out = io.BytesIO()
    Image.new("L", (_WIDE, _HIGH), 128).save(out, "JPEG", progressive=True, quality=50)
    data = out.getvalue()
    last = data.rindex(b"\xff\xda")
    scan = data[last:-2]
    return data[:-2] + scan * (8_000_000 // len(scan)) + data[-2:]


def _looping_exif() -> bytes:
    entry = struct.pack(">HHII", 0x8769, 4, 1, 8)  # the sub-directory is this one
    return b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", 1) + entry + struct.pack(">I", 8)


def _counting_exif() -> bytes:
    entries = b"".join(struct.pack(">HHII", tag, 5, 0xFFFFFFFF, 8) for tag in range(0x0100, 0x0160))
    return b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", 0x60) + entries + b"\0\0\0\0"


def _archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../evil.sh", "rm -rf /")
    return out.getvalue()


def _boxes() -> bytes:
    inner = b""
    for _ in range(5000):
        inner = struct.pack(">I", len(inner) + 12) + b"meta" + b"\0\0\0\0" + inner
    return b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + inner


def heif(items: list[tuple[bytes, list[int], list[tuple[bytes, bytes]]]]) -> bytes:
    """A HEIF file of derived items 1, 2 …, each of a type, parts and properties, without data.

    The item after the last is a coded picture; all are of 6320×6320 pixels.
    """
    coded = (b"hvc1", [], [])
    entries = [*items, coded]
    size = (b"ispe", struct.pack(">III", 0, 6320, 6320))
    properties = [size] + [each for _, _, own in entries for each in own]
    infos = b"".join(
        _box(b"infe", b"\2\0\0\0" + struct.pack(">HH", n, 0) + kind + b"\0")
        for n, (kind, _, _) in enumerate(entries, 1)
    )
    references = b"".join(
        _box(b"dimg", struct.pack(f">HH{len(parts)}H", n, len(parts), *parts))
        for n, (_, parts, _) in enumerate(entries, 1)
        if parts
    )
    linked, at = b"", 2
    for n, (_, _, own) in enumerate(entries, 1):
        indices = [1, *range(at, at + len(own))]
        at += len(own)
        linked += struct.pack(f">HB{len(indices)}H", n, len(indices), *indices)
    meta = (
        _box(b"pitm", b"\0\0\0\0\0\1")
        + _box(b"iinf", b"\0\0\0\0" + struct.pack(">H", len(entries)) + infos)
        + _box(b"iref", b"\0\0\0\0" + references)
        + _box(
            b"iprp",
            _box(b"ipco", b"".join(_box(*each) for each in properties))
            + _box(b"ipma", b"\0\0\0\1" + struct.pack(">I", len(entries)) + linked),
        )
    )
    return _box(b"ftyp", b"heic\0\0\0\0heicmif1") + _box(b"meta", b"\0\0\0\0" + meta)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def _lossless_webp(width: int, height: int) -> bytes:
    """The header of a picture of one colour."""
    bits = (width - 1) | (height - 1) << 14
    body = b"\x2f" + struct.pack("<I", bits) + b"\x88\x88\x08" + b"\0" * 18
    chunk = b"VP8L" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def _directories() -> bytes:
    """A TIFF whose directories, all empty, lead to one another."""
    links = b"".join(struct.pack("<HI", 0, 8 + 6 * (n + 1)) for n in range(200_000))
    return b"II*\0\x08\0\0\0" + links


def _animated(kind: str) -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (80, 80), colour) for colour in ("red", "blue")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()
