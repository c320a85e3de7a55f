"""The 3D view in a headset, which Meta's emulator (iwer) wears: a Quest 3 with two controllers."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from amena.engine.layering.layers import build_layers
from amena.engine.pixels.fill import fill_texture
from amena.engine.scene.glb import write_glb
from amena.engine.types import ByteImage, Disparity, Photo
from tests.conftest import ROOT
from tests.faults.observing import wait_until
from tests.fixtures.coarse import coarse
from tests.fixtures.viewer import wake
from tests.site.conftest import MOVING, SHARP, UNHURRIED
from tests.site.gallery import Gallery

IWER = (ROOT / "tests" / "vendor" / "iwer" / "iwer.min.js").read_text()
#: The window, of which each eye has a half, and how many pixels wide a thing is that is as wide as
#: it is far away. What would be above and below the largest picture is left out.
WIDTH, HEIGHT, SCALE = 1280, 440, 400
WEAR = f"""{IWER}
  const options = {{stereoEnabled: true, visibilityMask: null}};
  window.headset = new IWER.XRDevice(IWER.metaQuest3, options);
  headset.installRuntime({{forceInstall: true}});
  headset.fovy = 2 * Math.atan({HEIGHT} / 2 / {SCALE});
"""
#: It asks for the colour of a picture that is lost.
OF_THE_EMULATOR = "Cannot read properties of null (reading '0')"
MAGENTA, BLUE, GREEN = (255, 0, 255), (0, 0, 255), (40, 200, 60)
ENTER, LEAVE = "View in headset", "Leave the headset view"


@pytest.fixture
def scene(tmp_path: Path) -> bytes:
    """A magenta square before a green wall with a blue bar above."""
    rgb = np.full((192, 256, 3), GREEN, np.uint8)
    values = np.full((192, 256), 0.2, np.float32)
    rgb[20:50, 118:138] = BLUE
    rgb[80:140, 98:158], values[80:140, 98:158] = MAGENTA, 1.0
    photo = Photo(rgb, (256, 192), "PNG")
    layers = build_layers(photo, Disparity(values, "uploaded"), 0.03, fill_texture, (12, 12))
    write_glb(layers, tmp_path / "scene.glb")
    return coarse((tmp_path / "scene.glb").read_bytes())


@pytest.fixture
def photo(visit: Callable[..., Page], gallery: Gallery, scene: bytes) -> Iterator[Any]:
    """The page of a finished photo; what its console complains of fails the test."""
    errors: list[str] = []

    def go(device: str = WEAR, **options: Any) -> Page:
        page = visit("/robots.txt", viewport={"width": WIDTH, "height": HEIGHT}, **options)
        glb = gallery.finished.jobs.get().artifacts_by_kind["glb"].public_id
        page.route(f"**/{glb}/", lambda route: route.fulfill(body=scene))
        page.add_init_script(device)
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"/photos/{gallery.finished.public_id}/")
        wake(page)
        return page

    yield go
    assert [each for each in errors if each != OF_THE_EMULATOR] == []


def eyes(page: Page, act: str = "") -> tuple[ByteImage, ByteImage]:
    """What the left eye and the right one see after `act`."""
    page.evaluate(
        """async act => {
            eval(act);
            for (let frame = 0; frame < 4; frame++) await new Promise(requestAnimationFrame);
        }""",
        act,
    )
    with Image.open(io.BytesIO(page.screenshot())) as image:
        both = np.asarray(image.convert("RGB"))
    return both[:, : WIDTH // 2], both[:, WIDTH // 2 :]


def across(view: ByteImage, colour: tuple[int, int, int]) -> float:
    """The middle column of what has this colour."""
    near = (np.abs(view.astype(int) - colour).max(axis=2) < 60).sum(axis=0)
    assert near.sum() > 50
    return float((near * np.arange(len(near))).sum() / near.sum())


def window(view: ByteImage) -> tuple[float, float, float]:
    """Width and middle of the picture's middle row, and how much of that is drawn."""
    drawn = view[HEIGHT // 2].max(axis=1) > 60
    columns = np.flatnonzero(drawn)
    width = int(columns[-1] - columns[0] + 1)
    return width, float(columns.mean()), len(columns) / width


def press(button: str) -> str:
    """Down, and up with the next frames."""
    return f"""headset.controllers.right.updateButtonValue('{button}', 1);
        requestAnimationFrame(() => requestAnimationFrame(() =>
            headset.controllers.right.updateButtonValue('{button}', 0)));"""


def test_each_eye_sees_its_own_view_and_the_head_moves_it(photo: Any) -> None:
    page = photo(SHARP + WEAR)
    page.keyboard.press("Home")
    before = page.locator("photo-3d canvas").bounding_box()
    enter = page.get_by_role("button", name=ENTER)
    enter.click()
    page.wait_for_function("() => headset.activeSession")
    left, right = eyes(page)
    # What is near lies in the window, 2 m away, and the eyes see it as far apart as such a thing.
    near, far = (across(left, each) - across(right, each) for each in (MAGENTA, BLUE))
    assert near == pytest.approx(SCALE * 0.063 / 2, abs=0.5)
    assert 0 < far < near - 3
    width, middle, whole = window(left)
    assert 280 < width < 325
    assert whole == 1
    assert middle - window(right)[1] == pytest.approx(near, abs=1)

    # To the right: everything goes to the left, what is near farthest.
    moved = eyes(page, "headset.position.x = 0.1")[0]
    shift = [across(left, each) - across(moved, each) for each in (MAGENTA, BLUE)]
    assert shift[0] == pytest.approx(20, abs=0.5)
    assert 1 < shift[0] - shift[1] < 2.5
    # Beyond what the photo can bear, near and far go together, and nothing tears.
    moved = eyes(page, "headset.position.x = 0.6")[0]
    beyond = [across(left, each) - across(moved, each) for each in (MAGENTA, BLUE)]
    assert beyond[0] == pytest.approx(120, abs=1)
    assert beyond[0] - beyond[1] == pytest.approx(shift[0] - shift[1], abs=0.6)
    assert window(moved)[2] == 1
    assert window(eyes(page, "headset.position.y = 1.9; headset.position.z = -1")[0])[2] == 1

    # The grip brings it here, the trigger makes it large and small again, B leaves.
    width, middle, _ = window(eyes(page, press("squeeze"))[0])
    assert middle == pytest.approx(left.shape[1] / 2 + near / 2, abs=1)
    large = window(eyes(page, press("trigger"))[0])[0]
    assert large / width == pytest.approx(2.8 / 1.6, rel=0.03)
    assert window(eyes(page, press("trigger"))[0])[0] == width
    page.evaluate(press("b-button"))
    page.wait_for_function("() => !headset.activeSession")

    # The page has its view again, as it was.
    expect(page.get_by_role("button", name=ENTER)).to_be_focused()
    canvas = page.locator("photo-3d canvas")
    assert canvas.bounding_box() == before
    page.evaluate("document.querySelector('photo-3d').look({x: -0.5})")
    aside = canvas.screenshot()
    page.evaluate("document.querySelector('photo-3d').look({x: 0.5})")
    page.evaluate("new Promise(requestAnimationFrame)")
    assert canvas.screenshot() != aside


def test_what_goes_wrong_is_said(photo: Any) -> None:
    page = photo(UNHURRIED + WEAR, **MOVING)
    alert = page.locator("photo-3d").get_by_role("alert")
    for error, words in (("NotAllowedError", "The browser refused"), ("Other", "did not start")):
        page.evaluate(
            """name => { XRSystem.prototype.requestSession = async () => {
                throw new DOMException("", name); } }""",
            error,
        )
        page.get_by_role("button", name=ENTER).click()
        expect(alert).to_contain_text(words)
        assert page.evaluate("document.querySelector('photo-3d').playing")


def test_a_lost_picture_ends_the_session_with_a_word(photo: Any) -> None:
    page = photo()
    page.get_by_role("button", name=ENTER).click()
    expect(page.get_by_role("button", name=LEAVE)).to_be_visible()
    page.evaluate(
        """() => {
            const canvas = document.querySelector("[data-webxr_runtime] canvas");
            const gl = canvas.getContext("webgl2");
            window.losing = gl.getExtension("WEBGL_lose_context");
            losing.loseContext();
        }"""
    )
    alert = page.locator("photo-3d").get_by_role("alert")
    expect(alert).to_contain_text("The picture was lost")
    page.wait_for_function("() => !headset.activeSession")
    page.evaluate("losing.restoreContext()")
    page.wait_for_selector("photo-3d[data-state=ready]")


def test_a_picture_that_is_lost_while_the_session_begins_is_told_of_too(photo: Any) -> None:
    page = photo()
    page.evaluate(
        """() => {
            const ask = XRSession.prototype.requestReferenceSpace;
            XRSession.prototype.requestReferenceSpace = async function (...wanted) {
                const gl = document.querySelector("photo-3d canvas").getContext("webgl2");
                gl.getExtension("WEBGL_lose_context").loseContext();
                await new Promise((lost) => gl.canvas.addEventListener("webglcontextlost", lost));
                return ask.apply(this, wanted);
            };
        }"""
    )
    page.get_by_role("button", name=ENTER).click()
    alert = page.locator("photo-3d").get_by_role("alert")
    expect(alert).to_contain_text("The picture was lost")
    page.wait_for_function("() => !headset.activeSession")


@pytest.mark.parametrize("device", ["", "delete Navigator.prototype.xr"], ids=["none", "no WebXR"])
def test_without_a_headset_there_is_no_button_and_nothing_is_loaded(
    photo: Any, device: str
) -> None:
    page = photo(device)
    page.evaluate("navigator.xr?.isSessionSupported('immersive-vr')")
    expect(page.get_by_role("button", name="Full screen")).to_be_visible()
    expect(page.get_by_role("button", name=ENTER)).to_have_count(0)
    loaded = page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    assert any("viewer/painter" in each for each in loaded)
    assert not any("headset" in each or "tilt" in each for each in loaded)


#: The emulator knows no pose in pages themselves, as phones do.
PHONE = """
  const real = XRSystem.prototype.requestSession;
  XRSystem.prototype.requestSession = async function (mode, options) {
    const session = await real.call(this, mode, options);
    session[IWER.P_SESSION].referenceSpaceIsSupported = () => true;
    return session;
  };
"""
TAP = """() => ["pointerdown", "pointerup"].forEach((kind) =>
  document.querySelector("photo-3d canvas").dispatchEvent(new PointerEvent(kind,
    {pointerType: "touch", isPrimary: true, clientX: 99, clientY: 99, bubbles: true})))"""


def test_a_phone_that_knows_its_pose_is_a_window_after_a_tap(photo: Any) -> None:
    page = photo(SHARP + WEAR + PHONE, alone=True)
    # Chromium without windows has nobody to ask.
    page.context.grant_permissions(["accelerometer", "gyroscope", "magnetometer"])
    canvas = page.locator("photo-3d canvas")
    page.evaluate("document.querySelector('photo-3d').look({})")

    def near() -> float:
        with Image.open(io.BytesIO(canvas.screenshot())) as image:
            return across(np.asarray(image.convert("RGB")), MAGENTA)

    def hold(degrees: float) -> None:
        """The phone's back points so far to the left."""
        half = np.radians(degrees) / 2
        page.evaluate("at => headset.quaternion.set(...at)", [0, np.sin(half), 0, np.cos(half)])

    rest = near()
    page.evaluate(TAP)
    page.wait_for_function("() => headset.activeSession?.renderState.baseLayer")
    # Seen from its left, what is near stands farther to the right.
    hold(8)
    wait_until(lambda: near() > rest + 1.5)
    hold(-8)
    wait_until(lambda: near() < rest - 1.5)
    page.evaluate(TAP)
    page.wait_for_function("() => !headset.activeSession")
