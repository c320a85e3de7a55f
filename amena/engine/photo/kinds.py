"""What a file is, by its content: a picture that is read, or what else, by name."""

from __future__ import annotations

from typing import Final

from amena.engine.errors import PhotoError
from amena.engine.photo.others import named, refused

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

#: How long the header of a BMP is, of all its versions: Windows' own and those of OS/2.
_BMP_HEADERS: Final = {size.to_bytes(4, "little") for size in (12, 16, 40, 52, 56, 64, 108, 124)}
_TIFF_HEADS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"IIRO", b"IIRS", b"MMOR", b"IIU\0")


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
    if data[:2] == b"BM" and data[14:18] in _BMP_HEADERS:
        return "BMP"
    if data[:2] == b"\xff\x0a" or data[:12] == b"\0\0\0\x0cJXL \r\n\x87\n":
        return "JXL"
    if data[4:8] == b"ftyp":
        return "BMFF"
    raise refused(data)


def is_video(data: bytes) -> PhotoError:
    """What to raise for a film, a recording, or a sequence without a still picture."""
    return named("is_audio" if data[8:12] in (b"M4A ", b"M4B ", b"M4P ", b"F4A ") else "is_video")


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


def rare() -> PhotoError:
    """What to raise for a picture that is whole, but of a kind that its decoder does not know."""
    return PhotoError(
        "This picture is of a rare kind that we cannot read. Save it as JPEG or PNG.",
        code="rare_kind",
    )
