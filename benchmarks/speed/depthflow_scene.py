"""Runs in DepthFlow's own environment: one circular motion at its default quality."""

from __future__ import annotations

import json
import math
import sys
import time

from depthflow.scene import DepthScene
from PIL import Image


class Circle(DepthScene):
    """The camera moves in a circle, as in DepthFlow's own presets."""

    def update(self) -> None:
        """Called before each frame; `cycle` is the phase in radians."""
        self.state.isometric, self.state.steady = 0.6, 0.3
        self.state.offset = (0.5 * math.cos(self.cycle), 0.5 * math.sin(self.cycle))


def main(spec: dict[str, str | float]) -> None:
    """`spec`: photo, disparity, video, seconds, fps. Prints the seconds it took."""
    with Image.open(spec["photo"]) as picture:
        width, height = picture.size
    scene = Circle(backend="headless")
    scene.ffmpeg.h264(preset="veryfast")
    began = time.perf_counter()
    scene.input(image=spec["photo"], depth=spec["disparity"])
    scene.main(
        output=spec["video"],
        width=width,
        height=height,
        time=spec["seconds"],
        fps=spec["fps"],
        ssaa=1.0,
    )
    print(json.dumps({"seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
