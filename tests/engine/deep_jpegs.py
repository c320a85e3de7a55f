"""JPEG of many bits and lossless ones, written by libjpeg-turbo's encoder and by ffmpeg's."""

from __future__ import annotations

import ctypes
import struct
import subprocess
from pathlib import Path

import numpy as np
import pylibjxl._pylibjxl
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

_turbo = ctypes.CDLL(pylibjxl._pylibjxl.__file__)
_turbo.tj3Init.restype = ctypes.c_void_p
_turbo.tj3GetErrorStr.restype = ctypes.c_char_p
_NUMBERS = {"quality": 3, "subsamp": 4, "precision": 7, "progressive": 12, "arithmetic": 14,
            "lossless": 15, "predictor": 16}  # fmt: skip
_FORMATS = {1: 6, 3: 0, 4: 11}


def deep_jpeg(picture: Image.Image, bits: int, **options: int) -> bytes:
    """A picture of bytes with so many bits a sample; `options` are those of TurboJPEG."""
    pixels = np.asarray(picture)
    kind = np.uint8 if bits <= 8 else np.uint16
    coded = np.ascontiguousarray((pixels * ((2**bits - 1) / 255) + 0.5).astype(kind))
    if options.get("lossless"):
        options = {"precision": bits, "predictor": 1} | options
    else:
        options = {"quality": 97, "subsamp": 3 if pixels.ndim == 2 else 0} | options
    handle = ctypes.c_void_p(_turbo.tj3Init(0))
    for name, value in options.items():
        assert _turbo.tj3Set(handle, _NUMBERS[name], value) == 0, name
    out, size = ctypes.c_void_p(), ctypes.c_size_t()
    compress = getattr(_turbo, f"tj3Compress{8 if bits <= 8 else 12 if bits <= 12 else 16}")
    failed = compress(
        handle, coded.ctypes.data_as(ctypes.c_void_p), picture.width, 0, picture.height,
        _FORMATS[len(picture.getbands())], ctypes.byref(out), ctypes.byref(size),
    )  # fmt: skip
    assert not failed, _turbo.tj3GetErrorStr(handle)
    data = ctypes.string_at(out, size.value)
    _turbo.tj3Free(out)
    _turbo.tj3Destroy(handle)
    return data


def with_segments(data: bytes, exif: bytes = b"", icc: bytes = b"") -> bytes:
    """The JPEG with metadata at its beginning."""
    out = b""
    if exif:
        out += struct.pack(">HH", 0xFFE1, len(exif) + 2) + exif
    if icc:
        body = b"ICC_PROFILE\0\1\1" + icc
        out += struct.pack(">HH", 0xFFE2, len(body) + 2) + body
    return data[:2] + out + data[2:]


def ffmpeg_lossless(picture: Image.Image, pixels: str, folder: Path) -> bytes:
    """A lossless JPEG of ffmpeg's, in one of its formats of pixels."""
    picture.save(folder / "picture.png")
    subprocess.run(
        [
            get_ffmpeg_exe(), "-v", "error", "-i", folder / "picture.png", "-c:v", "ljpeg",
            "-strict", "-1", "-pix_fmt", pixels, "-f", "image2", "-update", "1", "-y",
            folder / "lossless.jpg",
        ],
        check=True,
    )  # fmt: skip
    return (folder / "lossless.jpg").read_bytes()


def ffmpeg_reads(data: bytes, folder: Path) -> np.ndarray:
    """uint16 H×W×3 in [0, 65535], as ffmpeg decodes it."""
    (folder / "picture.jpg").write_bytes(data)
    raw = subprocess.run(
        [
            get_ffmpeg_exe(), "-v", "error", "-i", folder / "picture.jpg", "-f", "rawvideo",
            "-pix_fmt", "rgb48le", "-",
        ],
        check=True, stdout=subprocess.PIPE,
    ).stdout  # fmt: skip
    height, width = struct.unpack(">HH", data[data.index(b"\xff\xc3") + 5 :][:4])
    return np.frombuffer(raw, np.uint16).reshape(height, width, 3)
