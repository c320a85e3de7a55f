"""Encoders in hardware. Where tests run there is none, so others of ffmpeg's stand in."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from amena.engine.errors import EncodeError
from amena.engine.options import Options
from amena.engine.output import hardware
from amena.engine.output.codecs import CODECS, HARDWARE, Codec
from amena.engine.output.hardware import FilmEncoder
from amena.engine.pipeline import Engine

pytestmark = pytest.mark.slow

QUICK = Options(duration=1, fps=24, estimator="ramp")
#: As good as ours, and told from it by the search for motion that it writes into its files.
GOOD = ("libx264", "-preset", "medium", "-crf", "18")
MARK = b"subme=7"
STAND_INS = {
    "good": GOOD,
    "blurred": ("libopenh264", "-b:v", "300k"),
    "large": ("libx264", "-preset", "ultrafast", "-crf", "12"),
    "short": (*GOOD, "-frames:v", "10"),
    "absent": ("h264_unheard_of",),
}


@pytest.fixture(autouse=True, scope="module")
def tried_once() -> Iterator[None]:
    """Films of one encoder are the same whoever asks for them."""
    made = cache(lambda _encoder, codec: real(codec))
    real = hardware.trial
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hardware, "trial", lambda codec: made(CODECS[codec], codec))
        yield


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of these are taken for hardware, each by itself."""
    monkeypatch.setattr(hardware, "HARDWARE", {})
    for name, encoder in STAND_INS.items():
        monkeypatch.setitem(CODECS, f"{name}-1", Codec(encoder, reduced=True))


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    ("tried", "taken"),
    [
        (["good"], "good-1"),
        (["blurred"], "h264"),
        (["large"], "h264"),
        (["short"], "h264"),
        (["absent"], "h264"),
        (["absent", "large", "good"], "good-1"),
    ],
)
def test_only_what_is_as_good_is_taken(
    tried: list[str], taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "HARDWARE", {f"{each}-1": None for each in tried})
    films = FilmEncoder("hardware")
    assert films.choose() == taken
    assert FilmEncoder("software").choose() == "h264"


def test_a_pulse_and_a_haze_count_as_worse() -> None:
    usual = hardware.Trial(whole=44, worst=43, size=1000)
    assert hardware.Trial(whole=43.6, worst=42.1, size=1400).is_as_good_as(usual)
    assert not hardware.Trial(whole=46, worst=41.9, size=500).is_as_good_as(usual)
    assert not hardware.Trial(whole=43.4, worst=43, size=500).is_as_good_as(usual)


def test_of_an_absent_encoder_one_quality_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["absent-24", "absent-22", "absent-20"]
    asked: list[str] = []
    monkeypatch.setattr(hardware, "HARDWARE", dict.fromkeys(names))

    def listed(codec: str) -> hardware.Trial:
        asked.append(codec)
        if codec != "h264":
            raise EncodeError("None.")
        return hardware.Trial(44, 43, 1000)

    monkeypatch.setattr(hardware, "trial", listed)
    assert FilmEncoder("hardware").choose() == "h264"
    assert asked == ["h264", "absent-24"]


@pytest.mark.parametrize("name", [each for each in HARDWARE if "videotoolbox" not in each])
def test_ffmpeg_has_the_encoder_and_its_options(name: str) -> None:
    """Of VideoToolbox the build for macOS alone knows."""
    encoder, *options = HARDWARE[name].encoder
    help_of = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-h", f"encoder={encoder}"]
    listed = set(re.findall(r"^  (-[\w-]+)", subprocess.check_output(help_of, text=True), re.M))
    assert set(options[::2]) <= listed | {"-b:v", "-bf", "-flags", "-movflags"}


@pytest.mark.skipif(
    Path("/dev/dri").exists() or Path("/dev/nvidia0").exists(),
    reason="this machine may have an encoder in hardware, and would rightly choose it",
)
def test_a_machine_without_any_encodes_as_ever(caplog: pytest.LogCaptureFixture) -> None:
    assert FilmEncoder("hardware").choose() == "h264"
    said = "".join(record.getMessage() for record in caplog.records)
    assert "libcuda" in said  # it was the device that was missing, not an option that was wrong
    assert "renderD128" in said


@pytest.mark.usefixtures("stand_in")
def test_a_film_is_made_by_it_and_by_the_processor_where_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "HARDWARE", {"good-1": None})
    engine = Engine("cpu", encoder="hardware")
    engine.warm_up()
    photo = tmp_path / "photo.png"
    noise = np.random.default_rng(0).integers(0, 255, (20, 80, 3), np.uint8)
    Image.fromarray(noise).resize((320, 80)).save(photo)
    for folder in ("first", "second", "third"):
        (tmp_path / folder).mkdir()
    engine.create(photo, tmp_path / "first", QUICK)
    assert _film(tmp_path / "first") == (24, True)

    monkeypatch.setitem(CODECS, "good-1", Codec(STAND_INS["absent"], reduced=True))
    with pytest.raises(EncodeError) as raised:
        engine.create(photo, tmp_path / "second", QUICK)
    assert raised.value.retryable
    engine.create(photo, tmp_path / "third", QUICK)
    assert _film(tmp_path / "third") == (24, False)


def _film(folder: Path) -> tuple[int, bool]:
    """Frames that another reader finds, and whether the stand-in has made them."""
    film, frames = cv2.VideoCapture(str(folder / "video.mp4")), 0
    while film.read()[0]:
        frames += 1
    return frames, MARK in (folder / "video.mp4").read_bytes()
