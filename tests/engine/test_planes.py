"""Films drawn in luma and chroma: what a decoder shows is what frames of RGB would have shown."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from amena.engine.geometry.camera import build_path
from amena.engine.output.encode import takes_planes, video_writer
from amena.engine.output.planes import in_luma_and_chroma, planes
from amena.engine.render.warp import WarpRenderer
from amena.engine.types import ByteImage, Layer, LayeredDepthImage

SIZE = WIDTH, HEIGHT = 128, 96
COUNT = 4


@pytest.fixture(scope="module")
def layers() -> LayeredDepthImage:
    """Smooth colours, all hues, with a disc of others before them; its edge is soft."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    waves = [128 + 110 * np.sin(x / 9 + k) * np.cos(y / 11 - k) for k in range(3)]
    back = Layer(
        np.dstack(waves).astype(np.uint8),
        np.full((HEIGHT, WIDTH), 255, np.uint8),
        np.full((HEIGHT, WIDTH), 0.2, np.float32),
    )
    alpha = np.clip((30 - np.hypot(x - 64, y - 48)) / 4, 0, 1) * 255
    near = Layer(
        np.dstack(waves[::-1]).astype(np.uint8),
        alpha.astype(np.uint8),
        np.full((HEIGHT, WIDTH), 0.8, np.float32),
    )
    hidden = np.zeros((HEIGHT, WIDTH), np.bool_)
    return LayeredDepthImage((back, near), (0, 0), SIZE, hidden)


def drawn(layers: LayeredDepthImage) -> list[ByteImage]:
    return list(WarpRenderer(1).render(layers, build_path("circle", COUNT, 0.05, 0.4)))


def converted(rgb: list[ByteImage]) -> NDArray[np.uint8]:
    """The same frames as ffmpeg converts them to 4:2:0."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-i", "-"]
    command += ["-vf", "scale=flags=bicubic+full_chroma_inp:out_color_matrix=bt709:out_range=tv"]
    command += ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]
    done = subprocess.run(
        command, input=b"".join(frame.tobytes() for frame in rgb), capture_output=True, check=True
    )
    return np.frombuffer(done.stdout, np.uint8).reshape(COUNT, -1)


def test_planes_are_those_that_ffmpeg_makes_of_frames_of_rgb(layers: LayeredDepthImage) -> None:
    theirs = converted(drawn(layers)).astype(int)
    ours = np.stack([planes(frame) for frame in drawn(in_luma_and_chroma(layers))])
    difference = ours - theirs
    assert np.abs(difference).max() <= 3
    assert np.abs(difference).mean() < 0.5
    luma, chroma = np.split(difference, [WIDTH * HEIGHT], axis=1)
    assert abs(luma.mean()) < 0.1 and abs(chroma.mean()) < 0.1


def test_greys_have_no_colour(layers: LayeredDepthImage) -> None:
    back = layers.layers[0]
    grey = replace(back, rgb=np.repeat(back.rgb[..., :1], 3, axis=2))
    frame = planes(in_luma_and_chroma(replace(layers, layers=(grey,))).layers[0].rgb)
    assert set(frame[WIDTH * HEIGHT :].tolist()) == {128}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["video.mp4", "video.webm"])
def test_a_film_is_as_near_to_what_was_drawn_either_way(
    layers: LayeredDepthImage, tmp_path: Path, name: str
) -> None:
    truth = np.stack(drawn(layers)).reshape(COUNT, -1, 3).astype(int)
    beside = []
    for planar in (False, True):
        frames = drawn(in_luma_and_chroma(layers) if planar else layers)
        with video_writer(tmp_path / name, SIZE, 24, COUNT, planar=planar) as write:
            for frame in frames:
                write(frame)
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error"]
        command += ["-i", str(tmp_path / name), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
        raw = subprocess.run(command, capture_output=True, check=True).stdout
        beside.append(np.frombuffer(raw, np.uint8).reshape(truth.shape) - truth)
    of_rgb, of_planes = (np.abs(each).mean() for each in beside)
    assert of_planes < 1.03 * of_rgb
    tint = beside[1].mean(axis=(0, 1)) - beside[0].mean(axis=(0, 1))
    assert np.abs(tint).max() < 0.3


def test_planes_are_taken_where_nothing_else_is_to_be_done() -> None:
    assert takes_planes("", (960, 720), 30) and takes_planes("vp9", (960, 720), 30)
    assert not takes_planes("hevc", (960, 720), 30)  # ten bits
    assert not takes_planes("", (3840, 3840), 60)  # stored smaller
