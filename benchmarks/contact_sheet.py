"""Pictures of whole motions, to look for what still looks wrong.

    python -m benchmarks.contact_sheet videos VIDEO… --out SHEET.jpg
    python -m benchmarks.contact_sheet photos PHOTO… --out SHEET.jpg
    python -m benchmarks.contact_sheet motions PHOTO… --out DIR [--depth FILE] [--motions NAME…]

`videos` puts some frames of each video into a row. `photos` gives each photo a row: the photo, its
disparity, and the two frames at the ends of a horizontal motion. `motions` makes a scene of each
photo and writes one sheet for it: every motion a row, its frames evenly spaced over the loop;
`--zoom X Y` shows only a quarter of the frame, at full size, around that place (shares of width and
height).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from amena.engine.depth.uploaded import load_depth_map
from amena.engine.motion.planning import plan
from amena.engine.options import MOTIONS, SIZES, Options
from amena.engine.photo import decode
from amena.engine.pipeline import Engine
from amena.engine.render import build_renderer
from amena.engine.report import Recorder
from amena.engine.scene.scene import Scene, rest_view
from amena.engine.types import ByteImage

Row = tuple[str, list[ByteImage]]


def sheet(rows: Iterable[Row], width: int = 320) -> Image.Image:
    """Rows of labelled frames, each frame `width` pixels wide."""
    drawn = []
    for label, frames in rows:
        height = round(frames[0].shape[0] * width / frames[0].shape[1])
        cells = [cv2.resize(f, (width, height), interpolation=cv2.INTER_AREA) for f in frames]
        strip = Image.fromarray(np.hstack(cells))
        pen = ImageDraw.Draw(strip)
        pen.rectangle((0, 0, 8 * len(label) + 8, 16), fill="black")
        pen.text((4, 2), label, fill="white")
        drawn.append(strip)
    whole = Image.new("RGB", (max(s.width for s in drawn), sum(s.height for s in drawn)))
    top = 0
    for strip in drawn:
        whole.paste(strip, (0, top))
        top += strip.height
    return whole


def video_row(video: Path, count: int) -> Row:
    """`count` frames of a video, evenly spaced."""
    reader = cv2.VideoCapture(str(video))
    frames = []
    while (frame := reader.read()[1]) is not None:
        frames.append(frame)
    if not frames:
        raise ValueError(f"{video} is not a video")
    chosen = np.linspace(0, len(frames), count, endpoint=False).astype(int)
    return video.stem, [np.asarray(frames[i][..., ::-1], np.uint8) for i in chosen]


def motion_rows(
    scene: Scene, motions: Sequence[str], count: int, zoom: tuple[float, float] | None = None
) -> Iterable[Row]:
    """A row for each motion, `count` frames from the engine's renderer."""
    renderer = build_renderer("auto")
    for motion in motions:
        path = plan(scene, Options(motion=motion)).path
        chosen = np.linspace(0, len(path), count, endpoint=False).astype(int)
        frames = list(renderer.render(scene.layers, replace(path, poses=path.poses[chosen])))
        if zoom:
            frames = [_part(frame, zoom) for frame in frames]
        yield motion, frames


def photo_row(scene: Scene, label: str) -> Row:
    """The photo, its disparity, and the leftmost and rightmost view of a horizontal motion."""
    path = plan(scene, Options(motion="horizontal", duration=1, fps=24)).path
    ends = replace(path, poses=path.poses[[len(path) // 4, 3 * len(path) // 4]])
    left, right = build_renderer("auto").render(scene.layers, ends)
    disparity = (scene.disparity.values * 255).astype(np.uint8)
    coloured = cv2.cvtColor(cv2.applyColorMap(disparity, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    return label, [rest_view(scene.layers), np.asarray(coloured, np.uint8), left, right]


def side_by_side(sheets: Sequence[Image.Image]) -> Image.Image:
    """Several sheets as columns."""
    whole = Image.new("RGB", (sum(s.width for s in sheets), max(s.height for s in sheets)))
    left = 0
    for column in sheets:
        whole.paste(column, (left, 0))
        left += column.width
    return whole


def _part(frame: ByteImage, centre: tuple[float, float]) -> ByteImage:
    height, width = frame.shape[0] // 4, frame.shape[1] // 4
    left = round(min(max(centre[0] * frame.shape[1] - width / 2, 0), frame.shape[1] - width))
    top = round(min(max(centre[1] * frame.shape[0] - height / 2, 0), frame.shape[0] - height))
    return frame[top : top + height, left : left + width]


def make_scene(engine: Engine, photo: Path, depth: Path | None) -> Scene:
    """The scene of a photo, with the default options."""
    options = Options(size=SIZES[0])
    decoded = decode.load(photo, options.size, enlarge_to=SIZES[0])
    given = load_depth_map(depth, decoded.size, "bright") if depth else None
    return engine.scenes.build(decoded, options, given, Recorder())


def main(arguments: list[str] | None = None) -> None:
    """Runs the command line that the module's text describes."""
    parser = argparse.ArgumentParser(description="Pictures of whole motions.")
    kinds = parser.add_subparsers(dest="kind", required=True)
    videos = kinds.add_parser("videos")
    videos.add_argument("videos", nargs="+", type=Path)
    photos = kinds.add_parser("photos")
    photos.add_argument("photos", nargs="+", type=Path)
    photos.add_argument("--columns", type=int, default=2, help="photos beside each other")
    motions = kinds.add_parser("motions")
    motions.add_argument("photos", nargs="+", type=Path)
    motions.add_argument("--depth", type=Path, help="a depth map, for a single photo")
    motions.add_argument("--motions", nargs="+", choices=MOTIONS, default=list(MOTIONS))
    motions.add_argument("--zoom", nargs=2, type=float, metavar=("X", "Y"))
    for kind in (videos, motions):
        kind.add_argument("--frames", type=int, default=8)
    for kind in (videos, photos, motions):
        kind.add_argument("--out", type=Path, required=True)
        kind.add_argument("--width", type=int, default=320, help="of one frame, in pixels")
    asked = parser.parse_args(arguments)
    if asked.kind == "videos":
        rows = [video_row(video, asked.frames) for video in asked.videos]
        sheet(rows, asked.width).save(asked.out, quality=88)
        return
    engine = Engine()
    if asked.kind == "photos":
        rows = [photo_row(make_scene(engine, photo, None), photo.stem) for photo in asked.photos]
        columns = [sheet(rows[i :: asked.columns], asked.width) for i in range(asked.columns)]
        side_by_side(columns).save(asked.out, quality=85)
        return
    asked.out.mkdir(parents=True, exist_ok=True)
    for photo in asked.photos:
        scene = make_scene(engine, photo, asked.depth)
        rows = list(motion_rows(scene, asked.motions, asked.frames, asked.zoom))
        sheet(rows, asked.width).save(asked.out / f"{photo.stem}.jpg", quality=88)


if __name__ == "__main__":
    main()
