"""Display P3 from a scene to files, judged by figures and by readers that are not ours."""

from __future__ import annotations

import base64
import io
import re
import struct
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import imageio_ffmpeg
import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image

from amena.engine.colour_space import display_p3_profile
from amena.engine.errors import EngineError
from amena.engine.options import Options
from amena.engine.output.hardware import FilmEncoder
from amena.engine.pipeline import Engine
from amena.engine.report import Recorder
from amena.engine.results import Results
from amena.engine.scene.file import load_scene, save_scene
from amena.engine.scene.scene import Scene
from amena.engine.types import Disparity, Layer, LayeredDepthImage
from tests.engine.readers import exiftool
from tests.engine.wide_gamut import (
    BARS,
    CLIPPED,
    P3_TO_XYZ,
    WIDE,
    XYZ_TO_SRGB,
    apart,
    bars,
    encoded,
    linear,
    middles,
    p3_jpeg,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

OUTPUTS = (
    *("hevc", "av1", "webm", "chat", "gif", "spatial", "sbs-still", "tab", "cross-eyed"),
    *("parallel", "anaglyph-still", "mpo", "lenticular", "motion-photo", "live-photo", "sticker"),
    *("wiggle", "rgbd", "facebook", "quilt", "ora", "exr"),
)


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Bars without depth, so that they stay where they are."""
    width, height, margin = 640, 480, 16
    rgb = np.pad(
        np.asarray(bars(width, height)), [(margin, margin), (margin, margin), (0, 0)], "edge"
    )
    flat = np.full(rgb.shape[:2], 0.5, np.float32)
    layer = Layer(rgb, np.full(rgb.shape[:2], 255, np.uint8), flat)
    image = LayeredDepthImage(
        (layer,), (margin, margin), (width, height), np.zeros(rgb.shape[:2], bool)
    )
    disparity = Disparity(flat[margin:-margin, margin:-margin], "ramp")
    return Scene(
        image, disparity, 0.02, 0.02, 0.5, (width, height), colour_space="display-p3"
    ).quantised()


@pytest.fixture(scope="module")
def made(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(scene, tmp_path_factory.mktemp("wide"), outputs=OUTPUTS)


def write(scene: Scene, folder: Path, **choices: object) -> Path:
    from amena.engine.render import build_renderer

    options = Options(duration=1, fps=24, amplitude=0.02, renderer="warp", **choices)
    Results(scene, options, Recorder(), build_renderer("warp"), FilmEncoder(), "JPEG").write(folder)
    return folder


def first_frame(path: Path) -> np.ndarray:
    """As coded: ffmpeg leaves primaries alone."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-frames:v", "1"]
    command += ["-vf", "scale=in_color_matrix=bt709", "-f", "image2pipe", "-c:v", "png", "-"]
    shown = subprocess.run(command, check=True, capture_output=True).stdout
    return np.asarray(Image.open(io.BytesIO(shown)).convert("RGB"))


@pytest.mark.parametrize("name", ["video-h265.mp4", "video-av1.mp4"])
def test_videos_that_can_say_so_are_display_p3(made: Path, name: str) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(made / name)]
    shown = subprocess.run(
        [*command, "-vf", "showinfo", "-f", "null", "-"], capture_output=True, text=True, check=True
    ).stderr
    for field, value in {
        "color_range": "tv",
        "color_space": "bt709",
        "color_primaries": "smpte432",
        "color_trc": "bt709",
    }.items():
        assert set(re.findall(rf"\b{field}:(\w+)", shown)) == {value}, field
    headers = subprocess.run(
        [*command, "-c", "copy", "-bsf:v", "trace_headers", "-f", "null", "-"],
        capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    assert set(re.findall(r"\bcolou?r_primaries\s.* = (\d+)", headers)) == {"12"}
    content = (made / name).read_bytes()
    at = content.index(b"colrnclx") + 8
    assert struct.unpack(">HHHB", content[at : at + 7]) == (12, 1, 1, 0)
    assert apart(middles(first_frame(made / name))).max() < 4


@pytest.mark.parametrize("name", ["video.mp4", "video.webm"])
def test_other_videos_are_srgb(made: Path, name: str) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(made / name)]
    command += ["-vf", "showinfo", "-f", "null", "-"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert set(re.findall(r"\bcolor_primaries:(\w+)", shown)) == {"bt709"}
    assert np.abs(middles(first_frame(made / name)) - CLIPPED).max() <= 6


@pytest.mark.parametrize(
    ("name", "left_half"),
    [
        ("sbs.jpg", True),
        ("tab.jpg", False),
        ("spatial.heic", False),
        ("motionMP.jpg", False),
        ("photo.jpg in live-photo.zip", False),
    ],
)
def test_stills_that_can_say_so_are_display_p3(
    made: Path, name: str, left_half: bool, tmp_path: Path
) -> None:
    pillow_heif.register_heif_opener()
    path = made / name
    if " in " in name:
        inner, _, archive = name.partition(" in ")
        path = Path(zipfile.ZipFile(made / archive).extract(inner, tmp_path))
    with Image.open(path) as image:
        assert image.info["icc_profile"] == display_p3_profile()
        pixels = np.asarray(image.convert("RGB"))
    assert exiftool(path)["ICC_Profile:ProfileDescription"] == "Display P3"
    pixels = pixels[:, : pixels.shape[1] // 2] if left_half else pixels
    assert apart(middles(pixels, row=0.25)).max() < 4


@pytest.mark.parametrize(
    "name", ["cross-eyed.jpg", "parallel.jpg", "lenticular-strip.jpg", "lenticular.png"]
)
def test_prints_are_display_p3(made: Path, name: str) -> None:
    with Image.open(made / name) as image:
        assert image.info["icc_profile"] == display_p3_profile()
        row = np.asarray(image.convert("RGB"))[image.height // 2]
    nearest = apart(row[:, None], np.array(BARS)[None]).min(axis=0)
    assert nearest[WIDE].max() < 4  # each is somewhere in it


@pytest.mark.parametrize(
    "name",
    ["poster.jpg", "photo.jpg", "sticker-still.webp", "stereo.mpo", "anaglyph.jpg", "rgbd.png",
     "quilt_qs8x6a0.75.png", "loop.gif", "wiggle.gif"],
)  # fmt: skip
def test_what_is_not_read_so_everywhere_is_srgb(made: Path, name: str) -> None:
    with Image.open(made / name) as image:
        assert "icc_profile" not in image.info
        row = np.asarray(image.convert("RGB")).astype(int)[image.height // 4]
    if name != "anaglyph.jpg":  # which has colours of its own
        nearest = np.abs(row[:, None] - CLIPPED).max(axis=2).min(axis=0)
        assert nearest.max() <= 12, nearest


def test_the_layers_of_an_exr_go_beyond_bt709(made: Path) -> None:
    import OpenEXR

    channels = OpenEXR.File(str(made / "scene.exr"), separate_channels=True).channels()
    light = np.dstack([channels[name].pixels for name in "RGB"])[16:-16, 16:-16]
    wanted = linear(BARS) @ (XYZ_TO_SRGB @ P3_TO_XYZ).T
    columns = (2 * np.arange(len(BARS)) + 1) * light.shape[1] // (2 * len(BARS))
    assert wanted.min() < -0.02
    np.testing.assert_allclose(light[240, columns].astype(float), wanted, atol=4e-3)


def test_a_scene_of_srgb_is_drawn_and_stored_as_before(
    scene: Scene, made: Path, tmp_path: Path
) -> None:
    """Films of a wide photo are those of its layers in sRGB; an sRGB scene is one itself."""
    narrow = scene.in_srgb()
    assert narrow.in_srgb() is narrow
    write(narrow, tmp_path)
    for name in ("video.mp4", "poster.jpg", "scene.glb"):
        assert (tmp_path / name).read_bytes() == (made / name).read_bytes()


def test_an_unknown_colour_space_is_refused(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "scene.amena"
    save_scene(replace(scene, colour_space="xyz"), path)
    with pytest.raises(EngineError, match="cannot be read"):
        load_scene(path)


def test_photo_restyle_and_edit_keep_the_space(tmp_path: Path) -> None:
    photo, out, again, edited = (
        tmp_path / name for name in ("photo.jpg", "out", "again", "edited")
    )
    photo.write_bytes(p3_jpeg(height=80))
    for folder in (out, again, edited):
        folder.mkdir()
    depth = np.tile(np.linspace(60, 200, 320).astype(np.uint8), (80, 1))
    Image.fromarray(depth).save(tmp_path / "depth.png")
    engine, options = Engine("cpu"), Options(duration=1, fps=24, estimator="ramp")
    report = engine.create(photo, out, options)
    assert report.colour_space == "display-p3"
    assert load_scene(out / "scene.amena").colour_space == "display-p3"
    restyled = engine.restyle(out / "scene.amena", again, replace(options, outputs=("av1",)))
    changed = engine.edit(
        out / "scene.amena", tmp_path / "depth.png", edited, options, mode="replace"
    )
    assert restyled.colour_space == changed.colour_space == "display-p3"
    sources = load_scene(edited / "scene.amena").sources
    assert sources is not None
    assert apart(middles(sources.rgb)).max() < 2.5
    assert apart(middles(first_frame(again / "video-av1.mp4"))).max() < 5


#: Draws the picture on a canvas in Display P3 and reads the middle of each bar.
READ = """async ([source, bars, share]) => {
  const video = source.startsWith("data:video");
  const shown = document.createElement(video ? "video" : "img");
  if (video) {
    shown.muted = shown.loop = true;
    shown.src = source;
    await new Promise((resolve, reject) => {
      shown.requestVideoFrameCallback(resolve);
      shown.onerror = () => reject(shown.error.message);
      shown.play();
    });
  } else {
    shown.src = source;
    await shown.decode();
  }
  const canvas = document.createElement("canvas");
  canvas.width = video ? shown.videoWidth : shown.naturalWidth;
  canvas.height = video ? shown.videoHeight : shown.naturalHeight;
  const context = canvas.getContext("2d", {colorSpace: "display-p3"});
  context.drawImage(shown, 0, 0);
  return Array.from({length: bars}, (_, i) => [...context.getImageData(
    Math.floor(((i + 0.5) * canvas.width * share) / bars), canvas.height / 4, 1, 1,
    {colorSpace: "display-p3"}).data.slice(0, 3)]);
}"""


@pytest.mark.parametrize(
    ("name", "kind", "share"),
    [
        ("video-av1.mp4", "video/mp4", 1),
        ("sbs.jpg", "image/jpeg", 0.5),
        ("motionMP.jpg", "image/jpeg", 1),
    ],
)
def test_a_browser_shows_what_lies_beyond_srgb(
    made: Path, name: str, kind: str, share: float, browser: Browser
) -> None:
    source = f"data:{kind};base64,{base64.b64encode((made / name).read_bytes()).decode()}"
    page = browser.new_page()
    read = page.evaluate(READ, [source, len(BARS), share])
    page.close()
    assert apart(read).max() < 6, read
    # Where sRGB had been sent, the same colours would be much further away.
    assert apart(read)[WIDE].max() < 0.5 * apart(_in_p3(CLIPPED))[WIDE].min()


def _in_p3(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    return encoded(linear(srgb) @ np.linalg.inv(XYZ_TO_SRGB @ P3_TO_XYZ).T)
