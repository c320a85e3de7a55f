"""Pages in WebKit, as a person's screen has them; `make check-webkit` brings the browser.

What is on the screen is compared with the picture that WebKit makes when it is asked to draw the
whole page at once: a part that is drawn too late for the eye is in that picture all the same.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageGrab
from production import production

sys.path.append(os.environ["SELENIUM"])

from selenium.webdriver import ActionChains, WebKitGTK
from selenium.webdriver.common.by import By
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

if TYPE_CHECKING:
    from tests.site.gallery import Gallery

Pixels = NDArray[np.int16]
PATIENCE = 60.0  # seconds
SIZES = [(1366, 768), (390, 844)]
#: Kept from the page's beginning: what went wrong in it.
WATCH = """window.faults = [];
addEventListener("error", ({message, target}) => faults.push(message ?? target.outerHTML), true);
addEventListener("unhandledrejection", ({reason}) => faults.push(String(reason)));
addEventListener("securitypolicyviolation", ({blockedURI}) => faults.push(blockedURI));"""
FAULTS = "return faults"
#: A square in the corner of the page, by which it is found on the screen.
CORNER = """const corner = document.createElement("div");
Object.assign(corner.style, {position: "fixed", left: 0, top: 0, width: "8px", height: "8px",
  background: "#f0f", zIndex: 99});
document.body.append(corner);"""
BOX = """const {x, y, width, height} = document.querySelector(arguments[0]).getBoundingClientRect();
return [x, y, width, height].map(Math.round);"""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Gallery]]:
    """The site's address, as production serves it, and an account with photos."""
    with production(tmp_path_factory.mktemp("site")) as served:
        yield served


@pytest.fixture(scope="session")
def driver() -> Iterator[WebKitGTK]:
    """A window of WebKit's own small browser."""
    options = Options()
    options.binary_location = str(next(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")))
    options.add_argument("--automation")
    opened = WebKitGTK(options, Service(shutil.which("WebKitWebDriver")))
    opened.set_page_load_timeout(PATIENCE)
    opened.set_script_timeout(PATIENCE)
    opened.set_window_size(*SIZES[0])
    yield opened
    opened.quit()


@pytest.fixture
def visit(driver: WebKitGTK, site: tuple[str, Gallery]) -> Callable[[str], WebKitGTK]:
    """Opens a page of the account's."""
    address, gallery = site

    def go(name: str) -> WebKitGTK:
        path, session = gallery.pages[name]
        driver.get(f"{address}/robots.txt")
        driver.delete_all_cookies()
        if session:
            driver.add_cookie({"name": "sessionid", "value": session})
        driver.get(address + path)
        driver.execute_script(WATCH)
        return driver

    driver.set_window_size(*SIZES[0])
    return go


def on_screen(box: list[int]) -> Pixels:
    """A part of the page as the screen has it."""
    x, y, width, height = box
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        screen = np.asarray(ImageGrab.grab().convert("RGB"), np.int16)
        corner = (np.abs(screen - (255, 0, 255)) < 16).all(axis=2)
        if corner.any():
            top, left = (int(places.min()) for places in np.nonzero(corner))
            return screen[top + y : top + y + height, left + x : left + x + width]
        time.sleep(0.2)
    raise AssertionError("The page is not on the screen.")


def as_drawn(driver: WebKitGTK, box: list[int]) -> Pixels:
    """The same part of a picture for which WebKit draws all that there is."""
    x, y, width, height = box
    picture = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
    return np.asarray(picture, np.int16)[y : y + height, x : x + width]


def wait_until(happened: Callable[[], Any]) -> None:
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.2)


@pytest.mark.parametrize("size", SIZES)
def test_every_page_fits_and_nothing_goes_wrong(
    visit: Callable[[str], WebKitGTK], site: tuple[str, Gallery], size: tuple[int, int]
) -> None:
    found = []
    for name in site[1].pages:
        driver = visit(name)
        driver.set_window_size(*size)
        time.sleep(0.5)
        wide = "return document.documentElement.scrollWidth - innerWidth"
        if driver.execute_script(wide) > 0:
            found.append(f"{name} is wider than the window")
        found += [f"{name}: {fault}" for fault in driver.execute_script(FAULTS)]
    assert found == []


def test_how_far_a_photo_is_is_on_the_screen_at_every_moment(
    visit: Callable[[str], WebKitGTK],
) -> None:
    """Its words are exchanged three times a second."""
    driver = visit("photo-working")
    driver.execute_script(CORNER)
    box = driver.execute_script(BOX, ".making-3d")
    assert driver.find_element(By.CSS_SELECTOR, ".making-3d").text
    time.sleep(1)
    drawn = as_drawn(driver, box)
    for moment in range(8):
        time.sleep(0.37)
        apart = np.abs(on_screen(box) - drawn).mean()
        assert apart < 12, f"{apart:.0f} levels at moment {moment}"


def test_the_film_plays_and_the_view_takes_its_place(visit: Callable[[str], WebKitGTK]) -> None:
    driver = visit("photo")
    driver.execute_script(CORNER)
    ask = "return document.querySelector('photo-3d video').currentTime"
    wait_until(lambda: driver.execute_script(ask) > 0.3)
    box = driver.execute_script(BOX, "photo-3d")
    before = on_screen(box)
    assert before.std() > 10, "The film is not seen."
    time.sleep(1)
    assert np.abs(on_screen(box) - before).mean() > 0.5, "The film stands."

    view = driver.find_element(By.TAG_NAME, "photo-3d")
    ActionChains(driver).move_to_element(view).move_by_offset(30, 10).perform()
    wait_until(lambda: view.get_attribute("data-state") == "ready")
    assert driver.find_elements(By.CSS_SELECTOR, "photo-3d canvas")
    driver.execute_script("const v = document.querySelector('photo-3d'); v.look({x: -0.5});")
    time.sleep(1)
    left = on_screen(box)
    assert left.std() > 10, "The view is not seen."
    driver.execute_script("document.querySelector('photo-3d').look({x: 0.5});")
    time.sleep(1)
    assert np.abs(on_screen(box) - left).mean() > 1, "The view does not move."
    assert driver.execute_script(FAULTS) == []


def test_the_depth_is_painted(visit: Callable[[str], WebKitGTK]) -> None:
    driver = visit("photo")
    driver.execute_script(
        "const all = document.querySelector('#depth'); all.open = true; all.scrollIntoView();"
    )
    wait_until(lambda: driver.find_elements(By.CSS_SELECTOR, "depth-brush canvas"))
    make = driver.find_element(By.XPATH, "//button[contains(., 'Remake with this depth')]")
    wait_until(lambda: driver.execute_script("return document.readyState") == "complete")
    time.sleep(2)
    assert not make.is_enabled()
    canvas = driver.find_element(By.CSS_SELECTOR, "depth-brush canvas")
    hand = ActionChains(driver).move_to_element(canvas).click_and_hold()
    hand.move_by_offset(30, 10).move_by_offset(20, 20).release().perform()
    wait_until(make.is_enabled)
    assert driver.execute_script(FAULTS) == []
    assert re.search("WebKit", driver.execute_script("return navigator.userAgent"))
