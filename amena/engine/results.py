"""A scene's results: the files of the scene, the film, the stills and the report."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from amena.engine.motion.planning import Plan, plan
from amena.engine.motion.subject import subject_placements
from amena.engine.options import Options
from amena.engine.output.codecs import h264_size
from amena.engine.output.encode import write_disparity
from amena.engine.output.hardware import FilmEncoder
from amena.engine.output.writer import OutputWriter
from amena.engine.progress import SCENE, SceneReady
from amena.engine.render.base import Renderer
from amena.engine.render.quality import largest_stretch, shown_inpainting
from amena.engine.render.warp import WarpRenderer
from amena.engine.report import Recorder, Report
from amena.engine.scene.file import save_scene
from amena.engine.scene.glb import write_glb
from amena.engine.scene.notes import notes
from amena.engine.scene.scene import Scene

#: Files that hang on the scene alone, the one that is waited for first.
SCENE_FILES: Final[dict[str, Callable[[Scene, Path], None]]] = {
    SCENE: lambda scene, path: write_glb(scene.in_srgb().layers, path, scene.disparity.metres),
    "disparity.png": lambda scene, path: write_disparity(scene.disparity, path),
    "scene.amena": save_scene,
}


@dataclass(frozen=True)
class Results:
    """What is made of a scene.

    Attributes:
        scene: the scene.
        options: what to make.
        recorder: measures the stages and is told of each.
        renderer: draws the frames.
        films: says how the film is encoded.
        photo_format: what the scene was made from, for the report.
    """

    scene: Scene
    options: Options
    recorder: Recorder
    renderer: Renderer
    films: FilmEncoder
    photo_format: str

    def write(
        self,
        out_dir: Path,
        ready: SceneReady | None = None,
        made: Mapping[str, Path] | None = None,
    ) -> Report:
        """Write all files into `out_dir`.

        Args:
            out_dir: existing folder; files of the same names in it are overwritten.
            ready: called when the scene can be shown, before the film is made.
            made: files of this very scene that are there already, by name; they are copied.

        Raises:
            EngineError: anything that the engine can name.
        """
        self.recorder.tell("mesh", 0.0)
        planned = plan(self.scene, self.options)
        self.scene.in_srgb()  # once, before threads that both want it
        # The cores are not quite busy with drawing and encoding, and less so at their ends.
        with ThreadPoolExecutor(1, thread_name_prefix="scene") as beside:
            files_of_scene = beside.submit(self._write_scene, out_dir, planned, ready, made or {})
            quality = beside.submit(self._quality, planned)
            placements = beside.submit(subject_placements, self.scene.disparity.values)
            with self.recorder.stage("encode"):
                writer = OutputWriter(
                    self.scene, self.options, self.renderer, self.recorder, self.films
                )
                written = writer.write(out_dir, planned)
            files_of_scene.result()
            made_up = quality.result()
        files = (*SCENE_FILES, *written)
        sizes = {name: (out_dir / name).stat().st_size for name in files}
        report = self._report(planned, sizes, placements.result(), *made_up)
        (out_dir / "report.json").write_text(report.to_json(), encoding="utf-8")
        return report

    def _write_scene(
        self,
        out_dir: Path,
        planned: Plan,
        ready: SceneReady | None,
        made: Mapping[str, Path],
    ) -> None:
        for name, write in SCENE_FILES.items():
            with self.recorder.stage("mesh"):
                if name in made:
                    _copy(made[name], out_dir / name)
                else:
                    write(self.scene, out_dir / name)
            if name == SCENE and ready is not None:
                ready(planned.early_view())

    def _quality(self, planned: Plan) -> tuple[float, float]:
        """Share of made-up pixels and largest stretch, see `render.quality`."""
        layers, path = self.scene.layers, planned.path
        with self.recorder.stage("quality"):
            # The film's renderer may have to stay in its thread; for small frames any will do.
            inpainting = shown_inpainting(layers, path, WarpRenderer())
            return inpainting, largest_stretch(layers, path.amplitude)

    def _report(
        self,
        planned: Plan,
        files: dict[str, int],
        placements: dict[str, float],
        inpainting: float,
        stretch: float,
    ) -> Report:
        scene, options, path = self.scene, self.options, planned.path
        drawn = path.drawn(scene.layers.photo_size)
        return self.recorder.finish(
            photo_format=self.photo_format,
            colour_space=scene.colour_space,
            ignored=scene.ignored,
            photo_size=scene.original_size,
            size=h264_size(drawn.size, options.fps),
            estimator=scene.disparity.source,
            metres=scene.disparity.metres,
            renderer=self.renderer.name,
            motion=path.motion,
            frames=len(path),
            fps=options.fps,
            amplitude=path.amplitude,
            focus=path.focus,
            frame=planned.framing.values,
            view_size=scene.layers.photo_size,
            crop=(drawn.left, drawn.top, drawn.width, drawn.height),
            placements=placements,
            layers=len(scene.layers.layers),
            disoccluded=float(scene.layers.disoccluded.mean()),
            shown_inpainting=round(inpainting, 5),
            stretch=round(stretch, 3),
            notes=notes(
                scene.disparity,
                asked=options.amplitude,
                amplitude=path.amplitude,
                strength=options.strength,
                shown_inpainting=inpainting,
                stretch=stretch,
                original_size=scene.original_size,
                size=scene.layers.photo_size,
                ignored=scene.ignored,
            ),
            files=files,
        )


def _copy(source: Path, target: Path) -> None:
    with suppress(shutil.SameFileError):
        shutil.copyfile(source, target)
