"""Gaussian splats, opened in a browser by a viewer that is not ours.

The viewer (GaussianSplats3D on three.js) reads both files and draws them from the photo's place and
beside it; the engine's own frames from the same places are what it has to show.
"""

from __future__ import annotations

import gzip
import io
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from amena.engine.geometry.camera import CameraPath, Move, inverse_depth, pose
from amena.engine.output.splats import build_splats, write_splats, write_spz
from amena.engine.render.warp import WarpRenderer
from amena.engine.types import ByteImage, LayeredDepthImage
from tests.engine.test_glb import detailed_layers, opened, textured_layers

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VENDOR = Path(__file__).parents[1] / "vendor"
SIZE = (256, 192)
FOCUS = 0.5
PAGE = """<!doctype html><style>body { margin: 0 }</style>
<script type="importmap">{"imports": {"three": "/three.js"}}</script>
<script type="module">
import * as viewers from "/viewer.js";
window.show = async (file, format, up, forward, x) => {
    document.querySelectorAll("body > div").forEach(each => each.remove());
    const viewer = new viewers.Viewer({
        cameraUp: [0, up, 0],
        initialCameraPosition: [x, 0, 0],
        initialCameraLookAt: [0, 0, forward * DISTANCE],
        sharedMemoryForWorkers: false, gpuAcceleratedSort: false, useBuiltInControls: false,
        integerBasedSort: false, sphericalHarmonicsDegree: 0, ignoreDevicePixelRatio: true,
        sceneRevealMode: viewers.SceneRevealMode.Instant, halfPrecisionCovariancesOnGPU: false,
    });
    await viewer.addSplatScene(file, {
        format: viewers.SceneFormat[format], showLoadingUI: false, splatAlphaRemovalThreshold: 1,
    });
    viewer.camera.fov = FIELD;
    viewer.camera.near = 0.05;
    viewer.camera.updateProjectionMatrix();
    viewer.start();
    const frame = () => new Promise(done => requestAnimationFrame(done));
    do { await frame(); } while (!viewer.splatMesh.geometry.instanceCount || viewer.sortRunning);
    for (let drawn = 0; drawn < 4; drawn++) await frame();
    window.viewer = viewer;
    return viewer.splatMesh.getSplatCount();
};
window.ready = true;
</script>"""


@pytest.fixture(scope="module")
def image() -> LayeredDepthImage:
    return textured_layers(*SIZE)


def test_the_ply_is_laid_out_as_its_authors_do(image: LayeredDepthImage, tmp_path: Path) -> None:
    path = tmp_path / "splats.ply"
    write_splats(image, path)
    header, body = path.read_bytes().split(b"end_header\n", 1)
    lines = header.decode().splitlines()
    names = [line.split()[2] for line in lines if line.startswith("property float")]
    count = int(lines[2].split()[2])
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    assert names[:3] == ["x", "y", "z"] and names[-4:] == ["rot_0", "rot_1", "rot_2", "rot_3"]
    rows = np.frombuffer(body, "<f4").reshape(count, len(names))
    assert np.isfinite(rows).all()
    assert np.linalg.norm(rows[:, -4:], axis=1) == pytest.approx(1, abs=1e-4)
    assert rows[:, 2].min() >= 1 and rows[:, 2].max() <= 5


def test_the_spz_says_the_same_in_a_fifth_of_the_bytes(
    image: LayeredDepthImage, tmp_path: Path
) -> None:
    write_spz(image, tmp_path / "splats.spz")
    write_splats(image, tmp_path / "splats.ply")
    data = gzip.decompress((tmp_path / "splats.spz").read_bytes())
    magic, version, count, harmonics, point = struct.unpack_from("<IIIBB", data)
    assert (magic, version, harmonics) == (0x5053474E, 2, 0)
    assert len(data) == 16 + count * 19
    splats = build_splats(image, 10**6)
    assert count == len(splats)
    raw = np.frombuffer(data, np.uint8, count * 9, 16).reshape(count, 3, 3).astype(int)
    fixed = raw[..., 0] | raw[..., 1] << 8 | raw[..., 2] << 16
    found = (fixed - (fixed >> 23) * 2**24) / 2**point
    assert np.abs(found * [1, -1, -1] - splats.positions).max() < 1e-4
    sizes = [(tmp_path / f"splats.{kind}").stat().st_size for kind in ("spz", "ply")]
    assert sizes[0] < sizes[1] / 5


