"""The GLB file, judged by the Khronos validator and by a viewer that many pages use.

Both are JavaScript and run in a page without a network: what they ask for beyond the files given
here fails, and the test with it.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pygltflib
import pytest
from numpy.typing import NDArray
from PIL import Image

from amena.engine.geometry.camera import CameraPath, Move, inverse_depth, pose
from amena.engine.layering.layers import build_layers
from amena.engine.output.splats import build_splats
from amena.engine.pixels.fill import fill_texture
from amena.engine.render.warp import WarpRenderer
from amena.engine.scene.glb import write_glb
from amena.engine.types import ByteImage, Disparity, Layer, LayeredDepthImage, Photo
from tests.engine.scenes import noise_photo, square_layers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

ROOT = Path(__file__).parents[2]
VALIDATOR = ROOT / "tests/vendor/gltf-validator/gltf_validator.dart.js"
MODEL_VIEWER = ROOT / "tests/vendor/model-viewer/model-viewer.min.js"
FOCUS = 0.5
OTHER = "application/octet-stream"


@contextmanager
def opened(browser: Browser, size: tuple[int, int], files: dict[str, bytes]) -> Iterator[Page]:
    """A page at `/` with these files beside it and nothing else in the world."""
    types = {".js": "text/javascript", "": "text/html; charset=utf-8"}
    refused: list[str] = []

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix("http://amena.test/")
        if name in files:
            route.fulfill(body=files[name], content_type=types.get(Path(name).suffix, OTHER))
        elif not name.startswith("blob:"):
            refused.append(route.request.url)
            route.abort()

    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.set_default_timeout(60_000)
    page.route("**/*", answer)
    page.goto("http://amena.test/")
    yield page
    page.close()
    assert refused == []


def validated(browser: Browser, path: Path) -> dict[str, Any]:
    """The Khronos validator's report."""
    files = {
        "": b"<!doctype html><script>var exports = {}</script><script src=validator.js></script>",
        "validator.js": VALIDATOR.read_bytes(),
        "scene.glb": path.read_bytes(),
    }
    with opened(browser, (100, 100), files) as page:
        report: dict[str, Any] = page.evaluate(
            """async () => {
                const file = await (await fetch("scene.glb")).arrayBuffer();
                return exports.validateBytes(new Uint8Array(file), {maxIssues: 0});
            }"""
        )
    return report


