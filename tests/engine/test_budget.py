import numpy as np
import pytest

from amena.engine.geometry.camera import MOTIONS
from amena.engine.layering.layers import build_layers
from amena.engine.motion.budget import (
    MAX_AMPLITUDE,
    MAX_DISOCCLUDED,
    MAX_STRETCH,
    MIN_AMPLITUDE,
    motion_budget,
    subject_focus,
)
from amena.engine.motion.planning import plan
from amena.engine.options import Options
from amena.engine.pixels.fill import fill_texture
from amena.engine.scene.scene import Scene
from tests.engine.scenes import square_before_wall


def test_photo_without_depth_edges_gets_the_full_amplitude():
    budget = motion_budget(np.full((100, 100), 0.5, np.float32))
    assert budget.amplitude == MAX_AMPLITUDE
    assert budget.disoccluded == 0


def test_more_depth_edges_get_less_motion():
    bars = np.zeros((240, 320), np.float32)
    bars[:, ::8] = bars[:, 1::8] = bars[:, 2::8] = 1.0
    few = motion_budget(square_before_wall()[1].values)
    many = motion_budget(bars)
    assert MIN_AMPLITUDE <= many.amplitude < few.amplitude
    assert few.disoccluded <= MAX_DISOCCLUDED + 1e-6


def test_disoccluded_share_is_that_of_a_square_moving_before_a_wall():
    """Moved by s pixels along one axis, a square of side n uncovers n·s pixels."""
    _, disparity = square_before_wall(192, 64)
    budget = motion_budget(disparity.values)
    shift = budget.amplitude / 2 * 192 * 0.6
    uncovered = 64 * shift / 192**2
    # One side at a time, or two of them by 0.7 of it each where the circle is half-way between.
    assert budget.disoccluded == pytest.approx(2**0.5 * uncovered, rel=0.05)


def test_only_the_side_that_moves_away_opens():
    """A half plane opens as much as the circle's reach, whichever way it faces."""
    ramp = np.full((192, 192), 0.2, np.float32)
    ramp[:, 96:] = 0.8
    sideways = motion_budget(ramp, MOTIONS["horizontal"])
    assert sideways.disoccluded == pytest.approx(sideways.amplitude / 2 * 0.6, rel=0.01)
    assert motion_budget(ramp, MOTIONS["vertical"]).disoccluded == 0


def test_a_slanted_silhouette_counts_as_long_as_it_is():
    rows, cols = np.mgrid[:192, :192]
    slanted = np.where(rows + cols > 192, 0.8, 0.2).astype(np.float32)
    budget = motion_budget(slanted)
    length = 192 * 2**0.5
    assert budget.disoccluded == pytest.approx(
        length * budget.amplitude / 2 * 192 * 0.6 / 192**2, rel=0.02
    )


def test_focus_lies_on_the_subject_in_the_middle():
    _, disparity = square_before_wall(192, 140)
    assert subject_focus(disparity.values) == pytest.approx(0.8, abs=0.01)


def test_going_forward_opens_little_in_the_middle_and_much_at_the_border():
    middle = square_before_wall(192, 32)[1].values
    corner = np.roll(middle, (-70, -70), axis=(0, 1))
    sideways = [motion_budget(scene).disoccluded for scene in (middle, corner)]
    assert sideways[0] == pytest.approx(sideways[1])
    forward = [motion_budget(scene, MOTIONS["zoom-in"]).disoccluded for scene in (middle, corner)]
    assert forward[0] < 0.5 * sideways[0]
    assert forward[1] > sideways[1]


def test_steep_surfaces_get_less_motion_although_nothing_opens_up():
    waves = 0.5 + 0.4 * np.sin(np.linspace(0, 60, 960, dtype=np.float32))
    steep = motion_budget(np.tile(waves, (320, 1)))
    assert steep.disoccluded == 0
    assert steep.stretch == pytest.approx(MAX_STRETCH, abs=0.01)
    assert MIN_AMPLITUDE < steep.amplitude < MAX_AMPLITUDE


def _before_wall(long_side, drawn=None):
    """A thing before a wall in a picture of so many pixels, with what `drawn` adds to it."""
    unit = long_side / 960
    canvas = np.full((round(640 * unit), long_side), 0.1, np.float32)
    canvas[round(120 * unit) : round(560 * unit), round(300 * unit) : round(660 * unit)] = 0.9
    if drawn:
        drawn(canvas, unit)
    return canvas


def test_thin_strands_that_only_a_large_picture_shows_take_no_motion_from_it():
    def strands(canvas, unit):
        for column in range(round(100 * unit), round(280 * unit), round(20 * unit)):
            canvas[:, column : column + 2] = 0.9

    plain, large, larger = (
        motion_budget(_before_wall(*each)).amplitude
        for each in ((960,), (1440, strands), (3840, strands))
    )
    assert MIN_AMPLITUDE < plain < MAX_AMPLITUDE
    assert (large, larger) == (pytest.approx(plain, rel=0.02), pytest.approx(plain, rel=0.02))


def test_low_steps_stretch_a_large_picture_no_more_than_a_small_one():
    def stairs(canvas, unit):
        steps = np.arange(canvas.shape[1]) // round(15 * unit)
        canvas[:] = 0.04 * (steps % 2)

    small, large = (motion_budget(_before_wall(size, stairs)) for size in (960, 1920))
    assert small.disoccluded == large.disoccluded == 0
    assert small.stretch > 1.1
    assert large.stretch == pytest.approx(small.stretch, rel=0.01)


def test_a_bold_motion_is_stronger_than_a_subtle_one_within_what_the_layers_bear():
    photo, disparity = square_before_wall()
    layers = build_layers(photo, disparity, 0.06, fill_texture, (16, 16))
    scene = Scene(layers, disparity, 0.06, 0.05, 0.5, photo.size)
    subtle, natural, bold = (
        plan(scene, Options(strength=each)).path.amplitude for each in ("subtle", "natural", "bold")
    )
    assert (subtle, natural, bold) == (pytest.approx(0.03), pytest.approx(0.05), 0.06)
