"""How videos are coded: the encoder of each kind of file, its options and what players can take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final


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
        device: ffmpeg's options that open the device which encodes, if that is not the processor.
        upload: filters that bring frames there, with a comma at their start.
    """

    encoder: tuple[str, ...]
    pixels: str = "yuv420p"
    reduced: bool = False
    longest: int = 0
    large: tuple[str, ...] = ()
    ending: float = 1
    device: tuple[str, ...] = ()
    upload: str = ""

    def size(self, size: tuple[int, int], fps: int) -> tuple[int, int]:
        """The (width, height), both even, at which a video of another one is stored."""
        if self.reduced:
            return h264_size(size, fps)
        scale = self.longest / max(size)
        if not 0 < scale < 1:
            return size
        width, height = (2 * round(side * scale / 2) for side in size)
        return width, height

    def options(self, stored: tuple[int, int], frame_count: int) -> tuple[str, ...]:
        """What ffmpeg is to be told of the encoder, for so many frames stored at that size."""
        large = self.large if math.prod(stored) > _LARGE else ()
        x264 = h264_params(frame_count, self.ending) if self.encoder[0] == "libx264" else ()
        return (*self.encoder, *large, *x264)


_STREAMED: Final = ("-movflags", "+faststart")
#: Pixels of a frame above which a codec's options for large pictures count.
_LARGE: Final = 4_000_000
#: Frames that x264 gives ever fewer bits, since its look-ahead (10 frames with this preset) sees
#: nothing follow that could profit by them. In a loop the key frame follows: a pulse. So they get
#: more again.
_LAST, _ENDING = 10, 1.5
#: H.265 and AV1 have ten bits, so that skies do not band (see `encode`), and about half the bytes
#: of H.264. At 3840 pixels they would take 2.2 and 1.5 GB and x265 minutes a second: they are kept
#: to Full HD.
_FULL_HD: Final = 1920


def _nvenc(quality: int) -> Codec:
    return Codec(
        (
            *("h264_nvenc", "-preset", "p5", "-tune", "hq", "-rc", "vbr", "-b:v", "0"),
            *("-cq", str(quality), "-rc-lookahead", "10", "-no-scenecut", "1", "-spatial-aq", "1"),
            *("-bf", "2", "-flags", "+cgop", *_STREAMED),
        ),
        reduced=True,
    )


def _vaapi(quality: int) -> Codec:
    return Codec(
        (
            *("h264_vaapi", "-rc_mode", "CQP", "-qp", str(quality)),
            *("-bf", "0", "-flags", "+cgop", *_STREAMED),
        ),
        reduced=True,
        device=("-vaapi_device", "/dev/dri/renderD128"),
        upload=",format=nv12,hwupload",
    )


def _videotoolbox(quality: int) -> Codec:
    # Its scale goes the other way, from 1 to 100.
    return Codec(
        (
            *("h264_videotoolbox", "-allow_sw", "0", "-q:v", str(110 - 2 * quality)),
            *("-flags", "+cgop", *_STREAMED),
        ),
        reduced=True,
    )


#: H.264 by hardware: each encoder, the likeliest first, at several qualities, the smallest film
#: first. Which a machine has, and which makes films as good as x264's, `hardware` finds out.
HARDWARE: Final = {
    f"h264-{make.__name__.strip('_')}-{quality}": make(quality)
    for make in (_nvenc, _vaapi, _videotoolbox)
    for quality in (24, 22, 20, 18, 16)
}
CODECS: Final = {
    **HARDWARE,
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
        ending=_ENDING,
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

_H264_MACROBLOCKS, _H264_MACROBLOCKS_A_SECOND = 36_864, 2_073_600


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


def h264_params(frame_count: int, ending: float = _ENDING) -> tuple[str, ...]:
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
