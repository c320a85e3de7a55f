"""The extreme frames of a motion at full size, and a table to count their faults in.

    python -m benchmarks.extremes PHOTO… --out DIR [--amplitudes auto bold 0.1]

For each photo `NAME.png`: a row for each amplitude, in it the frames at both ends of the motion,
at full size. `auto` and `bold` are what people choose, 0.1 is the most that they can ask for: three
times what was automatic at first. `faults.md` gets a row for every photo that it does not have yet,
and a column for each kind of `FAULTS`; whoever looks writes the numbers, and `--count DIR` adds
them up.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from amena.engine.motion.planning import plan
from amena.engine.options import MOTIONS, SIZES, Options
from amena.engine.photo import decode
from amena.engine.pipeline import Engine
from amena.engine.render import build_renderer
from amena.engine.report import Recorder
from amena.engine.types import ByteImage

#: What is counted, in the order of the table's columns.
FAULTS = ("rim", "fill", "depth", "bent", "border", "speck")
_MEANINGS = (
    "Number of places. rim: ghost rim, strand or sliver beside a silhouette. fill: smooth, torn or "
    "repeated background. depth: part of a thing at another depth than the rest. bent: bent or "
    "stretched, to be seen. border: a strip that the photo does not have. speck: scratch or dot."
)


def ends(engine: Engine, photo: Path, motion: str, amplitude: str) -> list[ByteImage]:
    """The two frames (uint8 H×W×3) a quarter and three quarters through the motion."""
    strength = "bold" if amplitude == "bold" else "natural"
    asked = "auto" if amplitude in ("auto", "bold") else float(amplitude)
    options = Options(
        motion=motion, amplitude=asked, strength=strength, duration=1, fps=24, size=SIZES[0]
    )
    decoded = decode.load(photo, options.size, enlarge_to=SIZES[0])
    scene = engine.scenes.build(decoded, options, None, Recorder())
    path = plan(scene, options).path
    chosen = path.poses[[len(path) // 4, 3 * len(path) // 4]]
    return list(build_renderer("auto").render(scene.layers, replace(path, poses=chosen)))


def begin_table(table: Path, photos: Sequence[str]) -> None:
    """Write the table, or add the photos that it lacks."""
    if not table.exists():
        table.write_text(
            f"{_MEANINGS}\n\n| photo | {' | '.join(FAULTS)} |\n|{'---|' * (len(FAULTS) + 1)}\n"
        )
    there = {row[0] for row in _rows(table)}
    with table.open("a") as out:
        for photo in photos:
            if photo not in there:
                out.write(f"| {photo} |{' |' * len(FAULTS)}\n")


def count(table: Path) -> dict[str, tuple[int, int]]:
    """For every kind of fault how many photos have it, and how many places there are in all.

    Raises:
        ValueError: a photo has not been looked at.
    """
    rows = _rows(table)
    for name, *cells in rows:
        if not all(cell.isdigit() for cell in cells):
            raise ValueError(f"{name} has not been looked at.")
    places = np.array([[int(cell) for cell in cells] for _, *cells in rows])
    return {
        fault: (int((column > 0).sum()), int(column.sum()))
        for fault, column in zip(FAULTS, places.T, strict=True)
    }


def _rows(table: Path) -> list[list[str]]:
    """The cells of every photo's row."""
    lines = [line for line in table.read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def main(arguments: list[str] | None = None) -> None:
    """Runs the command line that the module's text describes."""
    parser = argparse.ArgumentParser(description="The extreme frames of motions, at full size.")
    parser.add_argument("photos", nargs="*", type=Path)
    parser.add_argument("--out", type=Path, help="folder for the sheets and the table")
    parser.add_argument("--motion", choices=MOTIONS, default="horizontal")
    parser.add_argument("--amplitudes", nargs="+", default=["auto", "bold", "0.1"])
    parser.add_argument("--count", type=Path, metavar="DIR", help="add up the table in this folder")
    asked = parser.parse_args(arguments)
    if asked.count:
        for fault, (photos, places) in count(asked.count / "faults.md").items():
            print(f"{fault}: {places} places on {photos} photos")
        return
    if not asked.out:
        parser.error("--out is missing")
    asked.out.mkdir(parents=True, exist_ok=True)
    engine = Engine()
    for photo in asked.photos:
        rows = [np.hstack(ends(engine, photo, asked.motion, each)) for each in asked.amplitudes]
        Image.fromarray(np.vstack(rows)).save(asked.out / f"{photo.stem}.png")
    begin_table(asked.out / "faults.md", [photo.stem for photo in asked.photos])


if __name__ == "__main__":
    main()
