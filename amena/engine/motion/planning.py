"""Where the camera goes in a scene, and how much picture beyond the photo's border that takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from amena.engine.depth.window import window
from amena.engine.geometry.camera import (
    MOTIONS,
    Q_FAR,
    CameraPath,
    Motion,
    Move,
    build_path,
    eased,
    inverse_depth,
    pose,
    required_margin,
)
from amena.engine.geometry.crop import Crop, crop, cropped_size
from amena.engine.geometry.framing import MAX_ZOOM, Border, Framing, limited, needed_framing
from amena.engine.geometry.grid import LARGEST_STEP, grid_step
from amena.engine.geometry.spline import spline_motion
from amena.engine.motion.budget import motion_budget
from amena.engine.motion.eyes import eye_distance, eye_motion
from amena.engine.motion.subject import subject_placements
from amena.engine.options import STRENGTHS, Options
from amena.engine.progress import EarlyView
from amena.engine.scene.scene import Scene

#: Planes to hold still that are tried, and by how much a frame may be smaller than it need be for
#: the sake of a plane closer to the subject.
_PLANES: Final = 21
_WORTH: Final = 0.004
#: Frames a second and frames that a moving quilt has at most: each is 48 views. In a longer loop
#: the camera is slower, so that from frame to frame it goes no further.
_QUILT_FPS, _QUILT_FRAMES = 30, 120
#: Share of the sideways reach that a moving quilt's cameras stand apart; its motion has the rest.
_CONE: Final = 0.7


@dataclass(frozen=True)
class Plan:
    """Where the camera goes, and what its frames show.

    Attributes:
        path: the path of a single camera, as seen in `framing`.
        left, right: those of two eyes, in a frame of their own.
        framing: the part of the view that the frames show.
        sharp: disparity that a lens focuses on.

    The single camera's path has the crop that the options' shape asks for; the eyes see all.
    """

    path: CameraPath
    left: CameraPath
    right: CameraPath
    framing: Framing
    sharp: float

    def early_view(self, *, draft: bool = False) -> EarlyView:
        """What is told of the scene, or of its draft, before there is a film."""
        return EarlyView(self.path.amplitude, self.path.focus, self.framing.values, draft)


def plan(scene: Scene, options: Options) -> Plan:
    """The camera paths that the options ask of a scene, within what the scene bears.

    The plane that stays still is the subject's. Left to `auto`, it moves away from there as far as
    it must for the frames to show nothing beyond the photo's border; of a photo in a window it is
    the window's.

    Args:
        scene: the scene.
        options: motion, easing, amplitude, focus, duration, rate, shape and placement are read.
    """
    sharp = scene.focus if options.focus == "auto" else options.focus
    disparity = scene.disparity.values
    if options.motion == "keyframes":
        move = spline_motion(options.keyframes)
    else:
        move = MOTIONS[options.motion]
    amplitude = _amplitude(scene, options, move)
    if window(disparity) is not None:
        move = _behind_window(move)
    if options.easing == "ease-in-out":
        move = eased(move)
    distance = eye_distance(amplitude, scene.layers.photo_size)
    eyes = [eye_motion(move, side, distance) for side in (-1, 1)]

    def built(focus: float, moves: list[Motion], frames: int) -> list[CameraPath]:
        return [build_path(options.motion, frames, amplitude, focus, each) for each in moves]

    focus = _still_plane(scene, options, lambda plane: built(plane, [move], 24))
    single, stereo = built(focus, [move], options.frames), built(focus, eyes, options.frames)
    framing, of_eyes = _framing(scene, single), _framing(scene, stereo)
    left, right = map(of_eyes.applied, stereo)
    path = replace(framing.applied(single[0]), crop=_crop(scene, options))
    return Plan(path, left, right, framing, sharp)


def _crop(scene: Scene, options: Options) -> Crop | None:
    """The part of the frame that is shown; None where that is all of it."""
    size, placement = scene.layers.photo_size, options.placement
    if cropped_size(size, options.shape) == size:
        return None
    if placement == "auto":
        placement = subject_placements(scene.disparity.values)[options.shape]
    return crop(size, options.shape, placement)


def _still_plane(
    scene: Scene, options: Options, built: Callable[[float], Sequence[CameraPath]]
) -> float:
    """The disparity that stays where it is. `built` makes the camera paths that hold a plane."""
    if options.focus != "auto":
        return options.focus
    disparity = scene.disparity.values
    if window(disparity) is not None:
        return 1.0
    planes = np.append(scene.focus, np.linspace(0, 1, _PLANES))
    border = Border.of(disparity)
    zooms = np.array([needed_framing(built(plane), border).zoom for plane in planes])
    bearable = zooms <= max(MAX_ZOOM, zooms.min() + _WORTH)
    return float(min(planes[bearable], key=lambda plane: abs(plane - scene.focus)))


def _framing(scene: Scene, paths: Sequence[CameraPath]) -> Framing:
    """The frame that paths share. A window has nothing beyond its border to hide."""
    disparity = scene.disparity.values
    if window(disparity) is not None:
        return Framing()
    return limited(needed_framing(paths, Border.of(disparity)), scene.layers.photo_size)


def _behind_window(move: Motion) -> Motion:
    """The same motion for a scene behind a window, which keeps its place and its size.

    What would come nearer as the camera goes forward does so as it goes back, the window held.
    """

    def moved(phase: float) -> Move:
        return replace(move(phase), z=-move(phase).z, zoom=1.0, hold=1.0, turn=0.0)

    return moved


def plan_views(scene: Scene, options: Options, places: Sequence[float]) -> CameraPath:
    """Cameras side by side that look at the focus plane, for stereo stills and displays.

    All share a frame that shows the photo alone, and the plane that stays still is chosen for that,
    as in `plan`.

    Args:
        scene: the scene.
        options: amplitude, strength and focus are read; the motion is not.
        places: where the cameras stand, −½ (left) to ½ of the reach that sideways motion has.
    """
    amplitude = _amplitude(scene, options, MOTIONS["horizontal"])

    def built(focus: float) -> list[CameraPath]:
        depth = 1 / float(inverse_depth(focus))
        poses = [pose(Move(x=place), amplitude / (1 - Q_FAR), depth) for place in places]
        return [CameraPath(np.stack(poses), "horizontal", amplitude, focus)]

    paths = built(_still_plane(scene, options, built))
    return _framing(scene, paths).applied(paths[0])


def plan_quilts(scene: Scene, options: Options, places: Sequence[float]) -> CameraPath:
    """The film as cameras side by side see it: at each of its moments a pose for every place.

    The row of cameras is as wide as `_CONE` of the reach that the scene bears, and moves with the
    motion within the rest, so that a moving quilt shows no more of what is made up than one at
    rest.

    Args:
        scene: the scene.
        options: motion, easing, amplitude, focus, duration and rate are read.
        places: as for `plan_views`.
    """
    move = MOTIONS.get(options.motion) or spline_motion(options.keyframes)
    amplitude = min(_amplitude(scene, options, each) for each in (move, MOTIONS["horizontal"]))
    if window(scene.disparity.values) is not None:
        move = _behind_window(move)
    if options.easing == "ease-in-out":
        move = eased(move)

    def straight(phase: float) -> Move:
        return replace(move(phase), turn=0.0)  # a display's cameras look ahead, side by side

    def built(focus: float, frames: int, places: Sequence[float]) -> list[CameraPath]:
        moves = [eye_motion(straight, 2 * place, _CONE) for place in places]
        return [build_path(options.motion, frames, amplitude, focus, each) for each in moves]

    ends = places[0], places[-1]
    focus = _still_plane(scene, options, lambda plane: built(plane, 24, ends))
    framing = _framing(scene, built(focus, 24, ends))
    frames = round(options.duration * quilts_a_second(options))
    poses = np.stack([path.poses for path in built(focus, frames, places)], axis=1)
    path = CameraPath(poses.reshape(-1, 4, 4), options.motion, amplitude, focus)
    return framing.applied(path)


def quilts_a_second(options: Options) -> int:
    """Frames a second of a moving quilt."""
    return min(options.fps, _QUILT_FPS, int(_QUILT_FRAMES / options.duration))


def eye_places(scene: Scene, options: Options) -> tuple[float, float]:
    """Where a pair of eyes stands at rest, for `plan_views`."""
    amplitude = _amplitude(scene, options, MOTIONS["horizontal"])
    distance = eye_distance(amplitude, scene.layers.photo_size)
    return -distance / 2, distance / 2


def _amplitude(scene: Scene, options: Options, move: Motion) -> float:
    if options.amplitude == "auto":
        values = scene.disparity.values
        values = values[window(values) or ...]
        bearable = min(scene.budget, motion_budget(values, move).amplitude)
        wanted = bearable * STRENGTHS[options.strength]
    else:
        wanted = options.amplitude
    return min(wanted, scene.amplitude)


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
        _whole_cells(side, max(margin[axis] for margin in margins) + 1, grid_step(size))
        for axis, side in enumerate(size)
    )
    return x, y


def _whole_cells(side: int, margin: int, step: int) -> int:
    cell = step if LARGEST_STEP % step else LARGEST_STEP
    while (side + 2 * margin) % cell:
        margin += 1
    return margin
