"""Estimators' maps side by side in a real browser, with scripts and without."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from amena.engine.output.estimates import write_estimates
from amena.jobs.models import Job
from amena.jobs.services import running
from tests.faults.engines import QuickEngine
from tests.site.gallery import Gallery

OFFERED = {"compact": "compact", "large": "huggingface:/models/large", "flat": "ramp"}
#: What the three maps show, from 0 to 1.
GREYS = (0.25, 0.5, 0.9)


class MapEngine(QuickEngine):
    """Maps of one grey each."""

    def compare(self, _scene: Any, out_dir: Any, options: Any, _progress: Any) -> None:
        assert len(options.compare) == len(GREYS)
        maps = (np.full((540, 960), grey, np.float32) for grey in GREYS)
        write_estimates(maps, out_dir / "estimates.png")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
@pytest.mark.parametrize("width", [1280, 360])
def test_maps_are_seen_beside_each_other_and_one_is_picked(
    open_window: Any,
    gallery: Gallery,
    live_server: LiveServer,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    scripts: bool,
    width: int,
) -> None:
    settings.DEPTH_ESTIMATORS = OFFERED
    monkeypatch.setattr("amena.jobs.services.dispatch.publish", lambda _job: None)
    monkeypatch.setattr(running, "engine", lambda: MapEngine("cpu"))
    context = open_window(
        java_script_enabled=scripts, locale="en-GB", viewport={"width": width, "height": 800}
    )
    context.add_cookies([{"name": "sessionid", "value": gallery.cookie, "url": live_server.url}])
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda each: wrong.append(each.text) if each.type == "error" else None)
    page.goto(f"/photos/{gallery.finished.public_id}/")
    page.get_by_text("Correct the depth").click()
    page.get_by_role("button", name="Show their maps").click()
    expect(page.get_by_role("progressbar").first).to_be_visible()
    running.run(Job.objects.get(kind="export").public_id)
    if not scripts:
        page.reload()
    maps = page.get_by_role("img", name="Depth map by")
    expect(maps).to_have_count(3)
    for number, grey in enumerate(GREYS):
        shown = maps.nth(number)
        shown.scroll_into_view_if_needed()
        if scripts:
            page.wait_for_load_state("networkidle")
        with Image.open(io.BytesIO(shown.screenshot())) as picture:
            pixels = np.array(picture.convert("L"), np.float32) / 255
        inner = pixels[20:-20, 20:-20]
        assert abs(inner - grey).max() < 0.02, f"map {number}"
        assert abs(pixels.shape[1] / pixels.shape[0] - 16 / 9) < 0.05
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # The one that the photo is made with needs no button.
    remake = page.get_by_role("button", name="Remake with depth by")
    expect(remake).to_have_count(2)
    remake.first.click()
    expect(page.locator("#work progress")).to_be_visible()
    assert Job.objects.latest("pk").options["estimator"] == "large"
    assert wrong == []
