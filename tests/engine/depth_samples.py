"""Builders of photos that carry depth as phones store it, as bytes."""

from __future__ import annotations

import base64
import hashlib
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.engine.samples import UNDO, encoded, encoded_heif, heif_file, jpeg, picture, xmp_packet


def ramp(width: int = 160, height: int = 120) -> NDArray[np.uint8]:
    """uint8 H×W: 0 in the left column, 255 in the right one."""
    return np.tile(np.linspace(0, 255, width).round().astype(np.uint8), (height, 1))


def gdepth_jpeg(
    depth: bytes | None = None,
    *,
    extended: bool = False,
    attributes: str = 'GDepth:Format="RangeInverse" GDepth:Near="1" GDepth:Far="10"',
    photo: bytes | None = None,
) -> bytes:
    """Google's GDepth: the map in base64 in the XMP, or split over extended XMP segments."""
    depth = encoded(Image.fromarray(ramp()), "PNG") if depth is None else depth
    data = f'GDepth:Data="{base64.b64encode(depth).decode()}"'
    space = 'xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/"'
    photo = jpeg() if photo is None else photo
    if not extended:
        return _with_segments(
            photo, _xmp_segment(f"<rdf:Description {space} {attributes} {data}/>")
        )
    packet = xmp_packet(f"<rdf:Description {space} {data}/>")
    guid = hashlib.md5(packet, usedforsecurity=False).hexdigest().upper()
    note = f'xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="{guid}"'
    segments = [_xmp_segment(f"<rdf:Description {space} {attributes} {note}/>")]
    size = max(1, len(packet) // 3)
    for offset in reversed(range(0, len(packet), size)):  # readers must put them in order
        head = guid.encode() + struct.pack(">II", len(packet), offset)
        chunk = b"http://ns.adobe.com/xmp/extension/\0" + head + packet[offset : offset + size]
        segments.append(_segment(0xE1, chunk))
    return _with_segments(photo, *segments)


def samsung_depth_jpeg(
    depth: NDArray[np.uint8] | None = None, *, photo: bytes | None = None, behind: bytes = b""
) -> bytes:
    """Samsung's Live Focus: named blocks behind the photo, and a directory that counts back."""
    depth = ramp() if depth is None else depth
    about = bytes(32) + b"\x03\0\xff\xff" + struct.pack("<II", *depth.shape[::-1]) + bytes(64)
    blocks = {0xA01: (b"Image_UTC_Data", b"1700000000000"),
              0xAB1: (b"DualShot_DepthMap_1", depth.tobytes()),
              0xAB3: (b"DualShot_Extra_Info", about)}  # fmt: skip
    stored, places = b"", []
    for kind, (name, content) in blocks.items():
        block = struct.pack("<HHI", 0, kind, len(name)) + name + content
        places.append((kind, len(stored), len(block)))
        stored += block
    directory = b"SEFH" + struct.pack("<II", 106, len(places))
    for kind, start, length in places:
        directory += struct.pack("<HHII", 0, kind, len(stored) - start, length)
    end = struct.pack("<I", len(directory)) + b"SEFT"
    return (jpeg() if photo is None else photo) + stored + directory + end + behind


def huawei_depth_jpeg(
    depth: NDArray[np.uint8] | None = None, *, turns: int = 0, photo: bytes | None = None
) -> bytes:
    """Huawei's wide aperture: the photo, the photo without the effect, and a block `edof`; `depth`
    is upright, and stored turned so that it takes as many quarters counter-clockwise.
    """
    depth = np.rot90(ramp() if depth is None else depth, -turns)
    head = bytearray(72)
    head[:9] = b"edof\0\0\0\0\1"
    head[11] = 0x10 | turns
    struct.pack_into("<HH", head, 20, *depth.shape[::-1])
    photo = jpeg() if photo is None else photo
    return photo + jpeg(64, 64) + b"\0\x56\xe9\0" + bytes(head) + depth.tobytes() + b"DepthEn\0"


def dynamic_depth_jpeg(*, form: str = "attributes", stated_length: int | None = None) -> bytes:
    """Dynamic Depth 1.0: the map is the second of three files after the photo."""
    description, appended = _dynamic_depth(form, stated_length)
    return _with_segments(jpeg(), _xmp_segment(description)) + appended


def dynamic_depth_heic() -> bytes:
    """The same in a HEIC."""
    description, appended = _dynamic_depth("attributes", None)
    return encoded_heif(picture(), xmp=xmp_packet(description)) + appended


def _dynamic_depth(form: str, stated_length: int | None) -> tuple[str, bytes]:
    """What the XMP says, and the files."""
    depth = encoded(Image.fromarray(ramp()), "JPEG", quality=98)
    before, after = jpeg(64, 64), b"a short film"
    length = len(depth) if stated_length is None else stated_length
    items = (
        ("image/jpeg", 0, "primary_image"),
        ("image/jpeg", len(before), "android/original_image"),
        ("image/jpeg", length, "android/depthmap"),
        ("video/mp4", len(after), "android/film"),
    )
    listed = "".join(_dynamic_item(*item, form=form) for item in items)
    base = "http://ns.google.com/photos/dd/1.0/"
    description = (
        f'<rdf:Description xmlns:Device="{base}device/" xmlns:Container="{base}container/" '
        f'xmlns:Item="{base}item/" xmlns:Camera="{base}camera/" xmlns:DepthMap="{base}depthmap/">'
        f"<Device:Container><Container:Directory><rdf:Seq>{listed}</rdf:Seq></Container:Directory>"
        "</Device:Container><Device:Cameras><rdf:Seq><rdf:li><Device:Camera><Camera:DepthMap "
        'DepthMap:Format="RangeLinear" DepthMap:Near="1" DepthMap:Far="4" '
        'DepthMap:DepthURI="android/depthmap"/></Device:Camera></rdf:li></rdf:Seq>'
        "</Device:Cameras></rdf:Description>"
    )
    return description, before + depth + after


def apple_depth_jpeg(kind: str = "disparity", extra: str = "") -> bytes:
    """A portrait as Apple's Photos exports it: a gain map and the depth in a Multi-Picture file."""
    space = 'xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/"'
    values = {"AuxiliaryImageType": kind, "FloatMinValue": "0.5", "FloatMaxValue": "2.0"}
    inner = "".join(f"<apdi:{name}>{value}</apdi:{name}>" for name, value in values.items())
    about = f"<rdf:Description {space}>{inner}{extra}</rdf:Description>"
    gain = encoded(Image.new("L", (160, 120), 99), "JPEG")
    depth = encoded(Image.fromarray(ramp()), "JPEG", quality=98)
    return _multi_picture(jpeg(), [gain, _with_segments(depth, _xmp_segment(about))])


def apple_matte_jpeg(
    matte: NDArray[np.uint8], depth: NDArray[np.uint8], photo: bytes | None = None
) -> bytes:
    """A portrait with its disparity and the subject's matte, in a Multi-Picture file."""
    space = 'xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/"'
    about = {
        "matte": 'apdi:AuxiliaryImageType="urn:com:apple:photo:2018:aux:portraiteffectsmatte"',
        "depth": 'apdi:AuxiliaryImageType="disparity" apdi:FloatMinValue="0.5" '
        'apdi:FloatMaxValue="2.0"',
    }
    pictures = [
        _with_segments(
            encoded(Image.fromarray(values), "JPEG", quality=98),
            _xmp_segment(f"<rdf:Description {space} {about[name]}/>"),
        )
        for name, values in (("matte", matte), ("depth", depth))
    ]
    return _multi_picture(jpeg() if photo is None else photo, pictures)


def heic_with_matte(matte: NDArray[np.uint8], orientation: int = 1) -> bytes:
    """A HEIC with the subject's matte, which is upright, as an auxiliary picture."""
    undone = [
        image.transpose(UNDO[orientation]) if orientation in UNDO else image
        for image in (picture(), Image.fromarray(matte))
    ]
    kind = b"urn:com:apple:photo:2018:aux:portraiteffectsmatte"
    return _second_as_depth(heif_file(undone, orientation), kind)


def heic_with_depth(orientation: int = 1) -> bytes:
    """A HEIC with a depth image, which no Python library writes: two pictures, relinked by hand.

    Photo and depth are stored turned, and say so, as a phone held upright does it.
    """
    undone = [
        image.transpose(UNDO[orientation]) if orientation in UNDO else image
        for image in (picture(), Image.fromarray(ramp()))
    ]
    return _second_as_depth(heif_file(undone, orientation))


def _dynamic_item(mime: str, length: int, uri: str, form: str) -> str:
    if form == "attributes":
        inner = f'<Container:Item Item:Mime="{mime}" Item:Length="{length}" Item:DataURI="{uri}"/>'
    else:
        inner = (
            f"<Container:Item><Item:Mime>{mime}</Item:Mime><Item:Length>{length}</Item:Length>"
            f"<Item:DataURI>{uri}</Item:DataURI></Container:Item>"
        )
    return f"<rdf:li>{inner}</rdf:li>"


def _xmp_segment(description: str) -> bytes:
    return _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp_packet(description))


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _with_segments(photo: bytes, *segments: bytes) -> bytes:
    return photo[:2] + b"".join(segments) + photo[2:]


