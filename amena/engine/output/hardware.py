"""Encoders in hardware, which leave the processor to drawing; each is believed after a trial.

That ffmpeg knows an encoder says nothing of the machine, and that the machine has one says nothing
of its pictures. So each encodes a short film, which is decoded in software: it must have all
frames, look as good as x264's and be not much larger.
"""

from __future__ import annotations

import logging
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from amena.engine.errors import EncodeError, OptionsError
from amena.engine.options import ENCODERS
from amena.engine.output.codecs import HARDWARE
from amena.engine.output.encode import video_writer
from amena.engine.output.planes import planes
from amena.engine.types import ByteImage

logger = logging.getLogger(__name__)

_SOFTWARE: Final = "h264"
_SIZE, _FPS, _FRAMES = (640, 384), 30, 30
#: dB that a film may be worse than x264's: on the whole, and in its worst frame.
_WORSE, _WORST = 0.5, 1.0
#: Its bytes against x264's, at most.
_LARGER: Final = 1.5


class FilmEncoder:
    """Says by which of `codecs.CODECS` films are encoded."""

    def __init__(self, choice: str = "software") -> None:
        """`choice`: one of `options.ENCODERS`. Nothing is tried yet.

        Raises:
            OptionsError: there is no such choice.
        """
        if choice not in ENCODERS:
            raise OptionsError("The encoder must be software or hardware.")
        self._codec = _SOFTWARE if choice == "software" else ""

    def choose(self) -> str:
        """The codec's name. The first call tries what there is, which takes a second or two."""
        if not self._codec:
            self._codec = _best()
            logger.info("Films are encoded as %s.", self._codec)
        return self._codec

    def failed(self) -> None:
        """A film was not made: from now on the processor encodes, which every machine has."""
        if self._codec != _SOFTWARE:
            logger.warning("The processor encodes films now, after %s failed.", self._codec)
            self._codec = _SOFTWARE


@dataclass(frozen=True)
class Trial:
    """How well a film was encoded.

    Attributes:
        whole: PSNR of all its samples, dB.
        worst: that of its worst frame.
        size: bytes.
    """

    whole: float
    worst: float
    size: int

    def is_as_good_as(self, other: Trial) -> bool:
        """Whether nobody would mind this one instead of the other."""
        return (
            self.whole >= other.whole - _WORSE
            and self.worst >= other.worst - _WORST
            and self.size <= other.size * _LARGER
        )


def _best() -> str:
    usual = trial(_SOFTWARE)
    absent: set[str] = set()
    for name in HARDWARE:
        encoder = name.rpartition("-")[0]
        if encoder in absent:
            continue
        try:
            tried = trial(name)
        except EncodeError:  # ffmpeg's words are in the log
            absent.add(encoder)
            continue
        if tried.is_as_good_as(usual):
            return name
        logger.info("%s is not used: %s, where x264 makes %s.", name, tried, usual)
    return _SOFTWARE


def trial(codec: str) -> Trial:
    """Encodes a short film by one of `codecs.CODECS`, and judges what is decoded of it.

    Raises:
        EncodeError: the encoder is not there or has stopped, or frames are missing.
    """
    frames = _film()
    with tempfile.TemporaryDirectory(prefix="amena-trial-") as folder:
        path = Path(folder, "film.mp4")
        with video_writer(path, _SIZE, _FPS, _FRAMES, codec, planar=True) as write:
            for frame in frames:
                write(frame)
        decoded, size = _decoded(path), path.stat().st_size
    wanted = np.stack([planes(frame) for frame in frames]).astype(np.float32)
    if decoded.size != wanted.size:
        raise EncodeError("The film has not the frames that it was made of.")
    errors = ((decoded.reshape(wanted.shape) - wanted) ** 2).mean(axis=1)
    return Trial(_psnr(errors.mean()), _psnr(errors.max()), size)


def _psnr(error: float) -> float:
    return float(10 * np.log10(255**2 / max(float(error), 1e-6)))


def _film() -> list[ByteImage]:
    """A loop over what photos have: texture, edges and a sky. Y, Cb and Cr, moved as films are."""
    (width, height), noise = _SIZE, np.random.default_rng(0)
    spare = 64
    picture = np.full((height + spare, width + spare, 3), 128, np.float32)
    picture += np.linspace(-60, 60, height + spare, dtype=np.float32)[:, None, None]
    ground = picture[height // 2 :]
    rough = noise.normal(0, 1, ground.shape).astype(np.float32)
    for sigma, contrast in ((0.8, 12), (3, 40), (12, 160)):
        ground += contrast * cv2.GaussianBlur(rough, (0, 0), sigma)
    for _ in range(12):
        x, y = int(noise.integers(width)), int(noise.integers(height))
        cv2.rectangle(picture, (x, y), (x + 60, y + 90), noise.integers(30, 220, 3).tolist(), -1)
    frames = []
    for phase in np.arange(_FRAMES) * (2 * np.pi / _FRAMES):
        x, y = -spare / 2 + 20 * np.cos(phase), -spare / 2 + 20 * np.sin(phase)
        shift = np.array([[1, 0, x], [0, 1, y]])
        moved = cv2.warpAffine(picture, shift, _SIZE, flags=cv2.INTER_CUBIC)
        frames.append(np.round(moved).clip(16, 235).astype(np.uint8))
    return frames


def _decoded(path: Path) -> NDArray[np.uint8]:
    """All samples of a film, decoded in software, frame by frame as `planes` has them."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(path)]
    command += ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]
    read = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  it is ours
    if read.returncode:
        raise EncodeError("The film cannot be decoded.")
    return np.frombuffer(read.stdout, np.uint8)
