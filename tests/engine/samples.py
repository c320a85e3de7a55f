"""Builders of photo files, good and bad, as bytes. Usable by any test."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
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


def pil(kind: str, **options: object) -> Callable[[], bytes]:
    """What makes the picture as a file of that format, as Pillow writes it."""
    return lambda: encoded(picture(), kind, **options)


def exif(orientation: int) -> bytes:
    """EXIF that says how the picture is to be turned."""
    found = Image.Exif()
    found[0x0112] = orientation
    return found.tobytes()


def jpeg(width: int = 320, height: int = 240, **options: object) -> bytes:
    return encoded(picture(width, height), "JPEG", quality=92, **options)


def png(width: int = 320, height: int = 240) -> bytes:
    return encoded(picture(width, height), "PNG")


def webp(width: int = 320, height: int = 240) -> bytes:
    return encoded(picture(width, height), "WEBP", quality=92)


def heic(width: int = 320, height: int = 240, **info: object) -> bytes:
    image = picture(width, height)
    image.info.update(info)
    return heif_file([image])


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
    xmp = xmp_packet(f'<rdf:Description xmlns:p="urn:place" p:city="{SECRET}"/>')
    return jpeg(exif=exif, xmp=xmp, comment=SECRET)


def cmyk_jpeg(width: int = 320, height: int = 240) -> bytes:
    return encoded(picture(width, height).convert("CMYK"), "JPEG", quality=95)


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


def transparent_png(width: int = 320, height: int = 240) -> bytes:
    """The left half is clear (over hidden red), the right half opaque blue."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[:, : width // 2] = (255, 0, 0, 0)
    pixels[:, width // 2 :] = (0, 0, 255, 255)
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


def animated_gif() -> bytes:
    frames = [Image.new("RGB", (320, 240), colour) for colour in ("red", "green", "blue")]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)


def gif() -> bytes:
    return encoded(picture().quantize(16), "GIF")


def svg() -> bytes:
    return (
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="320" height="240">'
        b'<rect width="320" height="240" fill="red"/></svg>'
    )


def xmp_packet(description: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        f'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{description}</rdf:RDF>'
        "</x:xmpmeta>"
    ).encode()


def encoded_heif(image: Image.Image, **options: object) -> bytes:
    """HEIC with options of pillow-heif's."""
    out = io.BytesIO()
    from_pillow(image).save(out, quality=95, **options)
    return out.getvalue()


def heif_file(images: list[Image.Image], orientation: int = 1) -> bytes:
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


def dng(preview: bytes, orientation: int = 1) -> bytes:
    """A DNG whose sensor data is a few bytes, with a preview in a directory of its own."""

    def directory(entries: list[tuple[int, int, int, int]], following: int = 0) -> bytes:
        packed = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
        return struct.pack("<H", len(entries)) + packed + struct.pack("<I", following)

    first, second = 8, 8 + 2 + 12 * 9 + 4
    data_at = second + 2 + 12 * 6 + 4
    sensor = [
        *((254, 4, 1, 0), (256, 4, 1, 64), (257, 4, 1, 64), (258, 3, 1, 16), (259, 3, 1, 1)),
        *((262, 3, 1, 32803), (274, 3, 1, orientation), (330, 4, 1, second)),
        (50706, 1, 4, 0x0401),
    ]
    picture = [
        *((254, 4, 1, 1), (256, 4, 1, 640), (257, 4, 1, 480), (259, 3, 1, 7)),
        *((273, 4, 1, data_at), (279, 4, 1, len(preview))),
    ]
    return b"II*\0" + struct.pack("<I", first) + directory(sensor) + directory(picture) + preview


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(width: int, height: int, depth: int, colour: int, content: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", content)
        + chunk(b"IEND", b"")
    )
