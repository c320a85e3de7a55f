"""Measure the engine's speed.

    python -m benchmarks.speed --photos PHOTO... [--sizes 960 1920 3840] [--json FILE]

Each photo is brought to each size, then made into a 3D photo by a fresh process: the first run is
the cold one (with the start of Python and the loading of networks), the others are warm. The
table shows, for every photo and size, the fastest warm run and what it compares with:

floor a     encoding the finished frames once more, with the same encoder and settings
floor b     one full-frame bilinear cv2.remap for every frame, the least any renderer does
ratio       total / (a + b)
render + encode against the floors: the two stages overlap, so their sum stands against a + b

Further reports, each on the first photo: `--growth` (seconds and memory against pixels and frames,
and throughput of one to four processes), `--service` (start-up and waiting times of the running
service), `--peer depthflow` (DepthFlow 1.0.1 on the same photo and disparity, in turn with ours).
`--device cuda --renderer gl` measures a GPU.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from amena.engine.options import SIZES
from benchmarks.machine import Watch, line
from benchmarks.speed import floors, growth, peer, runs, service
from benchmarks.speed.runs import Setup


def main(arguments: list[str] | None = None) -> None:
    """Runs the command line that the module's text describes."""
    asked = _parser().parse_args(arguments)
    setup = Setup(asked.frames, asked.repeats, asked.device, asked.renderer)
    watch = Watch()
    found: dict[str, Any] = {"setup": setup.as_dict(), "photos": []}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for photo in asked.photos:
            for size in asked.sizes:
                entry = measure(photo, size, setup, work)
                found["photos"].append(entry)
                print(table(entry), flush=True)
        first = runs.at_size(asked.photos[0], asked.sizes[0], work)
        if asked.growth:
            found["growth"] = growth.measure(asked.photos[0], asked.sizes, setup, work)
            print(growth.table(found["growth"]), flush=True)
        if asked.service:
            found["service"] = service.measure(first, work, asked.jobs)
            print(service.table(found["service"]), flush=True)
        if asked.peer:
            found["peer"] = peer.measure(first, setup, work)
            print(peer.table(found["peer"]), flush=True)
    found["machine"] = watch.facts()
    print(line(found["machine"]), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def measure(photo: Path, size: int, setup: Setup, work: Path) -> dict[str, Any]:
    """One photo at one size: runs, floors and their ratios."""
    resized = runs.at_size(photo, size, work)
    out = work / "out"
    found = runs.engine(resized, out, setup)
    warm = min(found["warm"], key=lambda run: run["seconds"])
    floor = floors.measure(out / "video.mp4")
    both = floor["encode"] + floor["remap"]
    made = sum(stage["seconds"] for stage in warm["stages"] if stage["name"] in _FRAME_STAGES)
    return {
        "photo": photo.name,
        "size": size,
        **found,
        "best": warm,
        "shares": runs.shares(
            {stage["name"]: stage["seconds"] for stage in warm["stages"]}, warm["seconds"]
        ),
        "floors": floor,
        "ratio": round(warm["seconds"] / both, 2),
        "ratio_frames": round(made / both, 2),
    }


_FRAME_STAGES = ("render", "encode")


def table(entry: dict[str, Any]) -> str:
    """A measured photo for the eye."""
    best, floor = entry["best"], entry["floors"]
    lines = [
        f"{entry['photo']} at {entry['size']}: {best['seconds']:.2f} s warm, "
        f"{entry['cold_seconds']:.2f} s cold, {best['peak_memory_mb']:.0f} MiB"
    ]
    lines += [
        f"  {stage['name']:8} {stage['seconds']:7.3f} s {stage['peak_memory_mb']:7.0f} MiB"
        for stage in best["stages"]
    ]
    lines.append(
        f"  floors: a {floor['encode']:.2f} s, b {floor['remap']:.2f} s; total / (a + b) = "
        f"{entry['ratio']:.2f}, render + encode / (a + b) = {entry['ratio_frames']:.2f}"
    )
    done = ", ".join(f"{name} {share:g}" for name, share in entry["shares"].items())
    lines.append(f"  percent done when a stage begins: {done}")
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--photos", type=Path, nargs="+", required=True)
    add("--sizes", type=int, nargs="+", choices=SIZES, default=list(SIZES[:1]))
    add("--frames", type=int, default=150, help="at 30 a second (%(default)s)")
    add("--repeats", type=int, default=3, help="warm runs each (%(default)s)")
    add("--device", default="auto")
    add("--renderer", default="auto")
    add("--growth", action="store_true")
    add("--service", action="store_true")
    add("--jobs", type=int, default=20, help="photos given to the service (%(default)s)")
    add("--peer", choices=["depthflow"])
    add("--json", type=Path, metavar="FILE")
    return parser


if __name__ == "__main__":
    sys.exit(main())
