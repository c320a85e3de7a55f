"""Photos that move in galleries: Motion Photo for Android, Live Photo for Apple."""

from __future__ import annotations

import struct
import subprocess
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import imageio_ffmpeg
import numpy as np
from PIL import Image

from amena.engine.errors import EncodeError
from amena.engine.geometry.camera import CameraPath
from amena.engine.output.isobmff import box, boxes, full_box, only
from amena.engine.output.jpeg import jpeg
from amena.engine.types import SRGB, ByteImage, ColourSpace

_QUALITY: Final = 92
#: Seconds that copying the video into another container may take at most.
_TIMEOUT: Final = 60

_XMP: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:GCamera="http://ns.google.com/photos/1.0/camera/"
    xmlns:Container="http://ns.google.com/photos/1.0/container/"
    xmlns:Item="http://ns.google.com/photos/1.0/container/item/"
    GCamera:MotionPhoto="1"
    GCamera:MotionPhotoVersion="1"
    GCamera:MotionPhotoPresentationTimestampUs="{microseconds}">
   <Container:Directory>
    <rdf:Seq>
     <rdf:li rdf:parseType="Resource">
      <Container:Item Item:Mime="image/jpeg" Item:Semantic="Primary" Item:Length="0" Item:Padding="0"/>
     </rdf:li>
     <rdf:li rdf:parseType="Resource">
      <Container:Item Item:Mime="video/mp4" Item:Semantic="MotionPhoto" Item:Length="{length}" Item:Padding="0"/>
     </rdf:li>
    </rdf:Seq>
   </Container:Directory>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""  # noqa: E501

_HOW_TO_IMPORT: Final = """LIVE PHOTO

photo.jpg and photo.mov belong together: they carry the same content identifier.

Mac: unpack this archive, open Photos, choose File > Import, and select both files at once. Photos
shows them as one Live Photo, and iCloud Photos brings it to your iPhone and iPad.

iPhone and iPad alone: the Photos app saves the two files as a photo and a video. An app that joins
them (search the App Store for "Live Photo maker") makes the Live Photo.
"""


def moment_of_still(path: CameraPath, fps: int) -> float:
    """Seconds into the loop at which the camera is nearest to where the photo was taken."""
    away = np.abs(path.poses - np.eye(4)).sum(axis=(1, 2))
    return int(np.argmin(away)) / fps


def write_motion_photo(
    still: ByteImage, video: Path, path: Path, seconds: float, space: ColourSpace = SRGB
) -> None:
    """Write a JPEG with the video behind it, by Google's Motion Photo format 1.0.

    Google Photos and the galleries of Pixel and Samsung phones play it; every other program sees
    the JPEG.

    Args:
        still: uint8 H×W×3.
        video: a finished MP4.
        path: file to write; its name should end in `MP.jpg`, by which some galleries tell it.
        seconds: the moment of the video that the still shows.
        space: of the still.
    """
    movie = video.read_bytes()
    xmp = _XMP.format(microseconds=round(seconds * 1e6), length=len(movie))
    path.write_bytes(jpeg(still, _QUALITY, space, xmp=xmp.encode(), comment=b"") + movie)


def write_live_photo(
    still: ByteImage, video: Path, path: Path, seconds: float, space: ColourSpace = SRGB
) -> None:
    """Write a ZIP with the two files of an Apple Live Photo, and how to import them.

    The JPEG holds a content identifier in Apple's maker note, the QuickTime movie the same one in
    its metadata, and a track of timed metadata (`mebx`) whose one sample marks the moment of the
    still, as Apple's cameras write it.

    Args:
        still: uint8 H×W×3.
        video: a finished MP4.
        path: ZIP file to write.
        seconds: the moment of the video that the still shows.
        space: of the still.

    Raises:
        EncodeError: the video cannot be copied.
    """
    identifier = str(uuid.uuid4()).upper()
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x927C] = _maker_note(identifier)
    picture = jpeg(still, _QUALITY, space, exif=exif)
    movie = _marked_movie(_quicktime(video, path.with_suffix(".mov")), identifier, seconds)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (
            ("photo.jpg", picture),
            ("photo.mov", movie),
            ("HOW TO IMPORT.txt", _HOW_TO_IMPORT.encode()),
        ):
            # A fixed date, so that the archive tells nothing of when it was made.
            archive.writestr(zipfile.ZipInfo(name), content)


def _maker_note(identifier: str) -> bytes:
    """Apple's maker note with the tag ContentIdentifier (0x0011) alone, big-endian."""
    text = identifier.encode() + b"\0"
    header = b"Apple iOS\0\0\1MM"
    where = len(header) + 2 + 12 + 4
    return header + struct.pack(">HHHIII", 1, 0x11, 2, len(text), where, 0) + text


