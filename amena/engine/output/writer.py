"""All the files a scene may be given out as, from as few renders as possible.

One render feeds the MP4 and, asked for, the WebM, H.265 and AV1; GIF and animated WebP are made
from the finished MP4, since they take several tries. Stereo needs two views a frame, so all stereo
videos share one second render. Stills of several views are drawn after that, see `views`.

A scene in Display P3 is drawn once more for the outputs that say so (`catalogue.WIDE_GAMUT`); all
others are drawn from its layers in sRGB. Frames of both need no conversion.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from amena.engine.catalogue import FILES, WIDE_GAMUT
from amena.engine.errors import EncodeError
from amena.engine.geometry.camera import CameraPath
from amena.engine.geometry.framing import Framing
from amena.engine.motion.planning import (
    Plan,
    eye_places,
    plan_quilts,
    plan_views,
    quilts_a_second,
)
from amena.engine.options import Options
from amena.engine.output import quilt, views
from amena.engine.output.chat import write_chat_loop
from amena.engine.output.effects import crisp, defocused, shaded, vignette
from amena.engine.output.encode import stored_size, takes_planes, video_writer, write_poster
from amena.engine.output.hardware import FilmEncoder
from amena.engine.output.loops import write_loop
from amena.engine.output.motion_photo import MOVING_PHOTOS, moment_of_still
from amena.engine.output.planes import in_luma_and_chroma
from amena.engine.output.rgbd import write_depth_pair, write_rgbd
from amena.engine.output.scenes import SCENES
from amena.engine.output.stereo import PACKINGS
from amena.engine.output.stickers import write_moving_sticker, write_still_sticker
from amena.engine.render.base import Renderer
from amena.engine.render.reduction import fitted, reduced
from amena.engine.render.repeats import each_pose_once
from amena.engine.report import Recorder
from amena.engine.scene.scene import Scene, rest_view
from amena.engine.types import ByteImage, FloatImage, LayeredDepthImage

#: Outputs that are the video in another coding → the codec.
VIDEOS: Final = {"webm": "vp9", "hevc": "hevc", "av1": "av1"}
#: One of so many frames looks at the memory.
_MEMORY_EVERY: Final = 16


@dataclass(frozen=True)
class _Rendition:
    """What is drawn from the scene in one colour space.

    Attributes:
        scene: in that space.
        names: of the outputs.
        layers: the scene's, as the lens shows them.
    """

    scene: Scene
    names: tuple[str, ...]
    layers: LayeredDepthImage

    @cached_property
    def crisp(self) -> LayeredDepthImage:
        """The layers for frames of the photo's size."""
        return crisp(self.layers)


