"""What every renderer offers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from amena.engine.geometry.camera import CameraPath
from amena.engine.types import ByteImage, LayeredDepthImage


class Renderer(Protocol):
    """Draws a layered depth image as seen by each camera of a path."""

    @property
    def name(self) -> str:
        """`gl` or `warp`, as in the options and the report."""
        ...

    def render(self, image: LayeredDepthImage, path: CameraPath) -> Iterator[ByteImage]:
        """Yields one uint8 H×W×3 frame per pose, in order.

        It has the photo's size, or that of the path's crop.
        """
        ...
