"""An engine whose files are pictures, videos and scenes that browsers can show."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path

from PIL import Image

from amena.engine.errors import PhotoError
from amena.engine.options import Options
from amena.engine.progress import STAGES, Progress, SceneReady
from amena.jobs.files import FILE_TYPES
from tests.faults.engines import KEPT, QuickEngine

#: Of the film, as `amena.engine.geometry.framing` has it.
FRAME = (1.04, 0.01, -0.005)
EXAMPLES = Path(__file__).parents[2] / "static" / "img" / "examples"


class PictureEngine(QuickEngine):
    """Answers at once with an example that the real one has made."""

    def create(
        self,
        photo_path: Path,
        out_dir: Path,
        options: Options,
        progress: Progress,
        *,
        ready: SceneReady,
        kept: Path | None = None,
    ) -> None:
        assert photo_path.stat().st_size > 0
        assert kept is None or {path.name for path in kept.iterdir()} == KEPT
        files = self.files(options)
        for stage in STAGES:
            self.work(stage, progress)
            if stage == "mesh":
                (out_dir / "scene.glb").write_bytes(files["scene.glb"])
                ready(0.03, 0.4, FRAME)
        for name, content in files.items():
            (out_dir / name).write_bytes(content)

    restyle = create

    def edit(
        self,
        scene_path: Path,
        depth_path: Path,
        out_dir: Path,
        options: Options,
        progress: Progress,
        *,
        mode: str,
        near: str,
        ready: SceneReady,
    ) -> None:
        """Says in its report what was painted: the brightest and the darkest grey."""
        assert near == "bright"
        self.create(scene_path, out_dir, options, progress, ready=ready)
        with Image.open(depth_path) as picture:
            assert (mode, picture.mode) in (("brush", "L"), ("brush", "RGBA"), ("brush", "RGB"))
            low, high = picture.convert("L").getextrema()
        assert low < 128 < high, "Something was brought nearer, and something taken farther."
        report = self.report(options) | {"notes": ["depth_edited"]}
        (out_dir / "report.json").write_text(json.dumps(report))

    def files(self, options: Options) -> dict[str, bytes]:
        """All files, by the engine's names."""
        depth = io.BytesIO()
        with Image.open(EXAMPLES / "dessert-depth.webp") as picture:
            picture.convert("L").save(depth, "PNG")
        found = {
            "video.mp4": (EXAMPLES / "dandelion.mp4").read_bytes(),
            "poster.jpg": (EXAMPLES / "dandelion.jpg").read_bytes(),
            "scene.glb": (EXAMPLES / "dandelion.glb").read_bytes(),
            "disparity.png": depth.getvalue(),
            "scene.amena": b"scene",
            "report.json": json.dumps(self.report(options)).encode(),
        }
        for name, file in FILE_TYPES.items():
            if file.output and file.output in options.outputs:
                found[name] = f"{name} of {options.motion}".encode()
        return found

    def report(self, options: Options) -> dict[str, object]:
        """The part of the report that pages read."""
        return {
            "amplitude": 0.03 if options.amplitude == "auto" else options.amplitude,
            "focus": 0.4 if options.focus == "auto" else options.focus,
            "frame": FRAME,
            "notes": [],
        }


class GatedPictureEngine(PictureEngine):
    """Waits before the film as long as the folder FAULT_GATE has a file `render`; with `broken`
    there, it makes none.
    """

    def work(self, stage: str, progress: Progress) -> None:
        progress(stage, 0.0)
        if stage != "render":
            return
        gate = Path(os.environ["FAULT_GATE"])
        while (gate / "render").exists():
            time.sleep(0.05)
            progress(stage, 0.5)
        if (gate / "broken").exists():
            raise PhotoError("The photo shows nothing.", code="nothing")
