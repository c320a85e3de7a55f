"""The stages joined: photo in, files out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from amena.engine.catalogue import FILES
from amena.engine.depth import build_estimator
from amena.engine.depth.base import DepthEstimator
from amena.engine.depth.comparing import estimates
from amena.engine.depth.refining import refined
from amena.engine.depth.sharpen import settled, sharpen
from amena.engine.depth.silhouette import along_silhouette
from amena.engine.depth.stereo import measured
from amena.engine.depth.uploaded import load_depth_map
from amena.engine.depth.window import behind_window, cropped, with_window
from amena.engine.draft import Draft
from amena.engine.errors import EngineError, told_of_memory
from amena.engine.geometry.camera import MOTIONS
from amena.engine.heap import share_heap
from amena.engine.inpainting.inpainter import Inpainter, build_inpainter
from amena.engine.layering.layers import build_layers
from amena.engine.layering.windowed import windowed_layers
from amena.engine.memory import Memory
from amena.engine.motion.budget import motion_budgets, subject_focus
from amena.engine.motion.planning import canvas_margin
from amena.engine.options import SIZES, STRENGTHS, Options
from amena.engine.output.estimates import write_estimates
from amena.engine.photo.mount import mounted_photo
from amena.engine.progress import Progress, SceneReady
from amena.engine.reading import ConfinedReader, Reader
from amena.engine.render import build_renderer
from amena.engine.render.base import Renderer
from amena.engine.report import Recorder, Report
from amena.engine.results import SCENE_FILES, Results
from amena.engine.scene.editing import carried_over, read_edit
from amena.engine.scene.file import load_scene
from amena.engine.scene.scene import PHOTO_LEVELS, Scene, Sources, rounded
from amena.engine.types import Box, ByteImage, Disparity, Mask, Photo

#: A scene whose depth is touched up keeps its amplitude if the new depth bears this share.
_KEEP = 0.75
#: A photo of at most so many times its file's pixels along a side still has its own detail.
_AS_IT_CAME = 1.1


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
        self, device: str = "auto", estimator: str = "compact", *, confined: bool = False
    ) -> None:
        """Nothing is loaded yet.

        Args:
            device: `auto`, `cpu`, `cuda`, `cuda:1` …
            estimator: for photos without depth of their own, where none is asked for; as
                `estimators.parse_estimator` reads it.
            confined: photos and depth pictures are a stranger's: a child of few rights reads them.
        """
        share_heap()
        self._reader = ConfinedReader() if confined else Reader()
        self.device = pick_device(device)
        self._default = estimator
        self._estimators: dict[str, DepthEstimator] = {}
        self._renderers: dict[str, Renderer] = {}
        self._inpainter: Inpainter | None = None

    def warm_up(self) -> None:
        """Load the default networks now, so that the first photo does not wait for them."""
        self._reader.start()
        self._estimator(self._default)
        self._inpaint()

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
            scene = self.build_scene(photo, options, given, recorder, draft=draft)
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
            scene = load_scene(scene_path)
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
        scene = self.build_scene(photo, options, edit.disparity, recorder, before.memory())
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

    def build_scene(
        self,
        photo: Photo,
        options: Options,
        given: Disparity | None,
        recorder: Recorder,
        memory: Memory | None = None,
        draft: Draft | None = None,
    ) -> Scene:
        """Depth, sharpening, layers and inpainting of a decoded photo.

        Args:
            photo: the photo.
            options: estimator, amplitude and focus are read.
            given: a disparity to use instead of any estimate.
            recorder: measures the stages and is told of each.
            memory: of a scene of the same photo. What has not changed since is taken from it; its
                results change no pixel. The layers of an edited disparity bear the amplitude that
                they bore, if the disparity bears much the same.
            draft: begins as soon as the disparity stands; not of a photo in a window, whose
                straight frame would bend.
        """
        with recorder.begin("depth"):
            box = mounted_photo(photo.rgb)
            estimate = given or self._estimate(photo, options.estimator, box)
            if not estimate.estimated and not estimate.edited and not estimate.sharpened:
                guess = partial(self._guess, photo, options.estimator)
                estimate, mended = refined(estimate, photo.rgb, guess)
                photo = replace(photo, ignored=(*photo.ignored, *mended))
            if box is not None and not estimate.edited:
                estimate = behind_window(estimate, box, photo.size)
            if photo.matte is not None and given is None and box is None:
                estimate = along_silhouette(estimate, photo.matte)
            if photo.second_eye and estimate.estimated and options.estimator == "auto":
                photo = replace(photo, ignored=(*photo.ignored, "second_eye"))
        inpaint = self._inpaint()
        memory = (memory or Memory()).keyed(inpaint.key)
        with recorder.begin("sharpen"):
            estimate = _rounded(settled(estimate, photo.rgb))
            enlarged = max(photo.size) > _AS_IT_CAME * max(photo.original_size)
            sharp = sharpen(estimate, photo.rgb, memory.sharpened, enlarged=enlarged)
            disparity = _rounded(sharp)
            if box is not None:
                disparity = with_window(disparity, box)
            behind = disparity.values if box is None else disparity.values[box]
            budgets = motion_budgets(behind, MOTIONS.values())
            budget = max(each.amplitude for each in budgets)
        focus = subject_focus(behind) if options.focus == "auto" else options.focus
        automatic = budget * STRENGTHS[options.strength]
        asked = automatic if options.amplitude == "auto" else options.amplitude
        amplitude, borne = max(asked, budget), memory.amplitude
        if disparity.edited and borne is not None and _KEEP * borne <= amplitude <= borne:
            amplitude = borne

        if draft is not None and box is None:
            draft.begin(photo, disparity, amplitude, budget, focus)

        def fill(rgb: ByteImage, hole: Mask, known: Mask) -> ByteImage:
            with recorder.begin("inpaint"):
                return inpaint(rgb, hole, known, memory)

        with recorder.begin("layers"):
            margin = canvas_margin(photo.size, amplitude, focus)
            build = build_layers if box is None else partial(windowed_layers, box)
            layers = build(photo, disparity, amplitude, fill, margin, memory)
            tiles = {key: memory.used[key] for key in memory.used if key != layers.colour_digest}
            # What is crisp by itself is not sharpened, and not soft any more.
            kept = estimate.sharpened or not disparity.soft
            sources = Sources(photo.rgb, None if kept else estimate.values, tiles)
            return Scene(
                layers,
                disparity,
                amplitude,
                budget,
                focus,
                photo.original_size,
                sources,
                photo.ignored,
                photo.colour_space,
            ).quantised()

    def _estimate(self, photo: Photo, name: str, box: Box | None) -> Disparity:
        """Of the photo, or of what is in `box` alone if the file brings none."""
        if name == "auto" and photo.embedded is not None:
            return photo.embedded
        if box is not None:
            photo = cropped(photo, box)
        estimate = self._guess(photo, name)
        return (measured(photo, estimate) if name == "auto" else None) or estimate

    def _guess(self, photo: Photo, name: str) -> Disparity:
        """What the estimator of that name makes of the photo's colours alone."""
        return self._estimator(self._default if name == "auto" else name).estimate(photo)

    def _compare(self, scene: Scene, out_dir: Path, options: Options, recorder: Recorder) -> None:
        if scene.sources is None:
            raise EngineError(
                "This 3D photo was made before its photo was kept with it. Make it again from the "
                "original.",
                code="scene_without_origin",
            )
        photo = Photo(scene.sources.rgb, scene.original_size, "scene")
        names = options.compare or (self._default,)

        def built(name: str) -> DepthEstimator:
            recorder.tell("depth", names.index(name) / len(names))
            # Those that are used otherwise stay; the others go again.
            return self._estimators.get(name) or build_estimator(name, self.device)

        with recorder.begin("depth"):
            write_estimates(estimates(photo, names, built), out_dir / FILES["estimates"][0])

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
        return Results(scene, options, recorder, self._renderers[options.renderer], photo_format)

    def _estimator(self, name: str) -> DepthEstimator:
        if name not in self._estimators:
            self._estimators[name] = build_estimator(name, self.device)
        return self._estimators[name]

    def _inpaint(self) -> Inpainter:
        if self._inpainter is None:
            self._inpainter = build_inpainter(self.device)
        return self._inpainter


def _wanted(recorder: Recorder) -> Callable[[], None]:
    """Asks whether a photo that is being read is still wanted."""
    return partial(recorder.tell, "decode", 0.0)


def _rounded(disparity: Disparity) -> Disparity:
    """As a scene's file keeps it: what is made from the file later must come out the same."""
    return replace(disparity, values=rounded(disparity.values, PHOTO_LEVELS))
