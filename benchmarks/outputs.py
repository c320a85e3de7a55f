"""What each output costs: megabytes and seconds, measured, for everything that tells of them.

    python -m benchmarks.outputs PHOTO… [--only NAME…] [--write]

Each photo is cut to 4:3, brought to 960×720 pixels and made a 3D photo; then the scene is rendered
once with every output alone, and without any. Megabytes are those of an output's files. Seconds are
what the processor works more than without the output, in this process and in the encoders, on two
cores: half of it. That hardly hangs on what else the machine does; an output that keeps a single
core busy takes up to twice as long. Both are medians over the photos.

`--write` puts them into `amena/engine/costs.json`, which `amena.engine.catalogue` reads, and from
there into the table of docs/outputs.md.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.machine import ROOT  # first: it sets how torch's threads wait

from PIL import Image, ImageOps  # isort: skip

from amena.engine.catalogue import CATALOGUE, FILES, OUTPUTS
from amena.engine.options import Options
from amena.engine.pipeline import Engine

COSTS: Final = ROOT / "amena" / "engine" / "costs.json"
DOCUMENT: Final = ROOT / "docs" / "outputs.md"
_BEGIN, _END = "<!-- costs: benchmarks/outputs.py -->\n", "<!-- end of costs -->\n"
_SIZE: Final = (960, 720)
_FILM: Final = Options()
_CORES: Final = 2

#: Output → megabytes and seconds.
Costs = dict[str, tuple[float, float]]


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--only", nargs="+", choices=OUTPUTS, default=OUTPUTS)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args(arguments)
    found = measured(asked.photos, asked.only)
    sys.stdout.write(table(found))
    if asked.write:
        known: Costs = json.loads(COSTS.read_text()) if COSTS.exists() else {}
        known |= found
        lines = [
            f"  {json.dumps(name)}: {json.dumps(known[name])}" for name in FILES if name in known
        ]
        COSTS.write_text("{\n" + ",\n".join(lines) + "\n}\n")
        write_table(DOCUMENT, known)


def measured(photos: list[Path], outputs: tuple[str, ...]) -> Costs:
    """What outputs cost, and what there always is, of which the seconds are 0."""
    always = [each.name for each in CATALOGUE if each.always]
    sizes: dict[str, list[float]] = {name: [] for name in (*always, *outputs)}
    seconds: dict[str, list[float]] = {name: [] for name in outputs}
    engine = Engine()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for photo in photos:
            with Image.open(photo) as picture:
                upright = ImageOps.exif_transpose(picture).convert("RGB")
                ImageOps.fit(upright, _SIZE, Image.Resampling.LANCZOS).save(work / "photo.png")
            engine.create(work / "photo.png", work, _FILM)
            scene = (work / "scene.amena").rename(work / "kept.amena")
            without = min(_work(engine, scene, work) for _ in range(2))
            for name in always:
                sizes[name].append(_megabytes(work, name))
            for name in outputs:
                seconds[name].append(_work(engine, scene, work, name) - without)
                sizes[name].append(_megabytes(work, name))
    return {
        name: (
            _rounded(statistics.median(sizes[name])),
            max(0.5, _rounded(statistics.median(seconds[name]) / _CORES)) if name in seconds else 0,
        )
        for name in sizes
    }


def _work(engine: Engine, scene: Path, out: Path, *outputs: str) -> float:
    """Seconds that the processor works on a scene's files."""
    before = os.times()
    engine.restyle(scene, out, replace(_FILM, outputs=outputs))
    return sum(after - ago for after, ago in zip(os.times()[:4], before[:4], strict=True))


def _megabytes(folder: Path, output: str) -> float:
    return sum((folder / name).stat().st_size for name in FILES[output]) / 1e6


def _rounded(value: float) -> float:
    """Two digits of it, which is more than another photo would keep."""
    return float(f"{value:.2g}")


def table(costs: Costs) -> str:
    """The costs as a table in Markdown, in the catalogue's order."""
    lines = ["| output | MB | seconds |", "|---|---|---|"]
    for name in FILES:
        if name in costs:
            megabytes, seconds = costs[name]
            lines.append(f"| `{name}` | {megabytes:g} | {f'{seconds:g}' if seconds else '–'} |")
    return "\n".join(lines) + "\n"


def write_table(document: Path, costs: Costs) -> None:
    """Put the table between the marks of a document."""
    before, rest = document.read_text().split(_BEGIN)
    document.write_text(before + _BEGIN + table(costs) + _END + rest.split(_END)[1])


if __name__ == "__main__":
    main()
