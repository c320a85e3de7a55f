"""Display P3 from photo to files, judged by figures of its own and by readers that are not ours."""

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
from PIL import Image, ImageCms

from amena.engine.colour_space import display_p3_profile
from amena.engine.errors import EngineError
from amena.engine.options import Options
from amena.engine.photo import decode
from amena.engine.pipeline import Engine
from amena.engine.report import Recorder
from amena.engine.results import Results
from amena.engine.scene.file import load_scene, save_scene
from amena.engine.scene.scene import Scene
from amena.engine.types import Disparity, Layer, LayeredDepthImage, Photo
from tests.engine import samples
from tests.engine.readers import exiftool
from tests.engine.test_formats import chunk

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

#: Bars in Display P3. The first four lie beyond sRGB.
BARS = (
    *((250, 30, 40), (60, 240, 60), (20, 220, 210), (255, 140, 20)),
    *((128, 128, 128), (200, 170, 150), (60, 80, 120), (255, 255, 255)),
)
WIDE = slice(0, 4)
#: Linear Display P3 → XYZ (D65), and XYZ → linear sRGB, as CSS Color 4 prints them.
P3_TO_XYZ = np.array(
    (
        (0.4865709, 0.2656677, 0.1982173),
        (0.2289746, 0.6917385, 0.0792869),
        (0, 0.0451134, 1.0439444),
    )
)
XYZ_TO_SRGB = np.array(
    (
        (3.2409699, -1.5373832, -0.4986108),
        (-0.9692436, 1.8759675, 0.0415551),
        (0.0556301, -0.2039770, 1.0569715),
    )
)
OUTPUTS = (
    *("hevc", "av1", "webm", "chat", "gif", "spatial", "sbs-still", "tab", "cross-eyed"),
    *("parallel", "anaglyph-still", "mpo", "lenticular", "motion-photo", "live-photo", "sticker"),
    *("wiggle", "rgbd", "facebook", "quilt", "ora", "exr"),
)


def linear(colours: object) -> NDArray[np.float64]:
    share = np.asarray(colours, np.float64) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def lab(colours: object) -> NDArray[np.float64]:
    """CIE L*a*b* of colours in Display P3."""
    ratio = linear(colours) @ P3_TO_XYZ.T / (P3_TO_XYZ @ np.ones(3))
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1
    )


def apart(colours: object, others: object = BARS) -> NDArray[np.float64]:
    """ΔE (CIE 1976) of colours in Display P3."""
    return np.linalg.norm(lab(colours) - lab(others), axis=-1)


#: The bars as sRGB shows them.
CLIPPED = encoded(linear(BARS) @ (XYZ_TO_SRGB @ P3_TO_XYZ).T)


def bars(width: int = 320, height: int = 240, colours: object = BARS) -> Image.Image:
    index = np.arange(width) * len(BARS) // width
    return Image.fromarray(np.repeat(np.array(colours, np.uint8)[index][None], height, 0))


def middles(picture: Image.Image | np.ndarray, row: float = 0.5) -> np.ndarray:
    """Of each bar of a picture that shows them all across its width."""
    pixels = np.asarray(picture)
    columns = (2 * np.arange(len(BARS)) + 1) * pixels.shape[1] // (2 * len(BARS))
    return pixels[int(pixels.shape[0] * row), columns].astype(int)


def loaded(data: bytes, size: int = 960) -> Photo:
    return decode.load(io.BytesIO(data), size)


def p3_jpeg(colours: object = BARS) -> bytes:
    image = bars(colours=colours)
    profile = display_p3_profile()
    return samples.encoded(image, "JPEG", quality=98, subsampling=0, icc_profile=profile)


def png_with(image: Image.Image, *chunks: bytes) -> bytes:
    plain = samples.encoded(image, "PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


ADOBE = (
    chunk(b"gAMA", struct.pack(">I", 45470)),
    chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)),
)