def _multi_picture(primary: bytes, others: list[bytes]) -> bytes:
    """Multi-Picture Format: an index in APP2; offsets count from the byte after `MPF` and its 0."""
    index_length = 8 + 2 + 3 * 12 + 4 + 16 * (len(others) + 1)
    whole = len(primary) + 4 + 4 + index_length  # with the segment that is about to go in
    entries, offset = struct.pack("<IIIHH", 0x030000, whole, 0, 0, 0), whole - 10
    for other in others:
        entries += struct.pack("<IIIHH", 0, len(other), offset, 0, 0)
        offset += len(other)
    index = b"II*\0" + struct.pack("<IH", 8, 3)
    index += struct.pack("<HHI4s", 0xB000, 7, 4, b"0100")
    index += struct.pack("<HHII", 0xB001, 4, 1, len(others) + 1)
    index += struct.pack("<HHII", 0xB002, 7, len(entries), 50) + bytes(4) + entries
    return _with_segments(primary, _segment(0xE2, b"MPF\0" + index)) + b"".join(others)


def _boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 0
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        found.append((name, data[at + 8 : at + length]))
        at += length
    return found


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, name) + body


def _second_as_depth(data: bytes, kind: bytes = b"urn:mpeg:hevc:2015:auxid:2") -> bytes:
    """Turn the second picture of a HEIC into the depth image of the first, or what `kind` says.

    ISO/IEC 23008-12, 6.6 and 7.5: the link is a reference `auxl`, its kind a property `auxC`.
    """
    meta = dict(_boxes(data))[b"meta"]
    inner = dict(_boxes(meta[4:]))
    properties = dict(_boxes(inner[b"iprp"]))
    properties[b"ipco"] += _box(b"auxC", bytes(4) + kind + b"\0")
    number = len(_boxes(properties[b"ipco"]))
    links = bytearray(properties[b"ipma"])  # per picture: id, count, one byte for each property
    second = 8 + 3 + links[10]
    links[second + 2] += 1
    links.insert(second + 3, 0x80 | number)
    properties[b"ipma"] = bytes(links)
    inner[b"iprp"] = b"".join(_box(*entry) for entry in properties.items())
    ids = struct.unpack_from(">H", links, second)[0], struct.unpack_from(">H", links, 8)[0]
    link = _box(b"auxl", struct.pack(">HHH", ids[0], 1, ids[1]))
    inner[b"iref"] = inner.get(b"iref", bytes(4)) + link

    def assembled() -> bytes:
        return meta[:4] + b"".join(_box(*entry) for entry in inner.items())

    moved = len(assembled()) - len(meta)
    places = bytearray(inner[b"iloc"])
    for item in range(struct.unpack_from(">H", places, 6)[0]):
        at = 8 + 18 * item + 10
        struct.pack_into(">I", places, at, struct.unpack_from(">I", places, at)[0] + moved)
    inner[b"iloc"] = bytes(places)
    return b"".join(
        _box(name, assembled() if name == b"meta" else body) for name, body in _boxes(data)
    )
