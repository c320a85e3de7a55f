"""What a file is, by its content: a picture that is read, or what else, by name."""

from __future__ import annotations

import re
from typing import Final

from amena.engine.errors import PhotoError

#: Format → its media type. `RAW` stands for the picture that a camera puts into its raw file.
KINDS: Final = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
    "AVIF": "image/avif",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "JXL": "image/jxl",
    "RAW": "image/x-adobe-dng",
}

#: What browsers may offer in their file dialogs: media types, and suffixes that have none there.
ACCEPT: Final = ",".join(
    (
        *dict.fromkeys((*KINDS.values(), "image/heif")),
        *(".heic", ".heif", ".hif", ".avif", ".jxl", ".tif", ".tiff"),
        *(".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw"),
    )
)

_TIFF_HEADS: Final = (b"II*\0", b"MM\0*", b"IIRO", b"IIRS", b"MMOR", b"IIU\0")
_TAKEN: Final = "Save it as JPEG or PNG, or choose another photo."

#: Code of a refusal → the file's first bytes, and what it is.
_NAMED: Final = {
    "is_jpeg2000": (
        re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"),
        f"This is a JPEG 2000 picture, which we cannot read. {_TAKEN}",
    ),
    "is_psd": (
        re.compile(rb"8BP[SB]"),
        f"This is a Photoshop document, which we cannot read. {_TAKEN}",
    ),
    "is_pdf": (
        re.compile(rb"%PDF-"),
        "This is a PDF, not a photo. Save its picture as JPEG or PNG, or choose another photo.",
    ),
    "is_bigtiff": (
        re.compile(rb"II\x2b\0|MM\0\x2b"),
        f"This is a BigTIFF picture, which we cannot read. {_TAKEN}",
    ),
    "is_archive": (
        re.compile(rb"PK\x03\x04|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|\x1f\x8b\x08"),
        "This is a packed file, not a photo. Unpack it, and choose a photo from it.",
    ),
    "is_web_page": (
        re.compile(rb"(\xef\xbb\xbf)?\s*(<!doctype html|<html)", re.IGNORECASE),
        "This is a web page, not a photo. Open it, and save the photo itself.",
    ),
    "is_video": (
        re.compile(rb"\x1aE\xdf\xa3|RIFF....AVI |\x00\x00\x01[\xb3\xba]|FLV\x01", re.DOTALL),
        "This is a video, not a photo. Choose a photo, or a screenshot of the video.",
    ),
}
_SVG: Final = re.compile(rb"\s*(<\?xml|<!--|<!DOCTYPE svg|<svg)", re.IGNORECASE)


def sniff(data: bytes) -> str:
    """Tell the format by content.

    Returns:
        A key of `KINDS`; `TIFF` also for raw files built like one; `BMFF` for every ISO base media
        file, whose boxes tell the rest.

    Raises:
        PhotoError: `unknown_format`, or a code that names what the file is.
    """
    if data[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:4] in _TIFF_HEADS:
        return "TIFF"
    if data[:15] == b"FUJIFILMCCD-RAW":
        return "RAW"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if data[:2] == b"BM" and data[6:10] == b"\0\0\0\0":
        return "BMP"
    if data[:2] == b"\xff\x0a" or data[:12] == b"\0\0\0\x0cJXL \r\n\x87\n":
        return "JXL"
    if data[4:8] == b"ftyp":
        return "BMFF"
    raise _refused(data)


def _refused(data: bytes) -> PhotoError:
    for code, (pattern, message) in _NAMED.items():
        if pattern.match(data):
            return PhotoError(message, code=code)
    if _SVG.match(data) and b"<svg" in data[:4096].lower():
        return PhotoError(
            "This is a drawing in SVG, not a photo. Save it as PNG, or choose a photo.",
            code="is_svg",
        )
    return PhotoError(
        f"This is not a picture in a format we read. {_TAKEN}",
        code="unknown_format",
    )


def is_video() -> PhotoError:
    """What to raise for a film, or a sequence without a still picture."""
    return PhotoError(_NAMED["is_video"][1], code="is_video")


def bad_structure(what: str) -> PhotoError:
    """What to raise for a file that is built to cost more than any photo does."""
    error = PhotoError(
        "The file is built as no camera builds one and was not opened. Export the photo again.",
        code="bad_structure",
    )
    error.add_note(what)
    return error


def truncated() -> PhotoError:
    """What to raise for a picture that lacks its end."""
    return PhotoError(
        "The picture is cut off before its end. Upload or copy it again.", code="truncated"
    )


def broken() -> PhotoError:
    """What to raise for a picture that no decoder makes sense of."""
    return PhotoError(
        "The picture is damaged and cannot be decoded. Export it again.", code="broken"
    )
