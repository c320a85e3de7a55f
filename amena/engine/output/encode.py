"""Write frames, posters and disparity maps to files. Nothing of the photo's metadata goes in."""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

import imageio_ffmpeg
import numpy as np
from PIL import Image

from amena.engine.errors import EncodeError
from amena.engine.options import LONGEST
from amena.engine.output.codecs import CODECS, Codec
from amena.engine.output.jpeg import jpeg
from amena.engine.output.planes import planes
from amena.engine.types import DISPLAY_P3, SRGB, ByteImage, ColourSpace, Disparity

logger = logging.getLogger(__name__)

# The conversion is from RGB by the matrix of BT.709, and the tags say so: a player that finds none
# guesses by the number of lines. They are put on the frames (`setparams`), from which ffmpeg takes
# what it writes; its options of the same names would be overruled by frames that say nothing.
# Display P3 has the matrix and the curve of sRGB and primaries of its own, as phones tag it.
# swscale reads every pixel's colour (`full_chroma_inp`) in half the time that every second one's
# takes: that is written in assembler.
_CONVERTED = (
    "scale={0}:{1}:flags=bicubic+full_chroma_inp:out_color_matrix=bt709:out_range=tv,format={2},{3}"
)
_TAGGED = "setsar=1,setparams=range=tv:colorspace=bt709:color_primaries={}:color_trc=bt709"
# Frames have 8 bits, ten hold four steps for each of theirs. Where a picture is as even as a sky,
# so that its blur is within less than one step of 8 bits, the blur is what was rounded to them.
_FINER = (
    "split[even][own];[even]gblur=sigma={}:steps=2[even];[even][own]maskedthreshold=3:mode=abs,"
    "format=yuv420p10le,"
)
#: How wide that blur is (sigma), as a share of the long side.
_EVEN: Final = 1 / 60
#: Colour space → ffmpeg's name of its primaries.
_PRIMARIES: Final[dict[ColourSpace, str]] = {SRGB: "bt709", DISPLAY_P3: "smpte432"}
#: The codec that goes with a file's suffix where none is named.
_USUAL: Final = {".mp4": "h264", ".webm": "vp9"}

#: Takes the next uint8 H×W×3 frame of a video.
WriteFrame = Callable[[ByteImage], None]


def write_mp4(
    frames: Iterable[ByteImage], path: Path, size: tuple[int, int], fps: int, frame_count: int
) -> None:
    """Encode all frames with `video_writer`; raises what it raises, or whatever `frames` raises."""
    with video_writer(path, size, fps, frame_count) as write:
        for frame in frames:
            write(frame)


@contextmanager
def video_writer(
    path: Path,
    size: tuple[int, int],
    fps: int,
    frame_count: int,
    codec: str = "",
    space: ColourSpace = SRGB,
    *,
    planar: bool = False,
) -> Iterator[WriteFrame]:
    """Encode a video frame by frame: by the file's suffix as H.264 in MP4 or VP9 in WebM.

    BT.709, or Display P3 by its primaries, tagged as such, 4:2:0, one key frame a loop; an MP4
    starts before it is wholly loaded, and with H.264 is no larger than `h264_size` says. ffmpeg
    queues some frames and encodes in threads of its own, so drawing the next frame overlaps with
    it. The file appears under its name when it is complete, and not at all if anything fails.

    Args:
        path: file to write, `.mp4` or `.webm`, replaced if it exists.
        size: (width, height) of every frame, both even.
        fps: frames per second.
        frame_count: how many frames must come.
        codec: a key of `CODECS`, if it is not the usual one of the file's suffix.
        space: of the frames.
        planar: the frames are Y, Cb and Cr already, see `planes`; where `takes_planes` says so.

    Raises:
        EncodeError: the encoder died or the number of frames is another.
        Exception: whatever the body raises.
    """
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    chosen = CODECS[codec or _USUAL[path.suffix]]
    converted = "" if planar else _conversion(chosen, size, fps)
    filters = converted + _TAGGED.format(_PRIMARIES[space]) + chosen.upload
    encoder = _start_encoder(partial, size, fps, frame_count, chosen, filters, planar=planar)
    finished, count = False, 0

    def write(frame: ByteImage) -> None:
        nonlocal count
        count += 1
        if frame.shape != (size[1], size[0], 3) or frame.dtype != np.uint8:
            raise EncodeError(f"Frame {count} is not {size[0]}×{size[1]} pixels of three bytes.")
        try:
            data = planes(frame) if planar else np.ascontiguousarray(frame)
            cast("IO[bytes]", encoder.stdin).write(data.data)
        except OSError as error:
            raise _stopped(_complaint(encoder) or str(error)) from error

    try:
        yield write
        if count != frame_count:
            raise EncodeError(f"There were {count} of {frame_count} frames.")
        finished = True
    finally:
        if not finished:
            encoder.kill()
        complaint = _complaint(encoder)
        if not finished:
            partial.unlink(missing_ok=True)
    if encoder.returncode != 0:
        partial.unlink(missing_ok=True)
        raise _stopped(complaint)
    partial.replace(path)


