"""What a file is that no decoder here reads, by its first bytes: named, never called damaged.

Signatures are those of the formats' own specifications, as PRONOM and `file` list them. The few
formats without one (TGA, MPEG audio, transport streams) are told by what their headers must say.
"""

from __future__ import annotations

import re
from typing import Final

from amena.engine.errors import PhotoError

#: Code of a refusal → name of the picture format.
PICTURES: Final = {
    "is_jpeg2000": "JPEG 2000",
    "is_jpeg_ls": "JPEG-LS",
    "is_psd": "Photoshop",
    "is_icon": "ICO",
    "is_icns": "ICNS",
    "is_cursor": "CUR",
    "is_tga": "TGA",
    "is_pnm": "PPM/PGM/PBM",
    "is_pcx": "PCX",
    "is_dds": "DDS",
    "is_radiance": "Radiance HDR",
    "is_openexr": "OpenEXR",
    "is_fits": "FITS",
    "is_xcf": "GIMP XCF",
    "is_dicom": "DICOM",
    "is_metafile": "WMF/EMF",
    "is_jpegxr": "JPEG XR",
    "is_bpg": "BPG",
    "is_qoi": "QOI",
    "is_sgi": "SGI",
    "is_sun": "Sun Raster",
    "is_xpm": "XPM",
    "is_xbm": "XBM",
    "is_photocd": "Photo CD",
    "is_mng": "MNG",
    "is_jng": "JNG",
    "is_djvu": "DjVu",
    "is_ilbm": "ILBM",
    "is_krita": "Krita",
    "is_openraster": "OpenRaster",
    "is_affinity": "Affinity",
    "is_ktx": "KTX",
}

#: Code of a refusal → what is said of a file that holds no picture as such.
FILES: Final = {
    "is_pdf": "This is a PDF, not a photo. Save its picture as JPEG or PNG, or choose another "
    "photo.",
    "is_eps": "This is a PostScript drawing, not a photo. Save it as PNG, or choose a photo.",
    "is_document": "This is a document, not a photo. Save its picture as JPEG or PNG, or choose "
    "another photo.",
    "is_archive": "This is a packed file, not a photo. Unpack it, and choose a photo from it.",
    "is_web_page": "This is a web page, not a photo. Open it, and save the photo itself.",
    "is_video": "This is a video, not a photo. Choose a photo, or a screenshot of the video.",
    "is_audio": "This is a sound file, not a photo. Choose a photo.",
    "is_font": "This is a font, not a photo. Choose a photo.",
    "is_program": "This is a program, not a photo. Choose a photo.",
    "is_database": "This is a database, not a photo. Choose a photo.",
    "is_model": "This is a 3D model, not a photo. Choose a photo, or a screenshot of the model.",
    "is_svg": "This is a drawing in SVG, not a photo. Save it as PNG, or choose a photo.",
    "raw_without_preview": "This raw file holds no picture that we can read. Save it as JPEG "
    "first.",
}

