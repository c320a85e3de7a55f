"""An engine whose files are pictures, videos and scenes that browsers can show."""

from __future__ import annotations

import json
import os
from pathlib import Path

from PIL import Image

from amena.engine.errors import PhotoError
from amena.engine.geometry.crop import crop
from amena.engine.options import Options
from amena.engine.progress import Progress
from amena.jobs.files import FILE_TYPES
from tests.faults.engines import GatedEngine, QuickEngine
from tests.site.gallery import EXAMPLES, depth, scene

#: Of the film, as `amena.engine.geometry.framing` has it.
FRAME = (1.04, 0.01, -0.005)
#: Of the whole view, and where its subject is.
VIEW = (960, 540)
PLACEMENTS = {"photo": 0.5, "9:16": 0.3, "9:20": 0.3, "4:5": 0.25, "1:1": 0.2, "16:9": 0.5}
#: How a page sends what was painted: mode, which end is near, Pillow's mode.
BRUSHES = {("brush", "bright", mode) for mode in ("L", "RGB", "RGBA")}


class PictureEngine(QuickEngine):
    """Answers at once with an example that the real one has made."""

    frame = FRAME

    def edited(self, depth_path: Path, options: Options, mode: str, near: str) -> dict[str, bytes]:
        """Looks for what was painted: something brighter, and something darker."""
        with Image.open(depth_path) as picture:
            assert (mode, near, picture.mode) in BRUSHES
            low, high = picture.convert("L").getextrema()
        assert low < 128 < high, "Something was brought nearer, and something taken farther."
        report = self.report(options) | {"notes": ["depth_edited"]}
        return {"report.json": json.dumps(report).encode()}

    def files(self, options: Options) -> dict[str, bytes]:
        """All files, by the engine's names."""
        found = {
            "video.mp4": (EXAMPLES / "dandelion.mp4").read_bytes(),
            "poster.jpg": (EXAMPLES / "dandelion.jpg").read_bytes(),
            "scene.glb": scene(fine=False),
            "disparity.png": depth(),
            "scene.amena": b"scene",
            "report.json": json.dumps(self.report(options)).encode(),
        }
        for name, file in FILE_TYPES.items():
            if file.output and file.output in options.outputs:
                found[name] = f"{name} of {options.motion}".encode()
        return found

    def report(self, options: Options) -> dict[str, object]:
        """The part of the report that pages read."""
        placement = PLACEMENTS[options.shape] if options.placement == "auto" else options.placement
        part = crop(VIEW, options.shape, placement)
        return {
            "size": part.size,
            "view_size": VIEW,
            "crop": (part.left, part.top, part.width, part.height),
            "placements": PLACEMENTS,
            "amplitude": 0.03 if options.amplitude == "auto" else options.amplitude,
            "focus": 0.4 if options.focus == "auto" else options.focus,
            "frame": FRAME,
            "notes": [],
        }


class GatedPictureEngine(GatedEngine, PictureEngine):
    """Waits where it is told to; with a file `broken` in that folder, it makes no film."""

    def work(self, stage: str, progress: Progress) -> None:
        super().work(stage, progress)
        if stage == "render" and Path(os.environ["FAULT_GATE"], "broken").exists():
            raise PhotoError("The photo shows nothing.", code="nothing")
