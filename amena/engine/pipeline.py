"""Photo in, files out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from amena.engine.catalogue import FILES
from amena.engine.depth.uploaded import load_depth_map
from amena.engine.draft import Draft
from amena.engine.errors import EngineError, told_of_memory
from amena.engine.heap import share_heap
from amena.engine.options import SIZES, Options
from amena.engine.output.estimates import write_estimates
from amena.engine.output.hardware import FilmEncoder
from amena.engine.progress import Progress, SceneReady
from amena.engine.reading import ConfinedReader, Reader
from amena.engine.render import build_renderer
from amena.engine.render.base import Renderer
from amena.engine.report import Recorder, Report
from amena.engine.results import SCENE_FILES, Results
from amena.engine.scene.editing import carried_over, read_edit
from amena.engine.scene.file import load_scene
from amena.engine.scene.scene import Scene
from amena.engine.scene_builder import SceneBuilder
from amena.engine.types import Photo


def pick_device(name: str = "auto") -> torch.device:
    """The torch device of that name; `auto` is the GPU where there is one."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


class Engine:
    """Makes 3D photos. Build it once per process: networks and GL contexts are kept.

    Not thread-safe; frames are rendered by threads of its own.
    """

    def __init__(
        self,
        device: str = "auto",
        estimator: str = "compact",
        *,
        confined: bool = False,
        encoder: str = "software",
    ) -> None:
        """Nothing is loaded yet.

        Args:
            device: `auto`, `cpu`, `cuda`, `cuda:1` …
            estimator: for photos without depth of their own, where none is asked for; as
                `estimators.parse_estimator` reads it.
            confined: photos and depth pictures are a stranger's: a child of few rights reads them.
            encoder: of films: `software`, or `hardware` where some makes as good ones.

        Raises:
            OptionsError: there is no such encoder.
        """
        share_heap()
        self._reader = ConfinedReader() if confined else Reader()
        self.scenes = SceneBuilder(pick_device(device), estimator)
        self._films = FilmEncoder(encoder)
        self._renderers: dict[str, Renderer] = {}

    def warm_up(self) -> None:
        """Load the default networks now, so that the first photo does not wait for them."""
        self._reader.start()
        self._films.choose()
        self.scenes.warm_up()

    @told_of_memory()
    def create(
        self,
        photo_path: Path,
        out_dir: Path,
        options: Options,
        progress: Progress | None = None,
        *,
        depth_path: Path | None = None,
        depth_near: str = "bright",
        corrected: Path | None = None,
        turn: int = 0,
        ready: SceneReady | None = None,
    ) -> Report:
        """Make a 3D photo and write all its files into `out_dir`, which must exist.

        Writes `video.mp4`, `poster.jpg`, `scene.glb`, `disparity.png`, `scene.amena` and
        `report.json`.

        Args:
            photo_path: a photo in any format of `photo.kinds.KINDS`.
            out_dir: existing folder; files of these names in it are overwritten.
            options: what to make.
            progress: called as stages go on; whatever it raises stops the work.
            depth_path: a depth map to use instead of any estimate.
            depth_near: whether near is `bright` or `dark` in that map.
            corrected: a scene of the same photo and size, whose depth is used instead of any
                estimate; not where its shape is another.
            turn: degrees clockwise by which the photo is turned against that scene.
            ready: called when a draft of the scene can be shown, and again for the scene itself,
                before the film is made.

        Raises:
            PhotoError, DepthMapError, OptionsError: bad input, with a line for the user.
            EngineError: anything else that the engine can name.
        """
        recorder = Recorder(progress)
        with recorder.begin("decode"):
            photo = self._reader.photo(
                photo_path,
                options.size,
                enlarge_to=SIZES[0],
                rotate=options.rotate,
                stereo=options.stereo,
                tell=_wanted(recorder),
            )
            given = load_depth_map(depth_path, photo.size, depth_near) if depth_path else None
            if corrected is not None:
                given = carried_over(load_scene(corrected), turn, photo.size)
        with Draft(out_dir, options, recorder, ready) as draft:
            scene = self.scenes.build(photo, options, given, recorder, draft=draft)
        return self._results(scene, out_dir, options, recorder, photo.format).write(out_dir, ready)

    @told_of_memory()
    def restyle(
        self,
        scene_path: Path,
        out_dir: Path,
        options: Options,
        progress: Progress | None = None,
        *,
        ready: SceneReady | None = None,
        kept: Path | None = None,
    ) -> Report:
        """Render a saved scene again with another motion, amplitude, focus, duration or rate.

        Skips depth, layers and inpainting. The size is the scene's; an amplitude beyond what the
        scene was built for is reduced to that. Writes the same files as `create`, and calls `ready`
        for the scene alone. The scene's own files are copied where they are there already.

        Args:
            scene_path: a scene that `create` or `edit` has made.
            out_dir: existing folder; files of these names in it are overwritten.
            options: what to make; size and estimator do not count.
            progress: called as stages go on; whatever it raises stops the work.
            ready: called when the scene can be shown, before the film is made.
            kept: a folder with `scene.glb` or `disparity.png` of this very scene.

        Raises:
            EngineError: with code `bad_scene` where the file cannot be read.
        """
        recorder = Recorder(progress)
        with recorder.begin("decode"):
            scene = load_scene(scene_path, sources=bool(options.outputs))
        made = {"scene.amena": scene_path}
        if kept is not None:
            made |= {name: kept / name for name in SCENE_FILES if (kept / name).exists()}
        return self._results(scene, out_dir, options, recorder).write(out_dir, ready, made)

    @told_of_memory()
    def edit(
        self,
        scene_path: Path,
        depth_path: Path,
        out_dir: Path,
        options: Options,
        progress: Progress | None = None,
        *,
        mode: str,
        near: str = "bright",
        ready: SceneReady | None = None,
    ) -> Report:
        """Change the depth of a saved scene and write the same files as `create`.

        The size is the scene's. A scene that is only touched up keeps the amplitude that its
        layers were built for, where that suits the new depth as well.

        Args:
            scene_path: a scene that `create` or `edit` has made.
            depth_path: a greyscale picture of any size of the photo's shape.
            out_dir: existing folder; files of these names in it are overwritten.
            options: what to make; size and estimator do not count.
            progress: called as stages go on; whatever it raises stops the work.
            mode: `replace`: the picture is the new disparity, of 8 or 16 bits. `brush`: grey 128
                leaves the depth as it is, brighter is nearer, darker is farther.
            near: for `replace`, whether near is `bright` or `dark`.
            ready: as for `restyle`.

        Raises:
            DepthMapError, OptionsError: bad input, with a line for the user.
            EngineError: `bad_scene`: the scene cannot be read; `scene_without_origin`: it is of an
                older format that holds no photo.
        """
        recorder = Recorder(progress)
        with recorder.begin("decode"):
            before = load_scene(scene_path)
            read = partial(self._reader.depth_map, depth_path, tell=_wanted(recorder))
            edit = read_edit(before, read, mode, near)
        photo = Photo(
            edit.sources.rgb,
            before.original_size,
            "scene",
            ignored=before.ignored,
            colour_space=before.colour_space,
        )
        scene = self.scenes.build(photo, options, edit.disparity, recorder, before.memory())
        return self._results(scene, out_dir, options, recorder).write(out_dir, ready)

    @told_of_memory()
    def compare(
        self, scene_path: Path, out_dir: Path, options: Options, progress: Progress | None = None
    ) -> None:
        """Write the output `estimates` alone: what estimators make of a saved scene's photo.

        Args:
            scene_path: a scene that `create` or `edit` has made.
            out_dir: existing folder; a file of that name in it is overwritten.
            options: `compare` is read.
            progress: called as stages go on; whatever it raises stops the work.

        Raises:
            EngineError: `bad_scene`: the scene cannot be read; `scene_without_origin`: it is of an
                older format that holds no photo; or an estimator cannot be used.
        """
        recorder = Recorder(progress)
        with recorder.begin("decode"):
            scene = load_scene(scene_path)
        self._compare(scene, out_dir, options, recorder)

    def _compare(self, scene: Scene, out_dir: Path, options: Options, recorder: Recorder) -> None:
        if scene.sources is None:
            raise EngineError(
                "This 3D photo was made before its photo was kept with it. Make it again from the "
                "original.",
                code="scene_without_origin",
            )
        photo = Photo(scene.sources.rgb, scene.original_size, "scene")
        with recorder.begin("depth"):
            maps = self.scenes.estimates(photo, options.compare, recorder)
            write_estimates(maps, out_dir / FILES["estimates"][0])

    def _results(
        self,
        scene: Scene,
        out_dir: Path,
        options: Options,
        recorder: Recorder,
        photo_format: str = "scene",
    ) -> Results:
        if "estimates" in options.outputs:
            self._compare(scene, out_dir, options, recorder)
        if options.renderer not in self._renderers:
            self._renderers[options.renderer] = build_renderer(options.renderer)
        renderer = self._renderers[options.renderer]
        return Results(scene, options, recorder, renderer, self._films, photo_format)


def _wanted(recorder: Recorder) -> Callable[[], None]:
    """Asks whether a photo that is being read is still wanted."""
    return partial(recorder.tell, "decode", 0.0)
