"""The interactive view, against the engine's own camera and frames."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from amena.engine.geometry import camera
from amena.engine.geometry.camera import MOTIONS, Q_FAR, CameraPath, Move, inverse_depth, pose
from amena.engine.geometry.framing import Framing
from amena.engine.layering.layers import build_layers
from amena.engine.pixels.fill import fill_texture
from amena.engine.render.warp import WarpRenderer
from amena.engine.scene.glb import write_glb
from amena.engine.types import ByteImage, Disparity, LayeredDepthImage
from tests.engine.scenes import noise_photo
from tests.engine.test_glb import opened, textured_layers
from tests.fixtures.viewer import AMPLITUDE, FOCUS, Show, look, moved, pixels, scripts, shown

WHOLE = Framing()


def engine_view(
    image: LayeredDepthImage,
    move: Move,
    amplitude: float = AMPLITUDE,
    framing: Framing = WHOLE,
) -> ByteImage:
    rows = pose(move, amplitude / (1 - Q_FAR), 1 / float(inverse_depth(FOCUS)))
    path = CameraPath(rows[None], "circle", amplitude, FOCUS)
    return next(iter(WarpRenderer().render(image, framing.applied(path))))


def test_the_camera_is_the_engines(browser: Any) -> None:
    """Every motion, at several moments, amplitudes and focus planes: the same numbers."""
    cases = [
        {"motion": motion, "phase": phase, "amplitude": amplitude, "focus": focus}
        for motion in MOTIONS
        for phase in (0.0, 1.0, 2.5, 4.0)
        for amplitude, focus in ((0.02, 0.5), (0.1, 0.0), (0.05, 1.0))
    ]
    page_html = b"<!doctype html><script type=module>import * as camera from './viewer/camera.js';\
window.camera = camera;</script>"
    with opened(browser, (100, 100), {"": page_html, **scripts()}) as page:
        page.wait_for_function("() => window.camera")
        assert page.evaluate("camera.MOTIONS") == list(MOTIONS)
        found = page.evaluate(
            """cases => cases.map(({motion, phase, amplitude, focus}) =>
                camera.pose(camera.moveAt(motion, phase), amplitude, focus))""",
            cases,
        )
    for case, rows in zip(cases, found, strict=True):
        expected = camera.pose(
            MOTIONS[case["motion"]](case["phase"]),
            case["amplitude"] / (1 - Q_FAR),
            1 / float(inverse_depth(case["focus"])),
        )
        np.testing.assert_allclose(rows, expected[:3], atol=1e-6, err_msg=json.dumps(case))


@pytest.mark.parametrize(
    ("size", "metres"), [((320, 240), None), ((192, 256), None), ((320, 240), (0.8, 60.0))]
)
def test_the_view_shows_what_the_engine_renders(
    size: tuple[int, int], metres: tuple[float, float] | None, show: Show, tmp_path: Path
) -> None:
    """Also where the file has true distances, which are not those that the camera moves by."""
    image = textured_layers(*size)
    write_glb(image, tmp_path / "true.glb", metres)
    page = show(image, glb=(tmp_path / "true.glb").read_bytes())
    for x, y, z in ((0, 0, 0), (0.5, 0, 0), (-0.4, 0.3, 0), (0.1, 0, 0.8)):
        found, expected = shown(page, x=x, y=y, z=z), engine_view(image, Move(x=x, y=y, z=z))
        difference = np.abs(found.astype(float) - expected).mean(axis=2)
        assert difference.mean() < 3
        assert np.percentile(difference, 98) < 24
        # The comparison must notice a camera that is off by a pixel.
        off = np.abs(np.roll(found, 1, axis=1).astype(float) - expected).mean()
        assert off > 2 * difference.mean()


def test_the_frame_is_the_engines(show: Show) -> None:
    image, framing = textured_layers(320, 240), Framing(1.05, 0.01, -0.006)
    page = show(image, f"still frame='{framing.zoom} {framing.x} {framing.y}'", fine=True)
    found = shown(page, x=0.3, y=-0.2)
    expected = engine_view(image, Move(x=0.3, y=-0.2), framing=framing)
    apart = np.abs(found.astype(float) - expected).mean()
    assert apart < 3
    for wrong in (WHOLE, Framing(1.05, -0.01, -0.006), Framing(1.05, 0.01, 0.006)):
        other = engine_view(image, Move(x=0.3, y=-0.2), framing=wrong)
        assert np.abs(found.astype(float) - other).mean() > 2 * apart
    page.evaluate("document.querySelector('photo-3d').view = 'still'")
    assert np.abs(shown(page).astype(float) - engine_view(image, Move())).mean() < 3


def test_no_pose_shows_the_pictures_rim(show: Show) -> None:
    """However far the page asks the camera to go, the frame stays covered by the picture."""
    flat = Disparity(np.linspace(0, 1, 320 * 240, dtype=np.float32).reshape(240, 320), "uploaded")
    photo = noise_photo(240, 320)
    photo = replace(photo, rgb=128 + photo.rgb // 2)  # nothing of it is as black as what is missing
    page = show(build_layers(photo, flat, 0.03, fill_texture, (12, 12)), fine=True)
    page.evaluate("document.querySelector('photo-3d').setAttribute('amplitude', 0.1)")
    for x, y in ((0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5), (0.5, -0.5)):
        assert (shown(page, x=x, y=y).max(axis=2) > 0).all()
    limit = page.evaluate("document.querySelector('photo-3d').limit")
    assert 0.02 < limit < 0.08


def test_pointer_and_keys_move_the_camera(show: Show) -> None:
    page = show(textured_layers(320, 240))
    rest = look(page)
    page.mouse.move(310, 120)
    page.wait_for_function("() => document.querySelector('canvas').matches(':hover')")
    right = look(page)
    assert moved(rest, right) > 4
    page.mouse.move(10, 120)
    assert moved(right, look(page)) > 4
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "A disc"
    page.keyboard.press("Home")
    assert moved(rest, look(page)) < 0.5
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert moved(rest, look(page)) > 2


def test_a_finger_drags_the_near_things_along(show: Show) -> None:
    page = show(textured_layers(320, 240))
    rest = look(page)
    page.evaluate(
        """() => {
            const canvas = document.querySelector("canvas");
            const finger = (type, clientX) => canvas.dispatchEvent(new PointerEvent(type,
                {pointerType: "touch", isPrimary: true, clientX, clientY: 120, bubbles: true}));
            finger("pointerdown", 160); finger("pointermove", 60); finger("pointerup", 60);
        }"""
    )
    # Dragged to the left, the camera has gone to the right.
    dragged = look(page)
    assert moved(rest, dragged) > 4
    page.evaluate("document.querySelector('photo-3d').look({x: 100 / 320})")
    assert moved(dragged, look(page)) < 0.5


def test_tilting_the_device_moves_the_camera_after_a_tap(show: Show) -> None:
    # Browsers tell tilt on secure pages alone; this one's addresses are made up.
    event = (
        "window.DeviceOrientationEvent = class extends Event {"
        "constructor(kind, fields) { super(kind); Object.assign(this, fields) } };"
        "window.matchMedia = (query) => ({ matches: query.includes('hover: none') });"
    )
    attributes = "still hint=Tap hint-tilt='Tilt is on'"
    page = show(textured_layers(320, 240), attributes, before=event)
    hint = page.locator(".photo-3d-hint")
    expect(hint).to_have_text("Tap")
    hint.evaluate("line => { line.style.opacity = 0 }")  # it is not to be compared
    tilt = """gamma => dispatchEvent(new DeviceOrientationEvent("deviceorientation",
        {alpha: 0, beta: 40, gamma}))"""
    tap = """() => {
        const canvas = document.querySelector("canvas");
        for (const type of ["pointerdown", "pointerup"]) canvas.dispatchEvent(new PointerEvent(type,
            {pointerType: "touch", isPrimary: true, clientX: 9, clientY: 9, bubbles: true}));
    }"""
    rest = look(page)
    page.evaluate(tilt, 12)
    assert moved(rest, look(page)) == 0
    page.evaluate(tap)
    expect(hint).to_have_text("Tilt is on")
    page.evaluate(tilt, 0)
    page.evaluate(tilt, 12)
    tilted = look(page)
    assert moved(rest, tilted) > 4
    page.evaluate(tap)
    expect(hint).to_have_text("Tap")
    page.evaluate(tilt, -12)
    assert moved(tilted, look(page)) == 0


def test_it_moves_by_itself_until_it_is_stopped(show: Show) -> None:
    page = show(textured_layers(320, 240), "motion=horizontal")
    button = page.get_by_role("button", name="Pause")
    first = pixels(page)
    while moved(first, pixels(page)) < 3:
        page.evaluate("new Promise(requestAnimationFrame)")
    button.click()
    page.mouse.move(400, 400)
    page.get_by_role("button", name="Play").wait_for()
    look(page)


def test_stopped_it_stays_where_it_is(show: Show) -> None:
    page = show(textured_layers(320, 240), "motion=horizontal")
    rest = shown(page)
    page.evaluate("document.querySelector('photo-3d').play()")
    while moved(rest, pixels(page)) < 3:
        page.evaluate("new Promise(requestAnimationFrame)")
    page.evaluate("document.querySelector('photo-3d').pause()")
    assert moved(rest, look(page)) > 2


def test_who_wants_less_motion_starts_it_themselves(show: Show) -> None:
    calm = """const real = matchMedia, calm = "reduced-motion: reduce";
        matchMedia = query => query.includes(calm) ? {matches: true} : real(query)"""
    page = show(textured_layers(320, 240), "motion=horizontal", before=calm)
    still = look(page)
    page.get_by_role("button", name="Play").click()
    while moved(still, pixels(page)) < 3:
        page.evaluate("new Promise(requestAnimationFrame)")


def test_a_lost_context_comes_back(show: Show) -> None:
    page = show(textured_layers(320, 240))
    before = look(page)
    page.evaluate(
        """window.lost = document.querySelector("canvas").getContext("webgl2")
            .getExtension("WEBGL_lose_context"); lost.loseContext()"""
    )
    page.wait_for_selector("photo-3d[data-state=failed]")
    expect(page.locator("video")).to_be_visible()
    page.evaluate("lost.restoreContext()")
    page.wait_for_selector("photo-3d[data-state=ready]")
    assert moved(before, look(page)) < 0.5


def test_focus_and_depth_can_be_looked_at(show: Show) -> None:
    image = textured_layers(320, 240)
    page = show(image, fine=True)
    photo = shown(page)
    page.evaluate("document.querySelector('photo-3d').view = 'depth'")
    depth = shown(page)
    assert np.ptp(depth.astype(int), axis=2).max() == 0
    assert depth[120, 160].mean() == pytest.approx(0.8 * 255, abs=4)
    assert depth[10, 10].mean() == pytest.approx(0.4 * 255, abs=6)
    page.evaluate("document.querySelector('photo-3d').view = '3d'")
    at = "([x, y]) => document.querySelector('photo-3d').disparityAt(x, y)"
    assert page.evaluate(at, [160, 120]) == pytest.approx(0.8, abs=0.02)
    assert page.evaluate(at, [10, 10]) == pytest.approx(0.4, abs=0.03)
    page.evaluate("document.querySelector('photo-3d').setAttribute('focus', 0.8)")
    page.evaluate("document.querySelector('photo-3d').setAttribute('mark', '')")
    marked = shown(page)
    changed = np.abs(marked.astype(int) - photo).max(axis=2) > 0
    assert changed[120, 160]
    assert not changed[10, 10]
