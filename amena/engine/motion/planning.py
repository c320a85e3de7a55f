"""Where the camera goes in a scene, and how much picture beyond the photo's border that takes."""

from __future__ import annotations

from amena.engine.geometry.camera import MOTIONS, CameraPath, build_path, eased, required_margin
from amena.engine.geometry.grid import LARGEST_STEP
from amena.engine.geometry.spline import spline_motion
from amena.engine.motion.budget import motion_budget
from amena.engine.motion.eyes import eye_distance, eye_motion
from amena.engine.options import STRENGTHS, Options
from amena.engine.scene.scene import Scene


def plan_path(scene: Scene, options: Options, eye: int = 0) -> CameraPath:
    """The camera path that the options ask of a scene, within what the scene bears.

    Args:
        scene: the scene.
        options: motion, easing, amplitude, focus, duration and rate are read.
        eye: −1 for the left eye's path, +1 for the right eye's, 0 for a single camera's.
    """
    focus = scene.focus if options.focus == "auto" else options.focus
    if options.motion == "keyframes":
        move = spline_motion(options.keyframes)
    else:
        move = MOTIONS[options.motion]
    if options.amplitude == "auto":
        bearable = min(scene.budget, motion_budget(scene.disparity.values, move).amplitude)
        wanted = bearable * STRENGTHS[options.strength]
    else:
        wanted = options.amplitude
    if options.easing == "ease-in-out":
        move = eased(move)
    amplitude = min(wanted, scene.amplitude)
    if eye:
        move = eye_motion(move, eye, eye_distance(amplitude, scene.layers.photo_size))
    return build_path(options.motion, options.frames, amplitude, focus, move)


def canvas_margin(size: tuple[int, int], amplitude: float, focus: float) -> tuple[int, int]:
    """Margin (x, y) in pixels that covers every motion; canvas sides fill whole grid cells.

    Keyframes and a pair of eyes reach no further than the named motions together.
    The focus may be moved later, so the extremes count too.
    """
    margins = [
        required_margin(build_path(motion, 16, amplitude, at), size)
        for motion in MOTIONS
        for at in (0.0, focus, 1.0)
    ]
    x, y = (
        _whole_cells(side, max(margin[axis] for margin in margins) + 1)
        for axis, side in enumerate(size)
    )
    return x, y


def _whole_cells(side: int, margin: int) -> int:
    while (side + 2 * margin) % LARGEST_STEP:
        margin += 1
    return margin
