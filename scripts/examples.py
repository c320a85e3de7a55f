"""The films and scenes of the first page and of the README, made anew by today's engine:
.venv/bin/python scripts/examples.py PHOTOS [name …]

PHOTOS has a file for each name, of any format; static/img/examples/SOURCES.md says where they are
from. What is printed belongs into amena/jobs/views/landing.py.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import imageio_ffmpeg
from PIL import Image

from amena.engine.options import Options
from amena.engine.pipeline import Engine

ROOT: Final = Path(__file__).resolve().parents[1]
EXAMPLES: Final = ROOT / "static" / "img" / "examples"
#: Name → motion. Cut to the shape of the page's tiles.
MOTIONS: Final = {
    "dandelion": "circle",
    "wine": "circle",
    "raccoon": "zoom-in",
    "icecream": "dolly-zoom",
    "dessert": "swing",
    "cat": "circle",
    "coffee": "circle",
    "astronaut": "orbit",
    "rocket": "circle",
}
#: The largest picture of the first page, which everybody tries first. In it pale hair stands before
#: a pale sky, so that it moves less than automatically.
HERO: Final = "dandelion"
HERO_AMPLITUDE: Final = 0.026
#: Width, height and quality (lower is better) of its film, and of all others.
HERO_FILM: Final = (1280, 720, 26)
FILM: Final = (640, 426, 27)
#: The one of which the README shows a loop.
README: Final = "astronaut"
#: The one that is played with alone, so that its film is not shown.
STILL: Final = "coffee"
#: Those whose scenes people play with.
SCENES: Final = ("cat", "coffee", HERO)
#: The one whose photo and depth are shown as well, and their size.
STEPS: Final = "dessert"
STEP_SIZE: Final = (480, 320)


@cache
def engine() -> Engine:
    """The engine, whose networks load once."""
    return Engine(device="cpu")


def main() -> None:
    """Makes the examples that are named, else all."""
    photos, *names = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        for name in names or MOTIONS:
            out = Path(folder, name)
            out.mkdir()
            (photo,) = Path(photos).glob(f"{name}.*")
            make(photo, name, out)


def make(photo: Path, name: str, out: Path) -> None:
    """One example: its 3D photo into `out`, and what pages show of it into the repository."""
    loop = name == README
    options = Options(
        motion=MOTIONS[name],
        size=1920 if name == HERO else 960,
        amplitude=HERO_AMPLITUDE if name == HERO else "auto",
        outputs=("webp",) if loop else (),
        loop_limit=1.2,
    )
    engine().create(photo, out, options)
    width, height, quality = HERO_FILM if name == HERO else FILM
    if name != STILL:
        film(out / "video.mp4", EXAMPLES / f"{name}.mp4", (width, height), quality)
    with Image.open(out / "poster.jpg") as poster:
        cut(poster, (width, height)).save(EXAMPLES / f"{name}.webp", "WEBP", quality=72, method=6)
        if name == HERO:  # where pages are shared, WebP is not known everywhere
            cut(poster, (1200, 675)).save(EXAMPLES / f"{name}.jpg", "JPEG", quality=80)
    if name in SCENES:
        if name == HERO:  # twice as sharp a scene would take twice as long to come
            engine().create(photo, out, replace(options, size=960))
        shutil.copy(out / "scene.glb", EXAMPLES / f"{name}.glb")
        report = json.loads((out / "report.json").read_text())
        frame = " ".join(f"{value:.6g}" for value in report["frame"])
        print(f'"{name}": "{report["amplitude"]:.3g}", "{report["focus"]:.3g}", "{frame}"')
    if name == STEPS:
        with Image.open(photo) as still, Image.open(out / "disparity.png") as depth:
            levels = depth.point(lambda value: value / 257).convert("L")
            for part, picture in (("photo", still.convert("RGB")), ("depth", levels)):
                to = EXAMPLES / f"{name}-{part}.webp"
                cut(picture, STEP_SIZE).save(to, "WEBP", quality=72, method=6)
    if loop:
        shutil.copy(out / "loop.webp", ROOT / "docs" / "images" / "hero.webp")


def cut(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The middle of a picture, as large and of the shape as is said."""
    width, height = size
    scale = max(width / picture.width, height / picture.height)
    across, down = width / scale, height / scale
    left, top = (picture.width - across) / 2, (picture.height - down) / 2
    box = (left, top, left + across, top + down)
    return picture.resize(size, Image.Resampling.LANCZOS, box=box)


def film(source: Path, to: Path, size: tuple[int, int], quality: int) -> None:
    """The same middle of a film, small enough for a page that has many."""
    width, height = size
    shape = f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}"
    options = ["-an", "-vf", shape, "-c:v", "libx264", "-preset", "veryslow", "-crf", str(quality)]
    options += ["-g", "300", "-movflags", "+faststart"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-i", source, *options, to]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
