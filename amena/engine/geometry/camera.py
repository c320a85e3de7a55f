"""Camera paths: named motions that loop without a jump in position or velocity.

Scene coordinates: the photo's camera sits at the origin, x right, y down, z forward, focal length
1 in units of the photo's long side. A pixel at (u, v) from the centre with inverse depth q lies at
(u, v, 1) / q, so a pose V moves it to V @ (u, v, 1, q) in homogeneous image coordinates: parallax
is linear in inverse depth.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amena.engine.geometry.crop import Crop

#: Inverse depth of disparity 0. Disparity 1 lies at inverse depth 1, so the scene is five deep.
Q_FAR = 0.2

Pose = NDArray[np.float64]

#: Copied, which is ten times as quick as building one: a plan takes a thousand poses.
_IDENTITY: Pose = np.eye(4)


def inverse_depth(disparity: NDArray[np.float32] | float) -> NDArray[np.float32]:
    """Disparity (0–1) to inverse depth q = `Q_FAR` + (1 − `Q_FAR`)·d, float32, same shape.

    >>> inverse_depth(0.5).item()
    0.6000000238418579
    """
    return np.asarray(Q_FAR + (1 - Q_FAR) * np.asarray(disparity, np.float32), np.float32)


def true_inverse_depth(
    disparity: NDArray[np.float32] | float, metres: tuple[float, float] | None
) -> NDArray[np.float32]:
    """Disparity (0–1) to the inverse depth that files carry, float32, same shape.

    Args:
        disparity: any shape.
        metres: distances of disparity 1 and 0, which make it 1/m; None: as `inverse_depth`. Both
            are linear in disparity, so planes stay planes.
    """
    if metres is None:
        return inverse_depth(disparity)
    near, far = metres
    return np.asarray(1 / far + (1 / near - 1 / far) * np.asarray(disparity), np.float32)


@dataclass(frozen=True)
class CameraPath:
    """One loop of a camera.

    Attributes:
        poses: float64 N×4×4, scene to camera coordinates; pose N would equal pose 0.
        motion: the motion's name.
        amplitude: largest relative shift of near against far, as a share of the long side.
        focus: disparity of the plane that stays still.
        crop: the part of each frame that is drawn; None: all of it.
    """

    poses: NDArray[np.float64]
    motion: str
    amplitude: float
    focus: float
    crop: Crop | None = None

    def drawn(self, size: tuple[int, int]) -> Crop:
        """The part that is drawn of frames of (width, height)."""
        return self.crop or Crop(0, 0, *size)

    def __len__(self) -> int:
        return len(self.poses)


@dataclass(frozen=True)
class Move:
    """Where the camera is at one moment, in units in which 1 is the amplitude's full translation.

    Attributes:
        x, y, z: right, down, forward.
        turn: share of the look-at rotation that replaces the sideways lens shift (0 or 1).
        hold: share of the forward move that a zoom takes back at the focus plane (dolly-zoom: 1).
        zoom: magnification on top, 1 = none.
    """

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    turn: float = 0.0
    hold: float = 0.0
    zoom: float = 1.0


#: Phase (0–2π) of the loop → where the camera is. Smooth and periodic.
Motion = Callable[[float], Move]


def _there_and_back(phase: float) -> float:
    """0 → 1 → 0 with zero velocity at both ends."""
    return (1 - math.cos(phase)) / 2


#: The named motions. Sideways translation is at most ½: the full swing is 1.
MOTIONS: dict[str, Motion] = {
    "circle": lambda p: Move(x=np.cos(p) / 2, y=np.sin(p) / 2),
    "swing": lambda p: Move(x=np.sin(p) / 2, z=0.25 * (np.cos(2 * p) - 1), y=-0.1 * np.sin(2 * p)),
    "zoom-in": lambda p: Move(z=1.6 * _there_and_back(p), zoom=1 + 0.04 * _there_and_back(p)),
    "dolly-zoom": lambda p: Move(z=1.6 * _there_and_back(p), hold=1.0),
    "orbit": lambda p: Move(x=np.sin(p) / 2, y=0.15 * np.cos(p), turn=1.0),
    "horizontal": lambda p: Move(x=np.sin(p) / 2),
    "vertical": lambda p: Move(y=np.sin(p) / 2),
    "ken-burns": lambda p: Move(
        x=0.4 * np.sin(p), y=-0.15 * np.sin(p), zoom=1.03 + 0.05 * _there_and_back(p)
    ),
}


def eased(motion: Motion) -> Motion:
    """The same motion, lingering where the loop begins and swift half-way through."""
    return lambda phase: motion(phase - 0.6 * np.sin(phase))


def build_path(
    motion: str, frames: int, amplitude: float, focus: float, move: Motion | None = None
) -> CameraPath:
    """A motion as poses.

    Args:
        motion: a key of `MOTIONS`, or the name of `move`.
        frames: N, frames in one loop.
        amplitude: share of the long side by which disparity 1 and 0 shift against each other
            over the whole motion; the camera's translation follows from it.
        focus: disparity (0–1) of the plane that stays where it is.
        move: the motion, where it is not the named one.

    A quarter through the loop the camera of `horizontal` is farthest to the right, and a point of
    the focus plane stays where it is:

    >>> path = build_path("horizontal", frames=4, amplitude=0.05, focus=0.5)
    >>> q = float(inverse_depth(0.5))
    >>> moved = path.poses[1] @ (0.1, 0.2, 1, q)
    >>> (moved[:2] / moved[2]).round(6).tolist()
    [0.1, 0.2]
    """
    move = move or MOTIONS[motion]
    translation = amplitude / (1 - Q_FAR)
    focus_depth = 1 / float(inverse_depth(focus))
    phases = 2 * np.pi * np.arange(frames) / frames
    poses = np.stack([pose(move(p), translation, focus_depth) for p in phases])
    return CameraPath(poses, motion, amplitude, focus)


def pose(move: Move, translation: float, focus_depth: float) -> Pose:
    """The 4×4 pose of a camera moved by `move` × `translation`, looking at the focus plane.

    Sideways moves are compensated by a lens shift (a shear), which leaves the focus plane exactly
    where it was and bends no lines; with `turn` the camera looks at the focus point instead.
    """
    x, y, z = move.x * translation, move.y * translation, move.z * translation
    view = _IDENTITY.copy()
    view[:3, 3] = (-x, -y, -z)
    distance = focus_depth - z
    look = _IDENTITY.copy()
    if move.turn:
        look[:3, :3] = _look_at(x, y, distance)
    else:
        look[0, 2], look[1, 2] = x / distance, y / distance
    scale = _IDENTITY.copy()
    hold = 1 + move.hold * (distance / focus_depth - 1)
    scale[0, 0] = scale[1, 1] = move.zoom * hold
    return scale @ look @ view


def _look_at(x: float, y: float, distance: float) -> NDArray[np.float64]:
    """Rotation (3×3) that brings the direction to the focus point, seen from (x, y), ahead."""
    forward = np.array([-x, -y, distance])
    forward /= np.linalg.norm(forward)
    right = np.cross([0.0, 1.0, 0.0], forward)
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    return np.stack([right, down, forward])


def required_margin(path: CameraPath, size: tuple[int, int]) -> tuple[int, int]:
    """Pixels (x, y) beyond the photo that some frame of the path may look at.

    Args:
        path: the camera path.
        size: (width, height) of the photo.

    Nothing beyond the picture is seen above and below it by a camera that moves sideways:

    >>> required_margin(build_path("horizontal", 24, amplitude=0.05, focus=0.5), (960, 720))
    (13, 0)
    """
    width, height = size
    long_side = max(size)
    half = np.array([width / 2, height / 2]) / long_side
    corners = np.array([[sx * half[0], sy * half[1], 1.0] for sx in (-1, 1) for sy in (-1, 1)])
    beyond = np.zeros(2)
    for q in (Q_FAR, 1.0):
        # A plane of constant q moves by the homography that joins the columns 2 and 3 of a pose.
        homographies = path.poses[:, :3, :3].copy()
        homographies[..., 2] += q * path.poses[:, :3, 3]
        source = corners @ np.linalg.inv(homographies).transpose(0, 2, 1)
        reached = np.abs(source[..., :2] / source[..., 2:]).max(axis=(0, 1))
        beyond = np.maximum(beyond, reached - half)
    pixels = np.ceil(beyond * long_side).astype(int)
    return int(pixels[0]), int(pixels[1])