def _quicktime(video: Path, partial: Path) -> bytes:
    """The video, unchanged, in a QuickTime container whose index comes last."""
    command = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", "-i", str(video)),
        *("-c", "copy", "-map_metadata", "-1", "-fflags", "+bitexact", "-f", "mov", str(partial)),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT)  # noqa: S603
        return partial.read_bytes()
    except (subprocess.SubprocessError, OSError) as error:
        raise EncodeError("The Live Photo could not be made. Try again.") from error
    finally:
        partial.unlink(missing_ok=True)


def _marked_movie(movie: bytes, identifier: str, seconds: float) -> bytes:
    """The movie with a content identifier and the moment of the still."""
    moov = only(boxes(movie), b"moov")
    parts = boxes(movie, moov.content, moov.end)
    header = only(parts, b"mvhd")
    timescale, duration = struct.unpack_from(">II", movie, header.content + 12)
    track_id = struct.unpack_from(">I", movie, header.end - 4)[0]
    sample = struct.pack(">IIb", 9, 1, -1)
    start = min(int(seconds * timescale), duration - 1)
    track = _still_track(track_id, timescale, start, moov.start + 8)
    before = b"".join(
        movie[each.start : each.end] for each in parts if each.kind not in (b"mvhd", b"udta")
    )
    counted = movie[header.start : header.end - 4] + struct.pack(">I", track_id + 1)
    index = box(b"moov", counted, before, track, _identified(identifier))
    return movie[: moov.start] + box(b"mdat", sample) + index + movie[moov.end :]


def _identified(identifier: str) -> bytes:
    """QuickTime metadata (`meta`) with the content identifier alone."""
    key = b"com.apple.quicktime.content.identifier"
    value = box(b"data", struct.pack(">II", 1, 0), identifier.encode())  # 1: UTF-8
    return box(
        b"meta",
        full_box(b"hdlr", 0, 0, struct.pack(">4s4s12xx", b"", b"mdta")),
        full_box(b"keys", 0, 0, struct.pack(">I", 1), box(b"mdta", key)),
        box(b"ilst", box(struct.pack(">I", 1), value)),
    )


def _still_track(track_id: int, timescale: int, start: int, offset: int) -> bytes:
    """A track of timed metadata with one sample, “still image time”, at `start`.

    Args:
        track_id: the track's number.
        timescale: units of a second, of movie and track.
        start: when, in these units.
        offset: where the sample lies in the file.
    """
    matrix = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    head = struct.pack(">IIIII", 0, 0, track_id, 0, start + 1) + bytes(16) + matrix + bytes(8)
    edits = struct.pack(">IIiI", 2, start, -1, 1 << 16) + struct.pack(">IiI", 1, 0, 1 << 16)
    key = box(
        struct.pack(">I", 1),
        box(b"keyd", b"mdtacom.apple.quicktime.still-image-time"),
        box(b"dtyp", struct.pack(">II", 0, 65)),  # 65: a signed byte
    )
    entry = box(b"mebx", struct.pack(">6xH", 1), box(b"keys", key))
    table = box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        full_box(b"stts", 0, 0, struct.pack(">III", 1, 1, 1)),
        full_box(b"stsc", 0, 0, struct.pack(">IIII", 1, 1, 1, 1)),
        full_box(b"stsz", 0, 0, struct.pack(">II", 9, 1)),
        full_box(b"stco", 0, 0, struct.pack(">II", 1, offset)),
    )
    general = full_box(b"gmin", 0, 0, struct.pack(">HHHHhH", 0x40, 0x8000, 0x8000, 0x8000, 0, 0))
    here = box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"alis", 0, 1)))
    handled = [
        full_box(b"hdlr", 0, 0, struct.pack(">4s4s12xx", kind, what))
        for kind, what in ((b"mhlr", b"meta"), (b"dhlr", b"alis"))
    ]
    media = box(
        b"mdia",
        full_box(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, timescale, 1, 0x55C4, 0)),
        handled[0],
        box(b"minf", box(b"gmhd", general), handled[1], here, table),
    )
    return box(
        b"trak",
        full_box(b"tkhd", 0, 0xF, head),
        box(b"edts", full_box(b"elst", 0, 0, edits)),
        box(b"tref", box(b"cdsc", struct.pack(">I", 1))),
        media,
    )


#: Output → how it is made of a still (uint8 H×W×3), a finished MP4, the still's moment in it and
#: its colour space.
MOVING_PHOTOS: Final[dict[str, Callable[[ByteImage, Path, Path, float, ColourSpace], None]]] = {
    "motion-photo": write_motion_photo,
    "live-photo": write_live_photo,
}
