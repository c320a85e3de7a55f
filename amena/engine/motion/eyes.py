"""The pair of camera paths of two eyes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from amena.engine.geometry.camera import Motion, Move

#: What disparity 1 shifts against 0 between the two views, as a share of the frame's width: about
#: what a viewer of stereo pictures bears without strain.
EYE_PARALLAX: Final = 0.0225
#: Largest distance of the eyes as a share of the camera's full translation. The motion keeps the
#: rest: motion and eyes together show no more of what was hidden than the motion alone would.
MAX_EYE_DISTANCE: Final = 0.8


def eye_distance(amplitude: float, size: tuple[int, int]) -> float:
    """Distance of the eyes as a share of the translation that `amplitude` stands for.

    Args:
        amplitude: of the motion, as a share of the long side.
        size: (width, height) of the frame.
    """
    wanted = EYE_PARALLAX * size[0] / max(size)
    return min(MAX_EYE_DISTANCE, wanted / amplitude)


def eye_motion(motion: Motion, side: float, distance: float) -> Motion:
    """The motion as the left (`side` = −1) or right (+1) eye sees it, the eyes `distance` apart,
    or as a camera between them does.

    Both eyes look at the focus plane as the single camera does, so what lies there appears on the
    screen, nearer things before it and farther ones behind.
    """

    def move(phase: float) -> Move:
        centre = motion(phase)
        x = centre.x * (1 - distance) + side * distance / 2
        return replace(centre, x=x)

    return move
