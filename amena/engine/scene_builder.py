"""From a decoded photo to a scene: its stages joined, and the networks that they need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import torch

from amena.engine.depth import build_estimator
from amena.engine.depth.base import DepthEstimator
from amena.engine.depth.comparing import estimates
from amena.engine.depth.refining import refined
from amena.engine.depth.sharpen import settled, sharpen
from amena.engine.depth.silhouette import along_silhouette
from amena.engine.depth.stereo import measured
from amena.engine.depth.straightness import straightened
from amena.engine.depth.window import behind_window, cropped, with_window
from amena.engine.draft import Draft
from amena.engine.geometry.camera import MOTIONS
from amena.engine.inpainting.inpainter import Inpainter, build_inpainter
from amena.engine.layering.layers import build_layers
from amena.engine.layering.windowed import windowed_layers
from amena.engine.memory import Memory
from amena.engine.motion.budget import motion_budgets, subject_focus
from amena.engine.motion.planning import canvas_margin
from amena.engine.options import STRENGTHS, Options
from amena.engine.photo.mount import mounted_photo
from amena.engine.report import Recorder
from amena.engine.scene.scene import PHOTO_LEVELS, Scene, Sources, rounded
from amena.engine.types import Box, ByteImage, Disparity, FloatImage, Mask, Photo

#: A scene whose depth is touched up keeps its amplitude if the new depth bears this share.
_KEEP = 0.75


class SceneBuilder:
    """Builds scenes. Networks are loaded when they are first needed, and kept. Not thread-safe."""

    def __init__(self, device: torch.device, default: str) -> None:
        """Nothing is loaded yet.

        Args:
            device: where networks run.
            default: the estimator of photos without depth of their own, where none is asked for.
        """
        self._device, self._default = device, default
        self._estimators: dict[str, DepthEstimator] = {}
        self._inpainter: Inpainter | None = None

    def warm_up(self) -> None:
        """Load the default networks now."""
        self.estimator(self._default)
        self.inpainter()

    def build(
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
                guess = self._guess(photo, options.estimator)
                estimate, mended = refined(estimate, photo.rgb, guess)
                photo = replace(photo, ignored=(*photo.ignored, *mended))
            if box is not None and not estimate.edited:
                estimate = behind_window(estimate, box, photo.size)
            if photo.matte is not None and given is None and box is None:
                estimate = along_silhouette(estimate, photo.matte)
            if photo.second_eye and estimate.estimated and options.estimator == "auto":
                photo = replace(photo, ignored=(*photo.ignored, "second_eye"))
        inpaint = self.inpainter()
        memory = (memory or Memory()).keyed(inpaint.key)
        with recorder.begin("sharpen"):
            estimate = _rounded(settled(estimate, photo.rgb))
            disparity = _rounded(sharpen(estimate, photo.rgb, enlarged=photo.enlarged))
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
        seen = measured(photo, estimate) if name == "auto" else None
        return seen or straightened(estimate, photo.rgb)

    def _guess(self, photo: Photo, name: str) -> Disparity:
        """What the estimator of that name makes of the photo's colours alone."""
        return self.estimator(self._default if name == "auto" else name).estimate(photo)

    def estimates(
        self, photo: Photo, names: Sequence[str], recorder: Recorder
    ) -> Iterator[FloatImage]:
        """What each of these estimators makes of a photo, or the default one where there are none:
        `depth.comparing.estimates`.
        """
        names = names or (self._default,)

        def built(name: str) -> DepthEstimator:
            recorder.tell("depth", names.index(name) / len(names))
            # Those that are used otherwise stay; the others go again.
            return self._estimators.get(name) or build_estimator(name, self._device)

        return estimates(photo, names, built)

    def estimator(self, name: str) -> DepthEstimator:
        """The estimator of that name, which is kept."""
        if name not in self._estimators:
            self._estimators[name] = build_estimator(name, self._device)
        return self._estimators[name]

    def inpainter(self) -> Inpainter:
        """What fills hidden colour, which is kept."""
        if self._inpainter is None:
            self._inpainter = build_inpainter(self._device)
        return self._inpainter


def _rounded(disparity: Disparity) -> Disparity:
    """As a scene's file keeps it: what is made from the file later must come out the same."""
    return replace(disparity, values=rounded(disparity.values, PHOTO_LEVELS))
