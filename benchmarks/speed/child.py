"""The measured process: makes one photo several times and prints a JSON line for every run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from amena.engine.options import Options
from amena.engine.pipeline import Engine
from amena.engine.report import Report
from benchmarks.speed.runs import FPS


def main(spec: dict[str, Any]) -> None:
    """`spec`: photo, out, count, frames, device, renderer."""
    engine = Engine(spec["device"])
    engine.warm_up()
    options = Options(
        duration=spec["frames"] / FPS, fps=FPS, renderer=spec["renderer"], size=_size(spec["photo"])
    )
    out = Path(spec["out"])
    for _ in range(spec["count"]):
        tell(engine.create(Path(spec["photo"]), out, options))
    scene = (out / "scene.amena").rename(out / "kept.amena")
    tell(engine.restyle(scene, out, options))


def tell(report: Report) -> None:
    """One line for the parent."""
    line = {
        "seconds": report.seconds,
        "peak_memory_mb": report.peak_memory_mb,
        "layers": report.layers,
        "stages": [
            {"name": each.name, "seconds": each.seconds, "peak_memory_mb": each.peak_memory_mb}
            for each in report.stages
        ],
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _size(photo: str) -> int:
    from PIL import Image

    with Image.open(photo) as picture:
        return max(picture.size)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