def test_the_worst_photo_of_960_pixels_still_fits(tmp_path: Path) -> None:
    """Nothing of it is even, so blocks have to grow over noise."""
    layers = detailed_layers(960)
    for write, name in ((write_splats, "splats.ply"), (write_spz, "splats.spz")):
        write(layers, tmp_path / name)
        assert (tmp_path / name).stat().st_size <= 12e6


def test_a_soft_edge_lets_as_much_through_as_its_alpha(image: LayeredDepthImage) -> None:
    from amena.engine.output.splats import _WIDTH, _opacity

    beside = math.exp(-0.5 / _WIDTH**2)
    for alpha in (0.25, 0.5, 0.75):
        opacity = float(_opacity(np.array([alpha], np.float32))[0])
        around = [1.0, *[beside] * 4, *[beside**2] * 4]
        through = math.prod(1 - opacity * share for share in around)
        assert 1 - through == pytest.approx(alpha, abs=0.02)


@pytest.fixture
def screenshots(
    browser: Browser, image: LayeredDepthImage, tmp_path: Path
) -> Iterator[dict[tuple[str, float], ByteImage]]:
    write_splats(image, tmp_path / "splats.ply")
    write_spz(image, tmp_path / "splats.spz")
    distance = 1 / float(inverse_depth(FOCUS))
    field = math.degrees(2 * math.atan(SIZE[1] / max(SIZE) / 2))
    files = {
        "": PAGE.replace("DISTANCE", str(distance)).replace("FIELD", str(field)).encode(),
        "viewer.js": (VENDOR / "gaussian-splats-3d/gaussian-splats-3d.module.js").read_bytes(),
        "three.js": (VENDOR / "three/three.module.min.js").read_bytes(),
        "splats.ply": (tmp_path / "splats.ply").read_bytes(),
        "splats.spz": (tmp_path / "splats.spz").read_bytes(),
    }
    found = {}
    with opened(browser, SIZE, files) as page:
        page.wait_for_function("window.ready")
        for name, kind, up, forward in (("splats.ply", "Ply", -1, 1), ("splats.spz", "Spz", 1, -1)):
            for x in (0.0, 0.05):
                assert page.evaluate("a => show(...a)", [name, kind, up, forward, x]) > 1000
                with Image.open(io.BytesIO(page.screenshot())) as picture:
                    found[name, x] = np.asarray(picture.convert("RGB"))
    yield found


def engine_frame(image: LayeredDepthImage, x: float) -> ByteImage:
    """The engine's own frame from beside the photo's place, looking at the focus point."""
    path = CameraPath(
        pose(Move(x=x, turn=1.0), 1.0, 1 / float(inverse_depth(FOCUS)))[None], "orbit", x, FOCUS
    )
    return next(iter(WarpRenderer().render(image, path)))


def test_a_splat_viewer_shows_what_the_engine_shows(
    image: LayeredDepthImage, screenshots: dict[tuple[str, float], ByteImage]
) -> None:
    for (name, x), shown in screenshots.items():
        wanted = engine_frame(image, x).astype(int)
        away = np.abs(shown.astype(int) - wanted)[12:-12, 12:-12]
        assert away.mean() < 8, (name, x)
    # From beside it the picture is another one, so the comparison above means something.
    moved = np.abs(engine_frame(image, 0.05).astype(int) - engine_frame(image, 0.0)).mean()
    assert moved > 10
