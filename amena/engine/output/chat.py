"""A loop for chats: an MP4 that plays where it stands in the conversation, soon sent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from amena.engine.errors import EncodeError
from amena.engine.output.codecs import h264_params
from amena.engine.output.loops import run_ffmpeg

#: Bytes and seconds that it has at most.
MOST_BYTES, LONGEST = 1_000_000, 6
#: Frames per second and pixels of the long side at most: what level 3.1 of H.264 allows a square
#: (ITU-T H.264, table A-1), which every phone plays, also those that know no more than Main.
_FPS, _SIDE, _SMALLEST_SIDE = 30, 960, 120
#: x264's quality of the first try, and the coarsest before pixels are given up.
_BEST, _COARSEST = 20.0, 29.0
#: By how much more x264's `crf` has to be for half the bytes.
_HALF: Final = 6
#: What a try aims at, as a share of the limit: files come out a little off.
_AIM: Final = 0.9
_TRIES: Final = 6


@dataclass(frozen=True)
class _Try:
    """One way to encode: x264's `crf`, and the long side in pixels."""

    crf: float
    side: int

    def smaller(self, excess: float) -> _Try:
        """The next try after a file that was `excess` times too large."""
        crf = self.crf + _HALF * math.log2(excess / _AIM)
        if crf <= _COARSEST:
            return _Try(crf, self.side)
        side = int(self.side * 2 ** ((_COARSEST - crf) / _HALF / 2))
        return _Try(_COARSEST, max(side, _SMALLEST_SIDE))


def write_chat_loop(video: Path, path: Path, fps: int, size: tuple[int, int], count: int) -> None:
    """Turn a finished video into a short, small and silent MP4 that chats play in a loop.

    H.264 of profile Main and level 3.1, without a sound track. A film of more than `LONGEST`
    seconds goes by quicker. While the file is too large, another try follows with coarser quality,
    then with fewer pixels.

    Args:
        video: a finished video.
        path: file to write, `.mp4`, replaced if it exists.
        fps: frames per second of the video.
        size: (width, height) of the video.
        count: frames of the video.

    Raises:
        EncodeError: the encoder failed, or nothing fits in the limit.
    """
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    # Frames a second, were all kept; every so many is, evenly, so that the motion stays smooth.
    rate = Fraction(max(fps * LONGEST, count), LONGEST)
    every = math.ceil(rate / _FPS)
    rate /= every
    kept = -(-count // every)
    attempt = _Try(_BEST, min(max(size), _SIDE))
    try:
        for _ in range(_TRIES):
            width, height = (
                max(2, 2 * round(side * attempt.side / max(size) / 2)) for side in size
            )
            chosen = (
                f"select='not(mod(n,{every}))',setpts=N/({rate}*TB),"
                f"scale={width}:{height}:flags=lanczos,format=yuv420p"
            )
            options = (
                *("-vf", chosen, "-r", str(rate), "-an", "-c:v", "libx264", "-preset", "medium"),
                *("-profile:v", "main", "-level", "3.1", "-crf", f"{attempt.crf:.2f}"),
                *("-g", str(kept), "-sc_threshold", "0", "-flags", "+cgop"),
                *(*h264_params(kept), "-movflags", "+faststart"),
            )
            run_ffmpeg(video, partial, options)
            written = partial.stat().st_size
            if written < MOST_BYTES:
                partial.replace(path)
                return
            attempt = attempt.smaller(written / MOST_BYTES)
    finally:
        partial.unlink(missing_ok=True)
    raise EncodeError(
        "The loop does not fit in one megabyte. Choose a shorter duration.",
        code="loop_too_large",
    )
