"""The film inside the interactive view: while there is no scene, and where a device is too slow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from amena.engine.output.encode import write_mp4
from tests.engine.test_glb import textured_layers
from tests.fixtures.viewer import Show, look, moved, pixels

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.parametrize(
    ("before", "glb"),
    [
        ("HTMLCanvasElement.prototype.getContext = () => null", None),
        ("", b"no scene"),
        ("", b""),
        ("fetch = async () => { throw new TypeError('offline') }", None),
    ],
    ids=["no WebGL", "not a GLB", "empty", "offline"],
)
def test_without_a_scene_the_video_plays(show: Show, before: str, glb: bytes | None) -> None:
    play = "HTMLVideoElement.prototype.play = async function () { window.played = true };"
    page = show(textured_layers(320, 240), "", before=play + before, glb=glb, ready="failed")
    page.wait_for_function("() => window.played")
    expect(page.locator("video")).to_be_visible()
    expect(page.locator("button")).to_be_hidden()


def test_it_goes_on_from_where_the_film_is(show: Show) -> None:
    """At a quarter of its motion, the film is replaced by the scene at a quarter of its motion."""
    film = """const film = {paused: false, currentTime: 1.5, duration: 6};
        for (const [name, value] of Object.entries(film)) Object.defineProperty(
            HTMLVideoElement.prototype, name, {get: () => value, set() {}});
        requestAnimationFrame = () => 1"""
    page = show(textured_layers(320, 240), "motion=horizontal", before=film)
    page.evaluate("document.querySelector('.photo-3d-buttons').style.display = 'none'")
    aside = pixels(page)
    page.evaluate("document.querySelector('photo-3d').look({x: 0.5})")
    assert moved(aside, pixels(page)) < 0.5
    page.evaluate("document.querySelector('photo-3d').look({})")
    assert moved(aside, pixels(page)) > 4


@pytest.fixture
def magenta(tmp_path: Path) -> bytes:
    """A film of one colour, which the scene has nowhere."""
    path, frame = tmp_path / "film.mp4", np.full((240, 320, 3), (255, 0, 255), np.uint8)
    write_mp4([frame] * 30, path, (320, 240), 30, 30)
    return path.read_bytes()


#: A device that needs eight times as long for a frame.
SLOW = "const real = requestAnimationFrame; requestAnimationFrame = (f) => real((t) => f(8 * t));"


def is_film(page: Page) -> bool:
    return bool(np.abs(pixels(page)[100, 100].astype(int) - (255, 0, 255)).max() < 12)


def test_a_device_too_slow_to_draw_shows_the_film_until_somebody_moves(
    show: Show, magenta: bytes
) -> None:
    page = show(textured_layers(320, 240), "motion=horizontal", before=SLOW, film=magenta)
    page.wait_for_selector("photo-3d[data-film]")
    while not is_film(page):  # its first picture takes a moment
        page.evaluate("new Promise(real)")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_selector("photo-3d:not([data-film])")
    page.wait_for_function("() => document.querySelector('video').paused")
    look(page)
    assert not is_film(page)


def test_who_goes_to_the_view_by_keyboard_sees_that_on_the_film_in_its_place(
    show: Show, magenta: bytes
) -> None:
    page = show(textured_layers(320, 240), "motion=horizontal", before=SLOW, film=magenta)
    page.wait_for_selector("photo-3d[data-film]")
    marks = "getComputedStyle(document.querySelector('photo-3d > video')).outlineStyle"
    assert page.evaluate(marks) == "none"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('photo-3d > canvas')")
    assert page.evaluate(marks) == "solid"


def test_a_film_that_does_not_play_leaves_the_scene_moving(show: Show) -> None:
    page = show(textured_layers(320, 240), "motion=horizontal", before=SLOW, film=b"no film")
    page.wait_for_function("() => document.querySelector('video').error")
    first = pixels(page)
    while moved(first, pixels(page)) < 3:
        page.evaluate("new Promise(real)")


def test_a_film_that_shows_something_else_stands_in_for_nothing(show: Show, magenta: bytes) -> None:
    """While a person tries another motion, the view may be coarse, but is true."""
    page = show(textured_layers(320, 240), "motion=horizontal", before=SLOW, film=magenta)
    page.wait_for_selector("photo-3d[data-film]")
    page.evaluate("document.querySelector('photo-3d').setAttribute('motion', 'vertical')")
    page.wait_for_selector("photo-3d:not([data-film])")
    page.evaluate(
        """async () => {
            for (let frame = 0; frame < 60; frame++) await new Promise(real);
        }"""
    )
    assert page.locator("photo-3d[data-film]").count() == 0
