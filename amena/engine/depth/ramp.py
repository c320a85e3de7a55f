"""The baseline that every estimator must beat: the bottom is nearer."""

from __future__ import annotations

import numpy as np

from amena.engine.types import Disparity, Photo


class Ramp:
    """Disparity that grows linearly from 0 in the top row to 1 in the bottom row."""

    name = "ramp"

    def estimate(self, photo: Photo) -> Disparity:
        """Disparity at the photo's size."""
        width, height = photo.size
        column = np.linspace(0, 1, height, dtype=np.float32)
        return Disparity(np.repeat(column[:, None], width, axis=1), self.name)
