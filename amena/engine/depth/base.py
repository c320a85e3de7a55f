"""What every source of depth offers."""

from __future__ import annotations

from typing import Protocol

from amena.engine.types import Disparity, Photo


class DepthEstimator(Protocol):
    """Estimates depth from a photo. Built once per process; `estimate` may be called often."""

    @property
    def name(self) -> str:
        """The name that goes into `Disparity.source` and the report."""
        ...

    def estimate(self, photo: Photo) -> Disparity:
        """Disparity of the same height and width as the photo."""
        ...