def stored_size(codecs: Iterable[str], size: tuple[int, int], fps: int) -> tuple[int, int]:
    """The (width, height) at which videos of these codecs are stored, so that frames of `size` may
    as well be drawn so; `size` itself where they differ, or where ten bits profit by means of more
    pixels.
    """
    chosen = [CODECS[codec] for codec in codecs]
    sizes = {each.size(size, fps) for each in chosen}
    alike = len(sizes) == 1 and all(each.pixels == "yuv420p" for each in chosen)
    return sizes.pop() if alike else size


def takes_planes(codec: str, size: tuple[int, int], fps: int) -> bool:
    """Whether a video, as for `video_writer`, is stored with 8 bits and at the frames' own size."""
    chosen = CODECS[codec or "h264"]
    return chosen.pixels == "yuv420p" and chosen.size(size, fps) == size


def _conversion(codec: Codec, size: tuple[int, int], fps: int) -> str:
    """ffmpeg's filters that make a codec's pixels of RGB, with a comma at their end."""
    shown = codec.size(size, fps)
    finer = _FINER.format(max(shown) * _EVEN) if codec.pixels == "yuv420p10le" else ""
    return _CONVERTED.format(*shown, codec.pixels, finer)


def _complaint(encoder: subprocess.Popen[bytes]) -> str:
    """Waits for ffmpeg's end; what it has said."""
    pipe = cast("IO[bytes]", encoder.stderr)  # `_start_encoder` asks for all pipes
    return "" if pipe.closed else encoder.communicate()[1].decode(errors="replace")


def _start_encoder(
    path: Path,
    size: tuple[int, int],
    fps: int,
    frame_count: int,
    codec: Codec,
    filters: str,
    *,
    planar: bool,
) -> subprocess.Popen[bytes]:
    """ffmpeg, which takes raw frames from its standard input: RGB, or planes of 4:2:0."""
    shown = codec.size(size, fps)
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-y", "-loglevel", "error", *codec.device, "-f", "rawvideo"),
        *("-pix_fmt", "yuv420p" if planar else "rgb24"),
        *("-s", f"{size[0]}x{size[1]}", "-r", str(fps), "-i", "-"),
        *("-c:v", *codec.options(shown, frame_count)),
        # One key frame a loop (`LONGEST` seconds at most): at every further one a still surface
        # would show a pulse, six times the difference between ordinary neighbours.
        *("-g", str(LONGEST * fps), "-vf", filters, "-map_metadata", "-1"),
        *("-threads", str(min(len(os.sched_getaffinity(0)), 4)), str(path)),
    ]
    return subprocess.Popen(  # noqa: S603  the command is ours
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "SVT_LOG": "1"},  # SVT-AV1 would say more than errors
    )


def _stopped(complaint: str) -> EncodeError:
    logger.error("ffmpeg stopped: %s", complaint.strip())
    return EncodeError("The video encoder stopped before the last frame. Try again.")


def write_poster(frame: ByteImage, path: Path) -> None:
    """Write a uint8 H×W×3 frame as a JPEG."""
    path.write_bytes(jpeg(frame, 90, progressive=True))


def write_disparity(disparity: Disparity, path: Path) -> None:
    """Write a disparity map as a greyscale PNG of 16 bits: 0 = farthest, 65535 = nearest."""
    levels = np.round(disparity.values.clip(0, 1) * 65535).astype(np.uint16)
    Image.fromarray(levels).save(path, "PNG", compress_level=3)