_SIGNATURES: Final = tuple(
    (code, re.compile(pattern, re.DOTALL))
    for code, pattern in (
        ("is_jpeg2000", rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"),
        ("is_psd", rb"8BP[SB]"),
        ("is_icon", rb"\0\0\x01\0[\x01-\xff]\0.{16}"),
        ("is_cursor", rb"\0\0\x02\0[\x01-\xff]\0.{16}|RIFF....ACON"),
        ("is_icns", rb"icns\0"),
        ("is_pnm", rb"P[1-6][ \t\r\n]+(#[^\n]*\n\s*)*\d|P7\nWIDTH |P7 332\n|P[Ff]\n\d"),
        ("is_pcx", rb"\n[\0\x02\x03\x04\x05]\x01[\x01\x02\x04\x08]"),
        ("is_dds", rb"DDS \x7c\0\0\0"),
        ("is_radiance", rb"#\?(RADIANCE|RGBE)[\r\n]"),
        ("is_openexr", rb"\x76\x2f\x31\x01"),
        ("is_fits", rb"SIMPLE  = +T"),
        ("is_xcf", rb"gimp xcf "),
        ("is_dicom", rb".{128}DICM"),
        ("is_metafile", rb"\xd7\xcd\xc6\x9a\0\0|\x01\0\x09\0\0[\x01\x03]|\x01\0\0\0.{36} EMF"),
        ("is_jpegxr", rb"II\xbc[\0\x01]"),
        ("is_bpg", rb"BPG\xfb"),
        ("is_qoi", rb"qoif"),
        ("is_sgi", rb"\x01\xda[\0\x01][\x01\x02]\0[\x01-\x03]"),
        ("is_sun", rb"\x59\xa6\x6a\x95"),
        ("is_xpm", rb"/\* XPM \*/"),
        ("is_xbm", rb"(/\*.{0,999}?\*/\s*)?#define \w{1,99}_width \d"),
        ("is_photocd", rb".{2048}PCD_IPI"),
        ("is_mng", rb"\x8aMNG\r\n\x1a\n"),
        ("is_jng", rb"\x8bJNG\r\n\x1a\n"),
        ("is_djvu", rb"AT&TFORM"),
        ("is_ilbm", rb"FORM....(ILBM|PBM )"),
        ("is_affinity", rb"\0\xffKA"),
        ("is_ktx", rb"\xabKTX [12][10]\xbb\r\n\x1a\n"),
        # Canon CRW, Minolta MRW, Sigma X3F: raw files that are not built like a TIFF.
        ("raw_without_preview", rb"II\x1a\0\0\0HEAPCCDR|\0MRM|FOVb"),
        ("is_pdf", rb"(.{0,1024}?[\r\n])??%PDF-\d"),
        ("is_eps", rb"%!PS|\xc5\xd0\xd3\xc6"),
        ("is_document", rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|\{\\rtf"),
        ("is_web_page", rb"(\xef\xbb\xbf)?\s*(?i:<!doctype html|<html)"),
        ("is_font", rb"\0\x01\0\0\0[\x01-\x40].{6}[A-Za-z/0-9 ]{4}|OTTO\0|true\0|ttcf\0|wOF[F2]"),
        ("is_audio", rb"ID3[\x02-\x04]|OggS.{24}(\x01vorbis|OpusHead|Speex|\x7fFLAC)|fLaC"),
        (
            "is_audio",
            rb"RIFF....WAVE|FORM....AIF[FC]|MThd\0\0\0\x06|#!AMR|\.snd\0\0|caff\0\x01\0\0",
        ),
        ("is_video", rb"\x1aE\xdf\xa3|RIFF....AVI |\0\0\x01[\xb3\xba]|FLV\x01|OggS|YUV4MPEG2 "),
        ("is_video", rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11|\.RMF\0|....(moov|mdat|wide)"),
        ("is_video", rb"....(free|skip|pnot).{0,64}?(moov|mdat|wide)|....[\x11\x12]\xaf.{122}"),
        ("is_program", rb"MZ.{62}|\x7fELF|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe\0|#! ?/"),
        ("is_database", rb"SQLite format 3\0"),
        ("is_model", rb"glTF\x02\0\0\0|ply\r?\nformat |solid [^\n]*\n\s*facet |Kaydara FBX"),
        ("is_archive", rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|\x1f\x8b\x08|BZh[1-9]1AY&SY"),
        ("is_archive", rb"\xfd7zXZ\0|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18|.{257}ustar|MSCF\0"),
    )
)
#: The name, and what it holds, of the first file in a ZIP: formats that are one have it so.
_ZIPPED: Final = tuple(
    (code, re.compile(pattern, re.DOTALL))
    for code, pattern in (
        ("is_openraster", rb"mimetypeimage/openraster"),
        ("is_krita", rb"mimetypeapplication/x-(kra|krita)"),
        ("is_document", rb"mimetypeapplication/(vnd\.oasis|vnd\.sun|epub)"),
        ("is_document", rb"\[Content_Types\]\.xml|_rels/|docProps/|word/|xl/|ppt/|Index/"),
    )
)
_SVG: Final = re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml|<!--|<!DOCTYPE svg|<svg)", re.IGNORECASE)
_TS_PACKET: Final = 188


def refused(data: bytes) -> PhotoError:
    """What to raise for a file whose kind `kinds.sniff` does not read: `unknown_format`, or a code
    that names what it is.
    """
    code = _kind(data)
    if code is None:
        return PhotoError(
            "This is not a picture in a format we read. Save it as JPEG or PNG, or choose another "
            "photo.",
            code="unknown_format",
        )
    return named(code)


def named(code: str) -> PhotoError:
    """What to raise for a file of that kind: a key of `PICTURES`, `is_video` …"""
    if code not in PICTURES:
        return PhotoError(FILES[code], code=code)
    name = PICTURES[code]
    article = "an" if re.match("[AIO]|X|SGI|MNG", name) else "a"
    return PhotoError(
        f"This is {article} {name} picture, which we cannot read. Save it as JPEG or PNG, or "
        "choose another photo.",
        code=code,
    )


def _kind(data: bytes) -> str | None:
    head = data[:4096]
    if head[:4] == b"PK\x03\x04":
        first = (
            head[30 : 30 + int.from_bytes(head[26:28], "little")]
            + head[30 + sum(int.from_bytes(head[at : at + 2], "little") for at in (26, 28)) :]
        )
        return next((code for code, pattern in _ZIPPED if pattern.match(first)), "is_archive")
    for code, pattern in _SIGNATURES:
        if pattern.match(head):
            return code
    if _SVG.match(head) and b"<svg" in head.lower():
        return "is_svg"
    if _is_tga(data):
        return "is_tga"
    if _is_transport_stream(data):
        return "is_video"
    return "is_audio" if _is_mpeg_audio(data) else None


def _is_tga(data: bytes) -> bool:
    """Truevision's footer, or a header in which every field is possible, and all its pixels."""
    if data[-18:] == b"TRUEVISION-XFILE.\0":
        return True
    if len(data) < 19 or data[17] >= 64:
        return False
    mapped, kind, depth = data[1], data[2] & 7, data[16]
    if mapped == 1:
        entries, bits = int.from_bytes(data[5:7], "little"), data[7]
        possible = kind == 1 and 0 < entries <= 256 and bits in (15, 16, 24, 32)
        size = entries * ((bits + 7) // 8)
    else:
        possible, size = mapped == 0 and kind in (2, 3) and not any(data[3:8]), 0
    if not possible or data[2] & ~11 or depth not in ((8,) if kind != 2 else (15, 16, 24, 32)):
        return False
    width, height = (int.from_bytes(data[at : at + 2], "little") for at in (12, 14))
    if not data[2] & 8:  # not run-length coded
        size += width * height * ((depth + 7) // 8)
    return min(width, height) > 0 and len(data) >= 18 + data[0] + size


def _is_transport_stream(data: bytes) -> bool:
    """Packets of 188 bytes, or of 192 with a time stamp before each, all beginning with 0x47."""
    return len(data) >= 5 * 192 and any(
        all(data[start + at * length] == 0x47 for at in range(5))
        for start, length in ((0, _TS_PACKET), (4, 192))
    )


def _is_mpeg_audio(data: bytes) -> bool:
    """A frame of MPEG audio (ISO/IEC 11172-3) or ADTS, followed by another one like it."""
    if len(data) < 8 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return False
    if data[1] & 0xF6 == 0xF0:  # ADTS tells its length in 13 bits
        length = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
    else:
        rates = {0xFB: 144_000, 0xFA: 144_000, 0xF3: 72_000, 0xF2: 72_000}.get(data[1])
        rate, sampling = data[2] >> 4, data[2] >> 2 & 3
        if rates is None or rate in (0, 15) or sampling == 3:
            return False
        low = data[1] in (0xF3, 0xF2)
        kbps = (
            (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
            if low
            else (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
        )[rate]
        hertz = (44_100, 48_000, 32_000)[sampling] // (2 if low else 1)
        length = rates * kbps // hertz + (data[2] >> 1 & 1)
    return length > 7 and data[length : length + 2] == data[:2]
