"""Stickers for messengers: WebP of 512×512 pixels under their limits, transparent around."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image

from amena.engine.errors import EncodeError
from amena.engine.output.loops import FOR_EVER, WEBP_COLOURS, run_ffmpeg
from amena.engine.types import ByteImage

#: What WhatsApp asks for, the strictest: pixels a side, and bytes of a moving and a still one.
SIDE, MOVING_BYTES, STILL_BYTES = 512, 500_000, 100_000


class _Try(NamedTuple):
    """One way to encode a moving sticker: frames a second, quality and long side of the picture."""

    rate: float
    quality: int
    side: int


#: From the best to what fits in any case. A swing of some seconds bears few frames.
_TRIES: Final = (
    _Try(15, 60, SIDE),
    _Try(12, 40, SIDE),
    _Try(10, 25, SIDE),
    _Try(8, 20, 400),
    _Try(6, 15, 320),
    _Try(5, 5, 240),
)
_HAS_ALPHA: Final = 0x10
_STILL_QUALITIES: Final = (90, 80, 65, 50, 35, 20, 5)


def write_moving_sticker(video: Path, path: Path, fps: int) -> None:
    """Turn a finished video into an animated WebP that messengers take as a sticker.

    The whole picture is shown, in the middle of a transparent square.

    Args:
        video: a finished video.
        path: file to write, `.webp`.
        fps: frames per second of the video.

    Raises:
        EncodeError: the encoder failed, or nothing fits in the limit.
    """
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        for attempt in _TRIES:
            every = max(1, round(fps / attempt.rate))
            fitted = (
                f"select='not(mod(n,{every}))',setpts=N/({fps}/{every}*TB),"
                f"scale={attempt.side}:{attempt.side}:force_original_aspect_ratio=decrease:"
                f"force_divisible_by=2:flags=lanczos:{WEBP_COLOURS},format=yuva420p,"
                f"pad={SIDE}:{SIDE}:-1:-1:color=black@0"
            )
            options = ["-vf", fitted, "-c:v", "libwebp_anim", "-q:v", str(attempt.quality)]
            run_ffmpeg(video, partial, [*options, "-r", f"{fps}/{every}", *FOR_EVER])
            if partial.stat().st_size <= MOVING_BYTES:
                path.write_bytes(_transparent(partial.read_bytes()))
                return
    finally:
        partial.unlink(missing_ok=True)
    raise EncodeError(
        "The sticker does not fit in half a megabyte. Choose a shorter duration.",
        code="loop_too_large",
    )


def _transparent(webp: bytes) -> bytes:
    """An animated WebP whose header says that it has alpha, and a background of nothing.

    The encoder leaves the empty rim out of the frames and then may forget that there is one.
    """
    data = bytearray(webp)
    data[20] |= _HAS_ALPHA  # the flags of the chunk VP8X, which comes first
    background = data.index(b"ANIM") + 8
    data[background : background + 4] = bytes(4)
    return bytes(data)


def write_still_sticker(still: ByteImage, path: Path) -> None:
    """Write a picture (uint8 H×W×3) as a WebP sticker that does not move."""
    picture = Image.fromarray(still)
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    square = Image.new("RGBA", (SIDE, SIDE))
    square.paste(picture, ((SIDE - picture.width) // 2, (SIDE - picture.height) // 2))
    for quality in _STILL_QUALITIES:
        out = io.BytesIO()
        square.save(out, "WEBP", quality=quality, method=4)
        if out.tell() <= STILL_BYTES:
            break
    path.write_bytes(out.getvalue())
