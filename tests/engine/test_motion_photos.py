"""Photos with a film beside or behind them are stills of which nothing is lost or said.

The layouts: Google's Motion Photo 1.0 and MicroVideo, Samsung's trailer as ExifTool describes it,
those of Xiaomi, OPPO and vivo as extractors for their phones do, Apple's Live Photo as two files.
"""

from __future__ import annotations

import io
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from amena.engine.errors import PhotoError
from amena.engine.photo import decode
from tests.engine import samples
from tests.engine.test_decode import loaded

_GOOGLE = "http://ns.google.com/photos/1.0"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A film as phones put it there: real, of a second, and with bytes like markers in it."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    subprocess.run(
        [
            get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=15",
            "-t", "1", "-pix_fmt", "yuv420p", path,
        ],
        check=True,
    )  # fmt: skip
    return path.read_bytes() + struct.pack(">I4s", 14, b"free") + b"\xff\xd8\xff\xd9\xff\xd9"


def jpeg(xmp: str = "") -> bytes:
    return samples.jpeg(xmp=samples.xmp_packet(xmp)) if xmp else samples.jpeg()


def heic(xmp: str = "") -> bytes:
    return samples.encoded_heif(samples.picture(), xmp=samples.xmp_packet(xmp))


def micro_video(photo: Callable[[str], bytes], film: bytes) -> bytes:
    about = (
        f'<rdf:Description xmlns:GCamera="{_GOOGLE}/camera/" GCamera:MicroVideo="1" '
        f'GCamera:MicroVideoVersion="1" GCamera:MicroVideoOffset="{len(film)}" '
        'GCamera:MicroVideoPresentationTimestampUs="500000"/>'
    )
    return photo(about) + film


def motion_photo(photo: Callable[[str], bytes], film: bytes, boxed: bool = False) -> bytes:
    kind = "image/heic" if boxed else "image/jpeg"
    about = (
        f'<rdf:Description xmlns:GCamera="{_GOOGLE}/camera/" '
        f'xmlns:Container="{_GOOGLE}/container/" xmlns:Item="{_GOOGLE}/container/item/" '
        'xmlns:OpCamera="http://ns.oplus.com/photos/1.0/camera/" OpCamera:VideoLength="1" '
        'GCamera:MotionPhoto="1" GCamera:MotionPhotoVersion="1"><Container:Directory><rdf:Seq>'
        f'<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="{kind}" '
        'Item:Semantic="Primary" Item:Length="0" Item:Padding="8"/></rdf:li>'
        '<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="video/mp4" '
        f'Item:Semantic="MotionPhoto" Item:Length="{len(film)}"/></rdf:li>'
        "</rdf:Seq></Container:Directory></rdf:Description>"
    )
    box = struct.pack(">I4s", 8 + len(film), b"mpvd") if boxed else b""
    return photo(about) + box + film


def samsung(photo: bytes, film: bytes, boxed: bool = False) -> bytes:
    """Blocks, the list of them, and its length, at the end of the file."""
    blocks = b""
    listed = []
    for kind, name, content in (
        (0x0A01, b"Image_UTC_Data", b"1700000000000"),
        (0x0A30, b"MotionPhoto_Data", b"mpv2" if boxed else film),
        (0x0A31, b"MotionPhoto_Version", b"mpv2"),
    ):
        block = struct.pack("<HHI", 0, kind, len(name)) + name + content
        listed.append((kind, len(blocks), len(block)))
        blocks += block
    total = len(blocks)
    directory = b"SEFH" + struct.pack("<II", 106, len(listed))
    for kind, at, length in listed:
        directory += struct.pack("<HHII", 0, kind, total - at, length)
    trailer = blocks + directory + struct.pack("<I", len(directory)) + b"SEFT"
    if boxed:
        photo += struct.pack(">I4s", 8 + len(film), b"mpvd") + film
        trailer = struct.pack(">I4s", 8 + len(trailer), b"sefd") + trailer
    return photo + trailer


def vivo(photo: bytes, film: bytes) -> bytes:
    words = b'vivo{"com.vivo.livephoto.videoLength":%d,"version":1}' % len(film)
    return photo + film + words + struct.pack(">I", len(words)) + b"\x1a*cameraalbum"


KINDS: dict[str, Callable[[bytes], tuple[bytes, bytes]]] = {
    "Google's MicroVideo": lambda film: (jpeg(), micro_video(jpeg, film)),
    "Google's and OPPO's Motion Photo": lambda film: (jpeg(), motion_photo(jpeg, film)),
    "the same, not finished": lambda film: (jpeg(), motion_photo(jpeg, film)[:-1000]),
    "a HEIC with a film in a box": lambda film: (heic(), motion_photo(heic, film, boxed=True)),
    "a HEIC with a film behind": lambda film: (heic(), motion_photo(heic, film)),
    "Samsung's trailer": lambda film: (jpeg(), samsung(jpeg(), film)),
    "Samsung's trailer in a HEIC": lambda film: (heic(), samsung(heic(), film, boxed=True)),
    "Samsung's trailer behind a HEIC": lambda film: (heic(), samsung(heic(), film)),
    "Xiaomi's": lambda film: (
        jpeg(), micro_video(jpeg, film) + b"\0" * 24 + b"MiCamera" + struct.pack("<I", 32),
    ),
    "vivo's": lambda film: (jpeg(), vivo(jpeg(), film)),
    "Huawei's": lambda film: (jpeg(), jpeg() + film + b"v2_f35" + b" " * 14 + b"LIVE_1234567"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_motion_photo_is_its_still(kind: str, film: bytes) -> None:
    still, data = KINDS[kind](film)
    assert len(data) > len(still)
    found, wanted = loaded(data), loaded(still)
    np.testing.assert_array_equal(found.rgb, wanted.rgb)
    assert found.ignored == ()
    assert found.embedded is None and found.second_eye is None and found.matte is None
    with Image.open(io.BytesIO(decode.thumbnail(io.BytesIO(data), 64))) as small:
        assert small.size == (64, 48)


def test_the_film_of_a_live_photo_is_called_a_video(film: bytes, tmp_path: Path) -> None:
    """Apple's phones give the photo and a film beside it; the film may be sent by mistake."""
    (tmp_path / "film.mp4").write_bytes(film[: film.rindex(b"free") - 4])
    subprocess.run(
        [get_ffmpeg_exe(), "-v", "error", "-i", tmp_path / "film.mp4", "-c", "copy",
         tmp_path / "IMG_0001.MOV"],
        check=True,
    )  # fmt: skip
    for name in ("film.mp4", "IMG_0001.MOV"):
        with pytest.raises(PhotoError) as refused:
            loaded((tmp_path / name).read_bytes())
        assert refused.value.code == "is_video"