class OutputWriter:
    """Writes the pictures and videos of one scene."""

    def __init__(
        self,
        scene: Scene,
        options: Options,
        renderer: Renderer,
        recorder: Recorder,
        films: FilmEncoder,
    ) -> None:
        """`options`: outputs, rate, effects and loop limit are read."""
        self.scene, self.options, self.renderer = scene, options, renderer
        self.recorder, self.films = recorder, films
        self._asked = tuple(dict.fromkeys(options.outputs))
        self._stereo = [name for name in PACKINGS if name in self._asked]
        self._drawn = 0

    def write(self, out_dir: Path, plan: Plan) -> tuple[str, ...]:
        """Write `video.mp4`, `poster.jpg` and all outputs asked for into `out_dir`.

        Film, still, loops, stickers and moving photos show the crop of the plan's path.

        Returns:
            The names of the files.

        Raises:
            EncodeError: an encoder failed.
        """
        size = plan.path.drawn(self.scene.layers.photo_size).size
        narrow, *wide = renditions = self._renditions(plan)
        layers = narrow.layers
        self._total = len(plan.path) * (3 if self._stereo else 1)
        self._total += len(plan.path) * any(set(VIDEOS) & set(each.names) for each in wide)
        sheet = self.options.lenticular
        self._total += sum(views.count(each.names, sheet) for each in renditions)
        quilts: CameraPath | None = None
        if "quilt-video" in self._asked:
            quilts = plan_quilts(self.scene, self.options, views.spread(quilt.VIEWS))
            self._total += len(quilts)
        with ThreadPoolExecutor(1, thread_name_prefix="stills") as beside:
            stills = beside.submit(self._write_stills, narrow, plan, out_dir)
            for each in renditions:
                try:
                    self._write_videos(each, plan.path, out_dir)
                except EncodeError:
                    self.films.failed()
                    raise
                if each is narrow and self._stereo:
                    self._write_stereo(each.crisp, plan.left, plan.right, out_dir)
                self._write_views(each, out_dir)
            if quilts is not None:
                self._write_quilts(layers, quilts, out_dir)
            self.recorder.tell("encode", 1.0)
            self._write_loops(size, len(plan.path), out_dir)
            for each in renditions:
                self._write_moving_photos(each, plan, out_dir)
            stills.result()
        asked = [name for output in self._asked for name in FILES[output]]
        return ("video.mp4", "poster.jpg", *asked)

    def _renditions(self, plan: Plan) -> list[_Rendition]:
        """That in sRGB, which has the film, and where it takes one, that in the scene's space."""
        own, narrow = self.scene, self.scene.in_srgb()
        wide = () if own is narrow else tuple(name for name in self._asked if name in WIDE_GAMUT)
        names = ("video", *(name for name in self._asked if name not in wide))
        return [
            _Rendition(
                scene, each, defocused(scene.layers, plan.sharp, self.options.depth_of_field)
            )
            for scene, each in ((narrow, names), (own, wide))
            if each
        ]

    def _write_videos(self, rendition: _Rendition, path: CameraPath, out_dir: Path) -> None:
        coded = {"video": self.films.choose(), **VIDEOS}
        videos = [(FILES[name][0], coded[name]) for name in rendition.names if name in coded]
        if not videos:
            return
        layers, space = rendition.layers, rendition.scene.colour_space
        fps, count = self.options.fps, len(path)
        whole = path.drawn(layers.photo_size).size
        size = stored_size([codec for _, codec in videos], whole, fps)
        if size == whole:
            layers = rendition.crisp
        else:
            layers, path = fitted(layers, path, size)
            layers = crisp(layers)
        # A vignette is drawn on frames of RGB; ten bits are made of them.
        planar = not self.options.vignette
        planar = planar and all(takes_planes(codec, size, fps) for _, codec in videos)
        if planar:
            layers = in_luma_and_chroma(layers)
        with ExitStack() as stack:
            writers = [
                stack.enter_context(
                    video_writer(out_dir / name, size, fps, count, codec, space, planar=planar)
                )
                for name, codec in videos
            ]
            for frame in self._frames(layers, path):
                for write in writers:
                    write(frame)

    def _write_stereo(
        self, layers: LayeredDepthImage, left: CameraPath, right: CameraPath, out_dir: Path
    ) -> None:
        width, height = layers.photo_size
        with ExitStack() as stack:
            writers = []
            for name in self._stereo:
                pack, views = PACKINGS[name]
                write = stack.enter_context(
                    video_writer(
                        out_dir / FILES[name][0],
                        (views * width, height),
                        self.options.fps,
                        len(left),
                    )
                )
                writers.append((pack, write))
            # One path that looks through the left and the right eye in turn.
            poses = np.stack([left.poses, right.poses], axis=1).reshape(-1, 4, 4)
            frames = self._frames(
                layers, CameraPath(poses, left.motion, left.amplitude, left.focus)
            )
            for left_view, right_view in zip(frames, frames, strict=True):
                for pack, write in writers:
                    write(pack(left_view, right_view))

    def _write_views(self, rendition: _Rendition, out_dir: Path) -> None:
        views.write(
            rendition.names,
            eye_places(self.scene, self.options),
            self.options.lenticular,
            lambda places: self._frames(
                rendition.crisp, plan_views(self.scene, self.options, places)
            ),
            lambda name: [out_dir / file for file in FILES[name]],
            rendition.scene.colour_space,
        )

    def _write_quilts(self, layers: LayeredDepthImage, path: CameraPath, out_dir: Path) -> None:
        frames = self._frames(crisp(reduced(layers, quilt.TILE)), path)
        fps, count = quilts_a_second(self.options), len(path) // quilt.VIEWS
        target = out_dir / FILES["quilt-video"][0]
        with video_writer(target, quilt.SIZE, fps, count, "h264-quilt") as write:
            for frame in quilt.quilts(frames):
                write(frame)

    def _write_loops(self, size: tuple[int, int], count: int, out_dir: Path) -> None:
        for name in ("gif", "webp"):
            if name in self._asked:
                write_loop(
                    out_dir / "video.mp4",
                    out_dir / FILES[name][0],
                    self.options.fps,
                    size,
                    int(self.options.loop_limit * 1e6),
                )

        if "chat" in self._asked:
            chat = out_dir / FILES["chat"][0]
            write_chat_loop(out_dir / "video.mp4", chat, self.options.fps, size, count)
        if "sticker" in self._asked:
            moving = out_dir / FILES["sticker"][0]
            write_moving_sticker(out_dir / "video.mp4", moving, self.options.fps)

    def _write_moving_photos(self, rendition: _Rendition, plan: Plan, out_dir: Path) -> None:
        space = rendition.scene.colour_space
        for name, write in MOVING_PHOTOS.items():
            if name in rendition.names:
                seconds = moment_of_still(plan.framing.removed(plan.path), self.options.fps)
                still = self._still(rendition.layers, plan)
                write(still, out_dir / "video.mp4", out_dir / FILES[name][0], seconds, space)

    def _still(self, layers: LayeredDepthImage, plan: Plan) -> ByteImage:
        crop = plan.path.drawn(layers.photo_size)
        still = _framed(rest_view(layers), plan.framing)[crop.box]
        if self.options.vignette:
            still = shaded(still, vignette(crop.size, self.options.vignette))
        return still

    def _write_stills(self, narrow: _Rendition, plan: Plan, out_dir: Path) -> None:
        write_poster(self._still(narrow.layers, plan), out_dir / "poster.jpg")
        if "sticker" in self._asked:
            write_still_sticker(self._still(narrow.layers, plan), out_dir / FILES["sticker"][1])
        for name, write in SCENES.items():
            if name in self._asked:
                scene = self.scene if name in WIDE_GAMUT else narrow.scene
                write(scene, out_dir / FILES[name][0])
        if {"rgbd", "facebook"}.isdisjoint(self._asked):
            return
        # Depth goes with the sharp photo: whoever takes it adds effects of their own.
        sources, disparity = narrow.scene.sources, self.scene.disparity.values
        photo = sources.rgb if sources else rest_view(narrow.scene.layers)
        if "rgbd" in self._asked:
            write_rgbd(photo, disparity, out_dir / FILES["rgbd"][0])
        if "facebook" in self._asked:
            names = FILES["facebook"]
            write_depth_pair(photo, disparity, out_dir / names[0], out_dir / names[1])

    def _frames(self, layers: LayeredDepthImage, path: CameraPath) -> Iterator[ByteImage]:
        """The finished frames; the time to make each counts as stage `render`."""
        shade: FloatImage | None = None
        if self.options.vignette:
            shade = vignette(path.drawn(layers.photo_size).size, self.options.vignette)
        frames = each_pose_once(self.renderer, layers, path)
        for index in range(len(path)):
            self.recorder.tell("render", self._drawn / self._total)
            with self.recorder.stage("render", memory=index % _MEMORY_EVERY == 0):
                frame = next(frames)
                if shade is not None:
                    frame = shaded(frame, shade)
            self._drawn += 1
            yield frame


def _framed(picture: ByteImage, framing: Framing) -> ByteImage:
    """The part of a picture (uint8 H×W×3) that the frame shows, at the picture's size."""
    if framing == Framing():
        return picture
    height, width = picture.shape[:2]
    share, long_side = 1 / framing.zoom, max(height, width)
    left = (width - 1) / 2 * (1 - share) + framing.x * long_side
    top = (height - 1) / 2 * (1 - share) + framing.y * long_side
    return np.asarray(
        cv2.warpAffine(
            picture,
            np.array([[share, 0, left], [0, share, top]]),
            (width, height),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )
