"""Write frames, posters and disparity maps to files. Nothing of the photo's metadata goes in."""

from __future__ import annotations

import logging
import math
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Final, cast

import imageio_ffmpeg  # type: ignore[import-untyped]
import numpy as np
from PIL import Image

from amena.engine.errors import EncodeError
from amena.engine.options import LONGEST
from amena.engine.output.jpeg import jpeg
from amena.engine.types import DISPLAY_P3, SRGB, ByteImage, ColourSpace, Disparity

logger = logging.getLogger(__name__)

# The conversion is from RGB by the matrix of BT.709, and the tags say so: a player that finds none
# guesses by the number of lines. They are put on the frames (`setparams`), from which ffmpeg takes
# what it writes; its options of the same names would be overruled by frames that say nothing.
# Display P3 has the matrix and the curve of sRGB and primaries of its own, as phones tag it.
# swscale reads every pixel's colour (`full_chroma_inp`) in half the time that every second one's
# takes: that is written in assembler.
_BT709 = (
    "scale={0}:{1}:flags=bicubic+full_chroma_inp:out_color_matrix=bt709:out_range=tv,"
    "format={2},{4}setsar=1,"
    "setparams=range=tv:colorspace=bt709:color_primaries={3}:color_trc=bt709"
)
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
_STREAMED = ("-movflags", "+faststart")


@dataclass(frozen=True)
class Codec:
    """How a video is coded.

    Attributes:
        encoder: ffmpeg's name of the encoder, and its options.
        pixels: ffmpeg's name of the pixels' format.
        reduced: whether the picture is made no larger than `h264_size` says.
        longest: pixels that the long side may have; 0: any.
        large: further options of the encoder for pictures of more than `_LARGE` pixels.
        ending: bits of the last `_LAST` frames against what the encoder would give them.
    """

    encoder: tuple[str, ...]
    pixels: str = "yuv420p"
    reduced: bool = False
    longest: int = 0
    large: tuple[str, ...] = ()
    ending: float = 1

    def size(self, size: tuple[int, int], fps: int) -> tuple[int, int]:
        """The (width, height), both even, at which a video of another one is stored."""
        if self.reduced:
            return h264_size(size, fps)
        scale = self.longest / max(size)
        if not 0 < scale < 1:
            return size
        width, height = (2 * round(side * scale / 2) for side in size)
        return width, height


#: Pixels of a frame above which a codec's options for large pictures count.
_LARGE: Final = 4_000_000
#: Frames that x264 gives ever fewer bits, since its look-ahead (10 frames with this preset) sees
#: nothing follow that could profit by them. In a loop the key frame follows: a pulse. So they get
#: more again.
_LAST, ENDING = 10, 1.5
#: H.265 and AV1 have ten bits, so that skies do not band (see `_FINER`), and about half the bytes
#: of H.264. At 3840 pixels they would take 2.2 and 1.5 GB and x265 minutes a second: they are kept
#: to Full HD.
_FULL_HD: Final = 1920
CODECS: Final = {
    # Measured on 150 frames of 960×960 with 2 threads: `superfast` costs 15 % less time but twice
    # the bytes, `faster` 65 % more time for nothing that shows.
    "h264": Codec(
        (
            *("libx264", "-preset", "veryfast", "-crf", "18.4", "-sc_threshold", "0"),
            # Neighbours move alike: the smallest search finds as much as the preset's hexagons do.
            *("-motion-est", "dia", "-flags", "+cgop", *_STREAMED),
        ),
        reduced=True,
        # Measured at 3072×2048: 23 % less time for 0.01 dB and 7 % more bytes. A smaller
        # picture's pixels are seen larger: it keeps the preset's search for sub-pixel motion.
        large=("-subq", "1"),
        ending=ENDING,
    ),
    # A quilt is too large for level 5.2, but Looking Glass's players take H.264 of this size. Few
    # frames are looked at ahead: each takes 17 MB.
    "h264-quilt": Codec(
        (
            *("libx264", "-preset", "veryfast", "-crf", "20", "-sc_threshold", "0"),
            *("-rc-lookahead", "8", "-bf", "1", "-flags", "+cgop", *_STREAMED),
        ),
        large=("-subq", "1"),
    ),
    # Measured on such a video: as quick as H.264. The encoder's mode “good” takes six times as long
    # for a fifth fewer bytes.
    "vp9": Codec(
        (
            *("libvpx-vp9", "-deadline", "realtime", "-cpu-used", "5"),
            *("-row-mt", "1", "-tile-columns", "2", "-crf", "24", "-b:v", "0"),
        )
    ),
    # The tag `hvc1` is the one that Apple's players take.
    "hevc": Codec(
        (
            *("libx265", "-preset", "veryfast", "-crf", "21", "-tag:v", "hvc1"),
            *("-x265-params", "log-level=error:scenecut=0:open-gop=0", *_STREAMED),
        ),
        "yuv420p10le",
        longest=_FULL_HD,
    ),
    # `lp` and the look-ahead bound the memory: of themselves they grow with the cores.
    "av1": Codec(
        (
            *("libsvtav1", "-preset", "9", "-crf", "28"),
            *("-svtav1-params", "lp=2:lookahead=8:scd=0", *_STREAMED),
        ),
        "yuv420p10le",
        longest=_FULL_HD,
    ),
}
#: The codec that goes with a file's suffix where none is named.
_USUAL: Final = {".mp4": "h264", ".webm": "vp9"}

_H264_MACROBLOCKS, _H264_MACROBLOCKS_A_SECOND = 36_864, 2_073_600

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

    Raises:
        EncodeError: the encoder died or the number of frames is another.
        Exception: whatever the body raises.
    """
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    chosen = CODECS[codec or _USUAL[path.suffix]]
    encoder = _start_encoder(partial, size, fps, frame_count, chosen, _PRIMARIES[space])
    finished, count = False, 0

    def write(frame: ByteImage) -> None:
        nonlocal count
        count += 1
        if frame.shape != (size[1], size[0], 3) or frame.dtype != np.uint8:
            raise EncodeError(f"Frame {count} is not {size[0]}×{size[1]} pixels of three bytes.")
        try:
            cast("IO[bytes]", encoder.stdin).write(np.ascontiguousarray(frame).data)
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


def _complaint(encoder: subprocess.Popen[bytes]) -> str:
    """Waits for ffmpeg's end; what it has said."""
    pipe = cast("IO[bytes]", encoder.stderr)  # `_start_encoder` asks for all pipes
    return "" if pipe.closed else encoder.communicate()[1].decode(errors="replace")


def h264_size(size: tuple[int, int], fps: int) -> tuple[int, int]:
    """The size at which a video is stored as H.264: reduced to what level 5.2 allows.

    That is the highest level that phones play (ITU-T H.264, table A-1): 36,864 macroblocks of 16×16
    pixels a frame, and 2,073,600 of them a second.

    Args:
        size: (width, height), both even.
        fps: frames per second.

    Returns:
        (width, height), both even, of the same shape to within a pixel.
    """
    most = min(_H264_MACROBLOCKS, _H264_MACROBLOCKS_A_SECOND // fps)
    fitting, share = size, 1.0
    while -(-fitting[0] // 16) * -(-fitting[1] // 16) > most:
        share -= 0.002
        width, height = (2 * round(side * share / 2) for side in size)
        fitting = width, height
    return fitting


def _start_encoder(
    path: Path,
    size: tuple[int, int],
    fps: int,
    frame_count: int,
    codec: Codec,
    primaries: str,
) -> subprocess.Popen[bytes]:
    """ffmpeg, which takes raw RGB frames from its standard input."""
    shown = codec.size(size, fps)
    large = codec.large if math.prod(shown) > _LARGE else ()
    x264 = h264_params(frame_count, codec.ending) if codec.encoder[0] == "libx264" else ()
    finer = _FINER.format(max(shown) * _EVEN) if codec.pixels == "yuv420p10le" else ""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"),
        *("-s", f"{size[0]}x{size[1]}", "-r", str(fps), "-i", "-"),
        *("-c:v", *codec.encoder, *large, *x264),
        # One key frame a loop (`LONGEST` seconds at most): at every further one a still surface
        # would show a pulse, six times the difference between ordinary neighbours.
        *(
            "-g",
            str(LONGEST * fps),
            "-vf",
            _BT709.format(*shown, codec.pixels, primaries, finer),
            "-map_metadata",
            "-1",
        ),
        *("-threads", str(min(len(os.sched_getaffinity(0)), 4)), str(path)),
    ]
    return subprocess.Popen(  # noqa: S603  the command is ours
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "SVT_LOG": "1"},  # SVT-AV1 would say more than errors
    )


def h264_params(frame_count: int, ending: float = ENDING) -> tuple[str, ...]:
    """What ffmpeg is to tell x264 for a loop of so many frames, the last of which get `ending`
    times the bits.
    """
    more = []
    if ending != 1 and frame_count > 2 * _LAST:
        more.append(f"zones={frame_count - _LAST},{frame_count - 1},b={ending}")
    if _has_avx512():
        more.append("asm=avx2")
    return ("-x264-params", ":".join(more)) if more else ()


@cache
def _has_avx512() -> bool:
    """Whether x264 would use AVX-512. With that and more than one thread it makes one of two files
    of the same frames, now this one, now that; with AVX2 it always makes the same, as quickly.
    """
    try:
        return "avx512bw" in Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:  # no Linux
        return False


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
