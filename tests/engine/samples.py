"""Builders of photo files, good and bad, as bytes. Usable by any test."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
from pillow_heif import HeifFile, from_pillow

#: Stands in the EXIF and the XMP of `gps_jpeg`; must never be found in anything the engine writes.
SECRET = "Kurashiki-7731"
#: What the four quarters of `picture` show: top left, top right, bottom left, bottom right.
QUARTERS = ((200, 40, 40), (40, 170, 60), (50, 70, 210), (220, 200, 60))

#: EXIF orientation → what makes an upright picture into a stored one.
UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def picture(width: int = 320, height: int = 240) -> Image.Image:
    """Four quarters in `QUARTERS`, so that every turn and flip is visible."""
    pixels = np.empty((height, width, 3), np.uint8)
    for index, colour in enumerate(QUARTERS):
        rows = slice(None, height // 2) if index < 2 else slice(height // 2, None)
        cols = slice(None, width // 2) if index % 2 == 0 else slice(width // 2, None)
        pixels[rows, cols] = colour
    return Image.fromarray(pixels)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The image as a file of that format."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(width: int = 320, height: int = 240, **options: object) -> bytes:
    return encoded(picture(width, height), "JPEG", quality=92, **options)


def png(width: int = 320, height: int = 240) -> bytes:
    return encoded(picture(width, height), "PNG")


def webp(width: int = 320, height: int = 240) -> bytes:
    return encoded(picture(width, height), "WEBP", quality=92)


def heic(width: int = 320, height: int = 240, **info: object) -> bytes:
    image = picture(width, height)
    image.info.update(info)
    return _heif([image])


def rotated_jpeg(orientation: int, width: int = 320, height: int = 240) -> bytes:
    """A JPEG that looks like `picture(width, height)` once its EXIF orientation is applied."""
    stored = picture(width, height)
    if orientation in UNDO:
        stored = stored.transpose(UNDO[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(stored, "JPEG", quality=92, exif=exif)


def gps_jpeg() -> bytes:
    """A photo whose EXIF and XMP tell where it was taken, by whom and with what."""
    exif = Image.Exif()
    exif[0x010F] = exif[0x013B] = SECRET
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (34.0, 35.0, 46.0)
    gps[3], gps[4] = "E", (133.0, 46.0, 12.0)
    gps[0x1C] = SECRET.encode()
    xmp = _xmp(f'<rdf:Description xmlns:p="urn:place" p:city="{SECRET}"/>')
    return jpeg(exif=exif, xmp=xmp, comment=SECRET)


def cmyk_jpeg() -> bytes:
    return encoded(picture().convert("CMYK"), "JPEG", quality=95)


def grey_jpeg() -> bytes:
    return encoded(picture().convert("L"), "JPEG", quality=95)


def grey16_png(width: int = 320, height: int = 240) -> bytes:
    """16 bits: black on the left to white on the right."""
    ramp = np.linspace(0, 65535, width).astype(np.uint16)
    return encoded(Image.fromarray(np.tile(ramp, (height, 1))), "PNG")


def rgb16_png(width: int = 320, height: int = 240) -> bytes:
    """Three channels of 16 bits, which Pillow cannot write."""
    pixels = np.asarray(picture(width, height)).astype(">u2") * 257
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    return _png(width, height, depth=16, colour=2, content=zlib.compress(rows))


def transparent_png() -> bytes:
    """The left half is clear (over hidden red), the right half opaque blue."""
    pixels = np.zeros((240, 320, 4), np.uint8)
    pixels[:, :160] = (255, 0, 0, 0)
    pixels[:, 160:] = (0, 0, 255, 255)
    return encoded(Image.fromarray(pixels), "PNG")


def palette_png() -> bytes:
    """Eight colours, one of which is transparent."""
    image = picture().quantize(8)
    image.info["transparency"] = image.getpixel((300, 220))
    return encoded(image, "PNG", transparency=image.info["transparency"])


def swapped_profile() -> bytes:
    """A colour profile that means blue by the red channel and red by the blue one."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile)


def truncated(data: bytes, share: float = 0.6) -> bytes:
    return data[: int(len(data) * share)]


def noisy_jpeg(width: int = 320, height: int = 240) -> bytes:
    """Fills many bytes, so that a cut falls into the picture."""
    noise = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    return encoded(Image.fromarray(noise), "JPEG", quality=95)


def bomb_png(width: int = 30_000, height: int = 30_000) -> bytes:
    """A few kilobytes that claim to be a huge picture."""
    return _png(width, height, depth=8, colour=2, content=zlib.compress(bytes(1_000_000)))


def bomb_jpeg() -> bytes:
    data = bytearray(jpeg())
    struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, 30_000, 30_000)
    return bytes(data)


def bomb_webp() -> bytes:
    data = bytearray(webp())
    struct.pack_into("<HH", data, data.index(b"\x9d\x01\x2a") + 3, 16_383, 16_383)
    return bytes(data)


def bomb_heic() -> bytes:
    return heic().replace(struct.pack(">II", 320, 240), struct.pack(">II", 30_000, 30_000))


