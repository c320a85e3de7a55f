"""All the files a scene may be given out as, from as few renders as possible.

One render feeds the MP4 and, asked for, the WebM; GIF and animated WebP are made from the finished
MP4, since they take several tries. Stereo needs two views a frame, so all stereo videos share one
second render.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from amena.engine.catalogue import FILES
from amena.engine.geometry.camera import CameraPath
from amena.engine.options import Options
from amena.engine.output.effects import defocused, shaded, vignette
from amena.engine.output.encode import video_writer, write_poster
from amena.engine.output.loops import write_loop
from amena.engine.output.rgbd import write_depth_pair, write_rgbd
from amena.engine.output.stereo import PACKINGS
from amena.engine.render.base import Renderer
from amena.engine.report import Recorder
from amena.engine.scene.scene import Scene, rest_view
from amena.engine.types import ByteImage, FloatImage, LayeredDepthImage

#: −1: the left eye's camera path; 0: the single camera's; +1: the right eye's.
PlanPath = Callable[[int], CameraPath]


class OutputWriter:
    """Writes the pictures and videos of one scene."""

    def __init__(
        self,
        scene: Scene,
        options: Options,
        renderer: Renderer,
        recorder: Recorder,
    ) -> None:
        """`options`: outputs, rate, effects and loop limit are read."""
        self.scene, self.options, self.renderer = scene, options, renderer
        self.recorder = recorder
        self.size = scene.layers.photo_size
        self._stereo = [name for name in PACKINGS if name in options.outputs]
        self._drawn = 0

    def write(self, out_dir: Path, plan_path: PlanPath) -> tuple[str, ...]:
        """Write `video.mp4`, `poster.jpg` and all outputs asked for into `out_dir`.

        Returns:
            The names of the files.

        Raises:
            EncodeError: an encoder failed.
        """
        path = plan_path(0)
        layers = defocused(self.scene.layers, path.focus, self.options.depth_of_field)
        self._total = len(path) * (3 if self._stereo else 1)
        with ThreadPoolExecutor(1, thread_name_prefix="stills") as beside:
            stills = beside.submit(self._write_stills, layers, out_dir)
            self._write_videos(layers, path, out_dir)
            if self._stereo:
                self._write_stereo(layers, plan_path(-1), plan_path(1), out_dir)
            self.recorder.tell("encode", 1.0)
            self._write_loops(out_dir)
            stills.result()
        asked = [name for output in dict.fromkeys(self.options.outputs) for name in FILES[output]]
        return ("video.mp4", "poster.jpg", *asked)

    def _write_videos(self, layers: LayeredDepthImage, path: CameraPath, out_dir: Path) -> None:
        names = ["video.mp4", *(FILES["webm"] if "webm" in self.options.outputs else ())]
        with ExitStack() as stack:
            writers = [
                stack.enter_context(
                    video_writer(out_dir / name, self.size, self.options.fps, len(path))
                )
                for name in names
            ]
            for frame in self._frames(layers, path):
                for write in writers:
                    write(frame)

    def _write_stereo(
        self, layers: LayeredDepthImage, left: CameraPath, right: CameraPath, out_dir: Path
    ) -> None:
        width, height = self.size
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

    def _write_loops(self, out_dir: Path) -> None:
        for name in ("gif", "webp"):
            if name in self.options.outputs:
                write_loop(
                    out_dir / "video.mp4",
                    out_dir / FILES[name][0],
                    self.options.fps,
                    self.size,
                    int(self.options.loop_limit * 1e6),
                )

    def _write_stills(self, layers: LayeredDepthImage, out_dir: Path) -> None:
        poster = rest_view(layers)
        if self.options.vignette:
            poster = shaded(poster, vignette(self.size, self.options.vignette))
        write_poster(poster, out_dir / "poster.jpg")
        # Depth goes with the sharp photo: whoever takes it adds effects of their own.
        photo, disparity = rest_view(self.scene.layers), self.scene.disparity.values
        if "rgbd" in self.options.outputs:
            write_rgbd(photo, disparity, out_dir / FILES["rgbd"][0])
        if "facebook" in self.options.outputs:
            names = FILES["facebook"]
            write_depth_pair(photo, disparity, out_dir / names[0], out_dir / names[1])

    def _frames(self, layers: LayeredDepthImage, path: CameraPath) -> Iterator[ByteImage]:
        """The finished frames; the time to make each counts as stage `render`."""
        shade: FloatImage | None = None
        if self.options.vignette:
            shade = vignette(self.size, self.options.vignette)
        frames = self.renderer.render(layers, path)
        for _ in range(len(path)):
            self.recorder.tell("render", self._drawn / self._total)
            with self.recorder.stage("render"):
                frame = next(frames)
                if shade is not None:
                    frame = shaded(frame, shade)
            self._drawn += 1
            yield frame