def _adobe() -> Image.Image:
    """The bars in Adobe RGB (1998), whose border red and orange are."""
    to_adobe = np.array(
        (
            (2.0415879, -0.5650070, -0.3447314),
            (-0.9692436, 1.8759675, 0.0415551),
            (0.0134443, -0.1183624, 1.0151750),
        )
    )
    light = np.clip(linear(BARS) @ (to_adobe @ P3_TO_XYZ).T, 0, 1)
    return bars(colours=np.round(255 * light**0.4547))


def from_adobe() -> bytes:
    return png_with(_adobe(), *ADOBE)


def test_the_profile_is_small_and_what_others_take_for_display_p3(tmp_path: Path) -> None:
    profile = display_p3_profile()
    assert len(profile) < 600
    bars().save(tmp_path / "bars.png", icc_profile=profile)
    told = exiftool(tmp_path / "bars.png")
    assert told["ICC_Profile:ProfileDescription"] == "Display P3"
    assert told["ICC-header:ProfileVersion"] == 1072  # 4.3
    shown = ImageCms.profileToProfile(
        bars(),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
    )
    assert shown is not None
    np.testing.assert_allclose(middles(shown), CLIPPED, atol=1.5)


@pytest.mark.parametrize(
    ("kind", "build"),
    [
        ("JPEG", p3_jpeg),
        ("HEIF", lambda: samples.heif_file([_tagged(bars())])),
        ("PNG", lambda: png_with(bars(), chunk(b"cICP", bytes((12, 13, 0, 1))))),
        # Adobe RGB, by its primaries and its power.
        ("PNG", from_adobe),
    ],
    ids=["ICC", "ICC in HEIC", "cICP", "cHRM"],
)
def test_a_photo_beyond_srgb_stays_in_display_p3(kind: str, build: object) -> None:
    photo = loaded(build())  # type: ignore[operator]
    assert (photo.format, photo.colour_space) == (kind, "display-p3")
    held = np.delete(np.arange(len(BARS)), (0, 3)) if build is from_adobe else slice(None)
    assert apart(middles(photo.rgb))[held].max() < 3


def _tagged(image: Image.Image) -> Image.Image:
    image.info["icc_profile"] = display_p3_profile()
    return image


def test_colours_within_srgb_come_as_they_always_did(tmp_path: Path) -> None:
    """A tag alone is no reason: what sRGB holds goes the old way, bit for bit."""
    within = np.clip(np.array(BARS), 90, 170)
    data = p3_jpeg(within)
    photo = loaded(data)
    assert photo.colour_space == "srgb"
    with Image.open(io.BytesIO(data)) as image:
        own = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        before = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"))
    assert np.array_equal(photo.rgb, np.asarray(before))


def test_a_few_pixels_beyond_srgb_are_no_reason() -> None:
    image = bars(colours=np.full((8, 3), 128))
    image.paste((255, 0, 0), (0, 0, 6, 6))  # 5 of 10,000 pixels
    assert loaded(samples.encoded(_tagged(image), "PNG")).colour_space == "srgb"
    image.paste((255, 0, 0), (0, 0, 20, 20))
    assert loaded(samples.encoded(_tagged(image), "PNG")).colour_space == "display-p3"


def test_thumbnails_are_srgb() -> None:
    with Image.open(io.BytesIO(decode.thumbnail(io.BytesIO(p3_jpeg()), 320))) as image:
        assert "icc_profile" not in image.info
        assert np.abs(middles(image) - CLIPPED).max() <= 8


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

    options = Options(duration=1, fps=24, amplitude=0.02, renderer="warp", **choices)  # type: ignore[arg-type]
    Results(scene, options, Recorder(), build_renderer("warp"), "JPEG").write(folder)
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
    save_scene(replace(scene, colour_space="xyz"), path)  # type: ignore[arg-type]
    with pytest.raises(EngineError, match="cannot be read"):
        load_scene(path)


def test_photo_restyle_and_edit_keep_the_space(tmp_path: Path) -> None:
    photo, out, again, edited = (
        tmp_path / name for name in ("photo.jpg", "out", "again", "edited")
    )
    photo.write_bytes(p3_jpeg())
    for folder in (out, again, edited):
        folder.mkdir()
    depth = np.tile(np.linspace(60, 200, 320).astype(np.uint8), (240, 1))
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
