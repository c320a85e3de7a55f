"""What is no photo, or one of a kind that nobody here reads, is called by its name."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable

import pytest

from amena.engine.errors import PhotoError
from amena.engine.photo import decode
from tests.engine import samples
from tests.engine.samples import pil


def avc_heif() -> bytes:
    return samples.heic().replace(b"hvc1", b"avc1")


def patched_jpeg(at: int, value: int) -> bytes:
    data = bytearray(samples.jpeg())
    data[data.index(b"\xff\xc0") + at] = value
    return bytes(data)


def zipped(name: str = "photo.jpg", content: str | bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, content or samples.jpeg())
    return out.getvalue()


def bmp(header: int = 40, compression: int = 0) -> bytes:
    """A BMP whose header is of another version, or its pixels packed in another way."""
    data = bytearray(samples.encoded(samples.picture(), "BMP"))
    data[14:18], data[30:34] = header.to_bytes(4, "little"), compression.to_bytes(4, "little")
    return bytes(data)


def tiff_of(compression: int) -> bytes:
    """A TIFF that says it is packed so."""
    data = samples.encoded(samples.picture(), "TIFF")
    entry = struct.pack("<HHIH", 259, 3, 1, 1)
    assert data.count(entry) == 1
    return data.replace(entry, struct.pack("<HHIH", 259, 3, 1, compression))


@pytest.mark.parametrize(
    ("build", "code", "word"),
    [
        (pil("JPEG2000"), "is_jpeg2000", "JPEG 2000"),
        (lambda: patched_jpeg(1, 0xC7), "rare_kind", "rare kind"),
        (lambda: patched_jpeg(1, 0xF7), "is_jpeg_ls", "JPEG-LS"),
        (avc_heif, "heif_codec", "H.264"),
        (lambda: samples.dng(b"no picture"), "raw_without_preview", "raw file"),
        (lambda: b"8BPS\0\1" + b"\0" * 100, "is_psd", "Photoshop"),
        (lambda: b"%PDF-1.7\n" + b"\0" * 100, "is_pdf", "PDF"),
        (samples.svg, "is_svg", "SVG"),
        (zipped, "is_archive", "packed file"),
        (lambda: gzip.compress(samples.png()), "is_archive", "packed file"),
        (lambda: b"\n<!DOCTYPE html><html><svg></svg></html>", "is_web_page", "web page"),
        (lambda: b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moov", "is_video", "video"),
        (lambda: b"\x1aE\xdf\xa3" + b"\0" * 100, "is_video", "video"),
        (pil("PPM"), "is_pnm", "PPM"),
        (lambda: b"P2\n# made by hand\n320 240\n255\n0 1 2", "is_pnm", "PGM"),
        (pil("TGA"), "is_tga", "a TGA"),
        (lambda: pil("TGA")()[:-26], "is_tga", "TGA"),
        (pil("TGA", compression="tga_rle"), "is_tga", "TGA"),
        (lambda: samples.encoded(samples.picture().convert("P"), "TGA")[:-26], "is_tga", "TGA"),
        (pil("ICO"), "is_icon", "an ICO"),
        (lambda: pil("ICO")().replace(b"\0\0\1", b"\0\0\2", 1), "is_cursor", "CUR"),
        (pil("ICNS"), "is_icns", "an ICNS"),
        (pil("PCX"), "is_pcx", "PCX"),
        (pil("DDS"), "is_dds", "DDS"),
        (pil("SGI"), "is_sgi", "SGI"),
        (pil("EPS"), "is_eps", "PostScript"),
        (lambda: samples.encoded(samples.picture().convert("1"), "XBM"), "is_xbm", "an XBM"),
        (lambda: b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n", "is_radiance", "HDR"),
        (lambda: b"\x76\x2f\x31\1\2\0\0\0" + b"\0" * 99, "is_openexr", "an OpenEXR"),
        (lambda: b"SIMPLE  =" + b"T".rjust(21) + b" " * 50, "is_fits", "FITS"),
        (lambda: b"gimp xcf v011\0" + b"\0" * 99, "is_xcf", "GIMP"),
        (lambda: b"\0" * 128 + b"DICM\2\0\0\0UL", "is_dicom", "DICOM"),
        (lambda: b"\xd7\xcd\xc6\x9a\0\0" + b"\0" * 99, "is_metafile", "WMF"),
        (lambda: b"\1\0\0\0" + b"\0" * 36 + b" EMF" + b"\0" * 99, "is_metafile", "EMF"),
        (lambda: b"II\x1a\0\0\0HEAPCCDR" + b"\0" * 99, "raw_without_preview", "raw"),
        (lambda: b"FOVb\0\0\3\0" + b"\0" * 99, "raw_without_preview", "raw"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "is_document", "document"),
        (lambda: zipped("[Content_Types].xml"), "is_document", "document"),
        (lambda: zipped("mimetype", "application/epub+zip"), "is_document", "document"),
        (lambda: zipped("mimetype", "image/openraster"), "is_openraster", "OpenRaster"),
        (
            lambda: b"\0\0\0\x1cftypM4A \0\0\0\0M4A mp42\0\0\0\0" + b"\0\0\0\x08moov",
            "is_audio",
            "sound",
        ),
        (lambda: b"ID3\4\0\0\0\0\0\x0a" + b"\0" * 99, "is_audio", "sound"),
        (lambda: (b"\xff\xfb\x90\0" + b"\0" * 413) * 3, "is_audio", "sound"),
        (lambda: b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 99, "is_audio", "sound"),
        (lambda: b"OggS\0\2" + b"\0" * 20 + b"\1\x1e\1vorbis", "is_audio", "sound"),
        (lambda: b"OggS\0\2" + b"\0" * 20 + b"\1\x2a\x80theora", "is_video", "video"),
        (lambda: (b"\x47\x40\0\x10" + b"\0" * 184) * 6, "is_video", "video"),
        (lambda: b"\0\0\0\x08wide\0\0\1\0mdat" + b"\0" * 99, "is_video", "video"),
        (lambda: b"\0\1\0\0\0\x0f\0\x80\0\3\0\x70GDEF" + b"\0" * 99, "is_font", "font"),
        (lambda: b"wOF2\0\1\0\0" + b"\0" * 99, "is_font", "font"),
        (lambda: b"MZ\x90\0" + b"\0" * 99, "is_program", "program"),
        (lambda: b"SQLite format 3\0" + b"\0" * 99, "is_database", "database"),
        (lambda: b"glTF\2\0\0\0" + b"\0" * 99, "is_model", "3D model"),
        (lambda: bmp(header=16), "rare_kind", "rare kind"),
        (lambda: bmp(compression=5), "rare_kind", "rare kind"),
        (lambda: tiff_of(50001), "rare_kind", "rare kind"),
        (lambda: b"hello, this is a text", "unknown_format", "not a picture"),
        (lambda: b"\0" * 5000, "unknown_format", "not a picture"),
    ],
)
def test_what_is_refused_is_named(build: Callable[[], bytes], code: str, word: str) -> None:
    with pytest.raises(PhotoError) as raised:
        decode.inspect(io.BytesIO(build()))
    assert raised.value.code == code
    assert word in raised.value.message
