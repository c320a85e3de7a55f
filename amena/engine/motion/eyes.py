"""The pair of camera paths of two eyes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from amena.engine.geometry.camera import Motion, Move

#: Distance of the eyes as a share of the camera's full translation. The motion keeps the rest, so
#: that motion and eyes together show no more of what was hidden than the motion alone would.
EYE_DISTANCE: Final = 0.5


def eye_motion(motion: Motion, side: int) -> Motion:
    """The motion as the left (`side` = −1) or right (+1) eye sees it.

    Both eyes look at the focus plane as the single camera does, so what lies there appears on the
    screen, nearer things before it and farther ones behind.
    """

    def move(phase: float) -> Move:
        centre = motion(phase)
        x = centre.x * (1 - EYE_DISTANCE) + side * EYE_DISTANCE / 2
        return replace(centre, x=x)

    return move
