"""Loops that play where no video does: GIF and animated WebP, kept under a size limit."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import imageio_ffmpeg

from amena.engine.errors import EncodeError

#: Long side in pixels of the first try. A GIF of more would never pass a usual limit.
_FIRST_SIDE: Final = {".gif": 480, ".webp": 640}
_SMALLEST_SIDE: Final = 120
#: Frames per second that a loop needs no more of.
_ENOUGH_FPS: Final = 17
_TRIES: Final = 5
#: Seconds that one try may take at most; it takes some even for long loops.
_TIMEOUT: Final = 120
#: WebP has no tags: its colours are by the matrix of BT.601, not BT.709 as the video's.
WEBP_COLOURS: Final = "out_color_matrix=bt601:out_range=tv"

#: What makes a GIF or a WebP repeat.
FOR_EVER: Final = ("-loop", "0")


@dataclass(frozen=True)
class _Try:
    """One way to encode: the long side in pixels, and of how many frames one is kept."""

    side: int
    every: int


def write_loop(video: Path, path: Path, fps: int, size: tuple[int, int], limit: int) -> None:
    """Turn a finished video into a GIF or an animated WebP that repeats forever.

    The first try is of good quality; while the file is too large, another follows whose pixels
    are fewer in proportion, and frames too once the picture is small. Frames are dropped evenly
    (every second, every third …), so that the motion stays smooth.

    Args:
        video: a finished video.
        path: file to write, `.gif` or `.webp`, replaced if it exists.
        fps: frames per second of the video.
        size: (width, height) of the video.
        limit: bytes that the file may have at most.

    Raises:
        EncodeError: the encoder failed, or even a tiny loop is over the limit.
    """
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    attempt = _Try(min(max(size), _FIRST_SIDE[path.suffix]), -(-fps // _ENOUGH_FPS))
    try:
        for _ in range(_TRIES):
            _encode(video, partial, fps, size, attempt)
            written = partial.stat().st_size
            if written <= limit:
                partial.replace(path)
                return
            attempt = _smaller(attempt, written / limit)
    finally:
        partial.unlink(missing_ok=True)
    raise EncodeError(
        f"The {path.suffix[1:].upper()} does not fit in {limit / 1e6:.1f} MB. "
        "Allow more, or choose a shorter duration.",
        code="loop_too_large",
    )


def _smaller(attempt: _Try, excess: float) -> _Try:
    """The next try after a file that was `excess` times too large."""
    shrink = (1.1 * excess) ** -0.5
    side = int(attempt.side * shrink)
    if side >= 2 * _SMALLEST_SIDE:
        return _Try(side, attempt.every)
    side = min(int(side * 2**0.5), attempt.side)
    return _Try(max(side, _SMALLEST_SIDE), 2 * attempt.every)


def _encode(video: Path, path: Path, fps: int, size: tuple[int, int], attempt: _Try) -> None:
    scale = min(1.0, attempt.side / max(size))
    width, height = (max(2, 2 * round(side * scale / 2)) for side in size)
    kept = f"select='not(mod(n,{attempt.every}))',setpts=N/({fps}/{attempt.every}*TB)"
    reduced = f"{kept},scale={width}:{height}:flags=lanczos"
    if path.suffix == ".gif":
        # One palette for the whole loop: one for each frame would flicker. An ordered dither stands
        # still where the picture does, and compresses better than error diffusion.
        palette = "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=bayer:bayer_scale=3"
        codec = ["-filter_complex", f"{reduced},{palette}"]
    else:
        converted = f"{reduced}:{WEBP_COLOURS},format=yuv420p"
        codec = ["-vf", converted, "-c:v", "libwebp_anim", "-q:v", "75", "-compression_level", "2"]
    run_ffmpeg(video, path, [*codec, "-r", f"{fps}/{attempt.every}", *FOR_EVER])


def run_ffmpeg(video: Path, path: Path, options: Sequence[str]) -> None:
    """Encode a finished video once more, without metadata.

    Args:
        video: what is read.
        path: what is written; its suffix tells the format.
        options: ffmpeg's, for the output.

    Raises:
        EncodeError: it failed.
    """
    command = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", "-i", str(video)),
        *(*options, "-map_metadata", "-1", str(path)),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT)  # noqa: S603
    except (subprocess.SubprocessError, OSError) as error:
        raise EncodeError(
            f"The {path.suffix[1:].upper()} could not be encoded. Try again."
        ) from error