def textured_layers(width: int, height: int) -> LayeredDepthImage:
    """A disc before a wall that recedes to the right, both with a texture of their own."""
    rgb = noise_photo(height, width).rgb.copy()
    disc = np.hypot(*np.mgrid[-height // 2 : height // 2, -width // 2 : width // 2]) < height / 5
    rgb[disc] = noise_photo(height, width, seed=1).rgb[disc]
    wall = np.broadcast_to(np.linspace(0.4, 0.1, width, dtype=np.float32), (height, width))
    disparity = Disparity(np.where(disc, np.float32(0.8), wall), "uploaded")
    photo = Photo(rgb, (width, height), "PNG")
    return build_layers(photo, disparity, 0.06, fill_texture, (24, 24))


def detailed_layers(side: int) -> LayeredDepthImage:
    """Three layers of pure noise all over, the worst that can come: nothing of it compresses."""
    rng = np.random.default_rng(0)
    canvas = side + 64
    layers = tuple(
        Layer(
            rng.integers(0, 256, (canvas, canvas, 3)).astype(np.uint8),
            np.full((canvas, canvas), alpha, np.uint8),
            rng.random((canvas, canvas), np.float32),
        )
        for alpha in (255, 254, 253)
    )
    hidden = np.zeros((canvas, canvas), np.bool_)
    return LayeredDepthImage(layers, (32, 32), (side, side), hidden)


def engine_view(image: LayeredDepthImage, degrees: float) -> ByteImage:
    """The engine's own frame from a camera that has turned around the focus point."""
    distance, angle = 1 / float(inverse_depth(FOCUS)), math.radians(degrees)
    move = Move(x=distance * math.sin(angle), z=distance * (1 - math.cos(angle)), turn=1.0)
    path = CameraPath(pose(move, 1.0, distance)[None], "orbit", 0.05, FOCUS)
    return next(iter(WarpRenderer().render(image, path)))


@pytest.fixture
def viewer(browser: Browser, tmp_path: Path) -> Iterator[Callable[[LayeredDepthImage], Page]]:
    """Opens layers in `<model-viewer>`, looking through the photo's own camera."""
    pages = []

    def show(image: LayeredDepthImage) -> Page:
        write_glb(image, tmp_path / "scene.glb")
        width, height = image.photo_size
        distance = 1 / float(inverse_depth(FOCUS))
        angle = 2 * math.atan(height / max(width, height) / 2)
        html = f"""<!doctype html><meta charset=utf-8>
            <style>body {{ margin: 0 }} model-viewer {{ width: {width}px; height: {height}px;
            --progress-bar-color: transparent }}</style>
            <script type=module src=model-viewer.js></script>
            <model-viewer src=scene.glb interaction-prompt=none
              camera-target="0m 0m {-distance}m" camera-orbit="0deg 90deg {distance}m"
              min-camera-orbit="auto auto 0m" max-camera-orbit="auto auto 10m"
              min-field-of-view=1deg max-field-of-view=120deg field-of-view={angle}rad>
            </model-viewer>"""
        files = {
            "": html.encode(),
            "model-viewer.js": MODEL_VIEWER.read_bytes(),
            "scene.glb": (tmp_path / "scene.glb").read_bytes(),
        }
        context = opened(browser, image.photo_size, files)
        page = context.__enter__()
        pages.append(context)
        page.wait_for_function("() => document.querySelector('model-viewer').loaded")
        # In a window narrower than the model, the viewer widens the angle it is given.
        page.evaluate(
            """async angle => {
                const viewer = document.querySelector("model-viewer");
                const half = degrees => Math.tan(degrees * Math.PI / 360);
                const wanted = half(angle * 180 / Math.PI);
                const widened = half(viewer.getFieldOfView()) / wanted;
                viewer.fieldOfView = `${2 * Math.atan(wanted / widened)}rad`;
            }""",
            angle,
        )
        return page

    yield show
    for context in pages:
        context.__exit__(None, None, None)


def screenshot(page: Page, degrees: float) -> ByteImage:
    """What `<model-viewer>` shows after turning around its target."""
    page.evaluate(
        """async degrees => {
            const viewer = document.querySelector("model-viewer");
            const [, height, radius] = viewer.cameraOrbit.split(" ");
            viewer.cameraOrbit = `${degrees}deg ${height} ${radius}`;
            await viewer.updateComplete;
            viewer.jumpCameraToGoal();
            for (let frame = 0; frame < 4; frame++) await new Promise(requestAnimationFrame);
        }""",
        degrees,
    )
    with Image.open(io.BytesIO(page.screenshot())) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("size", [(320, 240), (192, 256)])
def test_model_viewer_shows_what_the_engine_renders(
    size: tuple[int, int], viewer: Callable[[LayeredDepthImage], Page]
) -> None:
    image = textured_layers(*size)
    page = viewer(image)
    for degrees in (0.0, 1.2, -1.2):
        shown, expected = screenshot(page, degrees), engine_view(image, degrees)
        difference = np.abs(shown.astype(float) - expected).mean(axis=2)
        assert difference.mean() < 3
        assert np.percentile(difference, 98) < 24
        # The comparison must notice a camera that is off by a pixel.
        off = np.abs(np.roll(shown, 1, axis=1).astype(float) - expected).mean()
        assert off > 2 * difference.mean()


def test_turning_the_view_moves_near_things_against_far_ones(
    viewer: Callable[[LayeredDepthImage], Page],
) -> None:
    image = textured_layers(320, 240)
    page = viewer(image)
    still, turned = screenshot(page, 0.0), screenshot(page, 1.2)
    assert np.abs(still.astype(float) - turned).mean() > 4


@pytest.mark.parametrize("layers", [square_layers, lambda: textured_layers(320, 240)])
def test_the_khronos_validator_finds_nothing(
    layers: Callable[[], LayeredDepthImage], browser: Browser, tmp_path: Path
) -> None:
    write_glb(layers(), tmp_path / "scene.glb")
    issues = validated(browser, tmp_path / "scene.glb")["issues"]
    # Sizes that are no powers of two matter to WebGL 1 alone, and only for repeated textures.
    serious = [each for each in issues["messages"] if each["code"] != "IMAGE_NPOT_DIMENSIONS"]
    assert serious == []


def test_the_validator_would_find_a_broken_file(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "scene.glb"
    write_glb(square_layers(), path)
    path.write_bytes(path.read_bytes().replace(b'"VEC2"', b'"VEC3"', 1))
    assert validated(browser, path)["issues"]["numErrors"] > 0


def test_the_worst_photo_of_960_pixels_stays_under_six_megabytes(
    browser: Browser, tmp_path: Path
) -> None:
    write_glb(detailed_layers(960), tmp_path / "scene.glb")
    assert 3_000_000 < (tmp_path / "scene.glb").stat().st_size <= 6_000_000
    assert validated(browser, tmp_path / "scene.glb")["issues"]["numErrors"] == 0


def document(path: Path) -> tuple[pygltflib.GLTF2, list[ByteImage]]:
    glb = pygltflib.GLTF2().load(str(path))
    blob = glb.binary_blob()
    views = [glb.bufferViews[image.bufferView] for image in glb.images]
    parts = [blob[view.byteOffset : view.byteOffset + view.byteLength] for view in views]
    flag = cv2.IMREAD_UNCHANGED
    return glb, [cv2.imdecode(np.frombuffer(part, np.uint8), flag) for part in parts]


def test_near_layers_carry_alpha_and_only_the_part_of_the_picture_they_cover(
    tmp_path: Path,
) -> None:
    image = square_layers()
    write_glb(image, tmp_path / "scene.glb")
    glb, textures = document(tmp_path / "scene.glb")
    assert [material.alphaMode for material in glb.materials] == ["OPAQUE", "BLEND"]
    assert [texture.shape[2] for texture in textures] == [3, 4]
    rows, columns = np.nonzero(image.layers[1].alpha)
    covered = (np.ptp(rows) + 1, np.ptp(columns) + 1)
    for side, need in zip(textures[1].shape[:2], covered, strict=True):
        assert need <= side <= need + 16
    assert (textures[1][..., 3] > 0).sum() == (image.layers[1].alpha > 0).sum()


def test_the_file_is_unlit_self_contained_and_holds_the_photos_camera(tmp_path: Path) -> None:
    write_glb(textured_layers(320, 240), tmp_path / "scene.glb")
    glb, _ = document(tmp_path / "scene.glb")
    assert all("KHR_materials_unlit" in material.extensions for material in glb.materials)
    assert all(image.uri is None for image in glb.images)
    assert [buffer.uri for buffer in glb.buffers] == [None]
    camera = glb.cameras[0].perspective
    assert camera.aspectRatio == pytest.approx(320 / 240)
    assert math.tan(camera.yfov / 2) == pytest.approx(240 / 320 / 2)


def test_textures_of_a_huge_photo_fit_every_phone(tmp_path: Path) -> None:
    flat = Disparity(np.full((64, 4400), 0.5, np.float32), "uploaded")
    photo = Photo(np.full((64, 4400, 3), 90, np.uint8), (4400, 64), "PNG")
    write_glb(build_layers(photo, flat, 0.01, fill_texture, (8, 8)), tmp_path / "scene.glb")
    _, textures = document(tmp_path / "scene.glb")
    assert max(textures[0].shape) == 4096


def test_true_distances_are_those_of_the_file(tmp_path: Path) -> None:
    """In metres, each point on the line of sight where it was."""
    image = square_layers()
    files = [tmp_path / "relative.glb", tmp_path / "true.glb"]
    write_glb(image, files[0])
    write_glb(image, files[1], (1.5, 40.0))
    relative, true = (pygltflib.GLTF2().load(str(file)) for file in files)

    def positions(document: pygltflib.GLTF2, mesh: int) -> NDArray[np.float32]:
        accessor = document.accessors[document.meshes[mesh].primitives[0].attributes.POSITION]
        start = document.bufferViews[accessor.bufferView].byteOffset
        blob = document.binary_blob()[start : start + accessor.count * 12]
        return np.frombuffer(blob, np.float32).reshape(-1, 3)

    for mesh, disparity in ((0, 0.2), (1, 0.8)):
        near, far = positions(relative, mesh), positions(true, mesh)
        np.testing.assert_allclose(near[:, :2] / near[:, 2:], far[:, :2] / far[:, 2:], atol=1e-5)
        expected = 1 / (1 / 40 + (1 / 1.5 - 1 / 40) * disparity)
        assert np.median(-far[:, 2]) == pytest.approx(expected, rel=0.02)
    assert true.cameras[0].perspective.zfar > 40
    assert true.scenes[0].extras == {"near": 1.5, "far": 40.0}


def test_splats_lie_at_true_distances_too() -> None:
    splats = build_splats(square_layers(), 50_000, (1.5, 40.0))
    expected = 1 / (1 / 40 + (1 / 1.5 - 1 / 40) * np.array([0.2, 0.8]))
    assert splats.positions[:, 2].max() == pytest.approx(expected[0], rel=0.02)
    assert splats.positions[:, 2].min() == pytest.approx(expected[1], rel=0.02)
