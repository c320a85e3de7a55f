"""Keyframes to motion: the smooth closed curve through them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amena.engine.geometry.camera import Motion, Move
from amena.engine.geometry.keyframes import RANGES, Keyframe

Values = NDArray[np.float64]


def spline_motion(keyframes: tuple[Keyframe, ...]) -> Motion:
    """Join keyframes by periodic cubic splines: position, velocity and acceleration never jump.

    A spline may swing beyond the keyframes it joins. It is then moved and drawn in as a whole until
    it stays in range, so that the camera goes no further than the photo bears.

    Args:
        keyframes: two or more, `t` rising.
    """
    times = np.array([key.t for key in keyframes])
    curve = _ClosedSpline(times, np.array([[key.x, key.y, key.z, key.zoom] for key in keyframes]))
    samples = np.stack([curve(t) for t in np.linspace(0, 1, 1000)])
    low, high = np.array([RANGES[name] for name in ("x", "y", "z", "zoom")]).T
    rest = np.array([0.0, 0.0, 0.0, 1.0])
    # Forward and zoom are at rest at the end of their range: lift the curve where it dips below.
    lift = np.where(low == rest, np.maximum(low - samples.min(axis=0), 0), 0)
    away = samples + lift - rest
    excess = np.maximum(away.max(axis=0) / (high - rest), 1.0)
    excess[:2] = np.maximum(excess[:2], away[:, :2].min(axis=0) / low[:2])

    def move(phase: float) -> Move:
        x, y, z, zoom = rest + (curve(phase / (2 * np.pi)) + lift - rest) / excess
        return Move(x=x, y=y, z=z, zoom=zoom)

    return move


class _ClosedSpline:
    """The periodic cubic spline with period 1 through N points, in Hermite form."""

    def __init__(self, times: Values, points: Values) -> None:
        """`times`: N, rising, within one period; `points`: N×D."""
        self.times, self.points = times, points
        self.spans = np.diff(times, append=times[0] + 1)
        self.slopes = self._slopes()

    def _slopes(self) -> Values:
        """Slopes at the points for which the second derivative is continuous, too."""
        count = len(self.times)
        after = 1 / self.spans
        before = np.roll(after, 1)
        step = (np.roll(self.points, -1, axis=0) - self.points) * (after**2)[:, None]
        matrix = np.diag(2 * (before + after))
        index = np.arange(count)
        # Added, not set: of two points, each is the other's neighbour on both sides.
        np.add.at(matrix, (index, (index - 1) % count), before)
        np.add.at(matrix, (index, (index + 1) % count), after)
        right = 3 * (step + np.roll(step, 1, axis=0))
        return np.asarray(np.linalg.solve(matrix, right), np.float64)

    def __call__(self, time: float) -> Values:
        """The D coordinates at any time."""
        since = (time - self.times[0]) % 1.0
        index = int(np.searchsorted(self.times - self.times[0], since, side="right")) - 1
        following = (index + 1) % len(self.times)
        span = self.spans[index]
        s = (since - (self.times[index] - self.times[0])) / span
        start, end = self.points[index], self.points[following]
        leave, arrive = span * self.slopes[index], span * self.slopes[following]
        cubic = 2 * (start - end) + leave + arrive
        square = 3 * (end - start) - 2 * leave - arrive
        return np.asarray(((cubic * s + square) * s + leave) * s + start)
