"""No frame shows what lies beyond the photo's border."""

from dataclasses import replace

import numpy as np
import pytest

from amena.engine.geometry.camera import MOTIONS, build_path
from amena.engine.geometry.framing import MAX_ZOOM, Border, Framing, limited, needed_framing
from amena.engine.layering.layers import build_layers
from amena.engine.motion.planning import canvas_margin, eye_places, plan, plan_views
from amena.engine.options import Options
from amena.engine.pixels.fill import fill_texture
from amena.engine.render.warp import WarpRenderer
from amena.engine.scene.scene import Scene
from amena.engine.types import Disparity, Photo

HEIGHT, WIDTH = 96, 128
AMPLITUDE = 0.05


def sloping(nearest=1.0):
    """A floor and walls: near at the bottom and on the left, far at the top right."""
    rows, cols = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    return nearest * np.clip(0.7 * rows / HEIGHT + 0.3 * (1 - cols / WIDTH), 0, 1)


def scene(disparity, focus=0.5, amplitude=AMPLITUDE):
    """Inside the photo all is white, beyond its border black."""
    size = (WIDTH, HEIGHT)
    margin = canvas_margin(size, amplitude, focus)
    white = Photo(np.full((HEIGHT, WIDTH, 3), 255, np.uint8), size, "PNG")
    given = Disparity(disparity.astype(np.float32), "uploaded")
    layers = build_layers(white, given, amplitude, fill_texture, margin)
    (back,) = layers.layers
    x, y = margin
    back.rgb[:y], back.rgb[-y:], back.rgb[:, :x], back.rgb[:, -x:] = 0, 0, 0, 0
    return Scene(layers, given, amplitude, amplitude, focus, size)


def darkest(made, path):
    return min(int(frame.min()) for frame in WarpRenderer(1).render(made.layers, path))


@pytest.mark.parametrize("motion", MOTIONS)
@pytest.mark.parametrize("focus", [0.2, 0.8])
def test_the_needed_frame_shows_the_photo_alone_and_no_less_of_it_than_it_must(motion, focus):
    made = scene(sloping(), focus)
    path = build_path(motion, 12, AMPLITUDE, focus)
    framing = needed_framing([path], Border.of(made.disparity.values))
    assert darkest(made, framing.applied(path)) == 255
    if framing.zoom > 1:
        assert darkest(made, path) < 128
        # It keeps a pixel away on each side; three more show the border.
        wider = replace(framing, zoom=1 / (1 / framing.zoom + 6 / HEIGHT))
        assert darkest(made, wider.applied(path)) < 255


def test_two_eyes_share_one_frame():
    made = scene(sloping())
    planned = plan(made, Options(motion="swing", duration=1, fps=24))
    for path in (planned.left, planned.right):
        assert darkest(made, path) == 255
    rest = np.linalg.inv(planned.left.poses[0]) @ planned.right.poses[0]
    assert np.allclose(np.diag(rest), 1)


@pytest.mark.parametrize("places", ["eyes", (-0.5, -0.25, 0, 0.25, 0.5)])
def test_stereo_stills_and_displays_show_the_photo_alone_too(places):
    made, options = scene(sloping(), focus=0.9), Options()
    path = plan_views(made, options, eye_places(made, options) if places == "eyes" else places)
    assert darkest(made, path) == 255
    # All cameras share the frame: they differ by where they stand alone.
    assert np.allclose(path.poses[:, :2, :2], path.poses[0, 0, 0] * np.eye(2))
    assert 1 < path.poses[0, 0, 0] <= MAX_ZOOM


def test_a_plane_that_is_left_to_auto_moves_so_that_the_frames_are_full():
    """The subject is as near as can be, the border far: held still, it would take a large zoom."""
    disparity = np.zeros((HEIGHT, WIDTH), np.float32)
    disparity[30:66, 40:88] = 1
    made = scene(np.zeros_like(disparity), focus=0.95)
    made = Scene(
        made.layers, Disparity(disparity, "uploaded"), *(AMPLITUDE, AMPLITUDE, 0.95), (9, 9)
    )
    asked = plan(made, Options(duration=1, fps=24, focus=0.95))
    assert asked.path.focus == asked.sharp == 0.95
    assert asked.framing.zoom == MAX_ZOOM
    planned = plan(made, Options(duration=1, fps=24))
    assert 0.2 < planned.path.focus < 0.6
    assert planned.sharp == 0.95
    assert planned.framing.zoom <= MAX_ZOOM
    assert darkest(made, planned.path) == 255 > darkest(made, asked.path)


def test_a_frame_is_never_smaller_than_may_be_nor_looks_beyond_the_photo():
    size = (WIDTH, HEIGHT)
    assert limited(Framing(1.01, 0.001, 0), size) == Framing(1.01, 0.001, 0)
    found = limited(Framing(1.3, 0.1, -0.1), size)
    assert found.zoom == MAX_ZOOM
    assert found.x == pytest.approx(0.5 * (1 - 1 / MAX_ZOOM))
    assert found.y == pytest.approx(-0.375 * (1 - 1 / MAX_ZOOM))


@pytest.mark.parametrize(("motion", "level"), [("zoom-in", 0.1), ("circle", 0.5)])
def test_what_needs_no_frame_gets_none(motion, level):
    path = build_path(motion, 12, AMPLITUDE, 0.5)
    disparity = np.full((HEIGHT, WIDTH), level, np.float32)
    assert needed_framing([path], Border.of(disparity)) == Framing()
