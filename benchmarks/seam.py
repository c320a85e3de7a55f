"""The join of the loop in encoded videos, at what size and quality.

    python -m benchmarks.seam PHOTO… [--codecs h264 vp9] [--crf 18 19] [--ending 1 1.5]

A row for each photo, codec, quality (`-crf`) and share of bits for the last frames (H.264 alone):
kilobytes, seconds, the mean difference (of 255) of neighbouring frames and of the last and the
first, PSNR of all frames, of the last and of the worst against those drawn, and SSIM.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from amena.engine.motion.planning import plan
from amena.engine.options import SIZES, Options
from amena.engine.output.codecs import CODECS
from amena.engine.output.effects import crisp
from amena.engine.output.encode import write_mp4
from amena.engine.photo import decode
from amena.engine.pipeline import Engine
from amena.engine.render import build_renderer
from amena.engine.report import Recorder
from amena.engine.types import ByteImage
from benchmarks.metrics import psnr, ssim

_SUFFIXES = {"h264": ".mp4", "vp9": ".webm"}
_COLUMNS = ("photo", "codec", "crf", "ending", "kB", "s", "next", "seam")
_QUALITY = ("PSNR", "last", "worst", "SSIM")


def drawn(engine: Engine, photo: Path) -> NDArray[np.uint8]:
    """All frames (uint8 N×H×W×3) of the usual loop of a photo."""
    options = Options(size=SIZES[0])
    decoded = decode.load(photo, options.size, enlarge_to=SIZES[0])
    scene = engine.scenes.build(decoded, options, None, Recorder())
    path = plan(scene, options).path
    return np.stack(list(build_renderer("auto").render(crisp(scene.layers), path)))


def decoded_frames(video: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The frames (uint8 N×H×W×3) of a video of BT.709, as a player shows them."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(video)]
    command += ["-vf", "scale=in_color_matrix=bt709:in_range=tv"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, size[1], size[0], 3)


def _difference(a: ByteImage, b: ByteImage) -> float:
    return float(np.abs(a.astype(np.int16) - b).mean())


def measured(frames: NDArray[np.uint8], codec: str) -> str:
    """The row's figures of frames (uint8 N×H×W×3) in a codec."""
    size = (frames.shape[2], frames.shape[1])
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / f"video{_SUFFIXES[codec]}"
        begin = time.perf_counter()
        write_mp4(frames, video, size, Options().fps, len(frames))
        seconds, written = time.perf_counter() - begin, video.stat().st_size
        shown = decoded_frames(video, size)
    following = np.median([_difference(shown[i], shown[i + 1]) for i in range(len(shown) - 1)])
    quality = [psnr(a, b) for a, b in zip(shown, frames, strict=True)]
    alike = np.mean([ssim(shown[i], frames[i]) for i in range(0, len(frames), 10)])
    figures = (f"{written / 1e3:.0f}", f"{seconds:.1f}", f"{following:.2f}")
    seam = f"{_difference(shown[-1], shown[0]):.2f}"
    levels = (f"{x:.2f}" for x in (np.mean(quality), quality[-1], min(quality)))
    return " | ".join((*figures, seam, *levels, f"{alike:.4f}"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--codecs", nargs="+", choices=_SUFFIXES, default=["h264"])
    parser.add_argument("--crf", nargs="+", type=float, help="instead of the codec's own")
    parser.add_argument("--ending", nargs="+", type=float, help="instead of the codec's own")
    asked = parser.parse_args(arguments)
    columns = (*_COLUMNS, *_QUALITY)
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    engine = Engine()
    for photo in asked.photos:
        frames = drawn(engine, photo)
        for codec in asked.codecs:
            own = CODECS[codec]
            at = own.encoder.index("-crf") + 1
            for crf, ending in product(
                asked.crf or [float(own.encoder[at])], asked.ending or [own.ending]
            ):
                encoder = (*own.encoder[:at], f"{crf:g}", *own.encoder[at + 1 :])
                CODECS[codec] = replace(own, encoder=encoder, ending=ending)
                row = (
                    f"| {photo.stem} | {codec} | {crf:g} | {ending:g} | {measured(frames, codec)} |"
                )
                print(row, flush=True)
            CODECS[codec] = own


if __name__ == "__main__":
    main()