def one_pixel_png() -> bytes:
    return encoded(Image.new("RGB", (1, 1), "red"), "PNG")


def animated_webp() -> bytes:
    frames = [Image.new("RGB", (320, 240), colour) for colour in ("red", "green", "blue")]
    return encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100)


def animated_png() -> bytes:
    frames = [Image.new("RGB", (320, 240), colour) for colour in ("red", "green", "blue")]
    return encoded(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=100)


def gif() -> bytes:
    return encoded(picture().quantize(16), "GIF")


def svg() -> bytes:
    return (
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="320" height="240">'
        b'<rect width="320" height="240" fill="red"/></svg>'
    )


# Depth that phones store. `ramp` is the map that all of these carry.


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
    packet = _xmp(f"<rdf:Description {space} {data}/>")
    guid = hashlib.md5(packet, usedforsecurity=False).hexdigest().upper()
    note = f'xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="{guid}"'
    segments = [_xmp_segment(f"<rdf:Description {space} {attributes} {note}/>")]
    size = max(1, len(packet) // 3)
    for offset in reversed(range(0, len(packet), size)):  # readers must put them in order
        head = guid.encode() + struct.pack(">II", len(packet), offset)
        chunk = b"http://ns.adobe.com/xmp/extension/\0" + head + packet[offset : offset + size]
        segments.append(_segment(0xE1, chunk))
    return _with_segments(photo, *segments)


def dynamic_depth_jpeg(*, form: str = "attributes", stated_length: int | None = None) -> bytes:
    """Dynamic Depth 1.0: the map is the second of three files after the photo."""
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
    return _with_segments(jpeg(), _xmp_segment(description)) + before + depth + after


def apple_depth_jpeg(kind: str = "disparity", extra: str = "") -> bytes:
    """A portrait as Apple's Photos exports it: a gain map and the depth in a Multi-Picture file."""
    space = 'xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/"'
    values = {"AuxiliaryImageType": kind, "FloatMinValue": "0.5", "FloatMaxValue": "2.0"}
    inner = "".join(f"<apdi:{name}>{value}</apdi:{name}>" for name, value in values.items())
    about = f"<rdf:Description {space}>{inner}{extra}</rdf:Description>"
    gain = encoded(Image.new("L", (160, 120), 99), "JPEG")
    depth = encoded(Image.fromarray(ramp()), "JPEG", quality=98)
    return _multi_picture(jpeg(), [gain, _with_segments(depth, _xmp_segment(about))])


def heic_with_depth(orientation: int = 1) -> bytes:
    """A HEIC with a depth image, which no Python library writes: two pictures, relinked by hand.

    Photo and depth are stored turned, and say so, as a phone held upright does it.
    """
    undone = [
        image.transpose(UNDO[orientation]) if orientation in UNDO else image
        for image in (picture(), Image.fromarray(ramp()))
    ]
    return _second_as_depth(_heif(undone, orientation))


def _heif(images: list[Image.Image], orientation: int = 1) -> bytes:
    heif: HeifFile = from_pillow(images[0])
    for image in images[1:]:
        heif.add_from_pillow(image)
    if orientation != 1:
        exif = Image.Exif()
        exif[0x0112] = orientation
        for added in heif:
            added.info["exif"] = (
                exif.tobytes()
            )  # becomes the container's own rotation and mirroring
    out = io.BytesIO()
    heif.save(out, quality=95)
    return out.getvalue()


def _dynamic_item(mime: str, length: int, uri: str, form: str) -> str:
    if form == "attributes":
        inner = f'<Container:Item Item:Mime="{mime}" Item:Length="{length}" Item:DataURI="{uri}"/>'
    else:
        inner = (
            f"<Container:Item><Item:Mime>{mime}</Item:Mime><Item:Length>{length}</Item:Length>"
            f"<Item:DataURI>{uri}</Item:DataURI></Container:Item>"
        )
    return f"<rdf:li>{inner}</rdf:li>"


def _xmp(description: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        f'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{description}</rdf:RDF>'
        "</x:xmpmeta>"
    ).encode()


def _xmp_segment(description: str) -> bytes:
    return _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + _xmp(description))


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


def _png(width: int, height: int, depth: int, colour: int, content: bytes) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        check = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", content)
        + chunk(b"IEND", b"")
    )


def _boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 0
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        found.append((name, data[at + 8 : at + length]))
        at += length
    return found


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, name) + body


def _second_as_depth(data: bytes) -> bytes:
    """Turn the second picture of a HEIC into the depth image of the first.

    ISO/IEC 23008-12, 6.6 and 7.5: the link is a reference `auxl`, its kind a property `auxC`.
    """
    meta = dict(_boxes(data))[b"meta"]
    inner = dict(_boxes(meta[4:]))
    properties = dict(_boxes(inner[b"iprp"]))
    properties[b"ipco"] += _box(b"auxC", bytes(4) + b"urn:mpeg:hevc:2015:auxid:2\0")
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
